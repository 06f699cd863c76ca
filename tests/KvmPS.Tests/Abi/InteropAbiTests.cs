using System.Reflection;
using System.Runtime.InteropServices;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Abi;

/// <summary>Every structure and constant of <c>KvmPS.Native.Interop</c> against the kernel's and libc's own headers, by the compiler.</summary>
public class InteropAbiTests(ITestOutputHelper output)
{
    /// <summary>Constants newer than the headers of Debian 12 (Linux 6.1); asserted where the header has them, and counted.</summary>
    private static readonly HashSet<string> NewerThanDebian12 = new(StringComparer.Ordinal);

    private static readonly Type[] InteropTypes = [.. typeof(Kvm).Assembly.GetTypes()
        .Where(static t => t.Namespace?.StartsWith("KvmPS.Native.Interop", StringComparison.Ordinal) == true && !t.Name.StartsWith('<'))];

    [Fact]
    public void Every_structure_and_constant_is_as_the_headers_say()
    {
        Assert.SkipWhen(CCompiler.WhyNot is not null, CCompiler.WhyNot ?? "");
        IReadOnlyList<Type> structures = CProgram.StructuresOf(InteropTypes);
        IReadOnlyList<FieldInfo> constants = CProgram.ConstantsOf(InteropTypes);

        string complaints = CCompiler.Check(CProgram.Write(structures, constants, NewerThanDebian12));

        output.WriteLine($"{structures.Count} structures and {constants.Count} constants proven, {NewerThanDebian12.Count} of them only where the header has them.");
        Assert.True(complaints.Length == 0, complaints);
        Assert.NotEmpty(structures);
        Assert.NotEmpty(constants);
    }

    [Fact]
    public void A_wrong_offset_size_and_value_are_named_by_the_compiler()
    {
        Assert.SkipWhen(CCompiler.WhyNot is not null, CCompiler.WhyNot ?? "");
        IReadOnlyList<FieldInfo> constants = CProgram.ConstantsOf([typeof(WrongConstants)]);

        string complaints = CCompiler.Check(CProgram.Write([typeof(kvm_irq_level)], constants, NewerThanDebian12));

        Assert.Contains("\"offsetof(kvm_irq_level, level)\"", complaints, StringComparison.Ordinal);
        Assert.Contains("\"sizeof(kvm_irq_level.level)\"", complaints, StringComparison.Ordinal);
        Assert.Contains("\"KVM_API_VERSION\"", complaints, StringComparison.Ordinal);
        Assert.Contains("KVM_NO_SUCH_CONSTANT", complaints, StringComparison.Ordinal);
        Assert.DoesNotContain("offsetof(kvm_irq_level, irq)", complaints, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_interop_type_is_proven_by_one_of_the_rules()
    {
        IReadOnlyList<Type> structures = CProgram.StructuresOf(InteropTypes);
        HashSet<Type> fieldTypes = [.. structures.SelectMany(CProgram.FieldsOf).Select(static f => f.FieldType)];
        foreach (Type type in InteropTypes)
        {
            bool isStatic = type is { IsClass: true, IsAbstract: true, IsSealed: true }; // constants and functions
            bool isProvenByField = CProgram.InlineArraysOf([type]).Count == 1 && fieldTypes.Contains(type);
            Assert.True(isStatic || isProvenByField || structures.Contains(type), $"Nothing proves {type}.");
        }
    }

    [Fact]
    public void Constants_are_compile_time_constants() => Assert.All(
        InteropTypes.Where(static t => t.IsClass).SelectMany(static t => t.GetFields(BindingFlags.Static | BindingFlags.Public)),
        static field => Assert.True(field.IsLiteral, $"{field.DeclaringType!.Name}.{field.Name} is no constant: the compiler cannot prove it."));

    [Fact]
    public void The_list_of_newer_constants_names_none_that_is_gone() =>
        Assert.Subset(CProgram.ConstantsOf(InteropTypes).Select(static c => c.Name).ToHashSet(StringComparer.Ordinal), NewerThanDebian12);

    [Fact]
    public void Error_numbers_know_their_names()
    {
        Assert.All(CProgram.ConstantsOf([typeof(Errno)]), static c => Assert.Equal(c.Name, Errno.Name((int)c.GetRawConstantValue()!)));
        Assert.Equal("errno 4095", Errno.Name(4095));
    }

    private static class WrongConstants
    {
        public const int KVM_API_VERSION = 13;
        public const int KVM_NO_SUCH_CONSTANT = 1;
    }

    /// <summary>The C structure has two 32-bit fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct kvm_irq_level
    {
        public uint irq;
        public ulong level;
    }
}
