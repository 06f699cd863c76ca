namespace KvmPS.Core.Machine;

/// <summary>What a machine is doing.</summary>
public enum MachineState
{
    /// <summary>No vCPU runs and nothing is held from the host.</summary>
    Off,

    /// <summary>The vCPUs run.</summary>
    Running,

    /// <summary>The vCPUs stand still between two instructions; memory and devices are as they were.</summary>
    Paused,

    /// <summary>The machine ended because the host side could not go on; its last exit says why.</summary>
    Failed,
}
