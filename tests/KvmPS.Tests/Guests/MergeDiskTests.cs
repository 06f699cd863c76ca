using KvmPS.Core.Block;
using KvmPS.Core.Machine;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>What an ephemeral disk holds goes into its image while the machine is paused, and at no other time.</summary>
[Collection(nameof(GuestCollection))]
public sealed class MergeDiskTests : IDisposable
{
    private const int Size = 1 << 20;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [KvmFact]
    public void A_paused_machine_s_disk_is_merged_and_stays_ephemeral()
    {
        using VirtualMachine machine = Machine(out string image);
        machine.Start();
        machine.Pause();
        IBlockBackend disk = machine.Disks[0].Image!.Backend;
        disk.WriteBytes(4096, TestBytes.Pattern(512));

        machine.MergeDisk("DISK0", progress: null, CancellationToken.None);

        Assert.Equal(TestBytes.Pattern(512), File.ReadAllBytes(image)[4096..4608]);
        Assert.Equal(MachineState.Paused, machine.State);
        disk.WriteBytes(0, TestBytes.Pattern(512));
        machine.Resume();
        machine.Reset();
        Assert.Equal(TestBytes.Pattern(512), machine.Disks[0].Image!.Backend.ReadBytes(0, 512)); // memory outlives a reset
        machine.TurnOff();
        Assert.Equal(new byte[512], File.ReadAllBytes(image)[..512]);
        Assert.Empty(machine.Notices.Take());
        DiskImages.Open(image, new DiskOpenOptions()).Dispose();
    }

    [KvmFact]
    public void A_machine_that_is_not_paused_and_a_disk_without_a_layer_are_refused()
    {
        using VirtualMachine machine = Machine(out _);
        Assert.Equal(MachineState.Off, Assert.Throws<MachineStateException>(() => Merge(machine, "disk0")).State);
        machine.Start();
        Assert.Equal(MachineState.Running, Assert.Throws<MachineStateException>(() => Merge(machine, "disk0")).State);
        machine.Pause();
        Assert.Throws<InvalidOperationException>(() => Merge(machine, "disk1"));
        Assert.Throws<ArgumentException>(() => Merge(machine, "disk2"));
        Merge(machine, "disk0");
        machine.TurnOff();
    }

    private static void Merge(VirtualMachine machine, string disk) => machine.MergeDisk(disk, progress: null, CancellationToken.None);

    private VirtualMachine Machine(out string image)
    {
        image = _folder.Sparse("image", Size);
        DiskConfig layered = new() { Name = "disk0", Path = image, Format = DiskImageFormat.Raw, Ephemeral = true };
        DiskConfig plain = new() { Name = "disk1", Path = _folder.Sparse("plain", Size), Format = DiskImageFormat.Raw };
        return new VirtualMachine(GuestMachine.Config(GuestProgram.Boot("spin")) with { Disks = [layered, plain] });
    }
}
