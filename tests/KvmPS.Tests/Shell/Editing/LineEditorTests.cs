using KvmPS.Shell.Editing;
using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>The keys of the line editor, and the lines that come of them.</summary>
public class LineEditorTests
{
    private readonly EditorRoom _room = new();

    private ScriptedTerminal Terminal => _room.Terminal;

    [Fact]
    public void What_is_typed_is_entered_and_stays_on_the_screen()
    {
        Terminal.Type("Get-KvmVM");
        Assert.Equal("Get-KvmVM", _room.Enter());
        Assert.Equal("> Get-KvmVM", Terminal.Screen);
        Assert.Equal((1, 0), Terminal.Cursor);
    }

    [Fact]
    public void The_caret_moves_by_characters_words_and_to_the_ends()
    {
        Terminal.Type("bc de").Control(ConsoleKey.A).Type("a").Press(ConsoleKey.End).Type("f")
            .Press(ConsoleKey.LeftArrow, ConsoleModifiers.Control).Type("1").Press(ConsoleKey.LeftArrow).Press(ConsoleKey.LeftArrow).Type("2")
            .Press(ConsoleKey.Home).Press(ConsoleKey.F, ConsoleModifiers.Alt).Type("3").Press(ConsoleKey.RightArrow).Type("4");
        Assert.Equal("abc23 41def", _room.Enter());
    }

    [Theory]
    [InlineData(ConsoleKey.W, ConsoleModifiers.Control, "one ")]
    [InlineData(ConsoleKey.Backspace, ConsoleModifiers.Alt, "one two-")]
    [InlineData(ConsoleKey.U, ConsoleModifiers.Control, "")]
    [InlineData(ConsoleKey.Backspace, ConsoleModifiers.None, "one two-thre")]
    public void Text_before_the_caret_is_deleted(ConsoleKey key, ConsoleModifiers modifiers, string rest)
    {
        Terminal.Type("one two-three").Press(key, modifiers);
        Assert.Equal(rest, _room.Enter());
    }

    [Fact]
    public void Text_after_the_caret_is_cut_and_pasted()
    {
        Terminal.Type("one two").Control(ConsoleKey.A).Press(ConsoleKey.Delete).Press(ConsoleKey.D, ConsoleModifiers.Alt).Control(ConsoleKey.D).Control(ConsoleKey.K)
            .Type("<").Control(ConsoleKey.Y).Control(ConsoleKey.Y).Type(">");
        Assert.Equal("<twotwo>", _room.Enter());
    }

    [Fact]
    public void Backspace_takes_a_whole_letter_whatever_it_is_made_of()
    {
        Terminal.Type("e\u0301👍🏽日").Press(ConsoleKey.Backspace).Press(ConsoleKey.Backspace).Press(ConsoleKey.Backspace).Type("x");
        Assert.Equal("x", _room.Enter());
    }

    [Fact]
    public void An_incomplete_statement_goes_on_in_the_next_line()
    {
        Terminal.Type("if {").Press(ConsoleKey.Enter).Type("1").Press(ConsoleKey.Enter).Type("}");
        Assert.Equal("if {\n1\n}", _room.Enter());
        Assert.Equal("> if {\n>> 1\n>> }", Terminal.Screen);
    }

    [Fact]
    public void Alt_Enter_begins_another_line_of_a_whole_statement()
    {
        Terminal.Type("1").Press(ConsoleKey.Enter, ConsoleModifiers.Alt).Type("2");
        Assert.Equal("1\n2", _room.Enter());
    }

    [Fact]
    public void Up_and_down_move_between_lines_before_they_recall()
    {
        Terminal.Type("earlier");
        _room.Enter();
        Terminal.Type("{").Press(ConsoleKey.Enter).Type("b}").Press(ConsoleKey.UpArrow).Type("a").Press(ConsoleKey.DownArrow).Type("c");
        Assert.Equal("{a\nb}c", _room.Enter());
        Terminal.Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow).Press(ConsoleKey.UpArrow);
        Assert.Equal("earlier", _room.Enter());
    }

    [Fact]
    public void What_was_being_typed_comes_back_after_the_newest_line()
    {
        Terminal.Type("one");
        _room.Enter();
        Terminal.Type("draft").Control(ConsoleKey.P).Control(ConsoleKey.P).Control(ConsoleKey.N).Control(ConsoleKey.N).Type("!");
        Assert.Equal("draft!", _room.Enter());
    }

    [Fact]
    public void Ctrl_C_takes_the_line_back()
    {
        Terminal.Type("forget me").Control(ConsoleKey.C);
        Assert.Equal(EditedLine.Cancelled, _room.Read());
        Assert.Equal("> forget me^C", Terminal.Screen);
    }

    [Fact]
    public void Ctrl_D_ends_the_input_only_on_an_empty_line()
    {
        Terminal.Type("a").Control(ConsoleKey.D).Press(ConsoleKey.Escape, letter: '\e').Control(ConsoleKey.D);
        Assert.Equal(EditedLine.EndOfInput, _room.Read());
    }

    [Fact]
    public void Ctrl_R_finds_older_lines_and_Enter_enters_what_is_found()
    {
        foreach (string line in new[] { "start one", "stop", "start two" }) _room.History.Add(line);
        Terminal.Control(ConsoleKey.R).Type("STA");
        Assert.Equal("> start two\nsearch: STA_", _room.Show());
        Terminal.Control(ConsoleKey.R).Type("sta").Control(ConsoleKey.R);
        Assert.Equal("start one", _room.Enter());
    }

    [Fact]
    public void A_search_tells_when_nothing_is_found_and_Escape_gives_the_line_back()
    {
        _room.History.Add("start");
        Terminal.Type("mine").Control(ConsoleKey.R).Type("sx");
        Assert.Equal("> start\nnot found: sx_", _room.Show());
        Terminal.Type("mine").Control(ConsoleKey.R).Type("s").Control(ConsoleKey.G).Type("!");
        Assert.Equal("mine!", _room.Enter());
    }

    [Fact]
    public void Pasted_lines_are_entered_by_nobody()
    {
        Terminal.Paste("one\ntwo [x]\tthree").Type("!");
        Assert.Equal("one\ntwo [x]\tthree!", _room.Enter());
    }

    [Fact]
    public void A_key_that_means_nothing_writes_nothing()
    {
        Terminal.Press(ConsoleKey.Escape, letter: '\e').Type("[99;1~").Press(ConsoleKey.F5).Control(ConsoleKey.Q).Press(ConsoleKey.X, ConsoleModifiers.Alt, 'x').Type("a");
        Assert.Equal("a", _room.Enter());
    }

    [Fact]
    public void A_signal_ends_the_wait_and_the_terminal_is_given_back()
    {
        Terminal.Type("half");
        Assert.Throws<OperationCanceledException>(() => _room.Read());
        Assert.False(Terminal.IsTaken);
    }
}
