namespace KvmPS.Core.Block.Qcow2;

/// <summary>Features that a program must know to open an image [qcow2 §Header].</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    None = 0,
    Dirty = 1,
    Corrupt = 2,
    ExternalDataFile = 4,
    CompressionType = 8,
    ExtendedL2 = 16,
}

/// <summary>Features that may be ignored [qcow2 §Header].</summary>
[Flags]
internal enum CompatibleFeatures : ulong
{
    None = 0,
    LazyRefcounts = 1,
}

/// <summary>Features that a program clears when it writes and does not know them [qcow2 §Header].</summary>
[Flags]
internal enum AutoclearFeatures : ulong
{
    None = 0,
    Bitmaps = 1,
    RawExternalData = 2,
}
