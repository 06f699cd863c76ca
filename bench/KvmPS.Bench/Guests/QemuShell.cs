using System.Diagnostics;
using System.Text;
using KvmPS.Bench.Benches;

namespace KvmPS.Bench.Guests;

/// <summary>The shell of a guest on QEMU, whose serial port is its standard input and output.</summary>
internal sealed class QemuShell : IGuestShell
{
    private readonly Process _qemu;
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"kvmps-qmp-{Environment.ProcessId}");
    private readonly Qmp _control;

    /// <summary>Boots QEMU to the prompt.</summary>
    /// <param name="arguments">QEMU's arguments, with <c>-serial stdio</c>.</param>
    /// <exception cref="BenchNotPossibleException">There is no QEMU.</exception>
    public QemuShell(IEnumerable<string> arguments)
    {
        try
        {
            _qemu = Process.Start(new ProcessStartInfo(Measuring.Qemu.Program, [.. arguments, "-qmp", $"unix:{_socket},server=on,wait=off"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BenchNotPossibleException($"{Measuring.Qemu.Program} cannot be started: {error.Message}");
        }

        ReadTo(GuestCommand.Prompt);
        _control = new Qmp(_socket);
    }

    /// <inheritdoc/>
    public long MmioExits => _control.MmioExits();

    /// <inheritdoc/>
    public string Run(string command)
    {
        _qemu.StandardInput.Write(GuestCommand.Line(command));
        _qemu.StandardInput.Flush();
        return ReadTo(GuestCommand.End);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_qemu.HasExited) _qemu.Kill();
        _qemu.WaitForExit();
        _control.Dispose();
        _qemu.Dispose();
        File.Delete(_socket);
    }

    private string ReadTo(string text)
    {
        var read = new StringBuilder();
        for (int next; (next = _qemu.StandardOutput.Read()) >= 0;)
        {
            read.Append((char)next);
            if (read.Length >= text.Length && read.ToString(read.Length - text.Length, text.Length) == text) return read.ToString(0, read.Length - text.Length);
        }

        throw new BenchNotPossibleException($"QEMU ended without '{text}'.");
    }
}
