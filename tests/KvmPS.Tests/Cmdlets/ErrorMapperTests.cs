using System.Management.Automation;
using System.Text.RegularExpressions;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>Expected failures become errors with stable ids and remedies.</summary>
public class ErrorMapperTests
{
    [Theory]
    [InlineData("open(/dev/kvm)", Errno.ENOENT, "KvmDeviceMissing", ErrorCategory.ResourceUnavailable, "modprobe")]
    [InlineData("open(/dev/kvm)", Errno.ENXIO, "KvmDeviceMissing", ErrorCategory.ResourceUnavailable, "modprobe")]
    [InlineData("open(/dev/kvm)", Errno.ENODEV, "KvmDeviceMissing", ErrorCategory.ResourceUnavailable, "modprobe")]
    [InlineData("open(/dev/kvm)", Errno.EACCES, "KvmDeviceAccessDenied", ErrorCategory.PermissionDenied, "usermod -aG kvm")]
    [InlineData("open(/dev/kvm)", Errno.EPERM, "KvmDeviceAccessDenied", ErrorCategory.PermissionDenied, "setfacl -m u:$USER:rw /dev/kvm")]
    [InlineData("open(/dev/kvm)", Errno.EBUSY, "KvmDeviceBusy", ErrorCategory.ResourceBusy, "other hypervisor")]
    [InlineData("KVM_CREATE_VM", Errno.EBUSY, "KvmDeviceBusy", ErrorCategory.ResourceBusy, "other hypervisor")]
    [InlineData("KVM_CREATE_VM", Errno.ENOMEM, "KvmOutOfMemory", ErrorCategory.ResourceUnavailable, "-MemoryBytes")]
    [InlineData("KVM_RUN", Errno.EBUSY, "KvmCallFailed", ErrorCategory.InvalidOperation, "Test-KvmHost")]
    public void A_failed_call_has_an_id_a_category_and_a_remedy(string call, int errno, string id, ErrorCategory category, string remedy)
    {
        KvmErrorException error = ErrorMapper.Map(new KvmException(call, errno))!;
        Assert.Equal(id, error.ErrorId);
        Assert.Equal(category, error.Category);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        Assert.Contains(Errno.Name(errno), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_removed_machine_is_told_from_one_in_the_wrong_state() =>
        Assert.Equal("KvmVMRemoved", ErrorMapper.Map(new MachineRemovedException("gone"))!.ErrorId);

    [Fact]
    public void A_wish_that_the_host_cannot_fulfil_is_a_wrong_configuration() =>
        Assert.Equal("KvmInvalidConfiguration", ErrorMapper.Map(new HostLimitException("no such CPU"))!.ErrorId);

    [Fact]
    public void An_image_that_was_to_be_firmware_has_a_remedy_of_its_own()
    {
        var refused = Assert.Throws<ImageNotBootableException>(() => Firmware.Open(new MemoryImageSource("bios", new byte[100])));
        KvmErrorException error = ErrorMapper.Map(refused)!;
        Assert.Equal("KvmImageNotBootable", error.ErrorId);
        Assert.Contains("BIOS", error.ToErrorRecord("bios").ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bug_stays_what_it_is() => Assert.Null(ErrorMapper.Map(new InvalidOperationException()));

    [Fact]
    public void The_record_carries_message_target_and_remedy()
    {
        KvmErrorException error = MachineErrors.NotFound("nope");
        ErrorRecord record = error.ToErrorRecord("nope");
        Assert.Equal("KvmVMNotFound", record.FullyQualifiedErrorId);
        Assert.Equal("nope", record.TargetObject);
        Assert.Equal(error.Message, record.ErrorDetails.Message);
        Assert.Equal(error.Remedy, record.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void The_troubleshooting_topic_has_cause_and_remedy_of_each_id_and_of_nothing_else()
    {
        string topic = File.ReadAllText(RepositoryRoot.Combine("docs", "cmdlets", "about_KvmPS_Troubleshooting.md"));
        IEnumerable<string> explained = Regex.Matches(topic, @"^### (?<id>Kvm\w+)\n\nCause: \S[^\n]+\n\nRemedy: \S", RegexOptions.Multiline).Select(static section => section.Groups["id"].Value);
        Assert.Equal(
            typeof(KvmErrorId).GetFields().Select(static id => (string)id.GetRawConstantValue()!).Order(StringComparer.Ordinal),
            explained.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_id_begins_with_Kvm_and_is_the_name_of_its_constant()
    {
        foreach (System.Reflection.FieldInfo id in typeof(KvmErrorId).GetFields()) Assert.Equal("Kvm" + id.Name, id.GetRawConstantValue());
    }
}
