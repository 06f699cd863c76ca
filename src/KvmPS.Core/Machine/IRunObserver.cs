namespace KvmPS.Core.Machine;

/// <summary>Who is told what becomes of a run. All calls come from vCPU threads (or, for a panic, from a timer's): they neither throw nor wait.</summary>
internal interface IRunObserver
{
    /// <summary>The run is over, and everything it held is freed. The last call.</summary>
    void Ended(MachineInstance instance, MachineExit exit);

    /// <summary>The guest's kernel panicked.</summary>
    void Panicked(MachineInstance instance, MachineExit exit);

    /// <summary>Something that its users should know, and that does not end it.</summary>
    void Noticed(string text);

    /// <summary>The guest said that it is ready.</summary>
    void BecameReady(MachineInstance instance, GuestReadiness readiness);
}
