namespace KvmPS.Shell;

/// <summary>The exit codes of kvmsh that no script chose; they are those of pwsh and of POSIX shells.</summary>
internal static class ExitCode
{
    /// <summary>The script or command ran to its end.</summary>
    public const int Success = 0;

    /// <summary>An uncaught error ended the script, or the last command of <c>-Command</c> failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense, or names a script that is not there.</summary>
    public const int Usage = 64;

    /// <summary>The engine or the module could not be started.</summary>
    public const int StartupFailure = 70;

    /// <summary>A signal ended the process: 128 plus its number, so 130 for Ctrl+C and 143 for SIGTERM.</summary>
    public static int FromSignal(int number) => 128 + number;
}
