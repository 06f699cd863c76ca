using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Who waits for a vCPU can give up, and a vCPU's thread cannot wait for another.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuThreadWaitTests
{
    /// <summary><c>1000  e6 80  out 0x80, al</c> and <c>1002  eb fc  jmp 0x1000</c>.</summary>
    private static readonly byte[] OutLoop = [0xE6, 0x80, 0xEB, 0xFC];

    [KvmFact]
    public void Waits_for_a_vCPU_that_is_stuck_in_an_exit_can_be_cancelled()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using GuestRig rig = new(OutLoop, _ =>
        {
            entered.Set();
            return release.Wait(Patience.Long);
        });
        rig.Start();
        Assert.True(entered.Wait(Patience.Long));

        using var cancellation = new CancellationTokenSource();
        bool wasCalled = false;
        rig.Thread.RequestPause();
        Task<bool> pause = Start(() => rig.Thread.WaitUntilPaused(cancellation.Token));
        Task<bool> call = Start(() => rig.Thread.Invoke(_ => wasCalled = true, cancellation.Token));
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => GuestRig.Within(() => pause.GetAwaiter().GetResult()));
        Assert.ThrowsAny<OperationCanceledException>(() => GuestRig.Within(() => call.GetAwaiter().GetResult()));

        release.Set();
        rig.WaitUntilPaused();
        Assert.Equal(0, GuestRig.Within(() => rig.Thread.Invoke(static vcpu => vcpu.Index)));
        Assert.False(wasCalled);
        rig.Stop();
    }

    [KvmFact]
    public void Call_that_has_begun_is_waited_for()
    {
        using GuestRig rig = new GuestRig(OutLoop, static _ => true).Start();
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        Task<bool> call = Start(() => rig.Thread.Invoke(
            _ =>
            {
                begun.Set();
                return release.Wait(Patience.Long);
            },
            cancellation.Token));
        Assert.True(begun.Wait(Patience.Long));
        cancellation.Cancel();
        Assert.False(call.IsCompleted);
        release.Set();
        Assert.True(GuestRig.Within(() => call.GetAwaiter().GetResult()));
        rig.Stop();
    }

    [KvmFact]
    public void Cancelled_before_it_is_asked_nothing_is_asked()
    {
        using GuestRig rig = new GuestRig(OutLoop, static _ => true).Start();
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => rig.Thread.Invoke(static vcpu => vcpu.Index, cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => rig.Thread.WaitUntilPaused(cancelled));
        rig.Pause();
        Assert.True(rig.Thread.WaitUntilPaused(cancelled)); // it stands: there is nothing to wait for
        rig.Stop();
    }

    [KvmFact]
    public void Cancellations_that_race_with_calls_call_once_or_never()
    {
        using GuestRig rig = new GuestRig(OutLoop, static _ => true).Start();
        int calls = 0;
        int answers = 0;
        for (int i = 0; i < 500; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<int> call = Start(() => rig.Thread.Invoke(_ => ++calls, cancellation.Token));
            cancellation.Cancel();
            try
            {
                Assert.Equal(++answers, GuestRig.Within(() => call.GetAwaiter().GetResult()));
            }
            catch (OperationCanceledException)
            {
                answers--;
            }
        }

        Assert.Equal(answers, rig.Thread.Invoke(_ => calls));
        rig.Stop();
    }

    [KvmFact]
    public void Thread_of_a_vCPU_does_not_wait_for_a_vCPU()
    {
        using GuestRig other = new GuestRig(OutLoop, static _ => true).Start();
        var refusals = new List<Exception?>();
        using GuestRig rig = new(OutLoop, (machine, _) =>
        {
            refusals.Add(Record.Exception(() => other.Thread.Invoke(static vcpu => vcpu.Index)));
            refusals.Add(Record.Exception(() => other.Thread.WaitUntilPaused()));
            refusals.Add(Record.Exception(() => machine.Thread.WaitUntilPaused()));
            Assert.Equal(0, machine.Thread.Invoke(static vcpu => vcpu.Index)); // itself it may call
            return false;
        });
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal(3, refusals.Count);
        Assert.All(refusals, static refusal => Assert.IsType<InvalidOperationException>(refusal));
        other.Stop();
    }

    private static Task<T> Start<T>(Func<T> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
