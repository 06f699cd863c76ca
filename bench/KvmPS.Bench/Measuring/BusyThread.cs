namespace KvmPS.Bench.Measuring;

/// <summary>A thread that works without end, until it is disposed.</summary>
internal sealed class BusyThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _isOver;

    public BusyThread()
    {
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Work()
    {
        while (!_isOver) Thread.SpinWait(8);
    }
}
