using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>Tab, pressed once and again.</summary>
public class CompletionTests
{
    private readonly EditorRoom _room = new() { Words = ["Get-KvmVM", "Get-KvmVcpu", "Start-KvmVM"] };

    private ScriptedTerminal Terminal => _room.Terminal;

    [Fact]
    public void A_single_possibility_is_written_at_once()
    {
        Terminal.Type("sta").Press(ConsoleKey.Tab).Type(" x");
        Assert.Equal("Start-KvmVM x", _room.Enter());
        Assert.Equal("> Start-KvmVM x", Terminal.Screen);
    }

    [Fact]
    public void Several_are_written_as_far_as_they_agree_and_listed()
    {
        Terminal.Type("get").Press(ConsoleKey.Tab);
        Assert.Equal("> Get-KvmV\nGet-KvmVM    Get-KvmVcpu", _room.Show());
    }

    [Fact]
    public void Tab_goes_round_and_Shift_Tab_back()
    {
        Terminal.Type("x get").Press(ConsoleKey.Tab).Press(ConsoleKey.Tab).Press(ConsoleKey.Tab).Press(ConsoleKey.Tab);
        Assert.Equal("> x Get-KvmVM\nGet-KvmVM    Get-KvmVcpu", _room.Show());
        Terminal.Type("x get").Press(ConsoleKey.Tab).Press(ConsoleKey.Tab, ConsoleModifiers.Shift);
        Assert.Equal("x Get-KvmVcpu", _room.Enter());
    }

    [Fact]
    public void Another_key_takes_the_list_away()
    {
        Terminal.Type("get").Press(ConsoleKey.Tab).WhenIdle = terminal =>
        {
            if (!terminal.Screen.Contains("Vcpu", StringComparison.Ordinal)) return;
            terminal.Type("M");
        };
        Assert.Equal("> Get-KvmVM", _room.Show());
    }

    [Fact]
    public void Nothing_to_complete_changes_nothing()
    {
        Terminal.Type("zzz").Press(ConsoleKey.Tab);
        Assert.Equal("zzz", _room.Enter());
    }

    [Fact]
    public void A_long_list_is_cut_and_says_so()
    {
        EditorRoom room = new(width: 20, height: 10) { Words = [.. Enumerable.Range(10, 30).Select(static i => $"word{i}")] };
        room.Terminal.Press(ConsoleKey.Tab).Press(ConsoleKey.Tab);
        string[] rows = room.Show().Split('\n');
        Assert.Equal(["> word10", "word10  word11", "word12  word13", "word14  word15", "word16  word17", "word18  word19", "(30 in all)"], rows);
    }
}
