using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Devices;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>What every device of the product promises, whatever it is. The devices are found by reflection: none is forgotten.</summary>
public sealed class DeviceConformanceTests : IDisposable
{
    private readonly GuestMemory _memory = GuestMemory.Allocate(1 << 20, new GuestAddress(0xC000_0000), new GuestAddress(0x1_0000_0000));
    private readonly NullSystem _system = new();

    /// <summary>Every device class of the product.</summary>
    public static TheoryData<Type> Devices => [.. typeof(IBusDevice).Assembly.GetTypes().Where(static t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IBusDevice)))];

    public void Dispose() => _memory.Dispose();

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_device_keeps_its_promises(Type device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Assert.True(ConformanceSubject.All(_system, _memory).ContainsKey(device), $"{device.Name} is not in {nameof(ConformanceSubject)}.");
        Assert.True(Fresh(device).Capture is null == device.GetMethod("Capture") is null, $"{device.Name} has a state that is not tried.");

        Every_offset_answers_every_width(Fresh(device));
        Nothing_is_allocated(Fresh(device));
        Reset_gives_the_power_on_state_and_twice_is_once(Fresh(device), Fresh(device));
        No_sequence_of_accesses_throws(device);
        if (Fresh(device).Capture is not null) Capture_mutate_restore_is_capture(device);
    }

    [Fact]
    public void Every_device_listed_is_one_of_the_product() =>
        Assert.Equal(Devices.Select(static row => row.Data).ToHashSet(), ConformanceSubject.All(_system, _memory).Keys.ToHashSet());

    private ConformanceSubject Fresh(Type device) => ConformanceSubject.All(_system, _memory)[device];

    private static void Every_offset_answers_every_width(ConformanceSubject subject) => ForEachAccess(subject, static (device, offset, data) =>
    {
        device.Read(offset, data);
        device.Write(offset, data);
        data.Fill(0xFF);
        device.Write(offset, data);
        data.Clear();
        device.Write(offset, data);
        device.Read(offset, data);
    });

    private static void Nothing_is_allocated(ConformanceSubject subject)
    {
        long allocated = Allocations.Of(() => ForEachAccess(subject, static (device, offset, data) =>
        {
            device.Read(offset, data);
            data.Fill(0x55);
            device.Write(offset, data);
        }));
        Assert.True(allocated == 0, $"{subject.Device.Name} allocates {allocated} bytes.");
    }

    private static void ForEachAccess(ConformanceSubject subject, Access access)
    {
        Span<byte> data = stackalloc byte[8];
        for (int offset = 0; offset < subject.Length; offset++)
            for (int width = 1; width <= data.Length; width++) access(subject.Device, (ulong)offset, data[..width]);
    }

    private static void Reset_gives_the_power_on_state_and_twice_is_once(ConformanceSubject subject, ConformanceSubject fresh)
    {
        Scribble(subject, seed: 1);
        subject.Device.Reset();
        object? once = subject.Capture?.Invoke();
        subject.Device.Reset();

        Assert.Equal(fresh.Capture?.Invoke(), once);
        Assert.Equal(once, subject.Capture?.Invoke());
        Assert.Equal(Fingerprint(fresh), Fingerprint(subject));
    }

    private void Capture_mutate_restore_is_capture(Type device) => Prop.ForAll<int>(seed =>
    {
        ConformanceSubject subject = Fresh(device);
        Scribble(subject, seed);
        object captured = subject.Capture!();
        Scribble(subject, unchecked(seed + 1));
        subject.Restore!(captured);
        Assert.Equal(captured, subject.Capture());
    }).QuickCheckThrowOnFailure();

    private void No_sequence_of_accesses_throws(Type device) => Prop.ForAll<(byte Offset, byte[] Data, bool Write)[]>(accesses =>
    {
        ConformanceSubject subject = Fresh(device);
        foreach ((byte offset, byte[] data, bool write) in accesses)
        {
            byte[] bytes = data.Length == 0 ? [0] : data[..Math.Min(8, data.Length)];
            if (write) subject.Device.Write((ulong)(offset % subject.Length), bytes);
            else subject.Device.Read((ulong)(offset % subject.Length), bytes);
        }

        subject.Device.Reset();
        Assert.Equal(Fingerprint(Fresh(device)), Fingerprint(subject));
    }).QuickCheckThrowOnFailure();

    private static void Scribble(ConformanceSubject subject, int seed)
    {
        var random = new Random(seed);
        byte[] data = new byte[8];
        for (int i = 0; i < 64; i++)
        {
            Span<byte> access = data.AsSpan(0, random.Next(1, 9));
            random.NextBytes(access);
            var offset = (ulong)random.Next(subject.Length);
            if (random.Next(2) == 0) subject.Device.Write(offset, access);
            else subject.Device.Read(offset, access);
        }
    }

    /// <summary>What a guest sees of the registers.</summary>
    private static byte[] Fingerprint(ConformanceSubject subject)
    {
        byte[] data = new byte[subject.Length];
        for (int offset = 0; offset < subject.Length; offset++) subject.Device.Read((ulong)offset, data.AsSpan(offset, 1));
        return data;
    }

    private delegate void Access(IBusDevice device, ulong offset, Span<byte> data);
}
