namespace KvmPS.Bench.Measuring;

/// <summary>QEMU as the peer of a boot: its lightest machine, with nothing that the comparison does not need.</summary>
internal static class Qemu
{
    /// <summary>The program.</summary>
    public const string Program = "qemu-system-x86_64";

    /// <summary>Its arguments for one boot. QEMU aborts on a host MSR unless <c>arch-capabilities</c> is hidden.</summary>
    public static string[] Boot(string kernel, string? initrd, string commandLine, int mebibytes, int vcpus = 1, bool acpi = false) =>
    [
        "-M", $"microvm,acpi={(acpi ? "on" : "off")},accel=kvm", "-cpu", "host,-arch-capabilities", "-m", $"{mebibytes}", "-smp", $"{vcpus}",
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
        "-kernel", kernel, "-append", commandLine,
        .. initrd is null ? Array.Empty<string>() : ["-initrd", initrd],
    ];
}
