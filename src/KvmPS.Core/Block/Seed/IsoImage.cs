using System.Buffers.Binary;

namespace KvmPS.Core.Block.Seed;

/// <summary>
/// A small ISO 9660 file system with Joliet names [ecma-119, joliet]: one folder, a few files. The same files give the same bytes: no time and
/// no tool is recorded.
/// </summary>
/// <remarks>
/// The primary tree has names of eight and three capitals, as the standard demands; the Joliet tree has them as they are, and is what systems
/// of today show. The label is the same in both, in lower case, where the standard has capitals: readers compare it as it is.
/// </remarks>
public sealed class IsoImage
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 2048;

    private const int SystemSectors = 16;
    private const int PathTableSectors = 4; // little- and big-endian, for both trees
    private const int MostFiles = 32; // so that a folder fits into its sector

    private readonly SeedFile[] _files;
    private readonly string _label;

    /// <summary>Plans an image.</summary>
    /// <param name="label">The volume's label, up to 16 characters of ASCII.</param>
    /// <param name="files">The files. Their first eight characters differ.</param>
    public IsoImage(string label, IEnumerable<SeedFile> files)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(label.Length, 16, nameof(label));
        _label = label;
        _files = [.. files.OrderBy(static file => file.Name, StringComparer.Ordinal)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_files.Length, MostFiles, nameof(files));
        if (_files.DistinctBy(static file => IsoFolder.ShortName(file.Name), StringComparer.Ordinal).Count() < _files.Length) throw new ArgumentException("Two short names are alike.", nameof(files));
    }

    /// <summary>The whole image.</summary>
    public byte[] ToArray()
    {
        const int Primary = SystemSectors;
        const int Joliet = Primary + 1;
        const int Tables = Joliet + 2; // behind the terminator
        const int PrimaryRoot = Tables + PathTableSectors;
        const int JolietRoot = PrimaryRoot + 1;
        int next = JolietRoot + 1;
        var placed = new List<(SeedFile File, int Sector)>(_files.Length);
        foreach (SeedFile file in _files)
        {
            placed.Add((file, next));
            next += (file.Content.Length + SectorSize - 1) / SectorSize;
        }

        byte[] image = new byte[next * SectorSize];
        new IsoVolume(_label, isJoliet: false, next, Tables, PrimaryRoot).WriteTo(Sector(image, Primary));
        new IsoVolume(_label, isJoliet: true, next, Tables + 2, JolietRoot).WriteTo(Sector(image, Joliet));
        IsoVolume.WriteTerminator(Sector(image, Joliet + 1));
        WritePathTables(image, Tables, PrimaryRoot);
        WritePathTables(image, Tables + 2, JolietRoot);
        new IsoFolder(isJoliet: false, PrimaryRoot).WriteTo(Sector(image, PrimaryRoot), placed);
        new IsoFolder(isJoliet: true, JolietRoot).WriteTo(Sector(image, JolietRoot), placed);
        foreach ((SeedFile file, int sector) in placed) file.Content.Span.CopyTo(image.AsSpan(sector * SectorSize));
        return image;
    }

    private static Span<byte> Sector(byte[] image, int sector) => image.AsSpan(sector * SectorSize, SectorSize);

    /// <summary>The table of all folders, which is the root alone, in both byte orders [ecma-119 §9.4].</summary>
    private static void WritePathTables(byte[] image, int sector, int root)
    {
        foreach (bool isBig in (bool[])[false, true])
        {
            Span<byte> table = Sector(image, isBig ? sector + 1 : sector);
            table[0] = 1; // the length of the root's name, which is a zero byte
            if (isBig)
            {
                BinaryPrimitives.WriteInt32BigEndian(table[2..], root);
                BinaryPrimitives.WriteInt16BigEndian(table[6..], 1);
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(table[2..], root);
                BinaryPrimitives.WriteInt16LittleEndian(table[6..], 1);
            }
        }
    }
}
