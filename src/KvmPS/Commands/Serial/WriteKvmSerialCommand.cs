using System.Management.Automation;
using System.Text;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Types into a guest's console, or another serial port.</summary>
[Cmdlet(VerbsCommunications.Write, "KvmSerial", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = Piped)]
[OutputType(typeof(KvmVM))]
public sealed class WriteKvmSerialCommand : ConsoleInputCmdlet
{
    private const string CarriageReturn = "\r";

    /// <summary>The text; several are several lines. Each ends in a carriage return, as the Enter key sends it.</summary>
    [Parameter(ParameterSetName = Piped, Position = 0)]
    [Parameter(ParameterSetName = ByName, Position = 1)]
    [Parameter(ParameterSetName = ByObject, Position = 1)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [Alias("Text")]
    public string[] InputText
    {
        get => Text;
        set => Text = value;
    }

    /// <summary>Bytes, sent as they are, after the text.</summary>
    [Parameter]
    [ValidateNotNull]
    public byte[] Byte { get; set; } = [];

    /// <summary>Adds no carriage returns.</summary>
    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    /// <summary>Writes the machine when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool IsTextOptional => Byte.Length > 0;

    internal override void Process(KvmVM vm)
    {
        byte[] bytes = [.. InputText.SelectMany(line => Encoding.UTF8.GetBytes(NoNewline ? line : line + CarriageReturn)), .. Byte];
        if (!ShouldProcess($"{What} of virtual machine '{vm.Name}'", $"Write {bytes.Length} bytes")) return;
        if (vm.State is not (MachineState.Running or MachineState.Paused)) throw MachineErrors.NotRunning(vm);
        if (!vm.SerialPort(Port).WriteInput(bytes)) throw MachineErrors.EndedBeforeInput(vm);
        if (PassThru) WriteObject(vm);
    }
}
