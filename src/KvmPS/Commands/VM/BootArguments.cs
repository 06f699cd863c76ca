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

    public string? Firmware { get; init; }

    /// <summary>The boot source that they make of another one.</summary>
    /// <param name="basis">What a file or the machine has so far; null for nothing.</param>
    /// <exception cref="KvmErrorException">They contradict each other, or do not belong to what is run.</exception>
    public BootSource Over(BootSource? basis)
    {
        object?[] sources = [Kernel, Code, Firmware];
        if (sources.Count(static source => source is not null) > 1)
            throw ConfigurationRules.Invalid("A machine runs one thing: a kernel, raw code, or firmware.", "Give one of -Kernel, -Code and -Firmware.");
        if (Kernel is not null) return KernelOver(basis as KernelBoot);
        if (Code is not null) return CodeOver(basis as CodeBoot);
        if (Firmware is not null) return FirmwareOver(new FirmwareBoot(Firmware));
        return basis switch
        {
            KernelBoot kernel => KernelOver(kernel),
            CodeBoot code => CodeOver(code),
            FirmwareBoot firmware => FirmwareOver(firmware),
            _ => throw ConfigurationRules.Invalid("Nothing says what the machine is to run.", "Add a kernel with -Kernel, machine code with -Code, or firmware with -Firmware."),
        };
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

    private FirmwareBoot FirmwareOver(FirmwareBoot firmware)
    {
        if (Initrds is not null || CommandLine is not null)
            throw ConfigurationRules.Invalid("-Initrd and -CommandLine are for kernels: firmware looks by itself for what it boots.", "Leave them out, or give -Kernel.");
        if (Mode is not null || LoadAddress is not null)
            throw ConfigurationRules.Invalid("-CpuMode and -LoadAddress are for raw code: firmware starts at the reset vector, in real mode.", "Leave them out, or give -Code.");
        return firmware;
    }
}
