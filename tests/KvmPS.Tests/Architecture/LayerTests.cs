using System.Text.RegularExpressions;
using System.Xml.Linq;
using KvmPS.Core.Machine;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Architecture;

/// <summary>The walls between the assemblies and between the rooms inside Core.</summary>
public partial class LayerTests
{
    [Fact]
    public void Native_knows_none_of_the_assemblies_above() => Assert.DoesNotContain(
        typeof(Kvm).Assembly.GetReferencedAssemblies(), static name => IsOurs(name.Name) || IsPowerShell(name.Name));

    [Fact]
    public void Core_knows_Native_and_the_door_to_third_parties_alone()
    {
        string?[] references = [.. typeof(MachineConfig).Assembly.GetReferencedAssemblies().Select(static name => name.Name)];
        Assert.Equal(["KvmPS.Native", "KvmPS.ThirdParty"], references.Where(IsOurs).Order(StringComparer.Ordinal));
        // A library named here would be looked up among everybody's, before our own context is asked.
        Assert.All(references, static name => Assert.True(IsOurs(name) || name!.StartsWith("System.", StringComparison.Ordinal), name));
        Assert.DoesNotContain(references, IsPowerShell);
    }

    [Fact]
    public void Unsafe_code_is_allowed_in_Native_alone()
    {
        string[] projects = [.. Directory.EnumerateFiles(RepositoryRoot.Combine("src"), "*.csproj", SearchOption.AllDirectories)
            .Where(static path => XDocument.Load(path).Descendants("AllowUnsafeBlocks").Any(static e => e.Value.Trim() != "false"))
            .Select(static path => Path.GetFileName(path))];
        Assert.Equal("KvmPS.Native.csproj", Assert.Single(projects));
        Assert.Empty(SourceFile.Under("src").Where(static f => !f.Path.StartsWith("src/KvmPS.Native/", StringComparison.Ordinal)).SelectMany(static f => f.Find(Unsafe())));
    }

    [Fact]
    public void Core_and_cmdlets_name_no_pointer_no_descriptor_and_no_ioctl() => Assert.Empty(
        SourceFile.Under("src/KvmPS.Core", "src/KvmPS").SelectMany(static f => f.Find(Pointers())));

    [Fact]
    public void Devices_and_loaders_know_neither_KVM_nor_the_machine() => Assert.Empty(
        SourceFile.Under("src/KvmPS.Core/Devices", "src/KvmPS.Core/Boot").SelectMany(static f => f.Find(MachineRooms())));

    [Fact]
    public void Nothing_but_the_interactive_console_writes_to_the_console() => Assert.Empty(
        SourceFile.Under("src/KvmPS", "src/KvmPS.Core", "src/KvmPS.Native").SelectMany(static f => f.Find(SystemConsole())));

    [Fact]
    public void Fences_see_what_they_look_for()
    {
        Assert.Matches(Unsafe(), "    private unsafe void Run()");
        Assert.Matches(Pointers(), "    private nint _address;");
        Assert.Matches(Pointers(), "    Ioctl(KVM_RUN);");
        Assert.Matches(MachineRooms(), "using KvmPS.Core.Machine;");
        Assert.Matches(MachineRooms(), "using KvmPS.Native.Interop;");
        Assert.Matches(MachineRooms(), "    private readonly VcpuFd _vcpu;");
        Assert.DoesNotMatch(MachineRooms(), "using KvmPS.Native;");
        Assert.Matches(SystemConsole(), "        Console.WriteLine();");
        Assert.DoesNotMatch(SystemConsole(), "        SerialConsole.Write();");
        Assert.True(SourceFile.Under("src").Count > 20);
    }

    private static bool IsOurs(string? name) => name?.StartsWith("KvmPS", StringComparison.Ordinal) == true;

    private static bool IsPowerShell(string? name) => name?.StartsWith("System.Management.Automation", StringComparison.Ordinal) == true;

    [GeneratedRegex(@"\b(unsafe|fixed\s*\(|stackalloc\s+\w+\s*\[[^\]]*\]\s*;.*\*|DllImport|LibraryImport)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unsafe();

    [GeneratedRegex(@"\b(nint|nuint|IntPtr|UIntPtr|[Ii]octl|SafeHandle|DangerousGetHandle|Libc)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pointers();

    [GeneratedRegex(
        @"\busing\s+(static\s+)?KvmPS\.(Native\.Interop|Core\.(Machine|Cpu|Debug|Host|Checkpoint))\b|\b(VmFd|VcpuFd|VcpuThread|VcpuExit|VcpuExitReason|IVcpuHandler|KvmConstants|KvmException|Kvm\.Open|kvm_\w+)\b",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex MachineRooms();

    [GeneratedRegex(@"(?<![\w.])(System\.)?Console\s*\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SystemConsole();
}
