namespace KvmPS.Core.Machine;

/// <summary>
/// The disks of a machine from power-on to power-off. Their images stay open over a reset, as a disk keeps turning: what the guest wrote without a flush
/// is there after it, and what an ephemeral disk holds in memory, too.
/// </summary>
internal sealed class MachineDisks
{
    /// <summary>Disks whose images are closed.</summary>
    /// <param name="config">The machine.</param>
    /// <param name="notices">Told of what goes wrong.</param>
    public MachineDisks(MachineConfig config, MachineNotices notices) =>
        List = [.. config.Disks.Select(disk => new MachineDisk(config, disk, notices))];

    /// <summary>The disks, in the order of the configuration.</summary>
    public IReadOnlyList<MachineDisk> List { get; }

    /// <summary>Opens and locks all images that are not open. When one cannot be, none that this call has opened stays so.</summary>
    /// <exception cref="IOException">An image cannot be opened, is in use, or is none.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public void Open()
    {
        List<MachineDisk> opened = [];
        try
        {
            foreach (MachineDisk disk in List)
            {
                if (disk.TryOpen()) opened.Add(disk);
            }
        }
        catch
        {
            foreach (MachineDisk disk in opened) disk.Close();
            throw;
        }
    }

    /// <summary>Closes all images. What can no longer be written is noticed, and not thrown: whoever calls this has a machine to end.</summary>
    public void Close()
    {
        foreach (MachineDisk disk in List) disk.Close();
    }
}
