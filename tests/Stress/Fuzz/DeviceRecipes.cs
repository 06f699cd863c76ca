using System.Buffers.Binary;

namespace KvmPS.Stress.Fuzz;

/// <summary>
/// The ways in which drivers talk to devices, with values that are often wrong: noise alone seldom gets behind an index register, fills a
/// FIFO or points a device at its descriptor.
/// </summary>
/// <param name="ranges">Where there are devices.</param>
/// <param name="random">The source of all choices.</param>
/// <param name="accesses">Where the accesses go.</param>
internal sealed class DeviceRecipes(BusRange[] ranges, Random random, List<DeviceAccess> accesses)
{
    private const int LongestRun = 80; // a FIFO of 16 and one of 64 run over
    private const int LongestTransfer = 2048;
    private const int LongestInput = 3000;
    private const int PortCount = 0x1_0000;

    /// <summary>Commands and patterns to which devices of a PC pay attention.</summary>
    private static readonly ulong[] Magic =
    [
        0x0A, 0x0B, 0x0C, 0x20, 0x60, 0x80, 0x83, 0xA7, 0xA8, 0xAA, 0xAD, 0xAE, 0xBF, 0xC7, 0xD1, 0xD2, 0xD4, 0xED, 0xF2, 0xF3, 0xF4, 0xFE,
        0x2000, 0x2001, 0x3C00, 0x8000, 0x8000_0000, 0x8000_F8FC, 0xFEE0_0000, 0x5145_4D55, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF,
    ];

    /// <summary>Adds what one of the ways asks for.</summary>
    public void AddOne()
    {
        switch (random.Next(16))
        {
            case 0: accesses.Add(new ReadAccess(Noise(), random.Next(1, 9))); break;
            case 1: accesses.Add(new WriteAccess(Noise(), random.Next(1, 9), Value())); break;
            case <= 4: AddRegisters(); break;
            case <= 8: AddIndexAndData(); break;
            case <= 10: AddRun(); break;
            case 11: accesses.Add(new RepeatedAccess(Place(), Width(), random.Next(LongestTransfer), random.Next(2) == 0, random.Next())); break;
            case <= 13: AddDescriptor(); break;
            case 14: accesses.Add(new TypeAccess(random.Next(LongestInput))); break;
            default: accesses.Add(new ResetAccess()); break;
        }
    }

    /// <summary>Reads and writes all over one device.</summary>
    private void AddRegisters()
    {
        BusRange range = ranges[random.Next(ranges.Length)];
        for (int count = random.Next(1, 24); count > 0; count--) AddAccess(Place(range));
    }

    /// <summary>An index to one register and then data through another: CMOS, PCI, firmware configuration, and a command with its parameter.</summary>
    private void AddIndexAndData()
    {
        BusAddress index = Place();
        BusAddress data = index.Plus(random.Next(5) switch { 0 => 1, 1 => 2, 2 => 4, 3 => -4, _ => random.Next(-8, 9) });
        int width = Width();
        int dataWidth = Width();
        for (int count = random.Next(1, 12); count > 0; count--)
        {
            accesses.Add(new WriteAccess(index, width, Value()));
            for (int moves = random.Next(4); moves > 0; moves--)
                accesses.Add(random.Next(2) == 0 ? new ReadAccess(data, dataWidth) : new WriteAccess(data, dataWidth, Value()));
        }
    }

    /// <summary>The same access again and again.</summary>
    private void AddRun()
    {
        DeviceAccess access = random.Next(2) == 0 ? new ReadAccess(Place(), Width()) : new WriteAccess(Place(), Width(), Value());
        for (int count = random.Next(1, LongestRun); count > 0; count--) accesses.Add(access);
    }

    /// <summary>A structure in RAM, and its address into a pair of registers, big-endian high half first or little-endian low half first.</summary>
    private void AddDescriptor()
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(random.Next(64) | (random.Next(8) << 16)));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), random.Next(3) == 0 ? (uint)Value() : (uint)random.Next(LongestTransfer));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Address());
        ulong at = (ulong)random.Next((int)DeviceRoom.MemoryBytes - bytes.Length);
        accesses.Add(new PlantAccess(at, bytes));

        if (random.Next(8) == 0) at = Address();
        BusAddress register = Place();
        bool isBigEndian = random.Next(3) > 0;
        if (isBigEndian) at = BinaryPrimitives.ReverseEndianness(at);
        if (random.Next(4) == 0) accesses.Add(new WriteAccess(register, sizeof(ulong), at));
        else accesses.AddRange(new WriteAccess(register, sizeof(uint), (uint)at), new WriteAccess(register.Plus(sizeof(uint)), sizeof(uint), at >> 32));
        accesses.Add(new ReadAccess(register, sizeof(uint)));
    }

    private void AddAccess(BusAddress place) =>
        accesses.Add(random.Next(2) == 0 ? new ReadAccess(place, Width()) : new WriteAccess(place, Width(), Value()));

    private BusAddress Place() => Place(ranges[random.Next(ranges.Length)]);

    /// <summary>A register of a device; sometimes its edge, where an access is split.</summary>
    private BusAddress Place(BusRange range)
    {
        long length = (long)Math.Min(range.Range.Length, int.MaxValue);
        long into = random.Next(16) == 0 ? random.NextInt64(-8, 8) + (random.Next(2) * length) : random.NextInt64(length);
        return new BusAddress(range.IsMmio, range.Range.Start).Plus(into);
    }

    private BusAddress Noise() =>
        random.Next(4) == 0 ? new BusAddress(IsMmio: true, Address()) : new BusAddress(IsMmio: false, (ulong)random.Next(PortCount));

    private int Width() => random.Next(8) == 0 ? random.Next(1, 9) : 1 << random.Next(3);

    private ulong Value() => random.Next(7) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1ul << random.Next(64),
        3 => (ulong)random.Next(256),
        4 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        _ => Magic[random.Next(Magic.Length)] + (random.Next(4) == 0 ? (ulong)random.Next(16) : 0),
    };

    /// <summary>A physical address: in RAM, at its edge, or nowhere near it.</summary>
    private ulong Address() => random.Next(4) switch
    {
        0 => (ulong)random.NextInt64((long)DeviceRoom.MemoryBytes),
        1 => DeviceRoom.MemoryBytes - (ulong)random.Next(32),
        2 => ulong.MaxValue - (ulong)random.Next(32),
        _ => Value(),
    };
}
