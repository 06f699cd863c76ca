using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>A cmdlet on a serial port of machines: the console, unless another is asked for.</summary>
public abstract class SerialCmdlet : DeviceCmdlet
{
    /// <summary>The number of the serial port: 1 for COM1, the console.</summary>
    [Parameter]
    [ValidateRange(1, MachineConfig.MostSerialPorts)]
    [ArgumentCompleter(typeof(SerialPortCompleter))]
    public int Port { get; set; } = 1;
}
