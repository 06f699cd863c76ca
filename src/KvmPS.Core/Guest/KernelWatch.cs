using System.Text;
using KvmPS.Core.Serial;

namespace KvmPS.Core.Guest;

/// <summary>
/// Listens to what the kernel of a guest says itself from now on, and looks for lines that say that it is broken. What programs write, such as an old log,
/// is not looked at: UARTs tell the two apart, and other lines, where nothing does, are left alone.
/// </summary>
public sealed class KernelWatch
{
    private readonly Ear[] _ears;

    /// <summary>Listens to a machine's ports.</summary>
    /// <param name="ports">The ports on which its kernel may speak.</param>
    /// <param name="shells">The port whose programs are spoken to: as long as nothing on it was sent by interrupts, all that is sent by polling may be theirs.</param>
    public KernelWatch(IEnumerable<SerialPort> ports, SerialPort shells) => _ears = [.. ports.Select(port => new Ear(port.Log, isShells: port == shells))];

    /// <summary>Throws when the kernel has said that it is broken.</summary>
    /// <exception cref="GuestKernelException">It has.</exception>
    public void Check()
    {
        foreach (Ear ear in _ears) ear.Check();
    }

    /// <summary>Listens to one port.</summary>
    private sealed class Ear(SerialLog log, bool isShells)
    {
        private const int BlockBytes = 4 << 10;
        private const int LongestLine = 4 << 10; // GUEST-CONTROLLED: a line may never end.

        private readonly SerialCursor _cursor = new(log, log.TotalBytes);
        private readonly byte[] _block = new byte[BlockBytes];
        private readonly StringBuilder _text = new();

        public void Check()
        {
            bool any = false;
            while (_cursor.Read(_block, out bool isPolled) is > 0 and int count)
            {
                if (!isPolled || (isShells && !log.IsDriven)) continue;
                any = true;
                _text.Append(Encoding.Latin1.GetString(_block, 0, count));
            }

            if (any) Search();
        }

        /// <summary>Looks through the lines that are whole.</summary>
        private void Search()
        {
            string text = _text.ToString();
            int end = text.LastIndexOf('\n') + 1;
            _text.Remove(0, text.Length - end > LongestLine ? text.Length : end);
            string lines = text[..end].ReplaceLineEndings("\n");
            if (KernelFailure.FindFirst(lines) is { } found) throw new GuestKernelException(found.Failure, found.Line, output: []);
        }
    }
}
