using KvmPS.Core.Boot;
using KvmPS.Core.Cpu;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>
/// The smallest machine: RAM, one vCPU in real mode at 0x1000, and a handler. Made without the machine room, so that its tests are about
/// KvmPS.Native alone. Ending it waits for the thread and fails when it does not end.
/// </summary>
internal sealed class GuestRig : IVcpuHandler, IDisposable
{
    public const ulong Entry = 0x1000;
    public const ulong RamSize = 0x10_0000;

    private readonly MachineExitFunction _onExit;
    private readonly ManualResetEventSlim _ended = new();
    private bool _started;

    /// <summary>What a test does with an exit; false ends the vCPU.</summary>
    public delegate bool ExitFunction(VcpuExit exit);

    /// <summary>The same, for those that also ask something of the machine.</summary>
    public delegate bool MachineExitFunction(GuestRig machine, VcpuExit exit);

    public GuestRig(ReadOnlySpan<byte> code, MachineExitFunction onExit, bool interruptControllers = false, string threadName = "vcpu-test", int? hostCpu = null)
    {
        _onExit = onExit;
        Kvm = Kvm.Open();
        Memory = GuestMemory.Allocate(RamSize, new GuestAddress(0xC000_0000), new GuestAddress(0x1_0000_0000));
        Vm = Kvm.CreateVm();
        Vm.MapMemory(Memory);
        Vm.SetIdentityMapAddress(new GuestAddress(0xFFFB_C000));
        Vm.SetTssAddress(new GuestAddress(0xFFFB_D000));
        if (interruptControllers) Vm.CreateInterruptControllers();
        Memory.Write(new GuestAddress(Entry), code);
        Vcpu = Vm.CreateVcpu(0);
        kvm_sregs special = FlatRealMode(Vcpu);
        Vcpu.SetRegistersOnEntry(new kvm_regs { rip = Entry, rsp = 0x8000, rflags = 2 }, special);
        Thread = new VcpuThread(Vcpu, threadName, this, hostCpu);
    }

    public GuestRig(ReadOnlySpan<byte> code, ExitFunction onExit, bool interruptControllers = false)
        : this(code, (_, exit) => onExit(exit), interruptControllers)
    {
    }

    public Kvm Kvm { get; }

    public VmFd Vm { get; }

    public GuestMemory Memory { get; }

    public VcpuFd Vcpu { get; }

    public VcpuThread Thread { get; }

    /// <summary>The exception that ended the thread, once it has ended.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How often the thread told its end: never more than once.</summary>
    public int EndCount { get; private set; }

    public GuestRig Start()
    {
        Thread.Start();
        _started = true;
        return this;
    }

    /// <summary>Waits for the thread's last call.</summary>
    public void WaitForEnd() => Assert.True(_ended.Wait(Patience.Long), "The vCPU thread did not end.");

    /// <summary>Ends the vCPU; fails when it ended by an exception.</summary>
    public void Stop()
    {
        Thread.RequestStop();
        WaitForEnd();
        Assert.Null(Failure);
    }

    /// <summary>Asks for a pause and waits for it, with patience.</summary>
    public void Pause()
    {
        Thread.RequestPause();
        WaitUntilPaused();
    }

    public void WaitUntilPaused() => Assert.True(Within(() => Thread.WaitUntilPaused()), "The vCPU ended instead of pausing.");

    /// <summary>Runs what may hang when it is wrong on a thread of its own.</summary>
    public static T Within<T>(Func<T> function)
    {
        Task<T> task = Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([task], Patience.Long) != 0) Assert.Fail("The vCPU did not answer.");
        return task.GetAwaiter().GetResult();
    }

    bool IVcpuHandler.OnExit(VcpuExit exit) => _onExit(this, exit);

    void IVcpuHandler.OnEnded(VcpuThread thread, Exception? failure)
    {
        Failure = failure;
        EndCount++;
        _ended.Set();
    }

    public void Dispose()
    {
        Thread.RequestStop();
        if (_started) WaitForEnd();
        Memory.Dispose();
        Vcpu.Dispose();
        Vm.Dispose();
        Kvm.Dispose();
        _ended.Dispose();
    }

    /// <summary>
    /// Has the guest begin in long mode instead, where it reaches the local APIC, with interrupts handled at <c>0x1100</c> (vector 0x31),
    /// <c>0x1200</c> (vector 0x32) and <c>0x1300</c> (NMI).
    /// </summary>
    public void BeginInLongMode()
    {
        const ulong table = 0x3000;
        const ulong gate = 0x8E00_0010_0000; // a present interrupt gate (bits 47-32) to the flat code segment (bits 31-16)
        const ulong gateSize = 16;
        var entry = new CpuEntry { Mode = CpuMode.Long, InstructionPointer = Entry, Rsp = 0x8000 };
        (kvm_regs general, kvm_sregs special) = EntryState.Prepare(entry, Vcpu.GetSpecialRegisters(), Memory);
        special.idt.@base = table;
        special.idt.limit = (256 * (int)gateSize) - 1;
        Vcpu.SetRegistersOnEntry(general, special);
        foreach ((ulong vector, ulong handler) in new[] { (0x31ul, 0x1100ul), (0x32ul, 0x1200ul), (2ul, 0x1300ul) })
            Memory.Write(new GuestAddress(table + (vector * gateSize)), gate | handler);
    }

    /// <summary>Waits until the guest sleeps.</summary>
    public void WaitUntilIdle() => Assert.True(SpinWait.SpinUntil(() => Thread.Invoke(static vcpu => vcpu.IsIdle()), Patience.Long), "The vCPU does not halt.");

    /// <summary>A vCPU's registers after reset, with the code segment at 0.</summary>
    public static kvm_sregs FlatRealMode(VcpuFd vcpu)
    {
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cs.@base = 0;
        special.cs.selector = 0;
        return special;
    }
}
