namespace KvmPS.Native;

/// <summary>A function on its way to a vCPU's thread.</summary>
internal abstract class VcpuCall
{
    private int _taken; // 1 once it has begun, or will never begin

    /// <summary>Runs it, on the vCPU's thread, unless whoever asked has gone.</summary>
    public void Run(VcpuFd vcpu)
    {
        if (Take()) RunTaken(vcpu);
    }

    /// <summary>Answers it with an exception instead.</summary>
    public abstract void Fail(Exception exception);

    protected abstract void RunTaken(VcpuFd vcpu);

    /// <summary>Decides the race between its begin and its withdrawal: true for one of them.</summary>
    protected bool Take() => Interlocked.Exchange(ref _taken, 1) == 0;
}

/// <summary>The same with a result.</summary>
internal sealed class VcpuCall<T>(Func<VcpuFd, T> function) : VcpuCall
{
    private readonly TaskCompletionSource<T> _result = new();

    public override void Fail(Exception exception) => _result.TrySetException(exception);

    /// <summary>Waits for the result. A call that has not begun can be cancelled; one that has begun is waited for, since its function may touch what the caller holds.</summary>
    public T Wait(CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static (call, token) => ((VcpuCall<T>)call!).Withdraw(token), this);
        return _result.Task.GetAwaiter().GetResult();
    }

    protected override void RunTaken(VcpuFd vcpu)
    {
        try
        {
            _result.TrySetResult(function(vcpu));
        }
        catch (Exception exception)
        {
            _result.TrySetException(exception);
        }
    }

    private void Withdraw(CancellationToken cancellation)
    {
        if (Take()) _result.TrySetCanceled(cancellation);
    }
}
