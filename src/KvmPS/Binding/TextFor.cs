using System.Runtime.CompilerServices;

namespace KvmPS;

/// <summary>
/// Texts with an object behind them. A parameter of texts is what the binder tries first with a piped object; a text made here takes its place there
/// without losing which object it was. It is known by its reference: an equal text has nothing behind it.
/// </summary>
/// <typeparam name="T">What is behind a text.</typeparam>
internal static class TextFor<T>
    where T : class
{
    private static readonly ConditionalWeakTable<string, T> Objects = [];

    /// <summary>A text of its own for an object.</summary>
    public static string Make(string text, T value)
    {
        var own = new string(text.AsSpan());
        if (own.Length == 0) throw new ArgumentException("An empty text has no reference of its own.", nameof(text));
        Objects.Add(own, value);
        return own;
    }

    /// <summary>What is behind a text; null for one that was made elsewhere.</summary>
    public static T? Behind(string text) => Objects.TryGetValue(text, out T? value) ? value : null;
}
