namespace KvmPS.Core.Devices;

/// <summary>A button that asks the guest to switch itself off. Safe from any thread.</summary>
public interface IPowerButton
{
    /// <summary>Whether the guest has said that it listens.</summary>
    bool IsEnabled { get; }

    /// <summary>Presses it; a guest that does not listen sees nothing of it.</summary>
    void Press();
}
