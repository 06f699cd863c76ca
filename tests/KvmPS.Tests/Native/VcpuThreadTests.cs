using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>The life of a vCPU thread: each request at each moment, and what a waiter gets when the vCPU ends.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuThreadTests
{
    /// <summary><c>1000  eb fe  jmp $</c>: nothing but a kick takes the vCPU out of it.</summary>
    private static readonly byte[] Spin = [0xEB, 0xFE];

    /// <summary><c>1000  e6 80  out 0x80, al</c> and <c>1002  eb fc  jmp 0x1000</c>.</summary>
    private static readonly byte[] OutLoop = [0xE6, 0x80, 0xEB, 0xFC];

    private static GuestRig Spinning() => new(Spin, static _ => throw new InvalidOperationException("jmp $ has no exits"));

    [KvmFact]
    public void Pause_before_start_starts_paused()
    {
        using GuestRig rig = new(OutLoop, static _ => true);
        rig.Thread.RequestPause();
        rig.Start().WaitUntilPaused();
        Assert.Equal(0, rig.Thread.Exits);
        rig.Thread.Resume();
        Assert.True(SpinWait.SpinUntil(() => rig.Thread.Exits > 0, Patience.Long));
        rig.Stop();
    }

    [KvmFact]
    public void Stop_before_start_ends_without_an_entry()
    {
        using GuestRig rig = new(OutLoop, static _ => true);
        rig.Thread.RequestStop();
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal((0L, 1, 0), (rig.Thread.Exits, rig.EndCount, rig.Thread.ThreadId));
    }

    [KvmFact]
    public void Stop_ends_a_paused_vCPU_and_twice_is_once()
    {
        using GuestRig rig = Spinning().Start();
        rig.Pause();
        rig.Thread.RequestStop();
        rig.Thread.RequestStop();
        rig.WaitForEnd();
        rig.Thread.RequestStop();
        rig.Thread.RequestPause();
        rig.Thread.Resume();
        Assert.Null(rig.Failure);
        Assert.Equal(1, rig.EndCount);
        Assert.False(GuestRig.Within(rig.Thread.WaitUntilPaused));
    }

    [KvmFact]
    public void Pause_twice_needs_one_resume()
    {
        using GuestRig rig = new GuestRig(OutLoop, static _ => true).Start();
        rig.Pause();
        rig.Pause();
        long exits = rig.Thread.Exits;
        rig.Thread.Resume();
        Assert.True(SpinWait.SpinUntil(() => rig.Thread.Exits > exits, Patience.Long));
        rig.Stop();
    }

    [KvmFact]
    public void Second_start_is_refused_and_counted_once()
    {
        int before = NativeResources.VcpuThreads;
        using GuestRig rig = Spinning().Start();
        Assert.Throws<ThreadStateException>(rig.Thread.Start);
        Assert.Equal(before + 1, NativeResources.VcpuThreads);
        rig.Stop();
        Assert.Equal(before, NativeResources.VcpuThreads);
    }

    [KvmFact]
    public void An_ended_vCPU_keeps_its_registers_and_a_failed_one_has_none()
    {
        using GuestRig ended = new GuestRig(OutLoop, static _ => false).Start();
        ended.WaitForEnd();
        Assert.Equal(ended.Thread.SampleRegisters().rip, ended.Thread.SampleAllRegisters()!.Value.General.rip);
        Assert.Equal(0xFFFFu, ended.Thread.SampleAllRegisters()!.Value.Special.ds.limit);

        using GuestRig failed = new GuestRig(OutLoop, static _ => throw new InvalidOperationException("on purpose")).Start();
        failed.WaitForEnd();
        Assert.NotNull(failed.Failure);
        Assert.Null(failed.Thread.SampleAllRegisters());
    }

    [KvmFact]
    public void Call_after_the_end_is_refused()
    {
        using GuestRig rig = Spinning().Start();
        rig.Stop();
        var error = Assert.Throws<VcpuEndedException>(() => rig.Thread.Invoke(static vcpu => vcpu.GetRegisters()));
        Assert.Equal("vCPU 0 has ended.", error.Message);
    }

    [KvmFact]
    public void Calls_that_race_with_the_end_are_answered_or_refused()
    {
        for (int round = 0; round < 100; round++)
        {
            using GuestRig rig = Spinning().Start();
            using var ready = new ManualResetEventSlim();
            Task<int> caller = Task.Factory.StartNew(
                () =>
                {
                    for (int answered = 0; ; answered++)
                    {
                        try
                        {
                            Assert.Equal(GuestRig.Entry, rig.Thread.Invoke(static vcpu => vcpu.GetRegisters().rip));
                        }
                        catch (VcpuEndedException)
                        {
                            return answered;
                        }

                        ready.Set();
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            Assert.True(ready.Wait(Patience.Long));
            rig.Stop();
            Assert.InRange(GuestRig.Within(() => caller.GetAwaiter().GetResult()), 1, int.MaxValue);
        }
    }

    [KvmFact]
    public void Exception_of_a_call_goes_to_its_caller_and_the_vCPU_goes_on()
    {
        using GuestRig rig = Spinning().Start();
        Assert.Throws<FormatException>(() => rig.Thread.Invoke<int>(static _ => throw new FormatException()));
        Assert.Equal(rig.Thread.ThreadId, GuestRig.Within(() => rig.Thread.Invoke(vcpu => rig.Thread.Invoke(_ => rig.Thread.ThreadId))));
        rig.Stop();
    }

    [KvmFact]
    public void Exception_of_the_handler_ends_the_vCPU_and_nothing_else()
    {
        using GuestRig rig = new(OutLoop, static _ => throw new FormatException("handler"));
        rig.Start().WaitForEnd();
        Assert.Equal("handler", Assert.IsType<FormatException>(rig.Failure).Message);
        Assert.Equal(1, rig.EndCount);
        Assert.False(GuestRig.Within(rig.Thread.WaitUntilPaused));
        Assert.Throws<VcpuEndedException>(() => rig.Thread.Invoke(static vcpu => vcpu.Index));
    }

    [KvmFact]
    public void VCPU_that_was_given_back_is_not_started()
    {
        using GuestRig rig = Spinning();
        rig.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(rig.Start);
    }

    [KvmFact]
    public void VCPU_stays_open_under_a_running_thread()
    {
        using GuestRig rig = new GuestRig(OutLoop, static _ => true).Start();
        rig.Vcpu.Dispose();
        rig.Memory.Dispose();
        rig.Vm.Dispose();
        long exits = rig.Thread.Exits;
        Assert.True(SpinWait.SpinUntil(() => rig.Thread.Exits > exits + 10, Patience.Long));
        rig.Stop();
    }

    [KvmFact]
    public void Thread_that_has_ended_keeps_its_numbers()
    {
        using GuestRig rig = Spinning().Start();
        Assert.True(SpinWait.SpinUntil(() => rig.Thread.CpuTime > TimeSpan.Zero, Patience.Long));
        TimeSpan running = rig.Thread.CpuTime;
        Assert.NotEqual(0, rig.Thread.ThreadId);
        rig.Stop();
        Assert.Equal(0, rig.Thread.ThreadId);
        Assert.InRange(rig.Thread.CpuTime, running, TimeSpan.MaxValue);
        Assert.Equal(0, rig.Thread.ExitsFor((VcpuExitReason)(-1)));
        Assert.Equal(0, rig.Thread.ExitsFor((VcpuExitReason)64));
    }

    [KvmFact]
    public void Paused_vCPU_uses_no_CPU_time()
    {
        using GuestRig rig = Spinning().Start();
        rig.Pause();
        // A thread that waits has, once it has fallen asleep, exactly the CPU time it had. One that polls never has.
        Assert.Contains(Enumerable.Range(0, 50), _ => StandsStillWhileOthersWork(rig.Thread));
        rig.Stop();
    }

    /// <summary>Whether a thread's CPU clock shows the same before and after ten million steps of another thread.</summary>
    internal static bool StandsStillWhileOthersWork(VcpuThread thread)
    {
        TimeSpan before = thread.CpuTime;
        uint work = 1;
        for (int i = 0; i < 10_000_000; i++) work = (work * 1_664_525) + 1_013_904_223;
        return work != 0 && thread.CpuTime == before;
    }
}
