using System.Collections.Frozen;
using System.Reflection;

namespace KvmPS.Native.Interop;

/// <summary>The names of KVM ioctls for error messages, read from <see cref="KvmConstants"/> the first time something fails.</summary>
internal static class IoctlName
{
    private static readonly Lazy<FrozenDictionary<uint, string>> Names = new(static () =>
        typeof(KvmConstants).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static f => f.FieldType == typeof(uint) && ((uint)f.GetRawConstantValue()! & 0xFF00) == 0xAE00)
            .ToFrozenDictionary(static f => (uint)f.GetRawConstantValue()!, static f => f.Name));

    public static string Of(uint request) => Names.Value.TryGetValue(request, out string? name) ? name : $"ioctl 0x{request:x}";
}
