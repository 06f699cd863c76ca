using KvmPS.Core.Machine;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Linux kernels for tests, found where they are kept; tests skip visibly without them.</summary>
internal static class LinuxGuest
{
    public const string Userspace = "=== USERSPACE MARKER ===";

    /// <summary>A machine with the Linux test guest.</summary>
    public static VirtualMachine Of(string kernel, string initrd, string commandLine, int vcpus = 1) =>
        GuestMachine.Of(
            new KernelBoot(TestGuest.Path(kernel)) { Initrds = [TestGuest.Path(initrd)], CommandLine = commandLine },
            interruptController: true,
            vcpus,
            mebibytes: 64);

    /// <summary>Debian's own kernel, which the test set-up fetches.</summary>
    public static string DebianKernel()
    {
        string cache = Environment.GetEnvironmentVariable("KVMPS_CACHE") is { Length: > 0 } folder ? folder : RepositoryRoot.Combine(".cache");
        string shelf = Path.Combine(cache, "debian-kernel");
        string? kernel = Directory.Exists(shelf)
            ? Directory.EnumerateFiles(shelf, "vmlinuz-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        Assert.SkipUnless(kernel is not null, "Debian's kernel is not in the cache: run tests/setup/fetch-debian-kernel.sh.");
        return kernel!;
    }
}
