using KvmPS.Shell.Editing;
using KvmPS.Shell.Host;

namespace KvmPS.Shell.Interactive;

/// <summary>The terminal of the process, through .NET's console, which shares it with child processes and with Enter-KvmSerial.</summary>
/// <param name="output">Who else writes to it.</param>
/// <param name="stopping">Gives the token that ends the waits of now.</param>
internal sealed class ConsoleTerminal(ConsoleOutput output, Func<CancellationToken> stopping) : IEditorTerminal
{
    // A read of the console cannot be cancelled. One that nobody waits for any more is kept for the next who wants a key, so that none is lost.
    private Task<ConsoleKeyInfo>? _pending;

    /// <summary>Whether the process has a terminal at both ends that can move its cursor.</summary>
    public static bool CanEdit => IsTerminal && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Whether the process has a terminal at both ends.</summary>
    public static bool IsTerminal => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <inheritdoc/>
    public int Width => Terminal.Width;

    /// <inheritdoc/>
    public int Height => Terminal.Height;

    /// <inheritdoc/>
    public bool HasKey => _pending is { } read ? read.IsCompleted : Console.KeyAvailable;

    /// <inheritdoc/>
    public void Take()
    {
        Console.TreatControlCAsInput = true;
        if (CanEdit) Write(KeyReader.MarkPastes);
    }

    /// <inheritdoc/>
    public void Release()
    {
        if (CanEdit) Write(KeyReader.LeavePastes);
        Console.TreatControlCAsInput = false;
    }

    /// <inheritdoc/>
    public ConsoleKeyInfo ReadKey()
    {
        if (_pending is null && Console.KeyAvailable) return Console.ReadKey(intercept: true);
        Task<ConsoleKeyInfo> read = _pending ??= Task.Run(static () => Console.ReadKey(intercept: true));
        try
        {
            read.Wait(stopping());
        }
        catch (AggregateException error) when (error.InnerException is InvalidOperationException or IOException)
        {
            throw new EndOfStreamException("The terminal is gone.", error.InnerException);
        }

        _pending = null;
        return read.Result;
    }

    /// <inheritdoc/>
    public void Write(string text) => output.WriteToTerminal(text);
}
