namespace KvmPS.Core.Block;

/// <summary>How the bytes of a disk lie in its file.</summary>
public enum DiskImageFormat
{
    /// <summary>One after the other.</summary>
    Raw,

    /// <summary>In clusters with tables, over another image or none [qcow2].</summary>
    Qcow2,
}
