using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>What the firmware configuration device tells: items by key, and files by name behind a directory [fw-cfg]. It never changes.</summary>
public sealed class FwCfgItems
{
    private const uint HasTraditionalInterface = 1 << 0;
    private const uint HasDma = 1 << 1;
    private const int DirectoryEntrySize = 64;
    private const int MostFiles = FwCfgKey.WriteChannel - FwCfgKey.FirstFile;

    private readonly Dictionary<ushort, ReadOnlyMemory<byte>> _items = [];

    /// <summary>The items of a machine.</summary>
    /// <param name="memoryBytes">Its RAM.</param>
    /// <param name="processors">How many vCPUs.</param>
    /// <param name="commandLine">The kernel's command line; null when no kernel is loaded.</param>
    /// <param name="files">Its files, in any order.</param>
    /// <exception cref="ArgumentException">Two files have one name, or there are too many.</exception>
    public FwCfgItems(ulong memoryBytes, int processors, string? commandLine, IReadOnlyCollection<FwCfgFile> files)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Count, MostFiles, nameof(files));
        _items[FwCfgKey.Signature] = "QEMU"u8.ToArray();
        _items[FwCfgKey.Id] = Bytes(HasTraditionalInterface | HasDma);
        _items[FwCfgKey.RamSize] = BitConverter.GetBytes(memoryBytes);
        _items[FwCfgKey.NoGraphic] = Bytes((ushort)1);
        _items[FwCfgKey.NbCpus] = Bytes((ushort)processors);
        _items[FwCfgKey.MaxCpus] = Bytes((ushort)processors);
        if (commandLine is not null)
        {
            byte[] line = [.. Encoding.UTF8.GetBytes(commandLine), 0];
            _items[FwCfgKey.CommandLineSize] = Bytes((uint)line.Length);
            _items[FwCfgKey.CommandLineData] = line;
        }

        AddFiles([.. files.OrderBy(static file => file.Name, StringComparer.Ordinal)]);
    }

    /// <summary>The bytes of an item; none when there is no such item.</summary>
    internal ReadOnlyMemory<byte> this[ushort key] => _items.TryGetValue((ushort)(key & ~FwCfgKey.WriteChannel), out ReadOnlyMemory<byte> item) ? item : default;

    /// <summary>The directory is big-endian and sorted by name, whatever the guest is.</summary>
    private void AddFiles(FwCfgFile[] files)
    {
        byte[] directory = new byte[sizeof(uint) + files.Length * DirectoryEntrySize];
        BinaryPrimitives.WriteUInt32BigEndian(directory, (uint)files.Length);
        for (int i = 0; i < files.Length; i++)
        {
            FwCfgFile file = files[i];
            if (i > 0 && files[i - 1].Name == file.Name) throw new ArgumentException($"Two files are named '{file.Name}'.", nameof(files));
            var key = (ushort)(FwCfgKey.FirstFile + i);
            Span<byte> entry = directory.AsSpan(sizeof(uint) + i * DirectoryEntrySize, DirectoryEntrySize);
            BinaryPrimitives.WriteUInt32BigEndian(entry, (uint)file.Content.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], key);
            Encoding.ASCII.GetBytes(file.Name, entry[8..]);
            _items[key] = file.Content;
        }

        _items[FwCfgKey.FileDirectory] = directory;
    }

    private static byte[] Bytes(ushort value) => BitConverter.GetBytes(value);

    private static byte[] Bytes(uint value) => BitConverter.GetBytes(value);
}
