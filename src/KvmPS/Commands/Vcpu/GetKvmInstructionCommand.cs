using System.Management.Automation;
using KvmPS.Core.Debug;

namespace KvmPS.Commands;

/// <summary>Disassembles the code of a paused machine as its vCPU sees it.</summary>
[Cmdlet(VerbsCommon.Get, "KvmInstruction", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmInstruction))]
public sealed class GetKvmInstructionCommand : DeviceCmdlet
{
    private const int DefaultCount = 10;
    private const int LargestCount = 10_000;

    /// <summary>Where to begin: a virtual address, as an offset into the code segment. The instruction pointer when left out.</summary>
    [Parameter(Position = 1)]
    [UnsignedTransformation]
    public ulong? Address { get; set; }

    /// <summary>How many instructions.</summary>
    [Parameter(Position = 2)]
    [ValidateRange(1, LargestCount)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int Count { get; set; } = DefaultCount;

    /// <summary>16, 32 or 64; that of the mode the vCPU is in when left out.</summary>
    [Parameter]
    [ValidateSet("16", "32", "64")]
    public int? Bitness { get; set; }

    /// <summary>The numbers of the vCPUs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(VcpuIndexCompleter))]
    public int[] Index { get; set; } = [0];

    internal override void Process(KvmVM vm)
    {
        foreach (int index in VcpuSelection.Of(vm, Index))
        {
            CodeListing listing = GuestInspector.Disassemble(vm.Machine, index, Address, Bitness, Count);
            foreach (CodeLine line in listing.Lines) WriteObject(new KvmInstruction(vm, index, line, listing.InstructionPointer));
            if (listing.Lines.Count < Count) throw InspectionErrors.NoCode(vm, index, listing);
        }
    }
}
