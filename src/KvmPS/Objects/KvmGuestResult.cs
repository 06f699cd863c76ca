using System.Text;
using KvmPS.Core.Guest;

namespace KvmPS;

/// <summary>What a command in a guest did.</summary>
public sealed class KvmGuestResult
{
    internal KvmGuestResult(string vmName, string command, GuestAnswer answer)
    {
        VMName = vmName;
        Command = command;
        OutputBytes = answer.Output;
        Output = Encoding.UTF8.GetString(answer.Output);
        ExitCode = answer.ExitCode;
        Duration = answer.Duration;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The command.</summary>
    public string Command { get; }

    /// <summary>What it wrote, standard output and errors in their order, read as UTF-8; with the newline at its end.</summary>
    public string Output { get; }

    /// <summary>The same, byte for byte.</summary>
    public byte[] OutputBytes { get; }

    /// <summary>Its exit code: 0 is success; 126 and more are the shell's, such as 127 for a command that is not there, and 128 and a signal's number.</summary>
    public int ExitCode { get; }

    /// <summary>From its sending to its end, with the way over the line.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The output without the newlines at its end, as <c>$(command)</c> has it in the guest.</summary>
    public override string ToString() => Output.TrimEnd('\n');
}
