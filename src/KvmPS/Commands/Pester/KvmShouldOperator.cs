using System.Management.Automation;
using System.Text.RegularExpressions;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>The operators that <c>Register-KvmShouldOperator</c> gives to Pester; <c>Should</c> calls them.</summary>
public static class KvmShouldOperator
{
    private static readonly TimeSpan MatchPatience = TimeSpan.FromSeconds(30);

    /// <summary><c>Should -BeKvmState</c>: a machine is in a state.</summary>
    /// <param name="actual">The machine.</param>
    /// <param name="expected">The state.</param>
    /// <param name="negate">Whether it is to be in another one.</param>
    /// <param name="because">The reason that the test gives.</param>
    /// <returns>An object with <c>Succeeded</c> and <c>FailureMessage</c>.</returns>
    /// <exception cref="ArgumentException">It is no machine.</exception>
    public static PSObject BeKvmState(object? actual, MachineState expected, bool negate, string? because)
    {
        if (Bare(actual) is not KvmVM vm) throw Unfit(actual, "a machine (KvmVM)");
        MachineState state = vm.State; // once: it may change between the test and the message
        string but = state == MachineState.Running ? "it is Running" : $"it is {state} ({Exit(vm)})";
        return ShouldVerdict.Of(state == expected, negate, ($"machine '{vm.Name}'", $"be {expected}"), because, but, MachineErrors.ConsoleTail(vm));
    }

    /// <summary><c>Should -HaveKvmSerialText</c>: the console of a machine, or the output of a command, matches a regular expression.</summary>
    /// <param name="actual">A machine, the result of a run, or of a command.</param>
    /// <param name="pattern">The regular expression; case counts, and <c>^</c> and <c>$</c> are the ends of a line.</param>
    /// <param name="negate">Whether it is not to match.</param>
    /// <param name="because">The reason that the test gives.</param>
    /// <returns>An object with <c>Succeeded</c> and <c>FailureMessage</c>.</returns>
    /// <exception cref="ArgumentException">It is none of these, or the pattern is no regular expression.</exception>
    public static PSObject HaveKvmSerialText(object? actual, string pattern, bool negate, string? because)
    {
        (string subject, string text, string exit) = Bare(actual) switch
        {
            KvmVM vm => ($"the console of machine '{vm.Name}'", vm.Machine.Spoken?.Log.Text ?? "", Exit(vm)),
            KvmRunResult run => ($"the console of machine '{run.VMName}'", run.SerialText, Exit(run)),
            KvmGuestResult result => ($"the output of '{result.Command}' in machine '{result.VMName}'", result.Output, $"exit code {result.ExitCode}"),
            _ => throw Unfit(actual, "a machine (KvmVM), or the result of a run or a command (KvmRunResult, KvmGuestResult)"),
        };
        // A terminal's line ends would keep $ from matching. GUEST-CONTROLLED: the text may be what a pattern takes ages for.
        string lines = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        bool found = Regex.IsMatch(lines, pattern, RegexOptions.Multiline, MatchPatience);
        return ShouldVerdict.Of(found, negate, (subject, $"match '{pattern}'"), because, $"it {(found ? "does" : "does not")} ({exit})", ShouldVerdict.LastLines(text));
    }

    /// <summary><c>Should -BeKvmSuccess</c>: a run ended well, or a command's exit code is that of success.</summary>
    /// <param name="actual">The result of a run or of a command, or a machine that has ended.</param>
    /// <param name="successCode">The exit code that means success; the debug-exit port gives odd ones only.</param>
    /// <param name="negate">Whether it is to have failed.</param>
    /// <param name="because">The reason that the test gives.</param>
    /// <returns>An object with <c>Succeeded</c> and <c>FailureMessage</c>.</returns>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    /// <remarks>A run ended well when its guest switched the machine off, reset it, or gave the exit code of success; a machine that just halted has not said so.</remarks>
    public static PSObject BeKvmSuccess(object? actual, int successCode, bool negate, string? because) => Bare(actual) switch
    {
        KvmVM vm => ShouldVerdict.Of(
            IsSuccess(vm.ExitReason, vm.ExitCode, successCode), negate, ($"machine '{vm.Name}'", "have ended well"), because, $"it is {vm.State} ({Exit(vm)})", MachineErrors.ConsoleTail(vm)),
        KvmRunResult run => ShouldVerdict.Of(
            IsSuccess(run.ExitReason, run.ExitCode, successCode), negate, ($"machine '{run.VMName}'", "have ended well"), because, $"it ended with {Exit(run)}", ShouldVerdict.LastLines(run.SerialText)),
        KvmGuestResult result => ShouldVerdict.Of(
            result.ExitCode == successCode,
            negate,
            ($"'{result.Command}' in machine '{result.VMName}'", "succeed"),
            because,
            $"its exit code is {result.ExitCode}",
            ShouldVerdict.LastLines(result.Output)),
        _ => throw Unfit(actual, "the result of a run or a command (KvmRunResult, KvmGuestResult), or a machine (KvmVM)"),
    };

    private static bool IsSuccess(ExitReason reason, int? exitCode, int successCode) =>
        exitCode is { } code ? code == successCode : reason is ExitReason.GuestShutdown or ExitReason.GuestReset;

    private static string Exit(KvmVM vm) =>
        vm.PanicMessage is { } panic && vm.ExitReason == ExitReason.None ? $"kernel panic: {panic}" : ShouldVerdict.Describe(vm.ExitReason, vm.ExitCode, vm.ExitMessage);

    private static string Exit(KvmRunResult run) => ShouldVerdict.Describe(run.ExitReason, run.ExitCode, run.Message);

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    // Neither way round may a test pass on what the operator cannot judge.
    private static ArgumentException Unfit(object? actual, string wanted) =>
        new($"This operator judges {wanted}, but got {(Bare(actual) is { } value ? $"a value of type {value.GetType().Name}" : "nothing")}.", nameof(actual));
}
