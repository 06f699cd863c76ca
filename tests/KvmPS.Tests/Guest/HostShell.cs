using System.Diagnostics;
using KvmPS.Core.Devices;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guest;

/// <summary>A real shell of the host on a real terminal (by <c>script</c> of util-linux), at the far end of a port: a guest that answers in milliseconds.</summary>
internal sealed class HostShell : ISerialReceiver, IDisposable
{
    private const string Script = "/usr/bin/script";

    private readonly Process _process;
    private readonly ISerialSource _source;
    private readonly Lock _writing = new();

    /// <summary>Starts a shell.</summary>
    /// <param name="command">What runs on the terminal.</param>
    public HostShell(string command)
    {
        Assert.SkipUnless(File.Exists(Script), "There is no 'script' (util-linux) here, which makes a terminal for a shell.");
        var start = new ProcessStartInfo(Script, ["-qfc", command, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["PS1"] = "$ ";
        start.Environment["TERM"] = "dumb";
        start.Environment.Remove("ENV");
        Port = new SerialPort(TimeProvider.System) { Name = "COM1", Kind = SerialPortKind.Console };
        _source = Port;
        _process = Process.Start(start)!;
        _ = Task.Factory.StartNew(Pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Port.Connect(this);
    }

    /// <summary>The host's end of the line.</summary>
    public SerialPort Port { get; }

    /// <inheritdoc/>
    public void InputAvailable()
    {
        lock (_writing)
        {
            byte[] block = new byte[512];
            while (_source.Take(block) is > 0 and int count)
            {
                _process.StandardInput.BaseStream.Write(block, 0, count);
                _process.StandardInput.BaseStream.Flush();
            }
        }
    }

    /// <inheritdoc/>
    public void SendBreak()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Port.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Pump()
    {
        byte[] block = new byte[16 << 10];
        Stream said = _process.StandardOutput.BaseStream;
        while (said.Read(block) is > 0 and int count) ((ISerialSink)Port).Write(block.AsSpan(0, count));
        Port.Complete();
    }
}
