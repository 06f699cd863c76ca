using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>The machines of this process, by name.</summary>
internal static class MachineRegistry
{
    private const string Prefix = "vm";

    private static readonly ConcurrentDictionary<string, KvmVM> Machines = new(StringComparer.OrdinalIgnoreCase);
    private static int _lastNumber;

    /// <summary>All machines, by name.</summary>
    public static IReadOnlyList<KvmVM> All => [.. Machines.Values.OrderBy(static vm => vm.CreationTime).ThenBy(static vm => vm.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>A name that no machine has: vm1, vm2, …</summary>
    public static string NextName()
    {
        while (true)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Interlocked.Increment(ref _lastNumber)}");
            if (!Machines.ContainsKey(name)) return name;
        }
    }

    /// <summary>Takes a name back that <see cref="NextName"/> gave for a machine that is not made after all, if no later one was given meanwhile. Other names are nobody's to give.</summary>
    public static void GiveBack(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return;
        Interlocked.CompareExchange(ref _lastNumber, number - 1, number);
    }

    /// <summary>Adds a machine.</summary>
    /// <exception cref="KvmErrorException">There is one of that name.</exception>
    public static void Add(KvmVM vm)
    {
        if (!Machines.TryAdd(vm.Name, vm)) throw MachineErrors.AlreadyExists(vm.Name);
    }

    /// <summary>Takes a machine out, if it is still the one of its name.</summary>
    public static void Remove(KvmVM vm) => Machines.TryRemove(KeyValuePair.Create(vm.Name, vm));

    /// <summary>Whether there is a machine of that name.</summary>
    public static bool Contains(string name) => Machines.ContainsKey(name);

    /// <summary>The machine of just that name; null when there is none.</summary>
    public static KvmVM? Named(string name) => Machines.GetValueOrDefault(name);

    /// <summary>The machines that a name or a wildcard pattern means.</summary>
    /// <exception cref="KvmErrorException">A literal name that no machine has.</exception>
    public static IEnumerable<KvmVM> Find(string nameOrPattern)
    {
        if (Machines.TryGetValue(nameOrPattern, out KvmVM? exact)) return [exact];
        if (!WildcardPattern.ContainsWildcardCharacters(nameOrPattern)) throw MachineErrors.NotFound(nameOrPattern);
        WildcardPattern pattern = WildcardPattern.Get(nameOrPattern, WildcardOptions.IgnoreCase);
        return All.Where(vm => pattern.IsMatch(vm.Name));
    }

    /// <summary>Ends and removes the machines for which a condition holds, all at once, and waits a moment for their log files.</summary>
    /// <param name="condition">Which machines.</param>
    /// <param name="patience">How long to wait in all; <see cref="Timeout.InfiniteTimeSpan"/> until all have ended.</param>
    /// <exception cref="AggregateException">Some could not be ended; the others have been.</exception>
    public static void End(Func<KvmVM, bool> condition, TimeSpan patience) => Endings.All(All.Where(condition), End, patience);

    /// <summary>Has the log files of all machines hold what the guests have written until now. The machines go on.</summary>
    /// <param name="patience">How long to wait in all.</param>
    public static void FlushLogs(TimeSpan patience) => Task.WaitAll([.. All.Select(static vm => vm.Machine.Serial?.FlushFile() ?? Task.CompletedTask)], patience);

    private static void End(KvmVM vm)
    {
        Remove(vm);
        vm.Machine.Dispose();
        vm.Machine.Serial?.FileCompleted.Wait(SerialPort.FilePatience);
    }
}
