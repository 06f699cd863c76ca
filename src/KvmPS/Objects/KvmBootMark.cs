using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>One instant of a machine's boot.</summary>
public sealed class KvmBootMark
{
    internal KvmBootMark(string vmName, BootMark mark, TimeSpan delta)
    {
        VMName = vmName;
        Phase = mark.Phase;
        Time = mark.Time;
        Delta = delta;
        Text = mark.Text;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>Which instant it is.</summary>
    public BootPhase Phase { get; }

    /// <summary>When, counted from the machine's start, or from its reset.</summary>
    public TimeSpan Time { get; }

    /// <summary>How long after the instant before, or after the start.</summary>
    public TimeSpan Delta { get; }

    /// <summary>By what it is known: the kernel's line without its time stamp, the name of the port, the code, the reason of the end.</summary>
    public string Text { get; }

    /// <summary>The instants of a machine's present or last boot that have come, in their order.</summary>
    internal static KvmBootMark[] Of(KvmVM vm)
    {
        IReadOnlyList<BootMark> marks = vm.Machine.MeasureBoot();
        return [.. marks.Select((mark, index) => new KvmBootMark(vm.Name, mark, mark.Time - (index > 0 ? marks[index - 1].Time : TimeSpan.Zero)))];
    }

    /// <summary>The phase.</summary>
    public override string ToString() => Phase.ToString();
}
