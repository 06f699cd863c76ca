using System.Collections.Concurrent;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>The events of the object that users have in hand.</summary>
[Collection(nameof(GuestCollection))]
public sealed class VMEventTests
{
    [KvmFact]
    public void A_handler_that_throws_keeps_nothing_from_the_others()
    {
        var vm = new KvmVM(GuestMachine.Config(GuestProgram.Boot("ready")), Runspaces.Current);
        using VirtualMachine machine = vm.Machine;
        var told = new ConcurrentQueue<string>();
        vm.StateChanged += static (_, _) => throw new InvalidOperationException("first handler");
        vm.StateChanged += (_, change) => told.Enqueue(change.State.ToString());
        vm.GuestReady += static (_, _) => throw new InvalidOperationException("first handler");
        vm.GuestReady += (_, _) => told.Enqueue("ready");

        machine.Run();

        Assert.True(SpinWait.SpinUntil(() => told.Count == 3, GuestMachine.Patience), string.Join(' ', told));
        Assert.Equal(["Running", "ready", "Off"], told);
        Assert.Equal("first handler", vm.EventError);
    }
}
