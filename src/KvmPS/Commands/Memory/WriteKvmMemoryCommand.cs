using System.Globalization;
using System.Management.Automation;
using System.Text;
using KvmPS.Core.Debug;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Writes to the RAM of machines that run or are paused, by physical address.</summary>
[Cmdlet(VerbsCommunications.Write, "KvmMemory", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class WriteKvmMemoryCommand : DeviceCmdlet
{
    private readonly Dictionary<KvmVM, List<byte>> _collected = []; // bytes that came one by one from the pipeline
    private bool _collects;

    /// <summary>The physical address of the first byte.</summary>
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [UnsignedTransformation]
    public ulong Address { get; set; }

    /// <summary>Bytes.</summary>
    [Parameter(Position = 2, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    [Alias("Bytes")]
    public byte[]? Byte { get; set; }

    /// <summary>Numbers, whose width <c>-As</c> names.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [UnsignedTransformation]
    public ulong[]? Value { get; set; }

    /// <summary>The width of the numbers.</summary>
    [Parameter]
    [ValidateSet(nameof(KvmMemoryFormat.UInt8), nameof(KvmMemoryFormat.UInt16), nameof(KvmMemoryFormat.UInt32), nameof(KvmMemoryFormat.UInt64))]
    public KvmMemoryFormat As { get; set; }

    /// <summary>Text, written in UTF-8, without a zero byte at its end.</summary>
    [Parameter]
    [ValidateNotNull]
    public string? Text { get; set; }

    /// <summary>Writes the machine when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        bool Has(string name) => MyInvocation.BoundParameters.ContainsKey(name);
        int sources = (Has(nameof(Byte)) ? 1 : 0) + (Has(nameof(Value)) ? 1 : 0) + (Has(nameof(Text)) ? 1 : 0);
        bool isPiped = sources == 0 && MyInvocation.ExpectingInput;
        _collects = isPiped && Has(nameof(Address));
        if (sources > 1 || (sources == 0 && !isPiped))
            Terminate(InspectionErrors.Contradiction("What to write is not given, or twice.", "Give one of -Byte, -Value with -As, and -Text; or pipe bytes in."), target: null);
        if (Has(nameof(Value)) != Has(nameof(As)))
            Terminate(InspectionErrors.Contradiction("-Value and -As go together.", "Say how wide the numbers are, such as -Value 0x1234 -As UInt16."), target: null);
    }

    internal override void Process(KvmVM vm)
    {
        if (!_collects)
        {
            Write(vm, Content());
            return;
        }

        if (!_collected.TryGetValue(vm, out List<byte>? bytes)) _collected.Add(vm, bytes = []);
        bytes.AddRange(Content());
    }

    /// <summary>Writes what the pipeline brought.</summary>
    protected override void EndProcessing()
    {
        foreach ((KvmVM vm, List<byte> bytes) in _collected) ForItem(vm, () => Write(vm, [.. bytes]));
    }

    private byte[] Content()
    {
        if (Text is not null) return Encoding.UTF8.GetBytes(Text);
        if (Value is not null)
        {
            return MemoryNumbers.Bytes(As, Value)
                ?? throw InspectionErrors.Contradiction($"One of the numbers does not fit into {As}.", "Name a larger width with -As.");
        }

        return Byte ?? throw InspectionErrors.Contradiction("What to write is not given.", "Give one of -Byte, -Value with -As, and -Text; or pipe bytes in.");
    }

    private void Write(KvmVM vm, byte[] bytes)
    {
        string action = string.Create(CultureInfo.InvariantCulture, $"Write {bytes.Length} bytes at 0x{Address:x}");
        if (!ShouldProcess($"Memory of virtual machine '{vm.Name}'", action)) return;
        MemoryAccess.Write(vm.Machine, new GuestAddress(Address), bytes);
        if (PassThru) WriteObject(vm);
    }
}
