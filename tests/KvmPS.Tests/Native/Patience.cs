namespace KvmPS.Tests.Native;

/// <summary>How long a test waits for what must come: never part of what it asserts, only the end of its patience.</summary>
internal static class Patience
{
    /// <summary>Long enough for a loaded machine; a wait that takes this long has failed.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
}
