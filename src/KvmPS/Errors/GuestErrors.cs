using System.Management.Automation;
using System.Text;
using KvmPS.Core.Guest;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>The errors of the cmdlets that speak to a shell in a guest.</summary>
internal static class GuestErrors
{
    private const int ShownBytes = 2000;
    private const string TarAdvice = "Files are copied one by one. Pack it with tar first, and copy the archive.";

    /// <summary>Whether a failure of the layer below is one of theirs.</summary>
    public static bool Knows(Exception exception) => exception is GuestTimeoutException or GuestLoginException or GuestOutputException or GuestCopyException or ArgumentException;

    /// <summary>The error for a failure of the layer below.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="vm">The machine.</param>
    /// <param name="what">What was done.</param>
    /// <param name="timeout">How long it was waited for.</param>
    public static KvmErrorException Of(Exception exception, KvmVM vm, string what, TimeSpan timeout) => exception switch
    {
        GuestTimeoutException late => Timeout(late, vm, what, timeout),
        GuestLoginException { UserName: null } => new(
            KvmErrorId.GuestLoginRequired,
            ErrorCategory.AuthenticationError,
            $"The guest of machine '{vm.Name}' asks for a login.",
            "Say who: -Credential (Get-Credential root). Or let it start a shell without one, such as with init=/bin/sh, or agetty --autologin root.",
            exception),
        GuestLoginException failed => new(
            KvmErrorId.GuestLoginFailed,
            ErrorCategory.AuthenticationError,
            $"The guest of machine '{vm.Name}' does not let '{failed.UserName}' in.",
            $"Check the name and the password, and that the user may log in on this line. What the guest said: Read-KvmSerial '{vm.Name}' -Tail 10",
            exception) { ConsoleTail = MachineErrors.ConsoleTail(vm) },
        GuestOutputException lost => new(
            KvmErrorId.GuestOutputLost,
            ErrorCategory.LimitsExceeded,
            $"The output of '{what}' in machine '{vm.Name}' cannot be given back whole: {lost.Message}",
            "Let the command write less, or to a file that Copy-KvmGuestFile fetches; more bytes are taken with -MaximumOutputBytes.",
            lost),
        GuestCopyException copy => Copy(copy, vm),
        _ => new(
            KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, exception.Message, "Write it to a file, copy that with Copy-KvmGuestFile, and run it there: sh /tmp/script", exception),
    };

    /// <summary>The guest's kernel said meanwhile that it is broken.</summary>
    public static KvmErrorException Broken(GuestKernelException broken, KvmVM vm, string what) => new(
        broken.Failure == KernelFailure.Panic ? KvmErrorId.GuestPanic : KvmErrorId.SerialFailurePattern,
        ErrorCategory.InvalidResult,
        $"The kernel of machine '{vm.Name}' wrote '{broken.Line}' during '{what}', which matches the default failure pattern '{broken.Failure}'.",
        $"Read what led to it: Read-KvmSerial '{vm.Name}' -Tail 40. To go on after such a line: -NoDefaultFailurePattern",
        broken)
    {
        ConsoleTail = MachineErrors.ConsoleTail(vm),
        GuestOutput = Encoding.UTF8.GetString(broken.Output),
    };

    /// <summary>A directory of the host was to be copied.</summary>
    public static KvmErrorException IsDirectory(string path) => new(
        KvmErrorId.GuestCopyFailed, ErrorCategory.InvalidArgument, $"'{path}' is a directory.", TarAdvice);

    private static KvmErrorException Copy(GuestCopyException failed, KvmVM vm)
    {
        (string id, ErrorCategory category, string remedy) = failed.Problem switch
        {
            GuestCopyProblem.NotFound => (KvmErrorId.GuestFileNotFound, ErrorCategory.ObjectNotFound, $"Look what is there: Invoke-KvmGuestCommand '{vm.Name}' 'ls -la'"),
            GuestCopyProblem.Exists => (KvmErrorId.GuestFileExists, ErrorCategory.ResourceExists, "Choose another -Destination, or replace it with -Force."),
            GuestCopyProblem.Corrupt => (
                KvmErrorId.GuestCopyCorrupt, ErrorCategory.InvalidData, "Something else writes to this line, such as the guest's kernel or a user. Use a line of its own: -Port hvc0, with a shell there."),
            GuestCopyProblem.IsDirectory => (KvmErrorId.GuestCopyFailed, ErrorCategory.InvalidArgument, TarAdvice),
            _ => (KvmErrorId.GuestCopyFailed, ErrorCategory.WriteError, "Check the path, its permissions and the room in the guest: ls -ld and df there. The guest needs sha256sum or cksum."),
        };
        return new KvmErrorException(id, category, $"Machine '{vm.Name}': {failed.Message}", remedy, failed);
    }

    private static KvmErrorException Timeout(GuestTimeoutException late, KvmVM vm, string what, TimeSpan timeout)
    {
        string waited = $"within {timeout.TotalSeconds:0.###} seconds";
        string text = Encoding.UTF8.GetString(late.Output.AsSpan(Math.Max(0, late.Output.Length - ShownBytes)));
        string message = late.HasBegun
            ? $"'{what}' did not end {waited} in machine '{vm.Name}', and was sent Ctrl+C. {(text.Length == 0 ? "It has written nothing." : $"It wrote:\n{text}")}"
            : $"No shell of machine '{vm.Name}' has begun '{what}' {waited}.";
        return new KvmErrorException(
            KvmErrorId.GuestCommandTimeout,
            ErrorCategory.OperationTimeout,
            message,
            late.HasBegun
                ? "Give it more time with -Timeout. The shell takes the next command when this one has ended: one that ignores Ctrl+C, or that has no controlling terminal, goes on until then."
                : $"See what the guest shows: Read-KvmSerial '{vm.Name}' -Tail 20. If its shell is on another line, name that with -Port.",
            late)
        {
            ConsoleTail = MachineErrors.ConsoleTail(vm),
            GuestOutput = Encoding.UTF8.GetString(late.Output),
        };
    }
}
