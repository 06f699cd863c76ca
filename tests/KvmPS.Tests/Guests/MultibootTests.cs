using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The multiboot program says what its loader told it: command line, memory map, modules.</summary>
[Collection(nameof(GuestCollection))]
public sealed class MultibootTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kvmps-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [KvmTheory]
    [InlineData("multiboot.elf")]
    [InlineData("multiboot64.elf")]
    [InlineData("multiboot.bin")]
    public void It_is_told_all_it_expects(string image)
    {
        string kernel = GuestProgram.File("multiboot", image);
        string alpha = Module("alpha.txt", "the first module");
        string beta = Module("beta.txt", "the second module");
        using VirtualMachine machine = GuestMachine.Of(new KernelBoot(kernel) { CommandLine = "one=1 two", Initrds = [new InitrdFile(alpha, "a=1"), beta] }, interruptController: true, mebibytes: 64);

        MachineExit exit = machine.Run();

        // The image and the modules are named by their paths here, and the machine's map has reserved ranges beside the RAM.
        string[] expected = GuestProgram.Expected("multiboot").Split('\n');
        expected[0] = $"command line: {kernel} one=1 two";
        expected[^3] = $"module: {alpha} a=1: the first module";
        expected[^2] = $"module: {beta}: the second module";
        string[] lines = [.. machine.Console().Split('\n').Where(static line => !line.StartsWith("map:", StringComparison.Ordinal) || line.EndsWith(" 00000001", StringComparison.Ordinal))];
        Assert.Equal(expected, lines);
        Assert.Equal((ExitReason.DebugExit, 1), (exit.Reason, exit.ExitCode));
    }

    [KvmFact]
    public void Without_parameters_the_command_line_is_the_image()
    {
        string kernel = GuestProgram.File("multiboot", "multiboot.elf");
        using VirtualMachine machine = GuestMachine.Of(new KernelBoot(kernel));

        MachineExit exit = machine.Run();

        Assert.StartsWith($"command line: {kernel}\nmemory: lower KiB 0000027f, upper KiB 00003c00\n", machine.Console(), StringComparison.Ordinal);
        Assert.DoesNotContain("module:", machine.Console(), StringComparison.Ordinal);
        Assert.Equal(1, exit.ExitCode);
    }

    private string Module(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
