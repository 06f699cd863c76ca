using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The real Linux guest that tests use where it is there: in <c>KVMPS_TEST_GUEST</c>, or in <c>../shared/guest</c> beside the project.</summary>
internal static class TestGuest
{
    /// <summary>A file of the guest; skips the test visibly without it.</summary>
    public static string Path(string name)
    {
        string? found = Candidates().Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(found is not null, $"The Linux test guest's '{name}' is not here: set KVMPS_TEST_GUEST to its folder.");
        return found!;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("KVMPS_TEST_GUEST") is { Length: > 0 } folder) yield return folder;
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "KvmPS.slnx"))) yield return System.IO.Path.Combine(at.FullName, "..", "shared", "guest");
        }
    }
}

/// <summary>Short ways to guest memory and images.</summary>
internal static class BootTest
{
    public const ulong MiB = 1 << 20;

    public static GuestMemory Memory(ulong size = 64 * MiB) =>
        GuestMemory.Allocate(size, new GuestAddress(MemoryLayout.MmioHoleStart), new GuestAddress(MemoryLayout.MmioHoleEnd));

    public static MemoryImageSource Source(byte[] bytes, string name = "image") => new(name, bytes);

    /// <summary>A multiboot image that wants to be loaded at an address.</summary>
    public static BootImage Flat(uint address)
    {
        const uint magic = 0x1BAD_B002, hasAddresses = 0x1_0000;
        uint[] header = [magic, hasAddresses, unchecked(0 - magic - hasAddresses), address, address, 0, 0, address];
        return ImageLoader.Open(Source([.. header.SelectMany(BitConverter.GetBytes)]));
    }

    public static byte[] Bytes(this GuestMemory memory, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(new GuestAddress(address), bytes);
        return bytes;
    }

    public static T At<T>(this GuestMemory memory, ulong address) where T : unmanaged => memory.Read<T>(new GuestAddress(address));

    public static string Text(this GuestMemory memory, ulong address)
    {
        byte[] bytes = memory.Bytes(address, 4096);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
    }

    /// <summary>Bytes that do not repeat within any distance that matters, so that misplaced copies are seen.</summary>
    public static byte[] Pattern(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
