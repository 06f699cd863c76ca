using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>What parameters say about what a machine runs; null where they say nothing.</summary>
internal sealed record BootArguments
{
    public string? Kernel { get; init; }

    public IReadOnlyList<InitrdFile>? Initrds { get; init; }

    public string? CommandLine { get; init; }

    public byte[]? Code { get; init; }

    public CpuMode? Mode { get; init; }

    public ulong? LoadAddress { get; init; }

    /// <summary>The boot source that they make of another one.</summary>
    /// <param name="basis">What a file or the machine has so far; null for nothing.</param>
    /// <exception cref="KvmErrorException">They contradict each other, or do not belong to what is run.</exception>
    public BootSource Over(BootSource? basis)
    {
        if (Kernel is not null && Code is not null) throw ConfigurationRules.Invalid("A machine runs a kernel or raw code, not both.", "Give -Kernel or -Code.");
        if (Kernel is not null || (Code is null && basis is KernelBoot)) return KernelOver(basis as KernelBoot);
        if (Code is not null || basis is CodeBoot) return CodeOver(basis as CodeBoot);
        throw ConfigurationRules.Invalid("Nothing says what the machine is to run.", "Add a kernel with -Kernel, or machine code with -Code.");
    }

    private KernelBoot KernelOver(KernelBoot? basis)
    {
        if (Mode is not null || LoadAddress is not null)
            throw ConfigurationRules.Invalid("-CpuMode and -LoadAddress are for raw code: a kernel's image says how it is entered.", "Leave them out, or give -Code.");
        return new KernelBoot(Kernel ?? basis!.Path)
        {
            Initrds = Initrds ?? basis?.Initrds ?? [],
            CommandLine = CommandLine ?? basis?.CommandLine ?? "",
        };
    }

    private CodeBoot CodeOver(CodeBoot? basis)
    {
        if (Initrds is not null || CommandLine is not null)
            throw ConfigurationRules.Invalid("-Initrd and -CommandLine are for kernels: raw code has no protocol by which it could be given them.", "Leave them out, or give -Kernel.");
        return new CodeBoot(Code ?? basis!.Code, Mode ?? basis?.Mode ?? CpuMode.Real, LoadAddress ?? basis?.LoadAddress ?? MemoryLayout.RawCode);
    }
}
