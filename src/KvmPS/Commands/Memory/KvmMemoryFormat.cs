namespace KvmPS.Commands;

/// <summary>How <c>Read-KvmMemory</c> and <c>Write-KvmMemory</c> see bytes. Numbers are little-endian.</summary>
public enum KvmMemoryFormat
{
    /// <summary>One object that is shown as a hexadecimal dump.</summary>
    Block,

    /// <summary>One array of bytes.</summary>
    Bytes,

    /// <summary>Numbers of 8 bits.</summary>
    UInt8,

    /// <summary>Numbers of 16 bits.</summary>
    UInt16,

    /// <summary>Numbers of 32 bits.</summary>
    UInt32,

    /// <summary>Numbers of 64 bits.</summary>
    UInt64,

    /// <summary>UTF-8 text up to the first zero byte.</summary>
    String,
}
