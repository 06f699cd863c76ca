using System.Xml.Linq;
using KvmPS.Commands;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>The picture of a boot: valid, whole, and the same for the same instants.</summary>
public sealed class BootPictureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void It_is_the_picture_that_was_looked_at()
    {
        string expected = File.ReadAllText(RepositoryRoot.Combine("tests", "KvmPS.Tests", "Cmdlets", "boot-picture.svg"));
        Assert.Equal(expected, BootPicture.Draw([Boot("web01", 66.7, 377.4, 4293.6), Boot("db01", 12, 13, 14.5)]));
    }

    [Theory]
    [InlineData("a < b & \"c\" > 'd' ]]> <script>alert(1)</script>")]
    [InlineData("bell \a, escape \e[31m, zero \0, half \uD800 of a character, \uFFFF")]
    public void What_a_guest_says_stays_text(string text)
    {
        KvmBootMark[] boot = [new("vm", new BootMark(BootPhase.Kernel, TimeSpan.FromSeconds(1), text), TimeSpan.FromSeconds(1))];
        var picture = XDocument.Parse(BootPicture.Draw([boot]));

        Assert.Empty(picture.Descendants(Svg + "script"));
        string visible = text.Replace('\a', '\uFFFD').Replace('\e', '\uFFFD').Replace('\0', '\uFFFD').Replace('\uD800', '\uFFFD').Replace('\uFFFF', '\uFFFD');
        Assert.Contains(visible, picture.Descendants(Svg + "text").Select(static element => element.Value));
    }

    [Fact]
    public void Each_bar_begins_where_the_one_before_ends_and_the_last_ends_at_the_total()
    {
        var picture = XDocument.Parse(BootPicture.Draw([Boot("vm", 100, 300, 1000)]));
        (double Left, double Width)[] bars = [.. picture.Descendants(Svg + "g").Select(static row => row.Element(Svg + "rect")!).Select(static bar => ((double)bar.Attribute("x")!, (double)bar.Attribute("width")!))];
        Assert.Equal([bars[0].Left + bars[0].Width, bars[1].Left + bars[1].Width], bars.Skip(1).Select(static bar => bar.Left), (expected, actual) => Math.Abs(expected - actual) < 0.05);
        Assert.Equal([1, 2, 7], bars.Select(bar => Math.Round(bar.Width / bars[0].Width)));
    }

    [Fact]
    public void A_boot_that_took_no_time_has_a_picture_too()
    {
        KvmBootMark[] boot = [new("vm", new BootMark(BootPhase.Load, TimeSpan.Zero, ""), TimeSpan.Zero)];
        Assert.DoesNotContain("NaN", BootPicture.Draw([boot]), StringComparison.Ordinal);
    }

    private static KvmBootMark[] Boot(string name, params double[] milliseconds)
    {
        BootPhase[] phases = [BootPhase.Load, BootPhase.FirstExit, BootPhase.End];
        return [.. milliseconds.Select((time, at) => new KvmBootMark(name, new BootMark(phases[at], TimeSpan.FromMilliseconds(time), phases[at].ToString()), TimeSpan.FromMilliseconds(time - (at > 0 ? milliseconds[at - 1] : 0))))];
    }
}
