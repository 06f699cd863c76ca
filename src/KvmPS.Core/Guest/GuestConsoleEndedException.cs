namespace KvmPS.Core.Guest;

/// <summary>The machine ended while its guest was spoken to.</summary>
public sealed class GuestConsoleEndedException : Exception
{
    internal GuestConsoleEndedException()
        : base("The machine has ended.")
    {
    }
}
