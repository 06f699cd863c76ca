using System.Globalization;
using KvmPS.Core.Devices.Legacy;

namespace KvmPS;

/// <summary>One byte that a guest wrote to the diagnostic port 0x80, where firmware tells how far it is.</summary>
public sealed class KvmPostCode
{
    private KvmPostCode(PostCode code)
    {
        Code = code.Code;
        Time = code.Time;
    }

    /// <summary>The byte.</summary>
    public byte Code { get; }

    /// <summary>When it was written, counted from the making of the machine's devices.</summary>
    public TimeSpan Time { get; }

    /// <summary>The byte in hexadecimal.</summary>
    public override string ToString() => Code.ToString("x2", CultureInfo.InvariantCulture);

    internal static KvmPostCode[] From(IReadOnlyList<PostCode> codes) => [.. codes.Select(static code => new KvmPostCode(code))];
}
