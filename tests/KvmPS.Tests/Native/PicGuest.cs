using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>A guest in real mode that sleeps, and writes a byte to port 0x80 for each interrupt 4 that its PIC brings it.</summary>
internal sealed class PicGuest : IDisposable
{
    public const int Irq = 4;

    private readonly AutoResetEvent _interrupted = new(initialState: false);

    /// <param name="onInterrupt">Called on the vCPU's thread inside the guest's handler, before its end of interrupt.</param>
    public PicGuest(Action? onInterrupt = null)
    {
        // 1000  b0 11 e6 20  mov al, 0x11; out 0x20, al   the 8259's four initialization words:
        // 1004  b0 20 e6 21  mov al, 0x20; out 0x21, al   vectors from 0x20, so that IRQ 4 is 0x24
        // 1008  b0 04 e6 21  mov al, 4;    out 0x21, al
        // 100c  b0 01 e6 21  mov al, 1;    out 0x21, al
        // 1010  b0 ef e6 21  mov al, 0xef; out 0x21, al   all masked but IRQ 4
        // 1014  fb           sti
        // 1015  f4           hlt
        // 1016  eb fc        jmp 0x1014
        byte[] code = [0xB0, 0x11, 0xE6, 0x20, 0xB0, 0x20, 0xE6, 0x21, 0xB0, 0x04, 0xE6, 0x21, 0xB0, 0x01, 0xE6, 0x21, 0xB0, 0xEF, 0xE6, 0x21, 0xFB, 0xF4, 0xEB, 0xFC];
        // 1100  e6 80  out 0x80, al;  1102  b0 20  mov al, 0x20;  1104  e6 20  out 0x20, al (end of interrupt);  1106  cf  iret
        byte[] handler = [0xE6, 0x80, 0xB0, 0x20, 0xE6, 0x20, 0xCF];
        Rig = new GuestRig(code, exit =>
        {
            onInterrupt?.Invoke();
            return exit.Reason == VcpuExitReason.Io && _interrupted.Set();
        }, interruptControllers: true);
        Rig.Memory.Write(new GuestAddress(0x1100), handler);
        Rig.Memory.Write(new GuestAddress(0x24 * 4), 0x0000_1100u);
    }

    public GuestRig Rig { get; }

    public void WaitForInterrupt() => Assert.True(_interrupted.WaitOne(Patience.Long), "The interrupt did not wake the vCPU.");

    public void Dispose()
    {
        Rig.Dispose();
        _interrupted.Dispose();
    }
}
