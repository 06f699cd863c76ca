using System.Management.Automation;

namespace PesterRunner.Model;

/// <summary>What became of a test.</summary>
internal enum TestStatus
{
    /// <summary>It was not run: a filter left it out, or the run ended before it.</summary>
    NotRun,

    /// <summary>It ran without an error.</summary>
    Passed,

    /// <summary>It, its set-up or its tear-down ended with an error.</summary>
    Failed,

    /// <summary>It was not run on purpose, and the report says so.</summary>
    Skipped,
}

/// <summary>One <c>It</c>, or one case of it.</summary>
internal sealed class TestCase(Block block, string name, ScriptBlock body, TestData data)
{
    public Block Block => block;

    /// <summary>The name as written; its <c>&lt;placeholders&gt;</c> are filled in when the test runs.</summary>
    public string Name { get; } = name;

    public ScriptBlock Body => body;

    public TestData Data => data;

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether a filter lets the test run.</summary>
    public bool Selected { get; set; }

    public bool Skip { get; set; }

    public string? SkipReason { get; set; }

    public string DisplayName { get; set; } = name;

    public TestStatus Status { get; set; }

    public TimeSpan Duration { get; set; }

    public List<ErrorRecord> Errors { get; } = [];

    /// <summary>The names from the outermost block to the test, joined by dots, as Pester's filter sees them.</summary>
    public string Path => block.IsRoot ? Name : $"{block.Path}.{Name}";

    /// <summary>The same with the placeholders filled in.</summary>
    public string DisplayPath => block.IsRoot ? DisplayName : $"{block.DisplayPath}.{DisplayName}";
}
