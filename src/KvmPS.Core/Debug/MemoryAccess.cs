using System.Globalization;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Core.Debug;

/// <summary>Reads and writes the RAM of a machine by physical address, running or paused. A running guest may change what is being copied.</summary>
public static class MemoryAccess
{
    /// <summary>Copies RAM to the host.</summary>
    /// <exception cref="InspectionException">The machine is off, or the range is not all RAM of one region.</exception>
    public static byte[] Read(VirtualMachine machine, GuestAddress address, int length)
    {
        GuestMemory memory = Checked(machine, address, length);
        byte[] bytes = new byte[length]; // after the check: the length may be large
        WhileItRuns(machine, () => memory.Read(address, bytes));
        return bytes;
    }

    /// <summary>Copies bytes of the host to RAM.</summary>
    /// <exception cref="InspectionException">The machine is off, or the range is not all RAM of one region.</exception>
    public static void Write(VirtualMachine machine, GuestAddress address, byte[] bytes)
    {
        GuestMemory memory = Checked(machine, address, bytes.Length);
        WhileItRuns(machine, () => memory.Write(address, bytes));
    }

    private static GuestMemory Checked(VirtualMachine machine, GuestAddress address, int length)
    {
        GuestMemory memory = Inspected.Memory(machine);
        if (memory.Contains(address, (ulong)length)) return memory;
        string name = machine.Config.Name;
        string regions = string.Join(" and ", memory.Regions.Select(static region => string.Create(CultureInfo.InvariantCulture, $"0x{region.Start.Value:x}-0x{region.End.Value - 1:x}")));
        throw new InspectionException(
            InspectionFailure.NotInRam, name, string.Create(CultureInfo.InvariantCulture, $"The {length} bytes at {address} are not all RAM of machine '{name}', which is at {regions}."));
    }

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
