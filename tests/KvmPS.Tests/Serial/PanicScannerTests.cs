using System.Text;
using KvmPS.Core.Serial;
using KvmPS.Tests.Devices;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class PanicScannerTests
{
    private readonly List<string> _ended = [];
    private readonly PanicScanner _scanner;

    public PanicScannerTests() => _scanner = new PanicScanner(_ended.Add);

    [Fact]
    public void A_panic_is_recognized_within_a_line_and_its_end_reported()
    {
        Write("[    1.0] Kernel Kernel panic - not syncing: VFS: Unable to mount root fs\r\n");
        Assert.Equal("VFS: Unable to mount root fs", _scanner.Message);
        Assert.Empty(_ended);

        Write("CPU: 0\r\n-----[ end Kernel panic - not syncing: VFS: Unable to mount root fs ]---\r\n");
        Assert.Equal(["VFS: Unable to mount root fs"], _ended);
    }

    [Fact]
    public void The_first_message_stays()
    {
        Write("Kernel panic - not syncing: one\nKernel panic - not syncing: two\n");
        Assert.Equal("one", _scanner.Message);
    }

    [Fact]
    public void A_message_without_end_is_cut()
    {
        Write("Kernel panic - not syncing: " + new string('x', 5000));
        Assert.Equal(1024, _scanner.Message!.Length);
    }

    [Fact]
    public void An_end_marker_without_a_panic_is_none()
    {
        Write("---[ end Kernel panic - not syncing: copied from elsewhere ]---\n---[ end Kernel panic\n");
        Assert.Null(_scanner.Message);
        Assert.Empty(_ended);

        Write("Kernel panic - not syncing: real\n---[ end Kernel panic - not syncing: real ]---\n");
        Assert.Equal(["real"], _ended);
    }

    [Fact]
    public void Ordinary_text_is_no_panic_and_allocates_nothing()
    {
        byte[] text = Encoding.ASCII.GetBytes("Kernel panic - not syncing; Kernel panic\n--[ end Kernel panic");
        Assert.Equal(0, Allocations.Of(() => _scanner.Write(text)));
        Assert.Null(_scanner.Message);
        Assert.Empty(_ended);
    }

    private void Write(string text) => _scanner.Write(Encoding.UTF8.GetBytes(text));
}
