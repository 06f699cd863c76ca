using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet on a serial port of machines: the console, unless another is asked for.</summary>
public abstract class SerialCmdlet : DeviceCmdlet
{
    /// <summary>The port: a number or name of a serial port (<c>2</c>, <c>COM2</c>, <c>ttyS1</c>), <c>hvc0</c>, or the name of a console port. The console when it is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SerialPortCompleter))]
    public string Port { get; set; } = "";

    /// <summary>What the port is called in messages.</summary>
    private protected string What => Port.Length == 0 ? "Console" : $"Port '{Port}'";
}
