namespace KvmPS.Core.Block.Qcow2;

/// <content>Check and repair.</content>
public sealed partial class Qcow2Image
{
    /// <summary>Compares all tables with the refcounts. Everybody else waits meanwhile.</summary>
    /// <exception cref="IOException">The file cannot be read, or, when it is open for writing, not be written.</exception>
    public Qcow2CheckResult Check()
    {
        _lock.EnterWriteLock();
        try
        {
            CheckInside(0, 0);
            _writable?.WriteAll();
            RefcountTable refcounts = _writable?.Refcounts ?? new RefcountTable(_space, new MetadataMap(_space, toleratesOverlaps: true), isForRepair: true);
            return new ImageChecker(_space, _l1, refcounts).Run().Result(_space.Geometry.ClustersOf(Header.VirtualSize));
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Repairs what a check finds, as far as it can be without guessing about data, and clears the marks of a dirty or corrupt image then.</summary>
    /// <exception cref="ImageCorruptException">Refcounts are too narrow for what the tables say.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public void Repair(Qcow2RepairModes modes) => Exclusively(
        image =>
        {
            image.Repair(modes);
            return 0;
        },
        0,
        0);
}
