using KvmPS.Core.Boot.Acpi;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>The AML encoder against the bytes of the specification, and against ACPICA's compiler.</summary>
public sealed class AmlTests
{
    [Theory]
    [InlineData(0ul, "00")]
    [InlineData(1ul, "01")]
    [InlineData(2ul, "0A02")]
    [InlineData(0xFFul, "0AFF")]
    [InlineData(0x100ul, "0B0001")]
    [InlineData(0xFFFFul, "0BFFFF")]
    [InlineData(0x1_0000ul, "0C00000100")]
    [InlineData(0xFFFF_FFFFul, "0CFFFFFFFF")]
    [InlineData(0x1_0000_0000ul, "0E0000000001000000")]
    [InlineData(ulong.MaxValue, "0EFFFFFFFFFFFFFFFF")]
    public void Integers_are_as_short_as_they_can_be(ulong value, string bytes) => Assert.Equal(bytes, Convert.ToHexString(Aml.Integer(value)));

    [Theory]
    [InlineData("COM1", "434F4D31")]
    [InlineData("_S5", "5F53355F")]
    [InlineData("\\", "5C00")]
    [InlineData("^^", "5E5E00")]
    [InlineData("\\_SB", "5C5F53425F")]
    [InlineData("^_CRS", "5E5F435253")]
    [InlineData("\\_SB.COM1", "5C2E5F53425F434F4D31")]
    [InlineData("_SB.A.B0", "2F035F53425F415F5F5F42305F5F")]
    public void Names_have_four_characters_a_segment(string name, string bytes) => Assert.Equal(bytes, Convert.ToHexString(AmlName.Encode(name)));

    [Theory]
    [InlineData("")]
    [InlineData("1COM")]
    [InlineData("COM12")]
    [InlineData("com1")]
    [InlineData("_SB..COM1")]
    [InlineData("_SB.")]
    [InlineData("\\^A")]
    public void What_is_no_name_is_refused(string name) => Assert.Throws<ArgumentException>(() => AmlName.Encode(name));

    [Theory]
    [InlineData(62 - 6, "3F")]
    [InlineData(63 - 6, "4104")]
    [InlineData(0xFFF - 2 - 6, "4FFF")]
    [InlineData(0xFFF - 1 - 6, "810001")]
    [InlineData(0xF_FFFF - 3 - 6, "8FFFFF")]
    [InlineData(0xF_FFFF - 2 - 6, "C1000001")]
    public void A_length_counts_itself_and_grows_at_its_borders(int bytes, string length)
    {
        // In front of the filler are the five bytes of the name and a Noop.
        byte[] scope = Aml.Scope("\\ABCD", [0xA3], new byte[bytes]);
        Assert.Equal("10" + length, Convert.ToHexString(scope, 0, 1 + (length.Length / 2)));
        Assert.Equal("5C41424344A3", Convert.ToHexString(scope, 1 + (length.Length / 2), 6));
    }

    [Theory]
    [InlineData("PNP0501", "0C41D00501")]
    [InlineData("PNP0C0C", "0C41D00C0C")]
    [InlineData("APP0001", "0C06100001")]
    public void An_EISA_identifier_is_packed(string id, string bytes)
    {
        Assert.True(Aml.IsEisaId(id));
        Assert.Equal(bytes, Convert.ToHexString(Aml.EisaId(id)));
    }

    [Theory]
    [InlineData("QEMU0002")]
    [InlineData("PNP05G1")]
    [InlineData("pnp0501")]
    [InlineData("PNP050")]
    public void Another_identifier_is_not(string id)
    {
        Assert.False(Aml.IsEisaId(id));
        Assert.Throws<ArgumentException>(() => Aml.EisaId(id));
    }

    [Fact]
    public void Resources_are_those_of_the_specification()
    {
        Assert.Equal("4701F803F8030108", Convert.ToHexString(AmlResource.Io(0x3F8, 8)));
        Assert.Equal("221000", Convert.ToHexString(AmlResource.Irq(4)));
        Assert.Equal("86090001000000D000100000", Convert.ToHexString(AmlResource.Memory32Fixed(0xD000_0000, 0x1000)));
        Assert.Equal("890600030118000000", Convert.ToHexString(AmlResource.Interrupt(24, edge: true)));
        Assert.Equal("890600010118000000", Convert.ToHexString(AmlResource.Interrupt(24, edge: false)));
        Assert.Equal("11080A052210007900", Convert.ToHexString(AmlResource.Template(AmlResource.Irq(4))));
        Assert.Throws<ArgumentOutOfRangeException>(() => AmlResource.Irq(16));
    }

    [Fact]
    public void Texts_are_ASCII()
    {
        Assert.Equal("0D4142437800", Convert.ToHexString(Aml.Text("ABCx")));
        Assert.Throws<ArgumentException>(() => Aml.Text("a\0b"));
        Assert.Throws<ArgumentException>(() => Aml.Text("é"));
    }

    [Fact]
    public void What_a_term_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Aml.Package([.. Enumerable.Repeat(Aml.Integer(0), 256)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Aml.Method("FOO", 8, serialized: false));
    }

    [Fact]
    public void The_compiler_of_ACPICA_makes_the_same_bytes()
    {
        const string Source = """
            DefinitionBlock ("", "DSDT", 2, "KVMPS ", "MACHINE ", 1)
            {
                Name (NUMS, Package () { 0x05, 0x1234, 0x12345678, 0x123456789ABCDEF0, "text" })
                Scope (_SB)
                {
                    Device (COM1)
                    {
                        Name (_HID, EisaId ("PNP0501"))
                        Name (_UID, One)
                        Name (_CRS, ResourceTemplate ()
                        {
                            IO (Decode16, 0x03F8, 0x03F8, 0x01, 0x08)
                            IRQNoFlags () {4}
                        })
                    }
                    Device (VR00)
                    {
                        Name (_HID, "LNRO0005")
                        Name (_CRS, ResourceTemplate ()
                        {
                            Memory32Fixed (ReadWrite, 0xD0000000, 0x00001000)
                            Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 24 }
                        })
                        Method (FOO, 2, Serialized) { Return (Buffer () { 1, 2, 3 }) } // whose arguments are never used: a remark
                    }
                }
            }
            """;
        byte[] ours =
        [
            .. Aml.Name("NUMS", Aml.Package(Aml.Integer(5), Aml.Integer(0x1234), Aml.Integer(0x1234_5678), Aml.Integer(0x1234_5678_9ABC_DEF0), Aml.Text("text"))),
            .. Aml.Scope(
                "_SB",
                Aml.Device(
                    "COM1",
                    Aml.Name("_HID", Aml.EisaId("PNP0501")),
                    Aml.Name("_UID", Aml.Integer(1)),
                    Aml.Name("_CRS", AmlResource.Template(AmlResource.Io(0x3F8, 8), AmlResource.Irq(4)))),
                Aml.Device(
                    "VR00",
                    Aml.Name("_HID", Aml.Text("LNRO0005")),
                    Aml.Name("_CRS", AmlResource.Template(AmlResource.Memory32Fixed(0xD000_0000, 0x1000), AmlResource.Interrupt(24, edge: true))),
                    Aml.Method("FOO", 2, serialized: true, Aml.Return(Aml.Buffer(1, 2, 3))))),
        ];
        Assert.Equal(Convert.ToHexString(Iasl.Assemble(Source).AsSpan(36)), Convert.ToHexString(ours));
    }
}
