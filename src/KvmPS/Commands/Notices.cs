namespace KvmPS.Commands;

/// <summary>What a machine has to say of itself while it goes on, such as a disk that is full: the next cmdlet on it says so as warnings.</summary>
internal static class Notices
{
    /// <summary>Writes what nobody has been told of. A warning that the user wants to stop at leaves the others for the next cmdlet.</summary>
    public static void Tell(ICmdletOutput output, KvmVM? vm) => vm?.Machine.Notices.Tell(output.WriteWarning);
}
