using System.Management.Automation;
using System.Text;
using KvmPS.Core.Debug;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Reads the RAM of machines that run or are paused, by physical address.</summary>
[Cmdlet(VerbsCommunications.Read, "KvmMemory", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmMemoryBlock), typeof(byte[]), typeof(byte), typeof(ushort), typeof(uint), typeof(ulong), typeof(string))]
public sealed class ReadKvmMemoryCommand : DeviceCmdlet
{
    private const int DefaultLength = 256;
    private const int LargestLength = 1 << 30;
    private const int LargestCount = LargestLength / sizeof(ulong);

    /// <summary>The physical address of the first byte.</summary>
    [Parameter(Position = 1, Mandatory = true)]
    [UnsignedTransformation]
    public ulong Address { get; set; }

    /// <summary>How many bytes; of a string, at most.</summary>
    [Parameter(Position = 2)]
    [ValidateRange(1, LargestLength)]
    [ArgumentCompleter(typeof(LengthCompleter))]
    public int Length { get; set; } = DefaultLength;

    /// <summary>What to make of them.</summary>
    [Parameter]
    public KvmMemoryFormat As { get; set; }

    /// <summary>How many numbers.</summary>
    [Parameter]
    [ValidateRange(1, LargestCount)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int Count { get; set; } = 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        bool ofNumbers = MemoryNumbers.WidthOf(As) > 0;
        if (!MyInvocation.BoundParameters.ContainsKey(ofNumbers ? nameof(Length) : nameof(Count))) return;
        Terminate(
            ofNumbers
                ? InspectionErrors.Contradiction($"-Length does not go with -As {As}.", "Say with -Count how many numbers to read.")
                : InspectionErrors.Contradiction($"-Count does not go with -As {As}.", "Say with -Length how many bytes to read, or name the numbers' width with -As."),
            target: null);
    }

    internal override void Process(KvmVM vm)
    {
        int width = MemoryNumbers.WidthOf(As);
        byte[] bytes = MemoryAccess.Read(vm.Machine, new GuestAddress(Address), width > 0 ? Count * width : Length);
        switch (As)
        {
            case KvmMemoryFormat.Block:
                WriteObject(new KvmMemoryBlock(vm, Address, bytes));
                break;
            case KvmMemoryFormat.Bytes:
                WriteObject(bytes, enumerateCollection: false);
                break;
            case KvmMemoryFormat.String:
                int end = Array.IndexOf(bytes, (byte)0);
                WriteObject(Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end));
                break;
            default:
                for (int offset = 0; offset < bytes.Length; offset += width) WriteObject(MemoryNumbers.Read(As, bytes.AsSpan(offset)));
                break;
        }
    }
}
