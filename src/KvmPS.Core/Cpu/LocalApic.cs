using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Cpu;

/// <summary>The local interrupt pins of a vCPU as a PC's firmware leaves them: LINT0 takes the PIC, LINT1 the NMI line.</summary>
public static class LocalApic
{
    private const int Lint0 = 0x350;
    private const int Lint1 = 0x360;
    private const uint DeliveryMask = 0x700;
    private const uint DeliveryNmi = 0x400;
    private const uint DeliveryExtInt = 0x700;
    private const uint Masked = 1 << 16;

    /// <summary>Sets both pins [sdm 3A §11.5.1].</summary>
    public static void ConnectPins(VcpuFd vcpu)
    {
        byte[] page = vcpu.GetLocalApic();
        SetDelivery(page, Lint0, DeliveryExtInt);
        SetDelivery(page, Lint1, DeliveryNmi);
        vcpu.SetLocalApic(page);
    }

    /// <summary>
    /// Plays the NMI wire of a PC: it ends at LINT1, and reaches the CPU when the guest has that pin open and set to NMI [kvm-api 4.64].
    /// On the vCPU's own thread. False when the guest does not listen.
    /// </summary>
    public static bool RaiseNmi(VcpuFd vcpu)
    {
        uint pin = BinaryPrimitives.ReadUInt32LittleEndian(vcpu.GetLocalApic().AsSpan(Lint1));
        if ((pin & Masked) != 0 || (pin & DeliveryMask) != DeliveryNmi) return false;
        vcpu.InjectNmi();
        return true;
    }

    private static void SetDelivery(Span<byte> page, int register, uint mode)
    {
        Span<byte> cell = page[register..];
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(cell);
        BinaryPrimitives.WriteUInt32LittleEndian(cell, (value & ~(DeliveryMask | Masked)) | mode);
    }
}
