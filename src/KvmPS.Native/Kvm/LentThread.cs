using System.Runtime.CompilerServices;

namespace KvmPS.Native;

/// <summary>
/// A thread that is lent to one vCPU after another: where the first has ended, it waits a moment for the next. To start a thread takes
/// .NET a dozen exchanges between two threads, which is a good part of what it takes to make a small machine, and scripts make one after another.
/// </summary>
/// <remarks>LOCK ORDER: <see cref="Gate"/> is a leaf.</remarks>
internal sealed class LentThread
{
    private const string IdleName = "kvm-idle";
    private const int StackSize = 512 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly object Gate = new();
    private static readonly List<LentThread> Waiting = []; // guarded by Gate; the last one was busy last

    private Action? _work; // guarded by Gate

    private LentThread(Action work) => _work = work;

    /// <summary>Runs a function that throws nothing, on a background thread that is nobody else's until it returns.</summary>
    /// <exception cref="OutOfMemoryException">The host has no thread.</exception>
    public static void Run(Action work)
    {
        lock (Gate)
        {
            if (Waiting.Count > 0)
            {
                Waiting[^1]._work = work;
                Waiting.RemoveAt(Waiting.Count - 1);
                Monitor.PulseAll(Gate);
                return;
            }
        }

        new Thread(new LentThread(work).Main, StackSize) { IsBackground = true }.Start();
    }

    private void Main()
    {
        while (HasWork())
        {
            RunWork();
            if (!TryTidy()) return;
        }
    }

    /// <summary>Takes off the thread what the last vCPU gave it: its name, and its place among the host's CPUs. False: the thread is of no more use.</summary>
    private static bool TryTidy()
    {
        try
        {
            ThreadName.Set(IdleName);
            HostCpuSet.UnpinCurrentThread();
            return true;
        }
        catch (KvmException)
        {
            return false; // nobody is there to hear of it, and the next vCPU gets a new thread
        }
    }

    /// <summary>Waits for the next function to run; false when none came in time.</summary>
    private bool HasWork()
    {
        lock (Gate)
        {
            if (_work is not null) return true;
            if (Waiting.Count >= Environment.ProcessorCount) return false;
            Waiting.Add(this);
            long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            for (long rest; _work is null && (rest = deadline - Environment.TickCount64) > 0;) Monitor.Wait(Gate, (int)rest);
            if (_work is null) Waiting.Remove(this);
            return _work is not null;
        }
    }

    /// <summary>Not inlined: a thread that waits must not have the last vCPU, and with it a whole machine, in its frame.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RunWork()
    {
        Action work;
        lock (Gate) (work, _work) = (_work!, null);
        work();
    }
}
