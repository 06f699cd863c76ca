using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Tests.Block;

/// <summary>Bytes to and from backends and files, for tests that have them in arrays.</summary>
internal static class TestBytes
{
    /// <summary>Bytes that differ from place to place and are never zero.</summary>
    public static byte[] Pattern(int length, int seed = 1) => [.. Enumerable.Range(0, length).Select(i => (byte)(1 + (((i * 7) + (i >> 9) + (seed * 31)) % 255)))];

    public static byte[] ReadBytes(this IBlockBackend backend, long offset, int length) => Through(length, vector => backend.Read(offset, vector));

    /// <summary>Null when it would have to wait.</summary>
    public static byte[]? TryReadBytes(this IBlockBackend backend, long offset, int length)
    {
        bool done = false;
        byte[] bytes = Through(length, vector => done = backend.TryReadAtOnce(offset, vector));
        return done ? bytes : null;
    }

    public static void WriteBytes(this IBlockBackend backend, long offset, ReadOnlySpan<byte> bytes)
    {
        using var buffer = new IoBuffer(bytes.Length);
        bytes.CopyTo(buffer.Span);
        using IoVector vector = InPieces(buffer);
        backend.Write(offset, vector);
    }

    /// <summary>A buffer as three pieces that begin and end at odd places.</summary>
    public static IoVector InPieces(IoBuffer buffer)
    {
        var vector = new IoVector();
        int first = buffer.Length / 3;
        int second = (buffer.Length - first) / 2;
        vector.Add(buffer, 0, first);
        vector.Add(buffer, first, second);
        vector.Add(buffer, first + second, buffer.Length - first - second);
        return vector;
    }

    private static byte[] Through(int length, Action<IoVector> read)
    {
        using var buffer = new IoBuffer(length);
        buffer.Span.Fill(0xEE);
        using IoVector vector = InPieces(buffer);
        read(vector);
        return buffer.Span.ToArray();
    }
}
