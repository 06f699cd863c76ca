using System.Buffers.Binary;

namespace KvmPS.Tests.Boot;

/// <summary>Makes small ELF executables for tests, sound ones by default and broken ones on request.</summary>
internal sealed class ElfBuilder
{
    private readonly List<(uint Type, byte[] Data, ulong Virtual, ulong Physical, ulong MemorySize)> _parts = [];

    public bool Is64 { get; init; } = true;

    public ushort Machine { get; init; } = 62;

    /// <summary>2 for an executable, 3 for a shared object.</summary>
    public ushort Type { get; init; } = 2;

    public ulong Entry { get; init; } = 0x10_0000;

    /// <summary>The offset of the first segment's bytes.</summary>
    public int DataOffset => (Is64 ? 64 : 52) + (_parts.Count * (Is64 ? 56 : 32));

    public ElfBuilder Load(byte[] data, ulong physical, ulong? memorySize = null, ulong? linked = null) =>
        Add(1, data, linked ?? physical, physical, memorySize ?? (ulong)data.Length);

    public ElfBuilder Note(string name, uint type, byte[] data)
    {
        byte[] note = new byte[12 + ((name.Length + 4) & ~3) + ((data.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, name.Length + 1);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        System.Text.Encoding.ASCII.GetBytes(name, note.AsSpan(12));
        data.CopyTo(note, 12 + ((name.Length + 4) & ~3));
        return Add(4, note, 0, 0, 0);
    }

    public ElfBuilder Interpreter(string path) => Add(3, System.Text.Encoding.ASCII.GetBytes(path + "\0"), 0x400, 0x400, 0);

    public ElfBuilder PvhNote(uint entry) => Note("Xen", 18, BitConverter.GetBytes((ulong)entry));

    public ElfBuilder LinuxNote() => Note("Linux", 0x101, [0, 0, 0, 0]);

    public byte[] Build()
    {
        int offset = DataOffset;
        byte[] file = new byte[offset + _parts.Sum(part => part.Data.Length)];
        byte[] magic = [0x7F, (byte)'E', (byte)'L', (byte)'F', (byte)(Is64 ? 2 : 1), 1, 1];
        magic.CopyTo(file, 0);
        U16(file, 16, Type);
        U16(file, 18, Machine);
        U32(file, 20, 1);
        Word(file, 24, 24, Entry);
        Word(file, 32, 28, (ulong)(Is64 ? 64 : 52));
        U16(file, Is64 ? 52 : 40, (ushort)(Is64 ? 64 : 52));
        U16(file, Is64 ? 54 : 42, (ushort)(Is64 ? 56 : 32));
        U16(file, Is64 ? 56 : 44, (ushort)_parts.Count);

        for (int i = 0; i < _parts.Count; i++)
        {
            var part = _parts[i];
            int header = Is64 ? 64 + (i * 56) : 52 + (i * 32);
            U32(file, header, part.Type);
            Word(file, header + 8, header + 4, (ulong)offset);
            Word(file, header + 16, header + 8, part.Virtual);
            Word(file, header + 24, header + 12, part.Physical);
            Word(file, header + 32, header + 16, (ulong)part.Data.Length);
            Word(file, header + 40, header + 20, part.MemorySize);
            Word(file, header + 48, header + 28, 4);
            part.Data.CopyTo(file, offset);
            offset += part.Data.Length;
        }

        return file;
    }

    private ElfBuilder Add(uint type, byte[] data, ulong linked, ulong physical, ulong size)
    {
        _parts.Add((type, data, linked, physical, size));
        return this;
    }

    private void Word(byte[] file, int offset64, int offset32, ulong value)
    {
        if (Is64) BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset64), value);
        else U32(file, offset32, (uint)value);
    }

    private static void U16(byte[] file, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(offset), value);

    private static void U32(byte[] file, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), value);
}
