using System.Management.Automation;
using System.Text;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>A part of a seed as people give it: the text itself, its bytes, or the file that has it.</summary>
internal static class SeedText
{
    private const long MostBytes = 64 << 20;

    /// <summary>The bytes; null for nothing.</summary>
    /// <param name="value">A text, a path, a file or bytes.</param>
    /// <param name="resolve">Makes a full path of a path.</param>
    /// <exception cref="KvmErrorException">It is of another kind.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ReadOnlyMemory<byte>? Of(object? value, Func<string, string> resolve)
    {
        if (value is null) return null;
        return Bytes(value is PSObject wrapped ? wrapped.BaseObject : value, resolve);
    }

    private static byte[] Bytes(object value, Func<string, string> resolve) => value switch
    {
        byte[] bytes => bytes,
        FileInfo file => Read(file.FullName),
        string text when IsContent(text) => Encoding.UTF8.GetBytes(text),
        string path => Read(resolve(path)),
        object[] lines when Array.TrueForAll(lines, static line => line is string or PSObject { BaseObject: string }) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), // as Get-Content gives them
        _ => throw StorageErrors.Invalid($"a {value.GetType().Name} is no part of a seed", "Give a text, the path of a file, a file, or bytes."),
    };

    /// <summary>
    /// Whether a text is the thing itself and no path: cloud-init's files have several lines, or begin with <c>#</c> or a brace, or have a key with its
    /// colon. A path has none of that.
    /// </summary>
    private static bool IsContent(string text) =>
        text.Contains('\n', StringComparison.Ordinal) || text.Contains(": ", StringComparison.Ordinal) || text.StartsWith('#') || text.StartsWith('{') || text.Length == 0;

    private static byte[] Read(string path)
    {
        SpecialFile.Refuse(path);
        long length = new FileInfo(path).Length;
        return length <= MostBytes ? File.ReadAllBytes(path) : throw new IOException($"'{path}' has {length} bytes: a part of a seed has at most {MostBytes}.");
    }
}
