using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KvmPS.Core.Machine;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Architecture;

/// <summary>What every file keeps to: its size, its promises about unsafe code, and no unfinished business.</summary>
public partial class SourceRuleTests
{
    private const int LongestFile = 500;

    /// <summary>How far above a pointer its justification may stand.</summary>
    private const int SafetyReach = 4;

    [Fact]
    public void No_file_is_longer_than_500_lines() => Assert.All(
        SourceFile.Under("src", "tests", "tools", "bench"),
        static file => Assert.True(file.Lines.Length <= LongestFile, $"{file} has {file.Lines.Length} lines."));

    [Fact]
    public void Every_pointer_says_why_it_is_safe()
    {
        string[] unjustified = [.. SourceFile.Under("src/KvmPS.Native").Where(static f => !f.Path.Contains("/Interop/", StringComparison.Ordinal)).SelectMany(Unjustified)];
        Assert.True(unjustified.Length == 0, $"No SAFETY: in the {SafetyReach} lines above:\n{string.Join('\n', unjustified)}");
    }

    [Fact]
    public void Nothing_is_left_to_do()
    {
        Assert.Empty(SourceFile.Under("src", "tools", "bench").SelectMany(static f => f.Find(NotImplemented())));
        Assert.DoesNotContain(SourceFile.Under("src", "tests", "tools", "bench"), static f => ToDo().IsMatch(f.Text));
    }

    [Theory]
    [InlineData(typeof(Kvm))]
    [InlineData(typeof(MachineConfig))]
    public void Every_public_type_has_a_summary(Type typeOfAssembly)
    {
        Assembly assembly = typeOfAssembly.Assembly;
        HashSet<string> documented = [.. XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
            .Where(static m => !string.IsNullOrWhiteSpace(m.Element("summary")?.Value))
            .Select(static m => (string)m.Attribute("name")!)];
        Assert.All(assembly.GetExportedTypes(), type => Assert.Contains($"T:{type.FullName!.Replace('+', '.')}", documented));
    }

    [Fact]
    public void Rules_see_what_they_look_for()
    {
        Assert.Matches(Pointer(), "        fixed (byte* pointer = buffer) Use(pointer);");
        Assert.Matches(Pointer(), "        return (kvm_run*)address;");
        Assert.Matches(Pointer(), "        byte* argument = stackalloc byte[8];");
        Assert.Matches(Pointer(), "        Libc.read(Number, &value, 8);");
        Assert.Matches(Pointer(), "        return Libc.write(Number, (void*)p, 8);");
        Assert.Matches(Pointer(), "    private readonly kvm_run* _run;");
        Assert.DoesNotMatch(Pointer(), "        int product = width * count;");
        Assert.DoesNotMatch(Pointer(), "        if (isReady && hasData) Go();");
        Assert.Matches(NotImplemented(), "        throw new NotImplementedException();");
        Assert.Matches(ToDo(), "// TO" + "DO: later");
    }

    private static IEnumerable<string> Unjustified(SourceFile file) => Enumerable.Range(0, file.CodeLines.Length)
        .Where(i => Pointer().IsMatch(file.CodeLines[i]) && !file.Lines[Math.Max(0, i - SafetyReach)..(i + 1)].Any(static l => l.Contains("SAFETY:", StringComparison.Ordinal)))
        .Select(i => $"{file}:{i + 1}: {file.Lines[i].Trim()}");

    /// <summary>Where a pointer comes into being: pinned, cast, taken, put on the stack, or kept in a field.</summary>
    [GeneratedRegex(@"\bfixed\s*\(|\(\w+\*+\)|\*\s+\w+\s*=\s*stackalloc|\*\s+_\w+\s*;|(?<=[(,]\s*(\(nint\)\(?)?)&\w|(?<=[=(,:]\s*)\*\w", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pointer();

    [GeneratedRegex(@"\bNotImplementedException\b", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NotImplemented();

    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K|XX[X])\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ToDo();
}
