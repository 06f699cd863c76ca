namespace KvmPS.Core.Devices.Legacy;

/// <summary>What firmware leaves in the battery-backed memory of the real-time clock: the places that a PC's software looks at.</summary>
public static class CmosNvram
{
    /// <summary>The size of the memory, the clock's registers included, in bytes.</summary>
    public const int Size = 128;

    private const int Equipment = 0x14;
    private const int BaseMemory = 0x15;
    private const int ExtendedMemory = 0x17;
    private const int ChecksumStart = 0x10;
    private const int Checksum = 0x2E;
    private const int ExtendedMemoryAsFound = 0x30;
    private const int MemoryAbove16MiB = 0x34;
    private const int MemoryAbove4GiB = 0x5B;
    private const int OtherProcessors = 0x5F;

    private const byte HasCoprocessor = 0x02;
    private const ulong BaseKiB = 640;
    private const ulong KiB = 1 << 10;
    private const ulong MiB = 1 << 20;
    private const ulong Grain = 64 << 10;

    /// <summary>The memory of a machine without disks and display.</summary>
    /// <param name="lowMemory">RAM below the hole under 4 GiB, in bytes.</param>
    /// <param name="highMemory">RAM from 4 GiB on, in bytes.</param>
    /// <param name="processors">How many vCPUs.</param>
    public static byte[] Of(ulong lowMemory, ulong highMemory, int processors)
    {
        byte[] memory = new byte[Size];
        ulong extended = lowMemory > MiB ? (lowMemory - MiB) / KiB : 0;
        memory[Equipment] = HasCoprocessor;
        Put(memory, BaseMemory, Math.Min(lowMemory / KiB, BaseKiB), 2);
        Put(memory, ExtendedMemory, extended, 2);
        Put(memory, ExtendedMemoryAsFound, extended, 2);
        Put(memory, MemoryAbove16MiB, lowMemory > 16 * MiB ? (lowMemory - 16 * MiB) / Grain : 0, 2);
        Put(memory, MemoryAbove4GiB, highMemory / Grain, 3);
        memory[OtherProcessors] = (byte)(processors - 1);

        int sum = 0;
        for (int i = ChecksumStart; i < Checksum; i++) sum += memory[i];
        (memory[Checksum], memory[Checksum + 1]) = ((byte)(sum >> 8), (byte)sum);
        return memory;
    }

    /// <summary>Little-endian, and the most that fits when it does not fit.</summary>
    private static void Put(byte[] memory, int at, ulong value, int bytes)
    {
        value = Math.Min(value, (1ul << (8 * bytes)) - 1);
        for (int i = 0; i < bytes; i++) memory[at + i] = (byte)(value >> (8 * i));
    }
}
