using PesterRunner.Output;

namespace PesterRunner.Running;

/// <summary>Ends the process when a file that has used up its time cannot be stopped either.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Timer _timer;
    private readonly CancellationTokenRegistration _registration;

    public Watchdog(CancellationToken limit, ConsoleReport report)
    {
        _timer = new Timer(_ =>
        {
            report.FileFailed("The file did not stop when its time was over.");
            report.Summary();
            Environment.Exit(1);
        });
        _registration = limit.Register(() => _timer.Change(Grace, Timeout.InfiniteTimeSpan));
    }

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
    }
}
