using System.Security.Cryptography;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using KvmPS.Native;
using KvmPS.Tests.Boot;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Linux and its disks: what it writes is there for the next machine, and what cannot be written it is told.</summary>
public sealed class LinuxDiskTests : IDisposable
{
    private const int MiB = 1 << 20;

    /// <summary>
    /// Half a MiB that a guest has. No pipes: in a guest whose kernel is emulated, one of them takes minutes.
    /// </summary>
    private const string Source = "dd if=/bin/busybox bs=64k count=8";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvmps-disks-");

    public void Dispose() => _folder.Delete(recursive: true);

    [KvmTheory]
    [InlineData("vmlinux", 1)] // by the command line
    [InlineData("vmlinux-smp", 2)] // by ACPI, a queue a vCPU
    public void The_test_guest_exercises_its_disk(string kernel, int vcpus)
    {
        string image = Raw("disk.img", 8 * MiB);
        using VirtualMachine machine = new(Config(kernel, "initrd-tiny.cpio", "console=ttyS0 reboot=k", Disk(image)) with { VcpuCount = vcpus });

        MachineExit exit = machine.Run();

        string console = machine.Console();
        Assert.Equal(ExitReason.GuestReset, exit.Reason);
        Assert.Contains("read direct 64k: 4194304 bytes", console, StringComparison.Ordinal);
        Assert.Contains("write direct 64k: 4194304 bytes", console, StringComparison.Ordinal);
        Assert.Contains("fsync rc=0", console, StringComparison.Ordinal);
        Assert.Contains("readback bad bytes=0", console, StringComparison.Ordinal);
        byte[] written = File.ReadAllBytes(image);
        for (int i = 0; i < 65536; i++) Assert.Equal((byte)((i * 7) + 3), written[(63 * 65536) + i]);
        MachineDisk disk = Assert.Single(machine.Disks);
        Assert.False(disk.IsOpen);
        Assert.InRange(disk.Statistics!.Writes.Bytes, 4 * MiB, long.MaxValue);
        Assert.Equal(0, disk.ErrorCount);
    }

