namespace KvmPS.Shell.Editing;

/// <summary>The keys of the editor: those that shells on Linux share with PSReadLine.</summary>
internal static class KeyBindings
{
    /// <summary>What a key does.</summary>
    public static EditCommand Of(ConsoleKeyInfo key)
    {
        ConsoleModifiers modifiers = key.Modifiers & ~ConsoleModifiers.Shift;
        EditCommand command = modifiers switch
        {
            ConsoleModifiers.None => Plain(key),
            ConsoleModifiers.Control => WithControl(key.Key),
            ConsoleModifiers.Alt => WithAlt(key.Key),
            _ => EditCommand.None,
        };
        return command == EditCommand.None && modifiers == ConsoleModifiers.None && !char.IsControl(key.KeyChar) ? EditCommand.Insert : command;
    }

    private static EditCommand Plain(ConsoleKeyInfo key) => key.Key switch
    {
        ConsoleKey.Enter when key.Modifiers.HasFlag(ConsoleModifiers.Shift) => EditCommand.NewLine,
        ConsoleKey.Enter => EditCommand.Accept,
        ConsoleKey.Tab when key.Modifiers.HasFlag(ConsoleModifiers.Shift) => EditCommand.CompleteBack,
        ConsoleKey.Tab => EditCommand.Complete,
        ConsoleKey.Escape => EditCommand.Escape,
        ConsoleKey.LeftArrow => EditCommand.Left,
        ConsoleKey.RightArrow => EditCommand.Right,
        ConsoleKey.UpArrow => EditCommand.Up,
        ConsoleKey.DownArrow => EditCommand.Down,
        ConsoleKey.Home => EditCommand.Home,
        ConsoleKey.End => EditCommand.End,
        ConsoleKey.Backspace => EditCommand.Backspace,
        ConsoleKey.Delete => EditCommand.Delete,
        _ => EditCommand.None,
    };

    private static EditCommand WithControl(ConsoleKey key) => key switch
    {
        ConsoleKey.A => EditCommand.Home,
        ConsoleKey.B => EditCommand.Left,
        ConsoleKey.C => EditCommand.Cancel,
        ConsoleKey.D => EditCommand.EndOrDelete,
        ConsoleKey.E => EditCommand.End,
        ConsoleKey.F => EditCommand.Right,
        ConsoleKey.G => EditCommand.Escape,
        ConsoleKey.H or ConsoleKey.Backspace => EditCommand.Backspace,
        ConsoleKey.I => EditCommand.Complete,
        ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter => EditCommand.Accept,
        ConsoleKey.K => EditCommand.CutToEnd,
        ConsoleKey.L => EditCommand.ClearScreen,
        ConsoleKey.N => EditCommand.Newer,
        ConsoleKey.P => EditCommand.Older,
        ConsoleKey.R => EditCommand.Search,
        ConsoleKey.S => EditCommand.SearchForward,
        ConsoleKey.U => EditCommand.CutToStart,
        ConsoleKey.W => EditCommand.CutToBlank,
        ConsoleKey.Y => EditCommand.Paste,
        ConsoleKey.LeftArrow => EditCommand.WordLeft,
        ConsoleKey.RightArrow => EditCommand.WordRight,
        ConsoleKey.Delete => EditCommand.CutWordRight,
        _ => EditCommand.None,
    };

    private static EditCommand WithAlt(ConsoleKey key) => key switch
    {
        ConsoleKey.B or ConsoleKey.LeftArrow => EditCommand.WordLeft,
        ConsoleKey.F or ConsoleKey.RightArrow => EditCommand.WordRight,
        ConsoleKey.D => EditCommand.CutWordRight,
        ConsoleKey.Backspace => EditCommand.CutWordLeft,
        ConsoleKey.Enter => EditCommand.NewLine,
        _ => EditCommand.None,
    };
}
