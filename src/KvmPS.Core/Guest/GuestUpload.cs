using System.Globalization;
using System.Text;

namespace KvmPS.Core.Guest;

/// <summary>
/// Sends bytes into a file of the guest through a terminal in raw mode, block after block: the host says how long a block is, the guest reads so much
/// and answers with a <c>+</c>. So no more waits in the guest than its terminal keeps, and nothing is left that its shell could take for
/// commands. A reader that hears nothing for a quarter of a minute gives up and puts the terminal back.
/// </summary>
/// <param name="talk">The conversation.</param>
internal sealed class GuestUpload(PortTalk talk)
{
    /// <summary>The exit code of a guest that has no <c>stty</c> or no <c>head -c</c>.</summary>
    public const int NoTools = 86;

    private const int BlockBytes = 32 << 10;
    private const int ConsoleBlockBytes = 256 << 10; // a virtio console has flow control
    private const byte Ready = (byte)'=';

    private readonly ShellNonce _nonce = ShellNonce.Create();
    private readonly MemoryStream _said = new();
    private int _seen;

    /// <summary>What the guest said when it refused.</summary>
    public string Said => Encoding.UTF8.GetString(_said.ToArray());

    /// <summary>Sends a stream up to its end.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="quotedPath">The guest's file, as a word of the shell.</param>
    /// <param name="passed">Is told of each block when the guest has it.</param>
    /// <returns>The exit code; 0 when the guest has read all.</returns>
    public int Send(Stream source, string quotedPath, Action<ReadOnlySpan<byte>> passed)
    {
        string typed = _nonce.Typed;
        var reader = new FrameReader(_nonce.Word, _said);
        talk.TypeLine(
            $" echo {typed};(head -c 1 </dev/null&&s=$(stty -g)&&stty raw -echo min 0 time 150||exit {NoTools};echo = >&2;\\\n"
            + " while read n&&[ $n -gt 0 ];do head -c $n||{ e=1;cat>/dev/null;};echo + >&2;done;stty $s;exit $e)\\\n"
            + $" >{quotedPath};echo {typed}:$?");
        if (!Await(reader, Ready)) return reader.ExitCode!.Value;

        byte[] block = new byte[talk.HasFlowControl ? ConsoleBlockBytes : BlockBytes];
        while (source.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) is > 0 and int count)
        {
            talk.Send(Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture) + "\n"));
            talk.Send(block.AsSpan(0, count));
            if (!Await(reader, (byte)'+')) return reader.ExitCode!.Value;
            passed(block.AsSpan(0, count));
        }

        talk.Send("0\n"u8);
        while (reader.ExitCode is null) reader.Feed(talk.Read(Timeout.InfiniteTimeSpan));
        return reader.ExitCode.Value;
    }

    /// <summary>Waits for a sign.</summary>
    /// <returns>False when the guest has ended instead.</returns>
    private bool Await(FrameReader reader, byte sign)
    {
        while (true)
        {
            ReadOnlySpan<byte> said = _said.GetBuffer().AsSpan(0, (int)_said.Length)[_seen..];
            int at = said.IndexOf(sign);
            if (at >= 0)
            {
                _seen += at + 1;
                return true;
            }

            if (reader.ExitCode is not null) return false;
            reader.Feed(talk.Read(Timeout.InfiniteTimeSpan));
        }
    }
}
