using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace KvmPS.Tests.Abi;

/// <summary>
/// Writes the C program that proves the interop types: a static assertion for the size of each structure, for the offset and size of each
/// field and for the value of each constant. It finds them by reflection, so that none can be forgotten.
/// </summary>
/// <remarks>
/// Naming rules. A structure has its C name. A double underscore in a field stands for a dot: <c>io__port</c> is <c>io.port</c>. A padding
/// field with a number is an element: <c>padding0</c> is <c>padding[0]</c>. An inline array has no name in C and is proven by its field's size.
/// </remarks>
internal static partial class CProgram
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags Constants = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private const string Prologue = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <signal.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/prctl.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <linux/kvm.h>
        #include <linux/falloc.h>
        #include <linux/fs.h>
        #define iovec linux_iovec
        #include <linux/uio.h>
        #undef iovec
        #ifndef BIT
        #define BIT(n) (1UL << (n))
        #endif

        """;

    /// <summary>The structures of a namespace that have a name in C.</summary>
    public static IReadOnlyList<Type> StructuresOf(IEnumerable<Type> types) =>
        [.. types.Where(static t => t is { IsValueType: true, IsEnum: false, IsNested: false } && !IsInlineArray(t)).OrderBy(static t => t.Name, StringComparer.Ordinal)];

    /// <summary>The inline arrays, which only occur as fields.</summary>
    public static IReadOnlyList<Type> InlineArraysOf(IEnumerable<Type> types) => [.. types.Where(IsInlineArray)];

    /// <summary>The constants of all classes.</summary>
    public static IReadOnlyList<FieldInfo> ConstantsOf(IEnumerable<Type> types) =>
        [.. types.Where(static t => t.IsClass).SelectMany(static t => t.GetFields(Constants)).Where(static f => f.IsLiteral && !f.Name.StartsWith('<'))];

    /// <summary>The fields of a structure.</summary>
    public static FieldInfo[] FieldsOf(Type structure) => structure.GetFields(Fields);

    /// <summary>The whole program. Constants that the oldest supported header lacks are asserted where they are defined.</summary>
    public static string Write(IEnumerable<Type> structures, IEnumerable<FieldInfo> constants, IReadOnlySet<string> optional)
    {
        var program = new StringBuilder(Prologue);
        foreach (Type structure in structures) WriteStructure(program, structure);
        foreach (FieldInfo constant in constants) WriteConstant(program, constant, optional.Contains(constant.Name));
        return program.Append("int main(void) { return 0; }\n").ToString();
    }

    private static void WriteStructure(StringBuilder program, Type structure)
    {
        Assert(program, $"sizeof(struct {structure.Name}) == {SizeOf(structure)}", $"sizeof({structure.Name})");
        foreach (FieldInfo field in FieldsOf(structure))
        {
            string member = CName(field.Name);
            Assert(program, $"offsetof(struct {structure.Name}, {member}) == {OffsetOf(structure, field)}", $"offsetof({structure.Name}, {member})");
            Assert(program, $"sizeof(((struct {structure.Name} *)0)->{member}) == {SizeOf(field.FieldType)}", $"sizeof({structure.Name}.{member})");
        }
    }

    private static void WriteConstant(StringBuilder program, FieldInfo constant, bool optional)
    {
        string value = Convert.ToString(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)!;
        string suffix = value.StartsWith('-') ? "LL" : "ULL";
        string cast = value.StartsWith('-') ? "long long" : "unsigned long long";
        // Through unsigned int, as ioctl takes it: some headers give a request number the sign of its direction bits.
        string narrow = constant.FieldType == typeof(uint) ? "(unsigned int)" : "";
        if (optional) program.Append(CultureInfo.InvariantCulture, $"#ifdef {constant.Name}\n");
        Assert(program, $"({cast}){narrow}({constant.Name}) == {value}{suffix}", constant.Name);
        if (optional) program.Append("#endif\n");
    }

    private static void Assert(StringBuilder program, string condition, string name) =>
        program.Append(CultureInfo.InvariantCulture, $"_Static_assert({condition}, \"{name}\");\n");

    private static string CName(string field) => PaddingElement().Replace(field.Replace("__", ".", StringComparison.Ordinal), "${name}[${index}]");

    private static bool IsInlineArray(Type type) => type.GetCustomAttribute<InlineArrayAttribute>() is not null;

    /// <summary>The managed size, which is what the runtime passes to the kernel: all of these types are blittable.</summary>
    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type.IsPointer ? typeof(nint) : type).Invoke(null, null)!;

    private static int OffsetOf(Type structure, FieldInfo field) => (int)Marshal.OffsetOf(structure, field.Name);

    [GeneratedRegex(@"^(?<name>pad|padding|reserved)(?<index>\d+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PaddingElement();
}
