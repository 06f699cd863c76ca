using System.Globalization;
using System.Security.Cryptography;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Settings in words: what a machine has, and what becomes different.</summary>
internal static class ConfigurationText
{
    private static readonly (string Parameter, Func<MachineConfig, string> Text)[] Settings =
    [
        ("Kernel", static config => Or((config.Boot as KernelBoot)?.Path)),
        ("Initrd", static config => List((config.Boot as KernelBoot)?.Initrds ?? [])),
        ("CommandLine", static config => config.Boot is KernelBoot kernel ? $"'{kernel.CommandLine}'" : "none"),
        ("Code", static config => config.Boot is CodeBoot code ? $"{Code(code)}, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(code.Code.Span))[..8]}…" : "none"),
        ("Firmware", static config => Or((config.Boot as FirmwareBoot)?.Path)),
        ("InterruptController", static config => Flag(config.InterruptController)),
        ("MemoryBytes", static config => config.MemoryBytes.ToString("N0", CultureInfo.InvariantCulture)),
        ("VcpuCount", static config => config.VcpuCount.ToString(CultureInfo.InvariantCulture)),
        ("SerialPortCount", static config => config.SerialPortCount.ToString(CultureInfo.InvariantCulture)),
        ("CpuFeature", static config => List(config.CpuFeatures)),
        ("VcpuAffinity", static config => List(config.VcpuAffinity)),
        ("NoAcpi", static config => Flag(!config.Acpi)),
        ("HugePages", static config => Flag(config.HugePages)),
        ("Prefault", static config => Flag(config.Prefault)),
        ("ClockOffset", static config => config.ClockOffset.ToString("c", CultureInfo.InvariantCulture)),
        ("Disk", static config => List([.. config.Disks.Select(Disk)])),
        ("EntropyDevice", static config => Flag(config.EntropyDevice)),
        ("Console", static config => config.Console.ToString()),
        ("ConsolePort", static config => List(config.ConsolePorts)),
        ("OnReset", static config => config.OnReset.ToString()),
        ("OnPanic", static config => config.OnPanic.ToString()),
        ("SerialLogPath", static config => Or(config.SerialLogPath)),
    ];

    /// <summary>Which settings differ, each as a phrase: <c>VcpuCount from 1 to 2</c>.</summary>
    public static IReadOnlyList<string> Changes(MachineConfig before, MachineConfig after) =>
    [
        .. Settings.Select(setting => (setting.Parameter, From: setting.Text(before), To: setting.Text(after)))
            .Where(static change => change.From != change.To)
            .Select(static change => $"{change.Parameter} from {change.From} to {change.To}"),
    ];

    /// <summary>Raw code in one phrase.</summary>
    public static string Code(CodeBoot code) => $"{code.Code.Length} byte{(code.Code.Length == 1 ? "" : "s")} of {code.Mode} mode code at 0x{code.LoadAddress:x}";

    /// <summary>A disk in one phrase.</summary>
    public static string Disk(DiskConfig disk) => disk.MemorySize is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size:N0} bytes of memory") : $"'{disk.Path}'{(disk.Ephemeral ? " (ephemeral)" : disk.ReadOnly ? " (read-only)" : "")}";

    private static string Flag(bool value) => value ? "on" : "off";

    private static string Or(string? text) => text is null ? "none" : $"'{text}'";

    private static string List<T>(IReadOnlyList<T> items) => items.Count == 0 ? "none" : string.Join(", ", items);
}
