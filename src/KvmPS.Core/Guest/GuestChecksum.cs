using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace KvmPS.Core.Guest;

/// <summary>
/// A checksum of a file, as the tools of a guest give it: SHA-256 where there is <c>sha256sum</c>, else the CRC of <c>cksum</c>, which POSIX asks for
/// [posix cksum]. Both are kept while the bytes pass, since only the guest knows which it has.
/// </summary>
internal sealed partial class GuestChecksum : IDisposable
{
    private const uint Polynomial = 0x04C1_1DB7;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(static value => Shift((uint)value << 24))];

    private readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private uint _crc;

    /// <summary>How many bytes have passed.</summary>
    public long Length { get; private set; }

    /// <summary>What the guest's shell runs for the checksum of a file.</summary>
    /// <param name="quotedPath">The file, as a word of the shell.</param>
    public static string CommandFor(string quotedPath) => $"sha256sum <{quotedPath} 2>/dev/null||cksum <{quotedPath}";

    /// <summary>The checksum in what the command wrote; null when there is none.</summary>
    public static string? Find(string output)
    {
        Match match = Answer.Match(output);
        return match.Success ? match.Value : null;
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sha.AppendData(bytes);
        Length += bytes.Length;
        foreach (byte value in bytes) _crc = Next(_crc, value);
    }

    /// <summary>Whether the guest's checksum is that of the bytes that passed.</summary>
    /// <param name="answer">What <see cref="Find"/> has found.</param>
    public bool Matches(string answer) => answer.Contains(' ', StringComparison.Ordinal)
        ? answer == string.Create(CultureInfo.InvariantCulture, $"{Cksum()} {Length}")
        : answer == Convert.ToHexStringLower(_sha.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _sha.Dispose();

    /// <summary>The CRC over the bytes and their number, the least significant byte of it first and without leading zeros.</summary>
    private uint Cksum()
    {
        uint crc = _crc;
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, Length);
        foreach (byte value in length.TrimEnd((byte)0)) crc = Next(crc, value);
        return ~crc;
    }

    private static uint Next(uint crc, byte value) => (crc << 8) ^ Table[(crc >> 24) ^ value];

    private static uint Shift(uint crc)
    {
        for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000_0000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
        return crc;
    }

    [GeneratedRegex(@"^[0-9a-f]{64}|^\d+ \d+", RegexOptions.CultureInvariant | RegexOptions.Multiline, 1000)]
    private static partial Regex Answer { get; }
}
