using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Machine;

/// <summary>The places of virtio devices, and how guests are told of them.</summary>
public sealed class VirtioSlotTests
{
    [Fact]
    public void Every_place_has_registers_and_an_interrupt_of_its_own()
    {
        VirtioSlot[] slots = [.. Enumerable.Range(0, MachineConfig.MostVirtioDevices).Select(static index => new VirtioSlot(index))];

        Assert.Equal(slots.Length, slots.Select(static slot => slot.Gsi).Distinct().Count());
        Assert.All(slots, static slot => Assert.InRange(slot.Gsi, 3, 23));
        Assert.All(slots, static slot => Assert.InRange(slot.Address.Value, MemoryLayout.MmioHoleStart, MemoryLayout.IoApic - VirtioSlot.Length));
        for (int i = 1; i < slots.Length; i++) Assert.Equal(slots[i - 1].Address + VirtioSlot.Length, slots[i].Address);
    }

    [Fact]
    public void No_place_takes_an_interrupt_that_another_device_drives()
    {
        int[] taken = [0, 1, 2, 8, PcPlatform.SystemControlIrq, 12, .. PcPlatform.SerialPorts.Select(static port => port.Irq)];
        Assert.Empty(Enumerable.Range(0, MachineConfig.MostVirtioDevices).Select(static index => new VirtioSlot(index).Gsi).Intersect(taken));
    }

    [Theory]
    [InlineData("console=ttyS0", "virtio_mmio.device=4K@0xd0000000:16 virtio_mmio.device=4K@0xd0001000:17 console=ttyS0")]
    [InlineData("quiet -- single", "virtio_mmio.device=4K@0xd0000000:16 virtio_mmio.device=4K@0xd0001000:17 quiet -- single")]
    [InlineData("", "virtio_mmio.device=4K@0xd0000000:16 virtio_mmio.device=4K@0xd0001000:17")]
    public void The_command_line_names_devices_before_all_else(string wish, string line) =>
        Assert.Equal(line, VirtioAnnouncement.ForCommandLine(wish, [new VirtioSlot(0), new VirtioSlot(1)]));

    [Theory]
    [InlineData("vmlinux", "", true, true)] // no ACPI in the kernel
    [InlineData("vmlinux-smp", "", true, false)]
    [InlineData("bzImage", "", true, true)]
    [InlineData("bzImage-smp", "", true, false)]
    [InlineData("vmlinux-smp", "acpi=off", true, true)]
    [InlineData("vmlinux-smp", "", false, true)]
    [InlineData("vmlinux", "virtio_mmio.device=4K@0xd0000000:16", true, false)] // the user's own wish
    public void A_kernel_that_cannot_learn_it_from_ACPI_is_told_on_its_command_line(string kernel, string commandLine, bool hasAcpi, bool expected)
    {
        bool actual = !expected;
        BootImages.Check(new KernelBoot(Boot.TestGuest.Path(kernel)), image => actual = VirtioAnnouncement.NeedsCommandLine(image, commandLine, hasAcpi));
        Assert.Equal(expected, actual);
    }
}
