using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Machine;

/// <summary>Notices: each is told once, and none is lost.</summary>
public sealed class MachineNoticesTests
{
    [Fact]
    public void What_is_left_when_the_teller_throws_is_told_to_the_next_one_and_before_what_came_later()
    {
        var notices = new MachineNotices();
        foreach (string text in (string[])["a", "b", "c"]) notices.Add(text);
        List<string> told = [];

        Assert.Throws<InvalidOperationException>(() => notices.Tell(text =>
        {
            told.Add(text);
            if (text == "a") return;
            notices.Add("d");
            throw new InvalidOperationException();
        }));
        notices.Tell(told.Add);
        notices.Tell(told.Add);

        Assert.Equal(["a", "b", "c", "d"], told);
    }
}
