using System.Management.Automation;
using System.Management.Automation.Runspaces;
using PesterRunner.Running;

namespace PesterRunner.Commands;

/// <summary>The words of a test file. A cmdlet's own name must be verb and noun, so Pester's words are aliases.</summary>
internal static class Vocabulary
{
    /// <summary>What Pester has and this runner has not; using it is an error that names it.</summary>
    private static readonly string[] Unsupported =
    [
        "Mock", "InModuleScope", "Assert-MockCalled", "Assert-VerifiableMock", "Get-ShouldOperator", "Invoke-Pester",
        "New-PesterContainer", "New-PesterConfiguration", "New-Fixture", "New-MockObject",
    ];

    private static readonly (string Cmdlet, Type Type, string[] Words)[] Supported =
    [
        (EnterTestScopeCommand.FullName, typeof(EnterTestScopeCommand), []),
        (RunTestFileCommand.FullName, typeof(RunTestFileCommand), []),
        ("New-TestBlock", typeof(BlockCommand), ["Describe", "Context"]),
        ("New-TestCase", typeof(TestCommand), ["It"]),
        ("Add-TestSetup", typeof(SetupCommand), ["BeforeAll", "BeforeEach", "AfterEach", "AfterAll"]),
        ("Invoke-TestDiscovery", typeof(BeforeDiscoveryCommand), ["BeforeDiscovery"]),
        ("Assert-TestValue", typeof(ShouldCommand), ["Should"]),
        ("Add-ShouldOperator", typeof(AddShouldOperatorCommand), []),
        ("Set-ItResult", typeof(SetItResultCommand), []),
        ("Deny-TestConstruct", typeof(UnsupportedCommand), Unsupported),
    ];

    public static SessionStateCommandEntry[] Entries =>
    [
        .. Supported.Select(entry => new SessionStateCmdletEntry(entry.Cmdlet, entry.Type, helpFileName: null)),
        .. Supported.SelectMany(entry => entry.Words, (entry, word) => new SessionStateAliasEntry(word, entry.Cmdlet)),
    ];
}

/// <summary>Fails on a word of Pester that the runner does not know, rather than let a test pass that tests nothing.</summary>
[Cmdlet("Deny", "TestConstruct")]
internal sealed class UnsupportedCommand : PSCmdlet
{
    [Parameter(ValueFromRemainingArguments = true)]
    public object[] Arguments { get; set; } = [];

    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    protected override void BeginProcessing() => ThrowTerminatingError(new ErrorRecord(
        new NotSupportedException($"PesterRunner does not know '{MyInvocation.InvocationName}'; run this test with Pester in pwsh (tag FullShell)."),
        "PesterConstructUnknown", ErrorCategory.NotImplemented, MyInvocation.InvocationName));
}
