namespace KvmPS.Core.Machine;

/// <summary>What becomes of a machine when its guest resets it, or meets a triple fault, which resets a PC as well.</summary>
public enum ResetAction
{
    /// <summary>The run is over.</summary>
    Stop,

    /// <summary>It begins anew, with fresh memory and devices; its console goes on.</summary>
    Restart,
}

/// <summary>What becomes of a machine when its guest's kernel panics.</summary>
public enum PanicAction
{
    /// <summary>The run is over.</summary>
    Stop,

    /// <summary>It begins anew, with fresh memory and devices; its console goes on.</summary>
    Restart,

    /// <summary>Its vCPUs stand still, to be looked at.</summary>
    Pause,
}
