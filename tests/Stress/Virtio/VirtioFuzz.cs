using System.Buffers.Binary;
using FsCheck.Fluent;
using KvmPS.Stress.Fuzz;

namespace KvmPS.Stress.Virtio;

/// <summary>A driver's accesses to a device of its own.</summary>
/// <param name="Accesses">What happens, in order.</param>
internal sealed record VirtioCase(IReadOnlyList<VirtioAccess> Accesses)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', Accesses);
}

/// <summary>
/// Fuzzes the transport and its queues: drivers that write any register in any order, and drivers that set up a queue as they should and then fill it with
/// lies. Nothing may throw, nothing may fail in the device, and after a reset the device must serve an honest driver.
/// </summary>
internal static class VirtioFuzz
{
    private const ushort LargestQueue = 64;
    private const int MostSteps = 80;
    private static readonly uint[] Registers = [0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x050, 0x060, 0x064, 0x070, 0x080, 0x084, 0x090, 0x094, 0x0A0, 0x0A4, 0x0AC, 0x0C0, 0x0FC, 0x100];
    private static readonly ulong[] Statuses = [0, 1, 3, 11, 15, 15, 128, 64, 0xFFFF_FFFF];

    /// <summary>What is fuzzed, each made anew for a case: first transport and queues, with a device that has hardly anything of its own.</summary>
    public static IReadOnlyDictionary<string, Func<IFuzzedDevice>> Devices { get; } = new Dictionary<string, Func<IFuzzedDevice>>(StringComparer.Ordinal)
    {
        ["virtio"] = static () => new FuzzedEcho(),
        ["virtio-rng"] = static () => new FuzzedEntropy(),
        ["virtio-console"] = static () => new FuzzedConsole(),
        ["virtio-blk"] = static () => new FuzzedDisk(),
    };

    /// <summary>The fuzz of a device.</summary>
    /// <param name="device">One of <see cref="Devices"/>.</param>
    public static FuzzRun<VirtioCase> Create(string device) =>
        new(device, Arb.From(Gen.Choose(0, int.MaxValue).Select(static seed => Make(new Random(seed))), Shorter), next => Run(next, Devices[device]));

    /// <summary>One case, from a device that is reset.</summary>
    public static void Run(VirtioCase next, Func<IFuzzedDevice> create)
    {
        using IFuzzedDevice device = create();
        using var room = new VirtioRoom(device.Device);
        foreach (VirtioAccess access in next.Accesses) access.On(room, device);
        if (room.Failures is [var failure, ..]) throw new FuzzFailureException("The device failed.", failure);
        ServeHonestDriver(room, device);
    }

    private static void ServeHonestDriver(VirtioRoom room, IFuzzedDevice device)
    {
        if (!room.Driver.Negotiate(MmioDriver.Version1 | MmioDriver.IndirectDescriptors)) throw new FuzzFailureException("An honest driver is refused.");
        if (!device.Serves(room) || room.Driver.IsBroken) throw new FuzzFailureException("An honest driver is not served.");
    }

    private static VirtioCase Make(Random random)
    {
        var accesses = new List<VirtioAccess>();
        for (int count = random.Next(1, MostSteps); count > 0; count--) accesses.Add(One(random));
        return new VirtioCase(accesses);
    }

    private static VirtioAccess One(Random random) => random.Next(17) switch
    {
        0 => new RegisterRead((uint)random.Next(0x200), random.Next(1, 9)),
        1 => new RegisterWrite((uint)random.Next(0x200), random.Next(1, 9), Value(random)),
        2 => new RegisterWrite(0x070, sizeof(uint), Statuses[random.Next(Statuses.Length)]),
        3 => new RegisterRead(Registers[random.Next(Registers.Length)], sizeof(uint)),
        4 or 5 => new RegisterWrite(Registers[random.Next(Registers.Length)], sizeof(uint), Value(random)),
        6 or 7 => new SoundStart((ulong)random.Next(4) << 28 | (random.Next(2) == 0 ? MmioDriver.RingReset : 0), (ushort)(1 << random.Next(7))),
        8 => new Checkpointing(),
        9 => new RamWrite((ulong)random.Next(0x8000), Bytes(random, random.Next(1, 32))),
        10 or 11 => new RamWrite(SoundStart.QueueAt + (16ul * (ulong)random.Next(LargestQueue)), DescriptorBytes(random)),
        12 => new RamWrite(0x4000 + (16ul * (ulong)random.Next(LargestQueue)), DescriptorBytes(random)),
        13 => new RamWrite(SoundStart.QueueAt + (16ul << random.Next(7)) + (ulong)(2 * random.Next(8)), [(byte)random.Next(16), 0]), // the available ring of some size
        14 => new RamWrite(0x4000 + (16ul * (ulong)random.Next(LargestQueue)), RequestBytes(random)),
        _ => new DeviceWork(),
    };

    /// <summary>A descriptor that is right more often than not.</summary>
    private static byte[] DescriptorBytes(Random random)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, random.Next(3) == 0 ? Value(random) : 0x4000);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), random.Next(3) == 0 ? (uint)Value(random) : 16u * (uint)random.Next(LargestQueue));
        bytes[12] = (byte)random.Next(8);
        bytes[14] = (byte)random.Next(LargestQueue + 2);
        return bytes;
    }

    /// <summary>What a disk takes for the header of a request, or for a range; to others it is noise.</summary>
    private static byte[] RequestBytes(Random random)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, random.Next(16) == 0 ? (uint)Value(random) : (uint)random.Next(16));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), random.Next(3) == 0 ? Value(random) : (ulong)random.Next(0x82));
        return bytes;
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static ulong Value(Random random) => random.Next(7) switch
    {
        0 => (ulong)random.Next(4),
        1 => 1ul << random.Next(64),
        2 => VirtioRoom.LowBytes - (ulong)random.Next(64),
        3 => VirtioRoom.HighStart + (ulong)random.NextInt64(-64, (long)VirtioRoom.LowBytes + 64),
        4 => ulong.MaxValue - (ulong)random.Next(64),
        5 => (ulong)random.Next(0x10000) & ~15ul,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private static IEnumerable<VirtioCase> Shorter(VirtioCase failed) => Shrinking.Parts(failed.Accesses).Select(static part => new VirtioCase(part));
}
