using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Devices;

namespace KvmPS.Stress.Fuzz;

/// <summary>A guest's accesses, on a machine of its own.</summary>
/// <param name="InterruptControllers">Whether the machine has them.</param>
/// <param name="Accesses">What happens, in order.</param>
internal sealed record DeviceCase(bool InterruptControllers, IReadOnlyList<DeviceAccess> Accesses)
{
    /// <inheritdoc/>
    public override string ToString() => $"interrupt controllers: {InterruptControllers}\n{string.Join('\n', Accesses)}";
}

/// <summary>Fuzzes every device of the platform, at the addresses where the platform has put it: no access, in no order, may throw.</summary>
internal static class DeviceFuzz
{
    private const int MostRecipes = 60;

    /// <summary>The fuzz, on the devices that there are.</summary>
    public static FuzzRun<DeviceCase> Create()
    {
        using var room = new DeviceRoom(interruptControllers: true);
        BusRange[] ranges = [.. RangesOf(room.Ports, isMmio: false), .. RangesOf(room.Mmio, isMmio: true)];
        Gen<DeviceCase> cases = Gen.Choose(0, int.MaxValue).Select(seed => Make(ranges, new Random(seed)));
        return new FuzzRun<DeviceCase>("devices", Arb.From(cases, Shorter), Run);
    }

    /// <summary>The names of the devices that are fuzzed.</summary>
    public static IReadOnlyList<string> DeviceNames()
    {
        using var room = new DeviceRoom(interruptControllers: true);
        return [.. room.Ports.Devices.Concat(room.Mmio.Devices).Select(static mapping => mapping.Device.Name).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>One case, from the power-on of its machine.</summary>
    public static void Run(DeviceCase next)
    {
        using var room = new DeviceRoom(next.InterruptControllers);
        foreach (DeviceAccess access in next.Accesses) access.On(room);
    }

    private static DeviceCase Make(BusRange[] ranges, Random random)
    {
        var accesses = new List<DeviceAccess>();
        var recipes = new DeviceRecipes(ranges, random, accesses);
        for (int count = random.Next(1, MostRecipes); count > 0; count--) recipes.AddOne();
        return new DeviceCase(random.Next(2) == 0, accesses);
    }

    private static IEnumerable<DeviceCase> Shorter(DeviceCase failed) => Shrinking.Parts(failed.Accesses).Select(part => failed with { Accesses = part });

    private static IEnumerable<BusRange> RangesOf(Bus bus, bool isMmio) => bus.Devices.Select(mapping => new BusRange(isMmio, mapping.Range));
}

/// <summary>Where a device answers.</summary>
internal readonly record struct BusRange(bool IsMmio, AddressRange Range);
