using System.Globalization;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Core.Debug;

/// <summary>
/// Reads and writes the RAM of a machine by physical address, running or paused, and reads its firmware. A running guest may change what is being copied.
/// </summary>
public static class MemoryAccess
{
    /// <summary>Copies RAM or firmware to the host.</summary>
    /// <exception cref="InspectionException">The machine is off, or the range is neither all RAM of one region nor all firmware.</exception>
    public static byte[] Read(VirtualMachine machine, GuestAddress address, int length)
    {
        ReadableMemory memory = Inspected.Memory(machine);
        if (!memory.Contains(address, (ulong)length)) throw NotInRam(machine, memory, address, length);
        byte[] bytes = new byte[length]; // after the check: the length may be large
        WhileItRuns(machine, () => memory.TryRead(address, bytes));
        return bytes;
    }

    /// <summary>Copies bytes of the host to RAM.</summary>
    /// <exception cref="InspectionException">The machine is off, or the range is not all RAM of one region.</exception>
    public static void Write(VirtualMachine machine, GuestAddress address, byte[] bytes)
    {
        ReadableMemory memory = Inspected.Memory(machine);
        if (!memory.Ram.Contains(address, (ulong)bytes.Length)) throw NotInRam(machine, memory, address, bytes.Length);
        WhileItRuns(machine, () => memory.Ram.Write(address, bytes));
    }

    private static InspectionException NotInRam(VirtualMachine machine, ReadableMemory memory, GuestAddress address, int length)
    {
        string name = machine.Config.Name;
        string firmware = memory.Rom is not { } rom ? "" : $"; its firmware at {Range(rom.Start, rom.End)} can only be read";
        string ram = string.Join(" and ", memory.Ram.Regions.Select(static region => Range(region.Start, region.End)));
        return new InspectionException(
            InspectionFailure.NotInRam, name, string.Create(CultureInfo.InvariantCulture, $"The {length} bytes at {address} are not all RAM of machine '{name}', which is at {ram}{firmware}."));
    }

    private static string Range(GuestAddress start, GuestAddress end) => string.Create(CultureInfo.InvariantCulture, $"0x{start.Value:x}-0x{end.Value - 1:x}");

    private static void WhileItRuns(VirtualMachine machine, Action copy)
    {
        try
        {
            copy();
        }
        catch (ObjectDisposedException ended)
        {
            throw Inspected.Off(machine, ended);
        }
    }
}
