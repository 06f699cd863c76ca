namespace KvmPS.Core.Boot.Acpi;

/// <summary>
/// The differentiated system description table [acpi §5.2.11.1]: soft-off and the devices that a guest would not find by probing. It holds constants and
/// no methods, because the guest's kernel interprets it when it boots.
/// </summary>
internal static class Dsdt
{
    /// <summary>From 2 on integers have 64 bits [acpi §5.2.11.1].</summary>
    private const byte Revision = 2;

    /// <summary>Makes the table.</summary>
    public static byte[] Create(AcpiPlatform platform)
    {
        byte[] type = Aml.Integer(platform.SoftOffType);
        byte[] none = Aml.Integer(0);
        byte[] softOff = Aml.Name("_S5", Aml.Package(type, none, none, none)); // Values for PM1a and PM1b, and two reserved ones [acpi §7.4.2.6].
        byte[] devices = Aml.Scope("_SB", [.. platform.Devices.Select(Describe)]);
        return AcpiTable.Create("DSDT", Revision, platform.Devices.Count == 0 ? softOff : [.. softOff, .. devices]);
    }

    private static byte[] Describe(AcpiDevice device)
    {
        List<byte[]> body = [Aml.Name("_HID", Aml.IsEisaId(device.HardwareId) ? Aml.EisaId(device.HardwareId) : Aml.Text(device.HardwareId))];
        if (device.UniqueId is { } id) body.Add(Aml.Name("_UID", Aml.Integer(id)));
        if (device.IsCoherent) body.Add(Aml.Name("_CCA", Aml.Integer(1)));
        body.Add(Aml.Name("_CRS", AmlResource.Template([.. device.Resources])));
        return Aml.Device(device.Name, [.. body]);
    }
}
