using Xunit;

namespace KvmPS.Tests.Shell;

/// <summary>kvmsh seen from outside: arguments, streams, exit codes and signals, as those of pwsh.</summary>
public sealed class KvmshTests(ToyModule module) : IClassFixture<ToyModule>
{
    [Theory]
    [InlineData("1", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("throw 'x'", 1)]
    [InlineData("Get-NoSuchThing", 1)]
    [InlineData("Get-NoSuchThing; 1", 0)]
    [InlineData("sh -c 'exit 7'", 1)]
    [InlineData("sh -c 'exit 7'; 1", 0)]
    [InlineData("1 +", 1)]
    public async Task A_command_gives_the_exit_code_of_pwsh(string text, int code) => Assert.Equal(code, (await Kvmsh("-Command", text)).ExitCode);

    [Theory]
    [InlineData("'to the end'", 0)]
    [InlineData("exit 5", 5)]
    [InlineData("function f { exit 6 }; f; 'never'", 6)]
    [InlineData("sh -c 'exit 7'", 0)]
    [InlineData("Get-NoSuchThing; 'after'", 0)]
    [InlineData("throw 'x'", 1)]
    [InlineData("if (", 1)]
    public async Task A_script_gives_the_exit_code_of_pwsh(string text, int code)
    {
        string script = module.Write($"{Guid.NewGuid()}.ps1", text);
        Assert.Equal(code, (await Kvmsh(script)).ExitCode);
    }

    [Fact]
    public async Task Arguments_are_bound_by_name_and_by_position()
    {
        string script = module.Write("arguments.ps1", """param($A, [switch] $Flag, [switch] $Off = $true, $B) "$A|$Flag|$Off|$B|$args" """);
        ShellResult result = await Kvmsh(script, "-B", "two", "-Flag", "-Off:$false", "one", "-3", "--", "-x");
        Assert.Equal("one|True|False|two|-3 -x\ntoy removed\n", result.Output);
    }

    [Fact]
    public async Task A_script_knows_its_place()
    {
        string script = module.Write("place.ps1", "$PSScriptRoot; $MyInvocation.MyCommand.Path; $PWD.Path");
        ShellResult result = await Kvmsh("-File", script);
        Assert.Equal([module.Folder, script, Directory.GetCurrentDirectory()], result.Output.Split('\n')[..3]);
    }

    [Fact]
    public async Task Errors_go_to_standard_error_and_all_else_to_standard_output()
    {
        ShellResult result = await Kvmsh("-Command", """
            & { [CmdletBinding()] param() 'out'; $PSCmdlet.WriteWarning('w'); $PSCmdlet.WriteVerbose('v'); $PSCmdlet.WriteDebug('d')
                $PSCmdlet.WriteInformation('i', [string[]]@()); [int]'e' } -Verbose -Debug -InformationAction Continue
            """);
        Assert.Equal("out\nWARNING: w\nVERBOSE: v\nDEBUG: d\ni\ntoy removed\n", result.Output);
        Assert.Contains("Cannot convert value \"e\"", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output + result.Error);
    }

    [Fact]
    public async Task An_uncaught_error_says_where()
    {
        string script = module.Write("throws.ps1", "'before'\nthrow 'the reason'");
        ShellResult result = await Kvmsh(script);
        Assert.Contains($"{script}:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("the reason", result.Error, StringComparison.Ordinal);
        Assert.Equal("before\ntoy removed\n", result.Output);
    }

    [Fact]
    public async Task Tables_are_as_wide_as_a_wide_terminal() =>
        Assert.Contains(new string('x', 80), (await Kvmsh("-Command", "Get-Toy")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Standard_input_is_a_script()
    {
        ShellResult result = await ShellProcess.Run(Program, ["-"], Environment, "'first'\nexit 4\n");
        Assert.Equal((4, "first\ntoy removed\n"), (result.ExitCode, result.Output));
        Assert.Equal("piped\ntoy removed\n", (await ShellProcess.Run(Program, [], Environment, "'piped'")).Output);
    }

    [Fact]
    public async Task Standard_input_is_the_input_of_a_script_that_asks()
    {
        ShellResult result = await ShellProcess.Run(Program, ["-Command", "$input | ForEach-Object { \"<$_>\" }"], Environment, "a\nb\n");
        Assert.Equal("<a>\n<b>\ntoy removed\n", result.Output);
    }

    [Fact]
    public async Task A_cmdlet_that_the_engine_lacks_is_explained()
    {
        ShellResult result = await Kvmsh("-Command", "Start-Sleep 1; $Error[0].FullyQualifiedErrorId; 'go on'");
        Assert.Contains("kvmsh embeds the PowerShell engine without Microsoft.PowerShell.Utility; use [Threading.Thread]::Sleep()", result.Error, StringComparison.Ordinal);
        Assert.StartsWith("CommandNotFoundException", result.Output, StringComparison.Ordinal);
        Assert.Contains("go on", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_nobody_can_answer_is_an_error()
    {
        ShellResult result = await Kvmsh("-NonInteractive", "-Command", "try { $Host.UI.ReadLine() } catch { $_.Exception.InnerException.Message }");
        Assert.StartsWith("A command asks a question, but the shell runs with -NonInteractive.", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_stops_the_pipeline_and_lets_it_clean_up(string signal, int code)
    {
        const string Script = "try { 'ready'; while ($true) { } } finally { [Console]::Out.WriteLine('finally') }; 'never'";
        ShellResult result = await ShellProcess.Run(Program, ["-Command", Script], Environment, signal: signal);
        Assert.Equal((code, "ready\nfinally\ntoy removed\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Without_the_module_nothing_runs()
    {
        ShellResult result = await ShellProcess.Run(Program, ["-Command", "1"], With("/no/such/module"));
        Assert.Equal((70, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains("'/no/such/module', where there is no KvmPS.psd1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_module_is_an_error()
    {
        string broken = module.Write("broken.psm1", "throw 'broken'");
        ShellResult result = await ShellProcess.Run(Program, ["-Command", "1"], With(broken));
        Assert.Equal((70, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains("kvmsh cannot import the KvmPS module", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-script.ps1")]
    [InlineData("-Wonderful")]
    [InlineData("-no")]
    [InlineData("-File")]
    public async Task A_wrong_command_line_is_refused(string argument)
    {
        ShellResult result = await Kvmsh(argument);
        Assert.Equal((64, string.Empty), (result.ExitCode, result.Output));
        Assert.Contains(argument, result.Error, StringComparison.Ordinal);
    }

    private static string Program { get; } = ShellProcess.Built("src/KvmPS.Shell", "kvmsh");

    private Dictionary<string, string> Environment => With(module.Folder);

    private static Dictionary<string, string> With(string path) => new(StringComparer.Ordinal) { ["KVMPS_MODULE_PATH"] = path };

    private Task<ShellResult> Kvmsh(params string[] arguments) => ShellProcess.Run(Program, arguments, Environment);
}
