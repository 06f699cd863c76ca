namespace KvmPS.Native;

/// <summary>A message-signalled interrupt: a write that an APIC takes for an interrupt [sdm 3A §11.11].</summary>
/// <param name="AddressLow">Where it is written: 0xFEE, the destination's APIC id, and how to read it.</param>
/// <param name="AddressHigh">The upper half of the address; 0 but for x2APIC ids above 255.</param>
/// <param name="Data">What is written: vector, delivery mode, trigger mode.</param>
public readonly record struct MsiMessage(uint AddressLow, uint AddressHigh, uint Data)
{
    private const uint ApicRange = 0xFEE0_0000;
    private const int DestinationShift = 12;

    /// <summary>An edge-triggered interrupt with a vector, for one local APIC.</summary>
    public static MsiMessage Fixed(byte apicId, byte vector) => new(ApicRange | ((uint)apicId << DestinationShift), 0, vector);
}