    [KvmFact]
    public void What_one_machine_wrote_the_next_one_reads()
    {
        string image = Path.Combine(_folder.FullName, "disk.qcow2");
        using (var file = new HostImageFile(DiskFile.Open(image, DiskFileModes.Write | DiskFileModes.Create)))
            Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = 64 * MiB });
        string written;
        using (VirtualMachine first = Shell(Disk(image)))
        {
            written = SumOf(first, $"{Source} of=/p; md5sum < /p");
            Do(first, $"{Source} of=/dev/vda seek=300 conv=fsync; echo written $?", "written 0");
            first.Type("reboot -f\r");
            Assert.Equal(ExitReason.GuestReset, first.WaitForEnd().Reason);
        }

        using (OpenedDisk opened = DiskImages.Open(image, new DiskOpenOptions { Format = DiskImageFormat.Qcow2, ReadOnly = true }))
            Assert.Equal(written, Md5(opened.Backend, 300 * 65536));

        using VirtualMachine second = Shell(Disk(image));
        Assert.Equal(written, SumOf(second, "dd if=/dev/vda of=/r bs=64k skip=300 count=8 iflag=direct; md5sum < /r"));
        second.TurnOff();
    }

    [KvmFact]
    public void A_disk_refuses_what_it_must_and_a_full_host_loses_nothing_that_was_flushed()
    {
        using SmallFileSystem small = SmallFileSystem.Mount(3 * MiB);
        string data = Raw("data.img", 4 * MiB);
        string locked = Raw("locked.img", 4 * MiB);
        string full = small["full.img"];
        using (FileStream file = File.Create(full)) file.SetLength(16 * MiB); // a sparse file larger than its file system
        using VirtualMachine machine = Shell(Disk(data), Disk(locked) with { Name = "disk1", ReadOnly = true }, Disk(full) with { Name = "disk2" });

        string written = SumOf(machine, $"{Source} of=/p; md5sum < /p");
        Do(machine, "echo $(cat /sys/block/vda/ro /sys/block/vdb/ro)=ro", "0 1=ro");
        Do(machine, "dd if=/dev/zero of=/dev/vdb bs=4k count=1; echo refused $?", "refused 1");
        Do(machine, $"{Source} of=/dev/vdc conv=fsync; echo flushed $?", "flushed 0");
        Do(machine, "dd if=/dev/zero of=/dev/vdc bs=64k seek=16 count=64 oflag=direct; echo overfull $?", "overfull 1");
        Assert.Equal(written, SumOf(machine, "dd if=/dev/vdc of=/r bs=64k count=8 iflag=direct; md5sum < /r"));
        Do(machine, $"{Source} of=/dev/vda conv=fsync; echo other disk $?", "other disk 0");
        machine.TurnOff();

        Assert.Contains("I/O error, dev vdc", machine.Console(), StringComparison.Ordinal);
        MachineDisk overfull = machine.Disks[2];
        Assert.NotEqual(0, overfull.ErrorCount);
        Assert.All(overfull.Errors, static error => Assert.True(error.Exception is HostIOException { IsNoSpace: true }));
        Assert.Contains(machine.Notices.Take(), static notice => notice.Contains("Disk 'disk2'", StringComparison.Ordinal) && notice.Contains("ENOSPC", StringComparison.Ordinal));
        foreach (string image in (string[])[full, data])
        {
            using OpenedDisk opened = DiskImages.Open(image, new DiskOpenOptions { Format = DiskImageFormat.Raw, ReadOnly = true });
            Assert.Equal(written, Md5(opened.Backend, 0));
        }

        Assert.All(File.ReadAllBytes(locked), static value => Assert.Equal(0, value));
    }

    /// <summary>The sum of the half MiB that the guest wrote somewhere.</summary>
    private static string Md5(IBlockBackend disk, long offset)
    {
        using var buffer = new IoBuffer(MiB / 2);
        using var vector = new IoVector(1);
        vector.Add(buffer, 0, buffer.Length);
        disk.Read(offset, vector);
        return Convert.ToHexStringLower(MD5.HashData(buffer.Span));
    }

    private static DiskConfig Disk(string path) => new() { Name = "disk0", Path = path, Format = path.EndsWith("qcow2", StringComparison.Ordinal) ? DiskImageFormat.Qcow2 : DiskImageFormat.Raw };

    private static MachineConfig Config(string kernel, string initrd, string commandLine, params DiskConfig[] disks) =>
        GuestMachine.Config(new KernelBoot(TestGuest.Path(kernel)) { Initrds = [TestGuest.Path(initrd)], CommandLine = commandLine })
            with { InterruptController = true, MemoryBytes = 64 * MiB, Disks = disks };

    /// <summary>A machine whose shell waits for commands. Its init writes to the first disk before, which the tests write anew.</summary>
    private static VirtualMachine Shell(params DiskConfig[] disks)
    {
        var machine = new VirtualMachine(Config("vmlinux", "initrd.cpio", "console=ttyS0 reboot=k SHELL", disks));
        machine.Start();
        machine.WaitForText("/ # ");
        return machine;
    }

    /// <summary>Types a command and waits for a line that is its answer; the echo of the command is none.</summary>
    private static SerialMatch Do(VirtualMachine machine, string command, string answer)
    {
        long from = machine.Serial!.Log.TotalBytes;
        machine.Type(command + "\r");
        return machine.WaitForText($"(?<=\\n){answer}", from);
    }

    private static string SumOf(VirtualMachine machine, string command) => Do(machine, command, "[0-9a-f]{32}(?=  -)").Value;

    private string Raw(string name, long length)
    {
        string path = Path.Combine(_folder.FullName, name);
        using FileStream file = File.Create(path);
        file.SetLength(length);
        return path;
    }
}
