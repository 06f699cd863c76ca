namespace KvmPS.Core.Boot;

/// <summary>The checksum of the tables that firmware leaves in memory, those of ACPI [acpi §5.2.6] and of the MultiProcessor Specification [mps §4.1, §4.2] alike.</summary>
internal static class TableChecksum
{
    /// <summary>The byte that makes the sum of all bytes zero.</summary>
    /// <param name="bytes">The table, with a zero where the checksum will be.</param>
    public static byte Of(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes) sum = unchecked((byte)(sum + value));
        return unchecked((byte)-sum);
    }
}
