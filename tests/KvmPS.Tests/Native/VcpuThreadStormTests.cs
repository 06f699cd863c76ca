using System.Diagnostics;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Thousands of kicks from many threads while the garbage collector stops the world: not one may be lost.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuThreadStormTests
{
    private const int Rounds = 400;
    private const int StormRounds = 150; // each costs some milliseconds of collection
    private const ulong Counter = 0x2000;

    /// <summary><c>1000  66 ff 06 0020  inc dword [0x2000]</c> and <c>1005  eb f9  jmp 0x1000</c>: no exits, and one can see whether it runs.</summary>
    private static readonly byte[] Count = [0x66, 0xFF, 0x06, 0x00, 0x20, 0xEB, 0xF9];

    private static GuestRig Counting() => new(Count, static _ => throw new InvalidOperationException("inc has no exits"));

    [KvmFact]
    public async Task No_kick_is_lost_among_calls_and_pauses_under_a_GC_storm()
    {
        using GuestRig rig = Counting().Start();
        using var storm = new GarbageStorm();
        Task[] workers =
        [
            OnThread(() => PauseAndResume(rig, StormRounds)),
            OnThread(() => Call(rig, StormRounds)),
            OnThread(() => Call(rig, StormRounds)),
            OnThread(() => Call(rig, StormRounds)),
        ];
        await Task.WhenAll(workers).WaitAsync(10 * Patience.Long); // each collection stops every thread, on a busy host for long
        Assert.True(GC.CollectionCount(0) > storm.CollectionsBefore);
        rig.Stop();
        Assert.Equal(0, rig.Thread.Exits);
    }

    /// <summary>Without the storm the kicks come closest to each other: while one is being drained, the next is sent.</summary>
    [KvmFact]
    public async Task No_kick_is_lost_while_another_is_drained()
    {
        using GuestRig rig = Counting().Start();
        Task[] workers = [.. Enumerable.Range(0, 3).Select(_ => OnThread(() => Call(rig, Rounds)))];
        await Task.WhenAll(workers).WaitAsync(10 * Patience.Long); // each collection stops every thread, on a busy host for long
        rig.Stop();
    }

    [KvmFact]
    public async Task Pauses_that_are_taken_back_leave_the_vCPU_running()
    {
        using GuestRig rig = Counting().Start();
        using var storm = new GarbageStorm();
        Task[] workers = [.. Enumerable.Range(0, 3).Select(_ => OnThread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                rig.Thread.RequestPause();
                rig.Thread.Resume();
            }
        }))];
        await Task.WhenAll(workers).WaitAsync(Patience.Long);
        WaitForProgress(rig);
        rig.Pause();
        rig.Stop();
    }

    [KvmFact]
    public void Machines_begin_and_end_under_a_GC_storm_and_leave_nothing()
    {
        using var storm = new GarbageStorm();
        NativeCounts before = NativeCounts.Now();
        for (int i = 0; i < 10; i++)
        {
            using GuestRig rig = Counting().Start();
            rig.Stop();
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    /// <summary>Signals that are queued are refused when the user's queue is full, which other processes can bring about; the kick is none of them.</summary>
    [KvmFact]
    public void Kick_arrives_when_the_queue_of_signals_is_full()
    {
        const string tool = "/usr/bin/prlimit";
        Assert.SkipUnless(File.Exists(tool), "There is no prlimit on this host (Debian package util-linux).");
        using GuestRig rig = Counting().Start();
        WaitForProgress(rig);
        string limit = Run(tool, "--pid", $"{Environment.ProcessId}", "--sigpending", "--noheadings", "--output", "SOFT").Trim();
        Run(tool, "--pid", $"{Environment.ProcessId}", "--sigpending=0:");
        try
        {
            for (int i = 0; i < 100; i++) Assert.InRange(rig.Thread.Invoke(static vcpu => vcpu.GetRegisters().rip), GuestRig.Entry, GuestRig.Entry + 5);
            rig.Stop();
        }
        finally
        {
            Run(tool, "--pid", $"{Environment.ProcessId}", $"--sigpending={limit}:");
        }
    }

    private static void PauseAndResume(GuestRig rig, int rounds)
    {
        GuestAddress counter = new(Counter);
        for (int i = 0; i < rounds; i++)
        {
            rig.Thread.RequestPause();
            Assert.True(rig.Thread.WaitUntilPaused());
            uint still = rig.Memory.LoadAcquire32(counter);
            Thread.Yield();
            Assert.Equal(still, rig.Memory.LoadAcquire32(counter));
            rig.Thread.Resume();
            if (i % 50 == 0) WaitForProgress(rig);
        }
    }

    private static void Call(GuestRig rig, int rounds)
    {
        for (int i = 0; i < rounds; i++)
            Assert.InRange(rig.Thread.Invoke(static vcpu => vcpu.GetRegisters().rip), GuestRig.Entry, GuestRig.Entry + 5);
    }

    private static void WaitForProgress(GuestRig rig)
    {
        uint seen = rig.Memory.LoadAcquire32(new GuestAddress(Counter));
        Assert.True(SpinWait.SpinUntil(() => rig.Memory.LoadAcquire32(new GuestAddress(Counter)) != seen, Patience.Long));
    }

    private static Task OnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string Run(string file, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string text = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience.Long));
        Assert.Equal(0, process.ExitCode);
        return text;
    }

    /// <summary>A thread that allocates and collects until it is disposed.</summary>
    private sealed class GarbageStorm : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;

        public GarbageStorm()
        {
            _thread = new Thread(() =>
            {
                while (!_stop)
                {
                    GC.KeepAlive(new byte[10_000]);
                    GC.Collect(0);
                }
            });
            _thread.Start();
        }

        public int CollectionsBefore { get; } = GC.CollectionCount(0);

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
