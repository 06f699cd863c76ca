using System.Runtime.InteropServices;
using KvmPS.Native.Interop;
using static KvmPS.Core.Cpu.ControlBits;

namespace KvmPS.Core.Debug;

/// <summary>The registers of a vCPU at one moment: general ones, segments and control registers.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CpuRegisters
{
    /// <summary>General registers, instruction pointer and flags.</summary>
    public kvm_regs General;

    /// <summary>Segments, descriptor tables and control registers.</summary>
    public kvm_sregs Special;

    /// <summary>The mode that the CPU is in.</summary>
    public readonly ExecutionMode Mode
    {
        get
        {
            if ((Special.cr0 & ProtectionEnable) == 0) return ExecutionMode.Real;
            if ((Special.efer & LongModeActive) != 0) return Special.cs.l != 0 ? ExecutionMode.Long : ExecutionMode.Compatibility;
            return (General.rflags & Virtual8086Flag) != 0 ? ExecutionMode.Virtual8086 : ExecutionMode.Protected;
        }
    }

    /// <summary>16, 32 or 64: how instructions are decoded.</summary>
    public readonly int Bitness => CodeReader.BitnessOf(Special);
}
