namespace KvmPS.Core.Machine;

/// <summary>The guest was to be asked to switch itself off, and nothing in it looks at the power button.</summary>
public sealed class NoPowerButtonException : Exception
{
    internal NoPowerButtonException(string name)
        : base($"The guest of machine '{name}' does not listen to the power button.") =>
        Name = name;

    /// <summary>The machine's name.</summary>
    public string Name { get; }
}
