using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using KvmPS.Core.Boot;
using KvmPS.Core.Debug;
using KvmPS.Core.Host;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Every program of tests/Guests on a machine of ours: its transcript byte for byte, and the way it ends.</summary>
[Collection(nameof(GuestCollection))]
public sealed class GuestProgramTests
{
    private const string Typed = "The quick brown fox\nand 0123456789\n\x04";
    private const int TransferBytes = 262_144;

    /// <summary>How a program is run and how it ends; <c>NeedsPic</c>: not without interrupt controllers; <c>IsLong</c>: once is enough.</summary>
    private sealed record Expectation(
        ExitReason Reason, int? Code = null, CpuMode Mode = CpuMode.Real, bool NeedsPic = false, bool IsLong = false, byte[]? Input = null, bool NeedsNmi = false, ulong Mebibytes = 16);

    private static readonly Dictionary<string, Expectation> Expectations = new(StringComparer.Ordinal)
    {
        ["hello"] = new(ExitReason.DebugExit, 33),
        ["halt"] = new(ExitReason.Halted),
        ["clihlt"] = new(ExitReason.Halted),
        ["spin"] = new(ExitReason.TurnedOff),
        ["triple"] = new(ExitReason.TripleFault),
        ["emulfail"] = HostFacts.Read().VendorModule == "kvm_pvm" ? new(ExitReason.EmulationFailure) : new(ExitReason.DebugExit, 17),
        ["echo"] = new(ExitReason.DebugExit, 1, Input: Encoding.Latin1.GetBytes(Typed)),
        ["echo-irq"] = new(ExitReason.DebugExit, 1, NeedsPic: true, Input: Encoding.Latin1.GetBytes(Typed)),
        ["flood"] = new(ExitReason.DebugExit, 1, IsLong: true),
        ["flood-rep"] = new(ExitReason.DebugExit, 1, IsLong: true),
        ["sink"] = new(ExitReason.DebugExit, 1, IsLong: true, Input: GuestProgram.Sequence(TransferBytes)),
        ["pio-loop"] = new(ExitReason.Halted, IsLong: true),
        ["keys"] = new(ExitReason.DebugExit, 1, Input: "abq"u8.ToArray()),
        ["sti-hlt"] = new(ExitReason.DebugExit, 1, NeedsPic: true),
        ["mode-real"] = new(ExitReason.DebugExit, 1),
        ["mode-protected"] = new(ExitReason.DebugExit, 1, CpuMode.Protected),
        ["high-memory"] = new(ExitReason.DebugExit, 1, CpuMode.Long, Mebibytes: 5 << 10),
        ["mode-long"] = new(ExitReason.DebugExit, 1, CpuMode.Long),
        ["nmi"] = new(ExitReason.DebugExit, 1, NeedsNmi: true),
        ["probe-uart"] = new(ExitReason.DebugExit, 1),
        ["probe-rtc"] = new(ExitReason.DebugExit, 1),
        ["fw-cfg"] = new(ExitReason.DebugExit, 1),
        ["ready"] = new(ExitReason.DebugExit, 1),
        ["pvpanic"] = new(ExitReason.GuestPanic),
        ["cpuid"] = new(ExitReason.DebugExit, 1),
    };

    /// <summary>Each program with and without interrupt controllers, less those with tests of their own.</summary>
    public static TheoryData<string, bool> Programs()
    {
        var data = new TheoryData<string, bool>();
        foreach (string name in GuestProgram.Names.Where(HasNoTestsOfItsOwn))
        {
            // A program without an expectation is a case too: it fails below.
            Expectation? expectation = Expectations.GetValueOrDefault(name);
            if (expectation is not { NeedsPic: true }) data.Add(name, false);
            if (expectation is not { IsLong: true }) data.Add(name, true);
        }

        return data;
    }

    [KvmTheory]
    [MemberData(nameof(Programs))]
    public void It_prints_and_ends_as_it_should(string name, bool interruptController)
    {
        Assert.True(Expectations.TryGetValue(name, out Expectation? expected), $"Nobody has said how '{name}' ends.");
        using VirtualMachine machine = GuestMachine.Of(GuestProgram.Boot(name, expected.Mode), interruptController, mebibytes: expected.Mebibytes);

        machine.Start();
        if (expected.Input is not null)
        {
            machine.WaitForText("ready\n");
            machine.Serial!.WriteInput(expected.Input);
        }

        if (expected.NeedsNmi)
        {
            machine.WaitForText("ready\n");
            InterruptInjector.SendNmi(machine, 0);
        }

        if (expected.Reason == ExitReason.TurnedOff) machine.TurnOff();
        MachineExit exit = machine.WaitForEnd();

        Assert.Equal(Transcript(name), name == "cpuid" ? WithoutAnswers(machine.Console()) : machine.Console());
        Assert.True(expected.Reason == exit.Reason, $"{exit.Reason} and not {expected.Reason}: {exit.Message}");
        Assert.Equal(expected.Code, exit.ExitCode);
        Assert.Equal(exit.Reason == ExitReason.EmulationFailure ? MachineState.Failed : MachineState.Off, machine.State);
        Assert.Null(exit.Exception);
    }

    [Fact]
    public void Every_expectation_has_its_program() =>
        Assert.Equal<string[]>([.. GuestProgram.Names.Where(HasNoTestsOfItsOwn)], [.. Expectations.Keys.Order(StringComparer.Ordinal)]);

    private static bool HasNoTestsOfItsOwn(string name) => name is not ("multiboot" or "power-button" or "smp-end");

    /// <summary>What a program prints, with what its expected.txt leaves open filled in from the README's rules.</summary>
    private static string Transcript(string name)
    {
        string text = GuestProgram.Expected(name);
        if (name is not ("flood" or "flood-rep")) return text.Replace("<vendor>", CpuVendor(), StringComparison.Ordinal);

        byte[] sequence = GuestProgram.Sequence(TransferBytes);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{sequence.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(sequence))}\n"), text);
        return Encoding.Latin1.GetString(sequence);
    }

    /// <summary>What <c>cpuid</c> prints, less what the CPU decides.</summary>
    private static string WithoutAnswers(string console) =>
        Regex.Replace(console, " [0-9a-f]{8}", " <hex>", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string CpuVendor()
    {
        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        return Encoding.Latin1.GetString([.. BitConverter.GetBytes(ebx), .. BitConverter.GetBytes(edx), .. BitConverter.GetBytes(ecx)]);
    }
}
