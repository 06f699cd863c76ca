using System.Security.Cryptography;
using KvmPS.Core.Host;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Linux on our machine, from its first line to its end.</summary>
public sealed class LinuxTests
{
    [KvmTheory]
    [InlineData("vmlinux")]
    [InlineData("bzImage")]
    public void It_runs_to_userspace_and_resets(string kernel)
    {
        using VirtualMachine machine = LinuxGuest.Of(kernel, "initrd-tiny.cpio", "console=ttyS0 fast reboot=k");

        MachineExit exit = machine.Run();

        string console = machine.Console();
        Assert.Contains("ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A", console, StringComparison.Ordinal);
        Assert.Contains(LinuxGuest.Userspace, console, StringComparison.Ordinal);
        Assert.Contains("=== DONE ===", console, StringComparison.Ordinal);
        Assert.Equal(ExitReason.GuestReset, exit.Reason);
        Assert.Equal(MachineState.Off, machine.State);
    }

    [KvmFact]
    public void Without_a_way_to_reset_it_faults_three_times()
    {
        using VirtualMachine machine = LinuxGuest.Of("bzImage", "initrd-tiny.cpio", "console=ttyS0 fast");

        MachineExit exit = machine.Run();

        Assert.Contains(LinuxGuest.Userspace, machine.Console(), StringComparison.Ordinal);
        Assert.Equal(ExitReason.TripleFault, exit.Reason);
        Assert.NotNull(exit.Fault!.Instruction);
    }

    [KvmTheory]
    [InlineData("panic=-1")] // resets at once, by a triple fault
    [InlineData("panic=0")] // stays for ever
    public void A_panic_ends_the_machine_with_its_message(string whatThen)
    {
        using VirtualMachine machine = LinuxGuest.Of("vmlinux", "initrd-tiny.cpio", $"console=ttyS0 rdinit=/missing {whatThen}");

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.GuestPanic, exit.Reason);
        Assert.Contains("VFS: Unable to mount root fs", exit.Message, StringComparison.Ordinal);
    }

    [KvmFact]
    public void A_shell_takes_a_command_and_a_paste()
    {
        using VirtualMachine machine = LinuxGuest.Of("vmlinux", "initrd.cpio", "console=ttyS0 SHELL");
        machine.Start();
        SerialMatch prompt = machine.WaitForText("/ # ");

        machine.Type("echo $((6 * 7)) is the answer\r");
        SerialMatch answer = machine.WaitForText("^42 is the answer$", prompt.End);

        // Lines of 63 characters: the terminal takes no line longer than 4,095.
        byte[] paste = [.. GuestProgram.Sequence(4096).Select(static (value, at) => at % 64 == 63 ? (byte)'\r' : (byte)('a' + (value % 26)))];
        machine.Type("cat > /paste\r");
        SerialMatch echo = machine.WaitForText("cat > /paste$", answer.End);
        machine.Serial!.WriteInput(paste);
        machine.Type("\x04");
        machine.Type("md5sum < /paste\r");

        byte[] arrived = [.. paste.Select(static value => value == '\r' ? (byte)'\n' : value)];
        machine.WaitForText(Md5(arrived), echo.End);
        machine.TurnOff();
        Assert.Equal(ExitReason.TurnedOff, machine.LastExit!.Reason);
    }

    [KvmTheory]
    [InlineData(2)]
    [InlineData(4)]
    public void With_ACPI_all_processors_come_up_and_it_switches_itself_off(int vcpus)
    {
        using VirtualMachine machine = LinuxGuest.Of("vmlinux-smp", "initrd-tiny.cpio", "console=ttyS0 fast POWEROFF", vcpus);

        MachineExit exit = machine.Run();

        string console = machine.Console();
        Assert.Contains($"Brought up 1 node, {vcpus} CPUs", console, StringComparison.Ordinal);
        Assert.Contains("ACPI: Using ACPI (MADT) for SMP configuration information", console, StringComparison.Ordinal);
        Assert.Contains("ACPI: PM: (supports S0 S5)", console, StringComparison.Ordinal);
        Assert.Contains("00:00: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A", console, StringComparison.Ordinal);
        Assert.Contains(LinuxGuest.Userspace, console, StringComparison.Ordinal);
        Assert.DoesNotMatch("ACPI.*(Error|Warning|BIOS Bug)", console);
        Assert.Equal(ExitReason.GuestShutdown, exit.Reason);
    }

    [KvmFact]
    public void Without_ACPI_two_processors_come_up_by_the_MP_table()
    {
        using VirtualMachine machine = LinuxGuest.Of("vmlinux-smp", "initrd-tiny.cpio", "console=ttyS0 fast reboot=k acpi=off", vcpus: 2);

        MachineExit exit = machine.Run();

        Assert.Contains("Brought up 1 node, 2 CPUs", machine.Console(), StringComparison.Ordinal);
        Assert.DoesNotContain("ACPI: RSDP", machine.Console(), StringComparison.Ordinal);
        Assert.Contains(LinuxGuest.Userspace, machine.Console(), StringComparison.Ordinal);
        Assert.Equal(ExitReason.GuestReset, exit.Reason);
    }

    [KvmFact]
    public void Debians_own_kernel_says_who_it_is_and_what_memory_it_has()
    {
        using VirtualMachine machine = Debian();
        machine.Start();

        machine.WaitForText(@"Linux version \d+\.\d+.*Debian");
        machine.WaitForText(@"BIOS-e820: \[mem 0x0000000000000000-0x000000000009fbff\] usable");
        machine.WaitForText(@"BIOS-e820: \[mem 0x0000000000100000-0x000000000fffffff\] usable");
        machine.WaitForText("Command line: .*noxsave");
    }

    [KvmFact(Explicit = true)] // a minute and a half on an idle machine: dotnet run --project tests/KvmPS.Tests -- -explicit only
    public void Debians_own_kernel_ends_where_KVM_has_no_hardware()
    {
        Assert.SkipUnless(HostFacts.Read().VendorModule == "kvm_pvm", "On hardware it goes on to where it misses a root disk.");
        using VirtualMachine machine = Debian();

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.EmulationFailure, exit.Reason);
        Assert.Contains("cmpxchg16b", exit.Fault!.Instruction, StringComparison.Ordinal);
    }

    [KvmFact(Explicit = true)] // minutes, as above
    public void Debians_own_kernel_goes_on_without_CX16()
    {
        Assert.SkipUnless(HostFacts.Read().VendorModule == "kvm_pvm", "On hardware it has no need to.");
        using VirtualMachine machine = Debian("-cx16");
        machine.Start();

        machine.WaitForText("SLUB: .*CPUs=1");
        machine.WaitForText("rcu: RCU calculated value");
    }

    private static VirtualMachine Debian(params string[] features)
    {
        var kernel = new KernelBoot(LinuxGuest.DebianKernel()) { CommandLine = "console=ttyS0 earlyprintk=serial,ttyS0,115200 noxsave" };
        return new VirtualMachine(new MachineConfig { Name = "debian", Boot = kernel, MemoryBytes = 256 << 20, CpuFeatures = features });
    }

    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes)); // what the guest's shell has
}
