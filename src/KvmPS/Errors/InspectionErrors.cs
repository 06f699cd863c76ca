using System.Globalization;
using System.Management.Automation;
using KvmPS.Core.Debug;

namespace KvmPS;

/// <summary>The errors of the cmdlets that look into machines: registers, code, memory, interrupts.</summary>
internal static class InspectionErrors
{
    /// <summary>The error for a failure of the layer below.</summary>
    public static KvmErrorException Of(InspectionException failed)
    {
        (string id, ErrorCategory category, string remedy) = failed.Failure switch
        {
            InspectionFailure.NeverStarted => (KvmErrorId.VMNeverStarted, ErrorCategory.InvalidOperation, $"Start-KvmVM '{failed.Machine}'; Suspend-KvmVM '{failed.Machine}'"),
            InspectionFailure.Running => (KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Let it stand still first: Suspend-KvmVM '{failed.Machine}'. Resume-KvmVM lets it go on."),
            InspectionFailure.Off => (KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Start it, and pause it before it ends: Start-KvmVM '{failed.Machine}'; Suspend-KvmVM '{failed.Machine}'"),
            InspectionFailure.NotInRam => (KvmErrorId.AddressNotInRam, ErrorCategory.InvalidArgument, "Give a physical address in RAM; below 4 GiB there is a hole for devices. A range that crosses it takes two calls."),
            InspectionFailure.RegisterRefused => (KvmErrorId.InvalidRegisterValue, ErrorCategory.InvalidArgument, "No register was changed. Set those that depend on each other in one call, with -Register."),
            _ => (KvmErrorId.NoInterruptController, ErrorCategory.InvalidOperation, "Make the machine with interrupt controllers; for raw code with New-KvmVM -InterruptController."),
        };
        return new KvmErrorException(id, category, failed.Message, remedy, failed);
    }

    /// <summary>No register has that name.</summary>
    public static KvmErrorException RegisterNotFound(string name) => new(
        KvmErrorId.RegisterNotFound,
        ErrorCategory.ObjectNotFound,
        $"There is no register named '{name}'.",
        "Names are such as Rax, Eax, Rip, Rflags, Cs, Cs.Base, Cr0, Efer, Gdt.Base, or a flag such as ZF. The Tab key lists them all.");

    /// <summary>Code ends where nothing can be read.</summary>
    public static KvmErrorException NoCode(KvmVM vm, int index, CodeListing listing)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"0x{listing.End:x}");
        return listing.IsMapped
            ? new(KvmErrorId.AddressNotInRam, ErrorCategory.InvalidArgument, $"There is no whole instruction in RAM at {where} of machine '{vm.Name}'.", "Give another -Address, or a smaller -Count.")
            : new(
                KvmErrorId.AddressNotMapped,
                ErrorCategory.InvalidArgument,
                $"The page tables of vCPU {index} of machine '{vm.Name}' do not map {where}.",
                "Give another -Address, or a smaller -Count. Addresses are virtual: they are read as this vCPU, in its present mode, would read them.");
    }

    /// <summary>Parameters that do not go together.</summary>
    public static KvmErrorException Contradiction(string message, string remedy) => new(KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, message, remedy);
}
