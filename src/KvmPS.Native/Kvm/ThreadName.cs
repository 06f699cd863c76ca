using System.Text;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>The name of a thread, as the runtime knows it and as the kernel shows it (in <c>top -H</c>, <c>ps -L</c>, <c>perf</c>).</summary>
public static unsafe class ThreadName
{
    /// <summary>What the kernel keeps: 16 bytes with the zero behind them.</summary>
    private const int ShownBytes = 15;

    /// <summary>Names the calling thread.</summary>
    public static void Set(string name)
    {
        Thread.CurrentThread.Name = name; // the runtime shows the kernel the first bytes of it
        string shown = Shorten(name);
        if (shown == name) return;
        // SAFETY: the kernel reads up to the zero at the end. It takes any name.
        fixed (byte* first = Encoding.UTF8.GetBytes(shown + '\0')) Libc.syscall(Libc.SYS_prctl, Libc.PR_SET_NAME, (nint)first, 0, 0);
    }

    /// <summary>
    /// What is shown of a name that is too long: its beginning, and what follows its last hyphen. The vCPU's number is at the end, and the vCPUs of a
    /// machine would look alike without it.
    /// </summary>
    internal static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= ShownBytes) return name;
        string end = name.LastIndexOf('-') is var hyphen and > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(hyphen)) < ShownBytes ? name[hyphen..] : "";
        int room = ShownBytes - Encoding.UTF8.GetByteCount(end);
        var start = new StringBuilder();
        foreach (Rune rune in name.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0) break;
            start.Append(rune);
        }

        return start.Append(end).ToString();
    }
}
