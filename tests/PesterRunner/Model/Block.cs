using System.Management.Automation;

namespace PesterRunner.Model;

/// <summary>A <c>Describe</c> or <c>Context</c>, or the root that stands for the file.</summary>
internal sealed class Block(Block? parent, string keyword, string name, ScriptBlock? fixture, TestData data)
{
    public Block? Parent => parent;

    public bool IsRoot => parent is null;

    /// <summary>The word it was written with.</summary>
    public string Keyword => keyword;

    public string Name { get; } = name;

    /// <summary>The name with its placeholders filled in.</summary>
    public string DisplayName { get; set; } = name;

    public ScriptBlock? Fixture => fixture;

    public TestData Data => data;

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether any test below it is to be run.</summary>
    public bool Selected { get; set; }

    public bool Skip { get; set; }

    public List<ScriptBlock> BeforeAll { get; } = [];

    public List<ScriptBlock> BeforeEach { get; } = [];

    public List<ScriptBlock> AfterEach { get; } = [];

    public List<ScriptBlock> AfterAll { get; } = [];

    /// <summary>Blocks and tests in the order of the file.</summary>
    public List<object> Items { get; } = [];

    public IEnumerable<Block> Blocks => Items.OfType<Block>();

    public IEnumerable<TestCase> Tests => Items.OfType<TestCase>();

    /// <summary>All tests in it, at any depth.</summary>
    public IEnumerable<TestCase> AllTests => Items.SelectMany(item => item is Block block ? block.AllTests : [(TestCase)item]);

    public int Depth => parent is null ? -1 : parent.Depth + 1;

    public string Path => parent is null || parent.IsRoot ? Name : $"{parent.Path}.{Name}";

    /// <summary>The same with the placeholders filled in.</summary>
    public string DisplayPath => parent is null || parent.IsRoot ? DisplayName : $"{parent.DisplayPath}.{DisplayName}";

    /// <summary>The block and those around it, outermost first.</summary>
    public IEnumerable<Block> Lineage => parent is null ? [this] : parent.Lineage.Append(this);
}
