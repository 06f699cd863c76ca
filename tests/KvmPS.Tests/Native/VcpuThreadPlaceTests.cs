using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Where a vCPU's thread runs and what it is called, and that it keeps neither.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuThreadPlaceTests
{
    /// <summary><c>1000  eb fe  jmp $</c>.</summary>
    private static readonly byte[] Spin = [0xEB, 0xFE];

    [Theory]
    [InlineData("kvm-web01-vcpu0", "kvm-web01-vcpu0")]
    [InlineData("kvm-webserver-eu-01-vcpu0", "kvm-webse-vcpu0")]
    [InlineData("kvm-webserver-eu-01-vcpu63", "kvm-webs-vcpu63")]
    [InlineData("kvm-größer-als-vcpu7", "kvm-grö-vcpu7")] // a character is shown whole or not at all
    [InlineData("a-name-without-a-number-at-its-end-to-be-kept", "a-name-wit-kept")]
    [InlineData("short-andthenaverylongword", "short-andthenav")]
    [InlineData("onewordoftwentyletters", "onewordoftwenty")]
    [InlineData("", "")]
    public void Shown_name_keeps_the_number(string name, string shown) => Assert.Equal(shown, ThreadName.Shorten(name));

    [KvmFact]
    public void Thread_runs_on_its_CPU_and_the_next_one_anywhere()
    {
        string everywhere = Allowed(Environment.ProcessId);
        int cpu = HostCpuSet.OfProcess()[^1];
        for (int round = 0; round < 3; round++)
        {
            using (GuestRig pinned = new GuestRig(Spin, static (_, _) => true, threadName: "kvm-a-long-machine-name-vcpu3", hostCpu: cpu).Start())
            {
                Assert.Equal($"{cpu}", GuestRig.Within(() => pinned.Thread.Invoke(_ => Allowed(pinned.Thread.ThreadId))));
                Assert.Equal("kvm-a-lon-vcpu3", Shown(pinned.Thread.ThreadId));
                pinned.Stop();
            }

            using GuestRig free = new GuestRig(Spin, static (_, _) => true, threadName: "kvm-b-vcpu0").Start(); // often on the same thread
            Assert.Equal(everywhere, GuestRig.Within(() => free.Thread.Invoke(_ => Allowed(free.Thread.ThreadId))));
            Assert.Equal("kvm-b-vcpu0", Shown(free.Thread.ThreadId));
            free.Stop();
        }
    }

    [KvmFact]
    public void Thread_between_two_vCPUs_is_called_idle()
    {
        Assert.Contains(Enumerable.Range(0, 50), static _ =>
        {
            using GuestRig rig = new GuestRig(Spin, static _ => true).Start();
            int thread = GuestRig.Within(() => rig.Thread.Invoke(_ => rig.Thread.ThreadId));
            rig.Stop();
            return SpinWait.SpinUntil(() => Shown(thread) != "vcpu-test", Patience.Long) && Shown(thread) == "kvm-idle";
        });
    }

    [KvmTheory]
    [InlineData(8_000)]
    [InlineData(8_192)]
    [InlineData(-1)]
    public void CPU_that_is_not_there_ends_the_vCPU(int cpu)
    {
        using GuestRig rig = new(Spin, static (_, _) => true, hostCpu: cpu);
        rig.Start().WaitForEnd();
        var failure = Assert.IsType<KvmException>(rig.Failure);
        Assert.Equal(("sched_setaffinity", "EINVAL"), (failure.Call, failure.ErrnoName));
    }

    [Fact]
    public void Process_has_the_CPUs_that_the_kernel_says()
    {
        IReadOnlyList<int> cpus = HostCpuSet.OfProcess();
        Assert.NotEmpty(cpus);
        Assert.Equal(cpus.Order(), cpus);
        Assert.Equal(cpus.Count, Count(Allowed(Environment.ProcessId)));
    }

    /// <summary>A list as <c>0-1,4</c>.</summary>
    private static int Count(string ranges) => ranges.Split(',').Sum(static range =>
    {
        int[] ends = [.. range.Split('-').Select(static end => int.Parse(end, System.Globalization.CultureInfo.InvariantCulture))];
        return ends[^1] - ends[0] + 1;
    });

    private static string Allowed(int thread)
    {
        const string key = "Cpus_allowed_list:";
        return File.ReadLines($"/proc/self/task/{thread}/status").First(static line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
    }

    /// <summary>The name that the kernel shows; empty when the thread has gone.</summary>
    private static string Shown(int thread)
    {
        try
        {
            return File.ReadAllText($"/proc/self/task/{thread}/comm").TrimEnd('\n');
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return "";
        }
    }
}
