namespace KvmPS.Core.Machine;

/// <summary>The instants of a boot, in the order in which they usually come.</summary>
public enum BootPhase
{
    /// <summary>The machine is built and its image loaded: its vCPUs begin to run.</summary>
    Load,

    /// <summary>A vCPU has left the guest for the first time, which it does when the guest talks to a device.</summary>
    FirstExit,

    /// <summary>The guest has written the first byte to the console or COM1.</summary>
    FirstByte,

    /// <summary>A Linux kernel has begun the line in which it tells its version.</summary>
    Kernel,

    /// <summary>A Linux kernel has begun the line in which it tells that it runs init.</summary>
    Init,

    /// <summary>The guest has said that it is ready.</summary>
    Ready,

    /// <summary>The machine has ended.</summary>
    End,
}

/// <summary>One instant of a boot.</summary>
/// <param name="Phase">Which one.</param>
/// <param name="Time">When, counted from the machine's start, or from its reset.</param>
/// <param name="Text">By what it is known: the kernel's line, the name of the port, the code, the reason.</param>
public sealed record BootMark(BootPhase Phase, TimeSpan Time, string Text);
