using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>Where text and cursor stand on terminals of any width.</summary>
public class PaintingTests
{
    [Theory]
    [InlineData("12345678", "> 12345678", 1, 0)]
    [InlineData("1234567", "> 1234567", 0, 9)]
    [InlineData("123456789", "> 12345678\n9", 1, 1)]
    [InlineData("日本語日本", "> 日本語日\n本", 1, 2)]
    [InlineData("1日本語日本", "> 1日本語\n日本", 1, 4)]
    [InlineData("a\tb", "> a    b", 0, 8)]
    public void Text_is_wrapped_where_the_terminal_ends(string text, string screen, int row, int column)
    {
        EditorRoom room = new(width: 10);
        room.Terminal.Paste(text);
        Assert.Equal(screen, room.Show());
        Assert.Equal((row, column), room.Terminal.Cursor);
    }

    [Fact]
    public void A_change_in_the_first_row_moves_the_others()
    {
        EditorRoom room = new(width: 10);
        room.Terminal.Type("12345678abcdefghij").WhenIdle = OnceThen(terminal => terminal.Press(ConsoleKey.Home).Type("x"));
        Assert.Equal("> x1234567\n8abcdefghi\nj", room.Show());
        Assert.Equal((0, 3), room.Terminal.Cursor);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(7)]
    public void After_a_resize_the_line_is_drawn_where_it_was(int width)
    {
        EditorRoom room = new(width: 10);
        room.Terminal.Type("12345678abcdefghij").WhenIdle = OnceThen(terminal =>
        {
            terminal.Resize(width);
            terminal.Type("k");
        });
        string expected = string.Join('\n', "> 12345678abcdefghijk".Chunk(width).Select(static row => new string(row)));
        Assert.Equal(expected, room.Show());
    }

    [Fact]
    public void A_text_higher_than_the_terminal_shows_the_rows_around_the_caret()
    {
        EditorRoom room = new(width: 10, height: 3);
        room.Terminal.Paste("1\n2\n3\n4\n5").WhenIdle = OnceThen(terminal => terminal.Type("!"));
        Assert.Equal(">> 3\n>> 4\n>> 5!", room.Show());
    }

    [Fact]
    public void A_prompt_may_have_colours_and_several_lines()
    {
        EditorRoom room = new(width: 10);
        room.Terminal.Type("abc");
        Assert.Equal("line one\nme> abc", room.Show("line one\n\e[32mme\e[0m> "));
        Assert.Equal((1, 7), room.Terminal.Cursor);
    }

    [Fact]
    public void The_prompt_begins_in_a_row_of_its_own()
    {
        EditorRoom room = new(width: 10);
        room.Terminal.Write("no end");
        room.Terminal.Type("a");
        Assert.Equal("no end\n> a", room.Show());
        room.Terminal.Write("\r\n");
        Assert.Equal("no end\n> a\n>", room.Show());
    }

    [Fact]
    public void Control_characters_show_themselves_and_do_nothing()
    {
        EditorRoom room = new();
        room.History.Add("evil\e[2J\a\u007f");
        room.Terminal.Press(ConsoleKey.UpArrow);
        Assert.Equal("> evil^[[2J^G^?", room.Show());
    }

    [Fact]
    public void Ctrl_L_clears_the_screen_and_keeps_the_line()
    {
        EditorRoom room = new();
        room.Terminal.Write("output\r\n");
        room.Terminal.Type("abc").Control(ConsoleKey.L).Type("d");
        Assert.Equal("> abcd", room.Show());
    }

    private static Action<ScriptedTerminal> OnceThen(Action<ScriptedTerminal> action)
    {
        bool isDone = false;
        return terminal =>
        {
            if (isDone) return;
            isDone = true;
            action(terminal);
        };
    }
}
