using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>What an event of a machine has to say; the machine itself is the event's sender.</summary>
public abstract class KvmEventArgs : EventArgs
{
    private protected KvmEventArgs(string vmName) => VMName = vmName;

    /// <summary>The machine's name.</summary>
    public string VMName { get; }
}

/// <summary>A machine's state has changed.</summary>
public sealed class KvmStateChangedEventArgs : KvmEventArgs
{
    internal KvmStateChangedEventArgs(string vmName, MachineStateChange change)
        : base(vmName)
    {
        PreviousState = change.Previous;
        State = change.Current;
        ExitReason = change.Exit?.Reason ?? ExitReason.None;
        ExitMessage = change.Exit?.Message;
    }

    /// <summary>The state before.</summary>
    public MachineState PreviousState { get; }

    /// <summary>The state after. The machine's own State property may be further already.</summary>
    public MachineState State { get; }

    /// <summary>Why it ended; None when it is on.</summary>
    public ExitReason ExitReason { get; }

    /// <summary>One sentence about the end; null when it is on.</summary>
    public string? ExitMessage { get; }

    /// <summary>The machine's name and the change.</summary>
    public override string ToString() => $"{VMName}: {PreviousState} to {State}";
}

/// <summary>A line of a machine's console has ended.</summary>
public sealed class KvmSerialLineEventArgs : KvmEventArgs
{
    internal KvmSerialLineEventArgs(string vmName, string text, TimeSpan time)
        : base(vmName)
    {
        Text = text;
        Time = time;
    }

    /// <summary>The line, without its end.</summary>
    public string Text { get; }

    /// <summary>When it began, counted from the start of the machine.</summary>
    public TimeSpan Time { get; }

    /// <summary>The line.</summary>
    public override string ToString() => Text;
}

/// <summary>The guest has said that it is ready.</summary>
public sealed class KvmGuestReadyEventArgs : KvmEventArgs
{
    internal KvmGuestReadyEventArgs(string vmName, int code)
        : base(vmName) =>
        Code = code;

    /// <summary>The byte that the guest wrote to port 0x680.</summary>
    public int Code { get; }

    /// <summary>The machine's name and the code.</summary>
    public override string ToString() => $"{VMName}: ready ({Code})";
}
