using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>
/// Encodes the terms of the ACPI machine language that a description of devices needs [acpi §20.2]. Each function returns the bytes of one term,
/// so that calls nest as the terms do in ASL; <see cref="AmlName"/> has the names and <see cref="AmlResource"/> what goes into <c>_CRS</c>.
/// </summary>
internal static class Aml
{
    private const byte ZeroOp = 0x00;
    private const byte OneOp = 0x01;
    private const byte NameOp = 0x08;
    private const byte BytePrefix = 0x0A;
    private const byte WordPrefix = 0x0B;
    private const byte DWordPrefix = 0x0C;
    private const byte StringPrefix = 0x0D;
    private const byte QWordPrefix = 0x0E;
    private const byte ScopeOp = 0x10;
    private const byte BufferOp = 0x11;
    private const byte PackageOp = 0x12;
    private const byte MethodOp = 0x14;
    private const byte ExtendedPrefix = 0x5B;
    private const byte DeviceOp = 0x82;
    private const byte ReturnOp = 0xA4;

    private const int MostArguments = 7;
    private const byte Serialized = 1 << 3;

    /// <summary><c>Scope (path) { … }</c>.</summary>
    /// <param name="path">The scope.</param>
    /// <param name="body">What is in it.</param>
    public static byte[] Scope(string path, params ReadOnlySpan<byte[]> body) => [ScopeOp, .. Packaged([AmlName.Encode(path), .. body])];

    /// <summary><c>Device (name) { … }</c>.</summary>
    /// <param name="name">Its name, or a path.</param>
    /// <param name="body">The objects of the device.</param>
    public static byte[] Device(string name, params ReadOnlySpan<byte[]> body) =>
        [ExtendedPrefix, DeviceOp, .. Packaged([AmlName.Encode(name), .. body])];

    /// <summary><c>Method (name, arguments, Serialized or NotSerialized) { … }</c>, at synchronization level 0.</summary>
    /// <param name="name">Its name, or a path.</param>
    /// <param name="arguments">How many arguments, 0 to 7.</param>
    /// <param name="serialized">Whether one thread at a time runs it: what creates names needs that.</param>
    /// <param name="body">The statements.</param>
    /// <exception cref="ArgumentOutOfRangeException">More arguments than a method can have.</exception>
    public static byte[] Method(string name, int arguments, bool serialized, params ReadOnlySpan<byte[]> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(arguments);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(arguments, MostArguments);
        byte flags = (byte)(arguments | (serialized ? Serialized : 0));
        return [MethodOp, .. Packaged([AmlName.Encode(name), [flags], .. body])];
    }

    /// <summary><c>Return (value)</c>.</summary>
    public static byte[] Return(byte[] value) => [ReturnOp, .. value];

    /// <summary><c>Name (name, value)</c>.</summary>
    /// <param name="name">The name, or a path.</param>
    /// <param name="value">A constant: an integer, a text, a buffer or a package.</param>
    public static byte[] Name(string name, byte[] value) => [NameOp, .. AmlName.Encode(name), .. value];

    /// <summary><c>Package (n) { … }</c>.</summary>
    /// <param name="elements">Its elements, at most 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more, which only a variable package holds.</exception>
    public static byte[] Package(params ReadOnlySpan<byte[]> elements)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elements.Length, byte.MaxValue, nameof(elements));
        return [PackageOp, .. Packaged([[(byte)elements.Length], .. elements])];
    }

    /// <summary><c>Buffer (n) { … }</c>.</summary>
    public static byte[] Buffer(params ReadOnlySpan<byte> bytes) => [BufferOp, .. Packaged([Integer((uint)bytes.Length), bytes.ToArray()])];

    /// <summary>An integer, in the shortest encoding.</summary>
    public static byte[] Integer(ulong value)
    {
        switch (value)
        {
            case 0: return [ZeroOp];
            case 1: return [OneOp];
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return value switch
        {
            <= byte.MaxValue => [BytePrefix, bytes[0]],
            <= ushort.MaxValue => [WordPrefix, .. bytes[..2]],
            <= uint.MaxValue => [DWordPrefix, .. bytes[..4]],
            _ => [QWordPrefix, .. bytes],
        };
    }

    /// <summary>A text.</summary>
    /// <exception cref="ArgumentException">It holds a character that AML has not: only ASCII from 1 to 0x7F.</exception>
    public static byte[] Text(string value)
    {
        if (value.Any(static character => character is '\0' or > '\x7F')) throw new ArgumentException("AML texts are ASCII without NUL.", nameof(value));
        return [StringPrefix, .. Encoding.ASCII.GetBytes(value), 0];
    }

    /// <summary><c>EisaId (id)</c>: a plug and play identifier as the integer that it is packed into [acpi §19.6.36].</summary>
    /// <param name="id">Three capital letters and four hexadecimal digits.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static byte[] EisaId(string id)
    {
        if (!IsEisaId(id)) throw new ArgumentException($"'{id}' is not three capital letters and four hexadecimal digits.", nameof(id));

        // Five bits a letter and four bits a digit from the top down, and that big-endian.
        uint packed = Convert.ToUInt32(id[3..], 16);
        for (int letter = 0; letter < 3; letter++) packed |= (uint)(id[letter] - '@') << (26 - (5 * letter));
        return Integer(BinaryPrimitives.ReverseEndianness(packed));
    }

    /// <summary>Whether a hardware identifier is one that <see cref="EisaId"/> packs; others, as <c>QEMU0002</c>, are texts.</summary>
    public static bool IsEisaId(string id) =>
        id.Length == 7 && id.AsSpan(0, 3).IndexOfAnyExceptInRange('A', 'Z') < 0 && id.AsSpan(3).IndexOfAnyExcept("0123456789ABCDEF") < 0;

    /// <summary>A length that counts itself, and what it is the length of [acpi §20.2.4].</summary>
    /// <exception cref="ArgumentOutOfRangeException">That is more than 28 bits can say.</exception>
    private static byte[] Packaged(ReadOnlySpan<byte[]> parts)
    {
        byte[] content = [.. parts.ToArray().SelectMany(static part => part)];

        // In one byte there are six bits; in more of them, the first has the low four bits and says how many follow.
        int length = content.Length + 1;
        if (length < 1 << 6) return [(byte)length, .. content];
        int more = length + 1 < 1 << 12 ? 1 : length + 2 < 1 << 20 ? 2 : 3;
        length += more;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(length, 1 << 28, nameof(parts));
        byte[] prefix = new byte[more + 1];
        prefix[0] = (byte)((more << 6) | (length & 0xF));
        for (int i = 1; i < prefix.Length; i++) prefix[i] = (byte)(length >> (4 + (8 * (i - 1))));
        return [.. prefix, .. content];
    }
}
