namespace KvmPS;

/// <summary>The stable error ids of the module. Scripts match on them; <c>about_KvmPS_Troubleshooting</c> lists them with their remedies.</summary>
internal static class KvmErrorId
{
    public const string DeviceMissing = "KvmDeviceMissing";
    public const string DeviceAccessDenied = "KvmDeviceAccessDenied";
    public const string DeviceBusy = "KvmDeviceBusy";
    public const string PlatformNotSupported = "KvmPlatformNotSupported";
    public const string CallFailed = "KvmCallFailed";
    public const string OutOfMemory = "KvmOutOfMemory";
    public const string ImageNotBootable = "KvmImageNotBootable";
    public const string FileNotFound = "KvmFileNotFound";
    public const string FileAccessDenied = "KvmFileAccessDenied";
    public const string FileError = "KvmFileError";
    public const string InvalidPath = "KvmInvalidPath";
    public const string InvalidConfiguration = "KvmInvalidConfiguration";
    public const string CpuFeatureUnknown = "KvmCpuFeatureUnknown";
    public const string CpuFeatureNotSupported = "KvmCpuFeatureNotSupported";
    public const string ConfigurationInvalid = "KvmConfigurationInvalid";
    public const string FileExists = "KvmFileExists";
    public const string NoSpace = "KvmNoSpace";
    public const string ImageLocked = "KvmImageLocked";
    public const string ImageCorrupt = "KvmImageCorrupt";
    public const string ImageNotSupported = "KvmImageNotSupported";
    public const string ImageShrinkNeedsForce = "KvmImageShrinkNeedsForce";
    public const string FileSystemToolMissing = "KvmFileSystemToolMissing";
    public const string FileSystemFailed = "KvmFileSystemFailed";
    public const string VMNotFound = "KvmVMNotFound";
    public const string VMAlreadyExists = "KvmVMAlreadyExists";
    public const string VMInvalidState = "KvmVMInvalidState";
    public const string VMRemoved = "KvmVMRemoved";
    public const string VMNeverStarted = "KvmVMNeverStarted";
    public const string NoPowerButton = "KvmNoPowerButton";
    public const string StopTimeout = "KvmStopTimeout";
    public const string WaitTimeout = "KvmWaitTimeout";
    public const string RunTimeout = "KvmRunTimeout";
    public const string SerialTimeout = "KvmSerialTimeout";
    public const string SerialPortNotFound = "KvmSerialPortNotFound";
    public const string SerialFailurePattern = "KvmSerialFailurePattern";
    public const string NoTerminal = "KvmNoTerminal";
    public const string InvalidPattern = "KvmInvalidPattern";
    public const string InvalidInterval = "KvmInvalidInterval";
    public const string PatternTimeout = "KvmPatternTimeout";
    public const string VMEnded = "KvmVMEnded";
    public const string GuestPanic = "KvmGuestPanic";
    public const string TripleFault = "KvmTripleFault";
    public const string EmulationFailure = "KvmEmulationFailure";
    public const string InternalError = "KvmInternalError";
    public const string VcpuNotFound = "KvmVcpuNotFound";
    public const string RegisterNotFound = "KvmRegisterNotFound";
    public const string InvalidRegisterValue = "KvmInvalidRegisterValue";
    public const string AddressNotInRam = "KvmAddressNotInRam";
    public const string AddressNotMapped = "KvmAddressNotMapped";
    public const string DiskNotFound = "KvmDiskNotFound";
    public const string DiskAlreadyExists = "KvmDiskAlreadyExists";
    public const string HotPlugNotSupported = "KvmHotPlugNotSupported";
    public const string NoInterruptController = "KvmNoInterruptController";
}
