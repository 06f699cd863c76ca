using System.Runtime.InteropServices;
using KvmPS.Core.Boot;
using KvmPS.Native;

namespace KvmPS.Core.Cpu;

/// <summary>The page tables of the long-mode entry: the first 4 GiB mapped to themselves with pages of 2 MiB [sdm 3A §4.5].</summary>
public static class PageTables
{
    private const int Entries = 512;
    private const int Directories = 4; // of 1 GiB each
    private const ulong Present = 1 << 0;
    private const ulong Writable = 1 << 1;
    private const ulong LargePage = 1 << 7;
    private const ulong LargePageSize = 2 << 20;

    /// <summary>Writes the tables and returns the address for CR3.</summary>
    public static GuestAddress WriteIdentityMap(GuestMemory memory)
    {
        GuestAddress root = MemoryLayout.PageTables.Start;
        GuestAddress pointers = root + GuestMemory.PageSize;
        GuestAddress directories = pointers + GuestMemory.PageSize;

        using GuestSpan lease = memory.Lend(root, (2 + Directories) * GuestMemory.PageSize);
        Span<ulong> tables = MemoryMarshal.Cast<byte, ulong>(lease.Span);
        tables.Clear();
        tables[0] = pointers.Value | Present | Writable;
        for (int i = 0; i < Directories; i++)
            tables[Entries + i] = (directories + ((ulong)i * GuestMemory.PageSize)).Value | Present | Writable;
        for (int i = 0; i < Directories * Entries; i++)
            tables[(2 * Entries) + i] = ((ulong)i * LargePageSize) | Present | Writable | LargePage;
        return root;
    }
}
