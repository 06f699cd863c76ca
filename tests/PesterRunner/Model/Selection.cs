using System.Management.Automation;

namespace PesterRunner.Model;

/// <summary>Decides, between discovery and run, which tests run and which are skipped, by Pester's rules.</summary>
internal sealed class Selection(RunnerOptions options)
{
    /// <summary>The tag of tests that need cmdlets outside the embedded engine.</summary>
    public const string FullShellTag = "FullShell";

    private readonly WildcardPattern? _name = options.Name is null ? null : new WildcardPattern(options.Name, WildcardOptions.IgnoreCase);

    /// <summary>Marks a block and all that is in it.</summary>
    public void Apply(Block block)
    {
        block.Skip |= block.Parent?.Skip ?? false;
        foreach (TestCase test in block.Tests)
        {
            test.Selected = IsSelected(test);
            test.Skip |= block.Skip;
            if (HasTag(test, FullShellTag))
            {
                test.Skip = true;
                test.SkipReason = "it needs the full shell";
            }
        }

        foreach (Block child in block.Blocks) Apply(child);

        TestCase[] selected = [.. block.AllTests.Where(test => test.Selected)];
        block.Selected = selected.Length > 0;
        // Set-up for nothing is not run.
        block.Skip = selected.All(test => test.Skip);
    }

    private bool IsSelected(TestCase test)
    {
        if (options.ExcludeTags.Any(tag => HasTag(test, tag))) return false;
        if (options.Tags.Count == 0 && _name is null) return true;
        return options.Tags.Any(tag => HasTag(test, tag)) || (_name?.IsMatch(test.Path) ?? false);
    }

    // Tags are wildcards, and those of a block hold for all that is in it.
    private static bool HasTag(TestCase test, string pattern) =>
        test.Tags.Concat(test.Block.Lineage.SelectMany(block => block.Tags)).Any(tag => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(tag));
}
