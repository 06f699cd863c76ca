using System.Diagnostics;
using System.Management.Automation;
using PesterRunner.Model;
using PesterRunner.Output;

namespace PesterRunner.Running;

/// <summary>The second phase: runs the selected blocks and tests of a file, each in its scope.</summary>
internal sealed class BlockRunner(ConsoleReport report, TestDrive drive)
{
    /// <summary>Runs a block and all that is in it.</summary>
    public void Run(PSCmdlet caller, Block block)
    {
        if (!block.Selected) return;
        HashSet<string> files = drive.Snapshot();
        Scopes.Enter(caller, scope => RunInScope(scope, block));
        drive.RestoreTo(files);
    }

    private void RunInScope(PSCmdlet scope, Block block)
    {
        Scopes.Define(scope, block.Data);
        ErrorRecord? error = block.Skip ? null : FirstError(scope, block.BeforeAll, block.Data);
        error ??= Try(() => block.DisplayName = NameExpansion.Expand(scope, block.Name));
        if (error is null)
        {
            report.BlockStarted(block);
            foreach (object item in block.Items)
            {
                if (item is Block child) Run(scope, child);
                else RunTest(scope, (TestCase)item);
            }
        }
        else
        {
            report.BlockFailed(block, $"{block.Keyword} '{block.Name}' could not be set up", error);
            foreach (TestCase test in block.AllTests.Where(test => test.Selected)) Finish(test, test.Skip ? [] : [error]);
        }

        if (block.Skip) return;
        foreach (ScriptBlock body in block.AfterAll)
        {
            if (Scopes.DotSource(scope, body, block.Data) is { } failure) report.TearDownFailed(block, failure);
        }
    }

    private void RunTest(PSCmdlet caller, TestCase test)
    {
        if (!test.Selected) return;
        List<ErrorRecord> errors = [];
        long start = Stopwatch.GetTimestamp();
        if (!test.Skip) Scopes.Enter(caller, scope => RunTestInScope(scope, test, errors));
        test.Duration = Stopwatch.GetElapsedTime(start);
        Finish(test, errors);
    }

    private static void RunTestInScope(PSCmdlet scope, TestCase test, List<ErrorRecord> errors)
    {
        Scopes.Define(scope, test.Data);
        ErrorRecord? error = FirstError(scope, test.Block.Lineage.SelectMany(block => block.BeforeEach), test.Data);
        error ??= Try(() => test.DisplayName = NameExpansion.Expand(scope, test.Name));
        error ??= Scopes.DotSource(scope, test.Body, test.Data);
        if (error is not null) errors.Add(error);

        foreach (ScriptBlock body in test.Block.Lineage.Reverse().SelectMany(block => block.AfterEach))
        {
            if (Scopes.DotSource(scope, body, test.Data) is { } failure) errors.Add(failure);
        }
    }

    private void Finish(TestCase test, IReadOnlyList<ErrorRecord> errors)
    {
        ErrorRecord? skipped = errors.FirstOrDefault(ItResult.IsSkip);
        test.SkipReason ??= skipped?.TargetObject as string;
        test.Errors.AddRange(errors);
        test.Status = test.Skip || skipped is not null ? TestStatus.Skipped : errors.Count > 0 ? TestStatus.Failed : TestStatus.Passed;
        report.TestFinished(test);
    }

    private static ErrorRecord? FirstError(PSCmdlet scope, IEnumerable<ScriptBlock> bodies, TestData data) =>
        bodies.Select(body => Scopes.DotSource(scope, body, data)).FirstOrDefault(error => error is not null);

    private static ErrorRecord? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (RuntimeException error) when (error is not PipelineStoppedException)
        {
            return error.ErrorRecord;
        }
    }
}
