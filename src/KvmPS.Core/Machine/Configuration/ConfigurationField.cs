using System.Text.Json;

namespace KvmPS.Core.Machine;

/// <summary>One setting in a configuration file: how it is written, and what reading it changes.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Write">Writes the value with its name; nothing when there is nothing to say.</param>
/// <param name="Read">The change that a value stands for, given the folder of the file.</param>
internal sealed record ConfigurationField(
    string Name, Action<Utf8JsonWriter, MachineConfig, ConfigurationFolder> Write, Func<ConfigurationValue, ConfigurationFolder, Func<MachineConfig, MachineConfig>> Read)
{
    private const int MostFeatures = 512;

    /// <summary>All settings but the name and the boot source, in the order in which they are written.</summary>
    public static IReadOnlyList<ConfigurationField> All { get; } =
    [
        Number("memoryBytes", static config => (long)config.MemoryBytes, ConfigurationLimits.LeastMemoryBytes, ConfigurationLimits.MostMemoryBytes,
            static (config, value) => config with { MemoryBytes = (ulong)value }),
        Number("vcpuCount", static config => config.VcpuCount, 1, ConfigurationLimits.MostVcpus, static (config, value) => config with { VcpuCount = (int)value }),
        Number("serialPortCount", static config => config.SerialPortCount, 1, MachineConfig.MostSerialPorts, static (config, value) => config with { SerialPortCount = (int)value }),
        new("interruptController",
            static (json, config, _) => { if (config.Boot is CodeBoot) json.WriteBoolean("interruptController", config.InterruptController); },
            static (value, _) => Const(value.Flag(), static (config, flag) => config with { InterruptController = flag })),
        Flag("acpi", static config => config.Acpi, static (config, value) => config with { Acpi = value }),
        new("cpuFeatures",
            static (json, config, _) => WriteList(json, "cpuFeatures", config.CpuFeatures, static (json, wish) => json.WriteStringValue(wish)),
            static (value, _) => Const<IReadOnlyList<string>>([.. value.Items(MostFeatures).Select(static item => item.Text())], static (config, list) => config with { CpuFeatures = list })),
        new("vcpuAffinity",
            static (json, config, _) => WriteList(json, "vcpuAffinity", config.VcpuAffinity, static (json, cpu) => json.WriteNumberValue(cpu)),
            static (value, _) => Const<IReadOnlyList<int>>(
                [.. value.Items(ConfigurationLimits.MostVcpus).Select(static item => (int)item.Whole(0, ConfigurationLimits.HighestHostCpu))],
                static (config, list) => config with { VcpuAffinity = list })),
        Flag("hugePages", static config => config.HugePages, static (config, value) => config with { HugePages = value }),
        Flag("prefault", static config => config.Prefault, static (config, value) => config with { Prefault = value }),
        new("clockOffsetSeconds",
            static (json, config, _) => json.WriteNumber("clockOffsetSeconds", config.ClockOffset.TotalSeconds),
            static (value, _) => Const(
                TimeSpan.FromSeconds(value.Number(-ConfigurationLimits.MostClockOffsetSeconds, ConfigurationLimits.MostClockOffsetSeconds)),
                static (config, span) => config with { ClockOffset = span })),
        new("disks", DiskFields.Write, static (value, folder) => Const(DiskFields.Read(value, folder), static (config, disks) => config with { Disks = disks })),
        Flag("entropyDevice", static config => config.EntropyDevice, static (config, value) => config with { EntropyDevice = value }),
        Choice("console", static config => config.Console, static (config, value) => config with { Console = value }),
        new("consolePorts",
            static (json, config, _) => WriteList(json, "consolePorts", config.ConsolePorts, static (json, name) => json.WriteStringValue(name)),
            static (value, _) => Const<IReadOnlyList<string>>([.. value.Items(MachineConfig.MostConsolePorts).Select(ConsolePortName)], static (config, list) => config with { ConsolePorts = list })),
        Choice("onReset", static config => config.OnReset, static (config, value) => config with { OnReset = value }),
        Choice("onPanic", static config => config.OnPanic, static (config, value) => config with { OnPanic = value }),
        new("serialLogPath",
            static (json, config, folder) => { if (config.SerialLogPath is { } path) json.WriteString("serialLogPath", folder.Shorten(path)); },
            static (value, folder) => Const(value.File(folder.Path), static (config, path) => config with { SerialLogPath = path })),
        Number("serialLogLimitBytes", static config => config.SerialLogLimit, ConfigurationLimits.LeastSerialLogBytes, int.MaxValue,
            static (config, value) => config with { SerialLogLimit = (int)value }),
    ];

    private static ConfigurationField Flag(string name, Func<MachineConfig, bool> get, Func<MachineConfig, bool, MachineConfig> set) =>
        new(name, (json, config, _) => json.WriteBoolean(name, get(config)), (value, _) => Const(value.Flag(), set));

    private static ConfigurationField Number(string name, Func<MachineConfig, long> get, long least, long most, Func<MachineConfig, long, MachineConfig> set) =>
        new(name, (json, config, _) => json.WriteNumber(name, get(config)), (value, _) => Const(value.Whole(least, most), set));

    private static ConfigurationField Choice<T>(string name, Func<MachineConfig, T> get, Func<MachineConfig, T, MachineConfig> set) where T : struct, Enum =>
        new(name, (json, config, _) => json.WriteString(name, get(config).ToString()), (value, _) => Const(value.Choice<T>(), set));

    private static string ConsolePortName(ConfigurationValue value) =>
        value.Text() is var name && ConsolePortNames.IsValid(name) ? name : throw value.Invalid($"this must be the name of a console port: {ConsolePortNames.Rule}");

    /// <summary>The value is read now, where its place can still be named, and put in later.</summary>
    private static Func<MachineConfig, MachineConfig> Const<T>(T value, Func<MachineConfig, T, MachineConfig> set) => config => set(config, value);

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items) write(json, item);
        json.WriteEndArray();
    }
}

/// <summary>The folder of a configuration file.</summary>
/// <param name="Path">An absolute path.</param>
internal sealed record ConfigurationFolder(string Path)
{
    /// <summary>A path as the file has it: relative when it lies in the folder, so that the folder can be moved as a whole.</summary>
    public string Shorten(string path)
    {
        string relative = System.IO.Path.GetRelativePath(Path, path);
        return relative.StartsWith("..", StringComparison.Ordinal) || System.IO.Path.IsPathRooted(relative) ? path : relative;
    }
}
