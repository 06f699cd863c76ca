using System.Globalization;
using KvmPS.Core.Boot;
using KvmPS.Core.Boot.Acpi;

namespace KvmPS.Core.Machine;

/// <summary>
/// How a guest learns of its virtio devices: from ACPI, or from the command line of a kernel without it. Never from both, since a driver would
/// find each device twice.
/// </summary>
internal static class VirtioAnnouncement
{
    private const string Parameter = "virtio_mmio.device";

    /// <summary>What the driver inside a kernel looks for in ACPI.</summary>
    private static ReadOnlySpan<byte> HardwareId => "LNRO0005"u8;

    /// <summary>The devices for the ACPI tables.</summary>
    public static IEnumerable<AcpiDevice> ForAcpi(IEnumerable<VirtioSlot> slots) =>
        slots.Select(static slot => AcpiDevice.VirtioMmio(slot.Index, (uint)slot.Address.Value, VirtioSlot.Length, (uint)slot.Gsi));

    /// <summary>The command line with the devices in front, where they are before a <c>--</c> that ends the kernel's part.</summary>
    /// <param name="commandLine">What the user wants.</param>
    /// <param name="slots">The devices.</param>
    public static string ForCommandLine(string commandLine, IEnumerable<VirtioSlot> slots)
    {
        IEnumerable<string> devices = slots.Select(static slot =>
            string.Create(CultureInfo.InvariantCulture, $"{Parameter}={VirtioSlot.Length >> 10}K@{slot.Address}:{slot.Gsi}"));
        return string.Join(' ', [.. devices, commandLine]).TrimEnd();
    }

    /// <summary>
    /// Whether a kernel is to be told on its command line. It is when the machine has no ACPI, when the user switches it off there, and when the kernel has the driver built in and its
    /// ACPI part not: a kernel says both by the words that are in it. One whose driver is a module has neither, and is served by ACPI.
    /// A user who names devices on the command line is left alone.
    /// </summary>
    /// <param name="image">The kernel.</param>
    /// <param name="commandLine">What the user wants.</param>
    /// <param name="hasAcpi">Whether the machine has tables.</param>
    public static bool NeedsCommandLine(BootImage image, string commandLine, bool hasAcpi)
    {
        if (commandLine.Contains($"{Parameter}=", StringComparison.Ordinal)) return false;
        return !hasAcpi || commandLine.Split(' ').Contains("acpi=off", StringComparer.Ordinal) || (image.Contains("virtio_mmio.device"u8) && !image.Contains(HardwareId));
    }
}
