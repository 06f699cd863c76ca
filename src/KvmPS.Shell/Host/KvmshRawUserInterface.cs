using System.Management.Automation.Host;

namespace KvmPS.Shell.Host;

/// <summary>
/// The terminal as a grid. A terminal cannot be asked what it shows, so reading and moving buffer contents is refused, as pwsh refuses it on Linux.
/// </summary>
internal sealed class KvmshRawUserInterface : PSHostRawUserInterface
{
    private const ConsoleColor TerminalsOwn = (ConsoleColor)(-1);

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get; set; } = TerminalsOwn;

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get; set; } = TerminalsOwn;

    /// <inheritdoc/>
    public override Size BufferSize
    {
        get => new(Terminal.Width, Terminal.Height);
        set => throw Unsupported(nameof(BufferSize));
    }

    /// <inheritdoc/>
    public override Size WindowSize
    {
        get => new(Terminal.Width, Terminal.Height);
        set => throw Unsupported(nameof(WindowSize));
    }

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => WindowSize;

    /// <inheritdoc/>
    public override Size MaxWindowSize => WindowSize;

    /// <inheritdoc/>
    public override Coordinates WindowPosition
    {
        get => new(0, 0);
        set => throw Unsupported(nameof(WindowPosition));
    }

    /// <inheritdoc/>
    public override Coordinates CursorPosition
    {
        get => Console.IsOutputRedirected || Console.IsInputRedirected ? new(0, 0) : new(Console.CursorLeft, Console.CursorTop);
        set => Console.SetCursorPosition(value.X, value.Y);
    }

    /// <inheritdoc/>
    public override int CursorSize
    {
        get => 100;
        set => throw Unsupported(nameof(CursorSize));
    }

    /// <inheritdoc/>
    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    /// <inheritdoc/>
    public override string WindowTitle { get; set; } = "kvmsh";

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
        while (KeyAvailable) Console.ReadKey(intercept: true);
    }

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        ConsoleKeyInfo key = Console.ReadKey(options.HasFlag(ReadKeyOptions.NoEcho));
        ControlKeyStates states = 0;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Shift)) states |= ControlKeyStates.ShiftPressed;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Alt)) states |= ControlKeyStates.LeftAltPressed;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control)) states |= ControlKeyStates.LeftCtrlPressed;
        return new KeyInfo((int)key.Key, key.KeyChar, states, keyDown: !options.HasFlag(ReadKeyOptions.IncludeKeyUp));
    }

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Unsupported(nameof(GetBufferContents));

    /// <inheritdoc/>
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw Unsupported(nameof(ScrollBufferContents));

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Unsupported(nameof(SetBufferContents));

    /// <summary>Clears the terminal, the one use of this method that a terminal can follow.</summary>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        if (rectangle != new Rectangle(-1, -1, -1, -1)) throw Unsupported(nameof(SetBufferContents));
        if (!Console.IsOutputRedirected) Console.Clear();
    }

    private static NotSupportedException Unsupported(string member) => new($"The terminal does not support {member}.");
}
