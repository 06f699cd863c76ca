using System.Management.Automation;
using PesterRunner.Model;
using PesterRunner.Running;

namespace PesterRunner.Commands;

/// <summary>A command that has its meaning in the first phase only, when the blocks of a file are found.</summary>
internal abstract class DiscoveryCommand : PSCmdlet
{
    /// <summary>The word that was written, an alias of the cmdlet.</summary>
    protected string Word => MyInvocation.InvocationName;

    /// <summary>The block around the command.</summary>
    protected Block Around => TestFile.Current!.Discovering ?? throw new InvalidOperationException($"{Word} cannot be used while a test runs.");
}

/// <summary><c>Describe</c> and <c>Context</c>.</summary>
[Cmdlet(VerbsCommon.New, "TestBlock")]
internal sealed class BlockCommand : DiscoveryCommand
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Fixture { get; set; } = null!;

    [Parameter]
    [Alias("Tags")]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object? ForEach { get; set; }

    protected override void EndProcessing()
    {
        bool parametrized = MyInvocation.BoundParameters.ContainsKey(nameof(ForEach));
        foreach (TestData data in parametrized ? TestData.Cases(ForEach) : [TestData.None]) Discover(data);
    }

    private void Discover(TestData data)
    {
        Block parent = Around;
        Block block = new(parent, Word, Name, Fixture, data) { Tags = Tag, Skip = Skip };
        parent.Items.Add(block);
        TestFile.Current!.Discovering = block;
        ErrorRecord? error = null;
        Scopes.Enter(this, scope =>
        {
            Scopes.Define(scope, data);
            error = Scopes.DotSource(scope, Fixture, data);
        });
        TestFile.Current.Discovering = parent;
        if (error is not null) ThrowTerminatingError(error);
    }
}

/// <summary><c>It</c>.</summary>
[Cmdlet(VerbsCommon.New, "TestCase")]
internal sealed class TestCommand : DiscoveryCommand
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Test { get; set; } = null!;

    [Parameter]
    [Alias("TestCases")]
    [AllowNull]
    [AllowEmptyCollection]
    public object[]? ForEach { get; set; }

    [Parameter]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    protected override void EndProcessing()
    {
        if (Around.IsRoot) throw new InvalidOperationException("It cannot stand outside Describe.");
        bool parametrized = MyInvocation.BoundParameters.ContainsKey(nameof(ForEach));
        foreach (TestData data in parametrized ? TestData.Cases(ForEach) : [TestData.None])
            Around.Items.Add(new TestCase(Around, Name, Test, data) { Tags = Tag, Skip = Skip });
    }
}

/// <summary><c>BeforeAll</c>, <c>BeforeEach</c>, <c>AfterEach</c> and <c>AfterAll</c>: kept for the second phase.</summary>
[Cmdlet(VerbsCommon.Add, "TestSetup")]
internal sealed class SetupCommand : DiscoveryCommand
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock Scriptblock { get; set; } = null!;

    protected override void EndProcessing()
    {
        List<ScriptBlock> list = Word.ToUpperInvariant() switch
        {
            "BEFOREALL" => Around.BeforeAll,
            "BEFOREEACH" => Around.BeforeEach,
            "AFTEREACH" => Around.AfterEach,
            "AFTERALL" => Around.AfterAll,
            _ => throw new InvalidOperationException($"'{Word}' is no set-up."),
        };
        if (list.Count > 0) throw new InvalidOperationException($"{Word} is already defined in this block.");
        list.Add(Scriptblock);
    }
}

/// <summary><c>BeforeDiscovery</c>: runs where it stands, in the first phase.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "TestDiscovery")]
internal sealed class BeforeDiscoveryCommand : DiscoveryCommand
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    protected override void EndProcessing()
    {
        _ = Around;
        if (Scopes.DotSource(this, ScriptBlock, TestData.None) is { } error) ThrowTerminatingError(error);
    }
}
