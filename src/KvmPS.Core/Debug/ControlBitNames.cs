namespace KvmPS.Core.Debug;

/// <summary>The names of the bits in the flags and in the control registers [sdm 3A §2.3, §2.5, §2.2.1].</summary>
public static class ControlBitNames
{
    private static readonly string[] Rflags = Names("CF - PF - AF - ZF SF TF IF DF OF - - NT - RF VM AC VIF VIP ID");
    private static readonly string[] Cr0 = Names("PE MP EM TS ET NE - - - - - - - - - - WP - AM - - - - - - - - - - NW CD PG");
    private static readonly string[] Cr4 =
        Names("VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP LA57 VMXE SMXE - FSGSBASE PCIDE OSXSAVE KL SMEP SMAP PKE CET PKS UINTR - - LAM_SUP");
    private static readonly string[] Efer = Names("SCE - - - - - - - LME - LMA NXE SVME LMSLE FFXSR TCE");

    /// <summary>The flags that are set, from bit 0 up; the I/O privilege level as <c>IOPL3</c> when it is not 0.</summary>
    public static string[] OfRflags(ulong value)
    {
        int level = (int)(value >> 12) & 3;
        return level == 0 ? Set(Rflags, value) : [.. Set(Rflags, value), $"IOPL{level}"];
    }

    /// <summary>The bits of CR0 that are set.</summary>
    public static string[] OfCr0(ulong value) => Set(Cr0, value);

    /// <summary>The bits of CR4 that are set.</summary>
    public static string[] OfCr4(ulong value) => Set(Cr4, value);

    /// <summary>The bits of the extended feature register that are set.</summary>
    public static string[] OfEfer(ulong value) => Set(Efer, value);

    /// <summary>The single-bit flags of RFLAGS, with their bit numbers.</summary>
    internal static IEnumerable<(string Name, int Bit)> SingleFlags => Rflags.Index().Where(static flag => flag.Item != "-").Select(static flag => (flag.Item, flag.Index));

    private static string[] Names(string words) => words.Split(' ');

    private static string[] Set(string[] names, ulong value) => [.. names.Where((name, bit) => name != "-" && (value >> bit & 1) != 0)];
}
