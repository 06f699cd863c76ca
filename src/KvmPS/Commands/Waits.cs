namespace KvmPS.Commands;

/// <summary>What all waits have in common.</summary>
internal static class Waits
{
    /// <summary>How long a wait lasts when nobody says: five minutes.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(300);
}
