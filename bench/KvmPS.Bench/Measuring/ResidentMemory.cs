using System.Runtime.InteropServices;
using KvmPS.Native;

namespace KvmPS.Bench.Measuring;

/// <summary>Physical memory of this process, from <c>/proc/self</c>.</summary>
internal static class ResidentMemory
{
    private const ulong Present = 1ul << 63; // of an entry of pagemap
    private const int EntriesAtOnce = 4096;

    /// <summary>Bytes in all, with those of guests.</summary>
    public static long Total() => FieldOf("/proc/self/smaps_rollup", "Rss:");

    /// <summary>Bytes of page tables, which are the kernel's.</summary>
    public static long PageTables() => FieldOf("/proc/self/status", "VmPTE:");

    /// <summary>Bytes of a guest's RAM that it, or its loader, has touched: the kernel may show neighbouring mappings as one, so page by page.</summary>
    public static long Of(GuestMemory memory)
    {
        using var pageMap = File.OpenHandle("/proc/self/pagemap");
        long pages = 0;
        foreach (GuestRegion region in memory.Regions)
        {
            long first = (long)region.Mapping.DangerousGetHandle() / GuestMemory.PageSize; // only a number here: nothing is read through it
            pages += CountPresent(pageMap, first, (long)region.Size / GuestMemory.PageSize);
        }

        return pages * GuestMemory.PageSize;
    }

    private static long CountPresent(Microsoft.Win32.SafeHandles.SafeFileHandle pageMap, long first, long count)
    {
        Span<ulong> entries = new ulong[EntriesAtOnce];
        long present = 0;
        for (long page = first; page < first + count;)
        {
            Span<ulong> some = entries[..(int)Math.Min(EntriesAtOnce, first + count - page)];
            int bytes = RandomAccess.Read(pageMap, MemoryMarshal.AsBytes(some), page * sizeof(ulong));
            if (bytes != some.Length * sizeof(ulong)) throw new EndOfStreamException("/proc/self/pagemap ends inside a guest's RAM.");
            foreach (ulong entry in some)
                if ((entry & Present) != 0) present++;
            page += some.Length;
        }

        return present;
    }

    private static long FieldOf(string file, string field)
    {
        const int kibibyte = 1024;
        string line = File.ReadLines(file).First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..^"kB".Length].Trim(), System.Globalization.CultureInfo.InvariantCulture) * kibibyte;
    }
}
