using KvmPS.Native.Interop;

namespace KvmPS.Core.Cpu;

/// <summary>The model-specific registers that firmware sets before an operating system looks at them.</summary>
public static class BootMsrs
{
    private const uint MiscEnable = 0x1A0;
    private const uint MiscEnableFastString = 1;
    private const uint MtrrDefaultType = 0x2FF;
    private const uint MtrrEnabled = 1 << 11;
    private const uint MtrrWriteBack = 6;

    /// <summary>Fast string operations on, and all memory write-back: without the latter Linux takes its RAM for uncached [sdm 3A §12.11].</summary>
    public static ReadOnlySpan<kvm_msr_entry> Values => Table;

    private static readonly kvm_msr_entry[] Table =
    [
        new() { index = MiscEnable, data = MiscEnableFastString },
        new() { index = MtrrDefaultType, data = MtrrEnabled | MtrrWriteBack },
    ];
}
