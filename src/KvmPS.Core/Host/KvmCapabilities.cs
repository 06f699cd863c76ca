using System.Reflection;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Host;

/// <summary>KVM's capabilities as data: every <c>KVM_CAP_*</c> that KvmPS knows, and which of them it cannot do without.</summary>
public static class KvmCapabilities
{
    private const string Prefix = "KVM_CAP_";

    /// <summary>The capabilities that every machine needs.</summary>
    public static IReadOnlyList<string> Required { get; } =
    [
        nameof(KvmConstants.KVM_CAP_USER_MEMORY),
        nameof(KvmConstants.KVM_CAP_SET_TSS_ADDR),
        nameof(KvmConstants.KVM_CAP_SET_IDENTITY_MAP_ADDR),
        nameof(KvmConstants.KVM_CAP_EXT_CPUID),
        nameof(KvmConstants.KVM_CAP_IRQCHIP),
        nameof(KvmConstants.KVM_CAP_PIT2),
        nameof(KvmConstants.KVM_CAP_MP_STATE),
        nameof(KvmConstants.KVM_CAP_SYNC_REGS),
        nameof(KvmConstants.KVM_CAP_IMMEDIATE_EXIT),
    ];

    /// <summary>Asks for each.</summary>
    internal static SortedDictionary<string, int> Read(Kvm kvm)
    {
        var answers = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (FieldInfo field in typeof(KvmConstants).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (field.Name.StartsWith(Prefix, StringComparison.Ordinal))
                answers.Add(field.Name, kvm.CheckExtension((int)field.GetRawConstantValue()!));
        }

        return answers;
    }
}
