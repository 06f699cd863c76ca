namespace KvmPS.Core.Debug;

/// <summary>One register by name, or a part of one: how wide it is, and where it lies in <see cref="CpuRegisters"/>.</summary>
public sealed class Register
{
    private readonly Reader _read;
    private readonly Writer _write;

    internal Register(string name, int bits, Reader read, Writer write)
    {
        Name = name;
        Bits = bits;
        _read = read;
        _write = write;
    }

    internal delegate ulong Reader(in CpuRegisters registers);

    internal delegate void Writer(ref CpuRegisters registers, ulong value);

    /// <summary>The name, such as <c>Rax</c>, <c>Cs.Base</c> or <c>ZF</c>. Case makes no difference.</summary>
    public string Name { get; }

    /// <summary>The width in bits.</summary>
    public int Bits { get; }

    /// <summary>Whether it is a part of another register of the table: <c>Eax</c> of <c>Rax</c>, a flag of <c>Rflags</c>.</summary>
    public bool IsPart { get; internal init; }

    /// <summary>Whether it belongs to the general registers, and not to segments and control registers.</summary>
    internal bool IsGeneral { get; init; }

    /// <summary>What a CPU demands of its value beyond the width.</summary>
    internal RegisterRule Rule { get; init; }

    /// <summary>The largest value that it can hold.</summary>
    public ulong Maximum => ulong.MaxValue >> (64 - Bits);

    /// <summary>Its value.</summary>
    public ulong Read(in CpuRegisters registers) => _read(registers);

    /// <summary>Changes its value; the rest of a register of which it is a part stays.</summary>
    internal void Write(ref CpuRegisters registers, ulong value) => _write(ref registers, value);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
