using KvmPS.Shell.Editing;
using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>Lines on a terminal without escape sequences, and passwords.</summary>
public class PlainLineTests
{
    private readonly ScriptedTerminal _terminal = new();

    [Fact]
    public void What_is_typed_is_shown_and_Backspace_takes_it_back()
    {
        _terminal.Type("ab日").Press(ConsoleKey.Backspace).Press(ConsoleKey.Backspace).Type("c").Press(ConsoleKey.Enter);
        Assert.Equal(new EditedLine(LineEnd.Accepted, "ac"), new PlainLine(_terminal).Read("? "));
        Assert.Equal("? ac", _terminal.Screen);
        Assert.False(_terminal.IsTaken);
    }

    [Fact]
    public void A_hidden_line_shows_nothing()
    {
        _terminal.Type("secret").Press(ConsoleKey.Backspace).Paste("X").Press(ConsoleKey.Enter);
        Assert.Equal("secreX", new PlainLine(_terminal, isHidden: true).Read("? ").Text);
        Assert.Equal("?", _terminal.Screen);
    }

    [Fact]
    public void Ctrl_C_and_Ctrl_D_end_it()
    {
        _terminal.Type("a").Control(ConsoleKey.D).Control(ConsoleKey.C).Control(ConsoleKey.D);
        Assert.Equal(EditedLine.Cancelled, new PlainLine(_terminal).Read(""));
        Assert.Equal(EditedLine.EndOfInput, new PlainLine(_terminal).Read(""));
    }
}
