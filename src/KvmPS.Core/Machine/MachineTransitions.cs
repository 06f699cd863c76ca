namespace KvmPS.Core.Machine;

/// <summary>What a user can ask of a machine.</summary>
public enum MachineAction
{
    /// <summary>Build it and run its vCPUs.</summary>
    Start,

    /// <summary>Stand still.</summary>
    Pause,

    /// <summary>Go on.</summary>
    Resume,

    /// <summary>Pull the plug.</summary>
    TurnOff,

    /// <summary>Begin anew.</summary>
    Reset,

    /// <summary>Ask the guest to switch itself off.</summary>
    PressPowerButton,

    /// <summary>Change what it is made from.</summary>
    Reconfigure,

    /// <summary>Write what an ephemeral disk holds into its image.</summary>
    MergeDisk,
}

/// <summary>The legal transitions of a machine, as a table. Asking for what already is so is legal and does nothing.</summary>
public static class MachineTransitions
{
    /// <summary>The state after an action, or null when the action is not legal in that state.</summary>
    public static MachineState? Next(MachineState state, MachineAction action) => (state, action) switch
    {
        (MachineState.Off, MachineAction.Start) => MachineState.Running,
        (MachineState.Off, MachineAction.TurnOff) => MachineState.Off,
        (MachineState.Off, MachineAction.Reconfigure) => MachineState.Off,
        (MachineState.Running, MachineAction.Start) => MachineState.Running,
        (MachineState.Running, MachineAction.Pause) => MachineState.Paused,
        (MachineState.Running, MachineAction.Resume) => MachineState.Running,
        (MachineState.Running, MachineAction.TurnOff) => MachineState.Off,
        (MachineState.Running, MachineAction.Reset) => MachineState.Running,
        (MachineState.Running, MachineAction.PressPowerButton) => MachineState.Running,
        (MachineState.Paused, MachineAction.Reset) => MachineState.Running,
        (MachineState.Paused, MachineAction.Pause) => MachineState.Paused,
        (MachineState.Paused, MachineAction.Resume) => MachineState.Running,
        (MachineState.Paused, MachineAction.TurnOff) => MachineState.Off,
        (MachineState.Paused, MachineAction.MergeDisk) => MachineState.Paused,
        (MachineState.Failed, MachineAction.Start) => MachineState.Running,
        (MachineState.Failed, MachineAction.TurnOff) => MachineState.Off,
        (MachineState.Failed, MachineAction.Reconfigure) => MachineState.Failed,
        _ => null,
    };
}

/// <summary>An action that is not legal in the machine's state.</summary>
public sealed class MachineStateException : Exception
{
    internal MachineStateException(string name, MachineState state, MachineAction action)
        : base($"Machine '{name}' is {state}: it cannot {Words(action)}.")
    {
        Name = name;
        State = state;
        Action = action;
    }

    /// <summary>The machine's name.</summary>
    public string Name { get; }

    /// <summary>The state the machine was in.</summary>
    public MachineState State { get; }

    /// <summary>What was asked.</summary>
    public MachineAction Action { get; }

    private static string Words(MachineAction action) => action switch
    {
        MachineAction.Start => "be started",
        MachineAction.Pause => "be suspended",
        MachineAction.Resume => "be resumed",
        MachineAction.TurnOff => "be turned off",
        MachineAction.Reset => "be restarted",
        MachineAction.PressPowerButton => "be asked to shut down",
        MachineAction.MergeDisk => "have a disk merged",
        _ => "be changed",
    };
}
