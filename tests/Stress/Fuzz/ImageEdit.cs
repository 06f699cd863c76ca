using System.Buffers.Binary;

namespace KvmPS.Stress.Fuzz;

/// <summary>One change to an image. What lies behind its end by now changes nothing.</summary>
internal abstract record ImageEdit
{
    private const int HeaderBytes = 0x300;
    private static readonly int[] Widths = [1, 2, 4, 8];

    /// <summary>Values at which sizes, offsets and addresses go wrong.</summary>
    private static readonly ulong[] Extremes =
    [
        0, 1, 3, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x1000, 0x7000, 0x10_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_F000, 0xFFFF_FFFF, 0x1_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_F000, ulong.MaxValue,
    ];

    /// <summary>The image after it; may be the same array, changed.</summary>
    public abstract byte[] On(byte[] image);

    /// <summary>Some change to an image of so many bytes.</summary>
    public static ImageEdit Any(Random random, int length)
    {
        int at = Offset(random, length);
        int width = Widths[random.Next(Widths.Length)];
        return random.Next(16) switch
        {
            <= 5 => new FieldEdit(at, width, Extremes[random.Next(Extremes.Length)]),
            <= 8 => new SumEdit(at, width, random.Next(-64, 65)),
            <= 10 => new FieldEdit(at, width, (ulong)random.NextInt64()),
            11 => new FieldEdit(at, 1, (ulong)random.Next(256)),
            12 => new CutEdit(random.Next(4) == 0 ? Offset(random, length) : random.Next(length + 1)),
            13 => new CopyEdit(Offset(random, length), at, random.Next(1, 256)),
            14 => new RemoveEdit(at, random.Next(1, 64)),
            _ => new GrowEdit(random.Next(1, 5000)),
        };
    }

    /// <summary>Headers are at the beginning, a bzImage's payload at a known place, and sizes at the very end.</summary>
    private static int Offset(Random random, int length) => random.Next(8) switch
    {
        <= 3 => random.Next(Math.Min(length, HeaderBytes)),
        4 => Math.Min(length, PayloadStart + random.Next(64)),
        5 => Math.Max(0, length - 1 - random.Next(48)),
        _ => random.Next(length),
    };

    private const int PayloadStart = Tests.Boot.BzImageBuilder.CodeOffset + Tests.Boot.BzImageBuilder.PayloadOffset;

    private static bool Reaches(byte[] image, int at, int width) => at <= image.Length - width;

    private static ulong Load(ReadOnlySpan<byte> field)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        field.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static void Store(Span<byte> field, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..field.Length].CopyTo(field);
    }

    /// <summary>A field gets a value.</summary>
    private sealed record FieldEdit(int At, int Width, ulong Value) : ImageEdit
    {
        public override byte[] On(byte[] image)
        {
            if (Reaches(image, At, Width)) Store(image.AsSpan(At, Width), Value);
            return image;
        }

        public override string ToString() => $"0x{At:x}: {Width} bytes = 0x{Value:x}";
    }

    /// <summary>A field gets a little more or less.</summary>
    private sealed record SumEdit(int At, int Width, int Difference) : ImageEdit
    {
        public override byte[] On(byte[] image)
        {
            if (Reaches(image, At, Width)) Store(image.AsSpan(At, Width), unchecked(Load(image.AsSpan(At, Width)) + (ulong)Difference));
            return image;
        }

        public override string ToString() => $"0x{At:x}: {Width} bytes += {Difference}";
    }

    /// <summary>The image ends early.</summary>
    private sealed record CutEdit(int Length) : ImageEdit
    {
        public override byte[] On(byte[] image) => image[..Math.Min(image.Length, Length)];
    }

    /// <summary>Zeros follow it.</summary>
    private sealed record GrowEdit(int Bytes) : ImageEdit
    {
        public override byte[] On(byte[] image) => [.. image, .. new byte[Bytes]];
    }

    /// <summary>A part is missing, and all behind it comes earlier.</summary>
    private sealed record RemoveEdit(int At, int Bytes) : ImageEdit
    {
        public override byte[] On(byte[] image) => Reaches(image, At, Bytes) ? [.. image[..At], .. image[(At + Bytes)..]] : image;
    }

    /// <summary>A part is written over another.</summary>
    private sealed record CopyEdit(int From, int To, int Bytes) : ImageEdit
    {
        public override byte[] On(byte[] image)
        {
            if (Reaches(image, From, Bytes) && Reaches(image, To, Bytes)) image.AsSpan(From, Bytes).CopyTo(image.AsSpan(To));
            return image;
        }
    }
}
