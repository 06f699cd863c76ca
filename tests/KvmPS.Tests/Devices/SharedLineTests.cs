using KvmPS.Core.Devices;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>A wire with several drivers: up while any of them is.</summary>
public sealed class SharedLineTests
{
    private readonly FakeLine _wire = new();
    private readonly IInterruptLine _first;
    private readonly IInterruptLine _second;

    public SharedLineTests()
    {
        var shared = new SharedLine(_wire);
        _first = shared.CreateInput();
        _second = shared.CreateInput();
    }

    [Fact]
    public void It_is_up_while_any_input_is()
    {
        _first.Set(true);
        _second.Set(true);
        _first.Set(false);
        Assert.True(_wire.Asserted);
        _second.Set(false);
        Assert.False(_wire.Asserted);
        Assert.Equal(1, _wire.Edges);
    }

    [Fact]
    public void A_level_that_is_repeated_counts_once()
    {
        _first.Set(true);
        _first.Set(true);
        _first.Set(false);
        Assert.False(_wire.Asserted);
        _second.Set(false);
        _second.Set(true);
        Assert.True(_wire.Asserted);
    }

    [Fact]
    public void Inputs_of_many_threads_leave_it_down()
    {
        var shared = new SharedLine(_wire);
        Parallel.For(0, 4, _ =>
        {
            IInterruptLine input = shared.CreateInput();
            for (int i = 0; i < 10_000; i++) input.Set(i % 2 == 0);
        });
        Assert.False(_wire.Asserted);
    }
}
