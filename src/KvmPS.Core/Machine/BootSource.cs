using KvmPS.Core.Boot;

namespace KvmPS.Core.Machine;

/// <summary>What a machine runs when it starts.</summary>
public abstract record BootSource;

/// <summary>A kernel image from a file; its format is found out by looking at it.</summary>
/// <param name="Path">The image: bzImage, ELF or multiboot.</param>
public sealed record KernelBoot(string Path) : BootSource
{
    /// <summary>Initial RAM disks, loaded one after the other; for multiboot images, the modules.</summary>
    public IReadOnlyList<InitrdFile> Initrds { get; init; } = [];

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; init; } = "";
}

/// <summary>An initial RAM disk, or a multiboot module.</summary>
/// <param name="Path">The file.</param>
/// <param name="Arguments">What a multiboot kernel is told behind the file's name; Linux is told nothing.</param>
public sealed record InitrdFile(string Path, string Arguments = "")
{
    /// <summary>A file without arguments.</summary>
    public static implicit operator InitrdFile(string path) => new(path);

    /// <summary>The file, and its arguments if there are any.</summary>
    public override string ToString() => Arguments.Length == 0 ? Path : $"{Path} {Arguments}";
}

/// <summary>Raw machine code.</summary>
/// <param name="Code">The bytes.</param>
/// <param name="Mode">The mode in which the CPU enters them.</param>
/// <param name="LoadAddress">Where they lie, which is also the entry.</param>
public sealed record CodeBoot(ReadOnlyMemory<byte> Code, CpuMode Mode, ulong LoadAddress) : BootSource;

/// <summary>The firmware of a PC, from its reset vector on.</summary>
/// <param name="Path">The image: 64 to 256 KiB, such as Debian's <c>/usr/share/seabios/bios.bin</c>.</param>
public sealed record FirmwareBoot(string Path) : BootSource;
