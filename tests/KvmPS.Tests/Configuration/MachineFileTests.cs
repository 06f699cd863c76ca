using System.Reflection;
using System.Text;
using System.Text.Json;
using KvmPS.Core.Block;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Configuration;

public sealed class MachineFileTests
{
    private const string Folder = "/srv/machines";

    /// <summary>Machines that differ from the defaults in everything.</summary>
    private static readonly MachineConfig Linux = new()
    {
        Name = "web01",
        Boot = new KernelBoot("/srv/machines/boot/vmlinux") { Initrds = ["/srv/machines/initrd", new InitrdFile("/opt/disk", "ro \"x\"")], CommandLine = "console=ttyS0 ä 'q' <&>" },
        MemoryBytes = 1ul << 33,
        VcpuCount = 4,
        Acpi = false,
        CpuFeatures = ["-avx2", "+x2apic"],
        VcpuAffinity = [0, 1, 0, 1],
        HugePages = true,
        Prefault = true,
        ClockOffset = TimeSpan.FromSeconds(-3600.5),
        Disks =
        [
            new DiskConfig { Name = "scratch", MemorySize = 1 << 20 },
            new DiskConfig { Name = "root", Path = "/srv/machines/root.qcow2" },
            new DiskConfig
            {
                Name = "data", Path = "/dev/sdb", Format = DiskImageFormat.Raw, ReadOnly = true, Ephemeral = true, CacheMode = DiskCacheMode.WriteThrough,
                SerialNumber = "DATA 1", MaximumIops = 500, MaximumBytesPerSecond = 1L << 33, QueueCount = 2,
            },
        ],
        EntropyDevice = true,
        Console = MachineConsole.Hvc0,
        ConsolePorts = ["org.example.agent", "log"],
        OnReset = ResetAction.Restart,
        OnPanic = PanicAction.Pause,
        SerialLogPath = "/var/log/web01",
        SerialLogLimit = 1 << 20,
    };

    private static readonly MachineConfig Code = new()
    {
        Name = "code", Boot = new CodeBoot(new byte[] { 0xB0, 0x41, 0xF4 }, CpuMode.Protected, 0x20_0000), InterruptController = false, MemoryBytes = 1 << 22,
    };

    private static readonly MachineConfig Firmware = new() { Name = "bios", Boot = new FirmwareBoot("/srv/machines/bios.bin"), VcpuCount = 2 };

    public static TheoryData<string> Kinds => new("linux", "code", "firmware");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_is_read_back(string kind)
    {
        MachineConfig config = ConfigOf(kind);
        MachineFile file = MachineFile.Parse(MachineFile.Write(config, Folder, "file:///schema"), Folder);
        MachineConfig read = file.Over(new MachineConfig { Name = file.Name!, Boot = file.Boot!, InterruptController = kind != "code" });

        foreach (PropertyInfo property in typeof(MachineConfig).GetProperties().Where(static property => property.Name is not nameof(MachineConfig.Boot)))
            Assert.Equal(property.GetValue(config), property.GetValue(read));
        if (config.Boot is FirmwareBoot)
        {
            Assert.Equal(config.Boot, file.Boot);
        }
        else if (config.Boot is KernelBoot kernel)
        {
            var back = Assert.IsType<KernelBoot>(file.Boot);
            Assert.Equal((kernel.Path, kernel.CommandLine), (back.Path, back.CommandLine));
            Assert.Equal(kernel.Initrds, back.Initrds);
        }
        else
        {
            var (code, back) = ((CodeBoot)config.Boot, Assert.IsType<CodeBoot>(file.Boot));
            Assert.Equal((code.Mode, code.LoadAddress), (back.Mode, back.LoadAddress));
            Assert.Equal(code.Code.ToArray(), back.Code.ToArray());
        }
    }

    [Fact]
    public void No_setting_is_left_out()
    {
        // Whoever adds a setting to MachineConfig meets this test: it belongs into ConfigurationField, into the schema, and into the machines above.
        string[] notFields = [nameof(MachineConfig.Name), nameof(MachineConfig.Boot), "EqualityContract"];
        int settings = typeof(MachineConfig).GetProperties().Count(property => property.CanWrite && !notFields.Contains(property.Name, StringComparer.Ordinal));
        Assert.Equal(settings, ConfigurationField.All.Count);
    }

    [Fact]
    public void Paths_in_the_folder_are_written_relative_and_others_whole()
    {
        using var json = JsonDocument.Parse(MachineFile.Write(Linux, Folder, "s"));
        Assert.Equal("boot/vmlinux", json.RootElement.GetProperty("kernel").GetString());
        Assert.Equal("initrd", json.RootElement.GetProperty("initrd")[0].GetString());
        Assert.Equal("/opt/disk", json.RootElement.GetProperty("initrd")[1].GetProperty("path").GetString());
        Assert.Equal("/var/log/web01", json.RootElement.GetProperty("serialLogPath").GetString());

        MachineFile moved = MachineFile.Parse(MachineFile.Write(Linux, Folder, "s"), "/home/me");
        Assert.Equal("/home/me/boot/vmlinux", ((KernelBoot)moved.Boot!).Path);
    }

    [Fact]
    public void A_file_may_say_little()
    {
        MachineFile file = MachineFile.Parse("{ \"version\": 1, // comments are for people\n \"kernel\": \"vmlinux\", }"u8.ToArray(), Folder);
        Assert.Null(file.Name);
        Assert.False(file.HasCommandLine);
        var plain = new MachineConfig { Name = "x", Boot = file.Boot! };
        Assert.Equal(plain, file.Over(plain));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_conforms_to_the_schema(string kind)
    {
        using var json = JsonDocument.Parse(MachineFile.Write(ConfigOf(kind), Folder, "file:///schema"));
        Assert.True(Schema.Accepts(json.RootElement));
    }

    [Fact]
    public void The_schema_knows_each_property_and_no_other()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(SchemaPath));
        string[] known = [.. schema.RootElement.GetProperty("properties").EnumerateObject().Select(static property => property.Name)];
        string[] written = ["$schema", "version", "name", .. BootFields.Names, .. ConfigurationField.All.Select(static setting => setting.Name)];
        Assert.Equal(written.Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }

    /// <summary>A value that is wrong, where, and a part of what is said about it. The schema refuses it as well.</summary>
    [Theory]
    [InlineData("\"memoryBytes\": \"256MB\"", "$.memoryBytes", "a whole number from 65536")]
    [InlineData("\"memoryBytes\": 1e400", "$.memoryBytes", "a whole number")]
    [InlineData("\"memoryBytes\": 65535", "$.memoryBytes", "a whole number")]
    [InlineData("\"vcpuCount\": 65", "$.vcpuCount", "from 1 to 64")]
    [InlineData("\"vcpuCount\": 1.5", "$.vcpuCount", "a whole number")]
    [InlineData("\"acpi\": \"yes\"", "$.acpi", "true or false")]
    [InlineData("\"acpi\": null", "$.acpi", "true or false")]
    [InlineData("\"cpuFeatures\": \"-avx\"", "$.cpuFeatures", "an array")]
    [InlineData("\"cpuFeatures\": [\"-avx\", 7]", "$.cpuFeatures[1]", "a string")]
    [InlineData("\"vcpuAffinity\": [-1]", "$.vcpuAffinity[0]", "from 0 to 8191")]
    [InlineData("\"onReset\": \"Pause\"", "$.onReset", "one of Stop, Restart")]
    [InlineData("\"onPanic\": 1", "$.onPanic", "one of Stop, Restart, Pause")]
    [InlineData("\"clockOffsetSeconds\": 1e11", "$.clockOffsetSeconds", "a number from")]
    [InlineData("\"initrd\": [{ \"path\": \"x\", \"args\": \"\" }]", "$.initrd[0].args", "no such property")]
    [InlineData("\"initrd\": [{}]", "$.initrd[0]", "path is missing")]
    [InlineData("\"disks\": [{ \"readOnly\": true }]", "$.disks[0]", "path is missing")]
    [InlineData("\"disks\": [{ \"sizeBytes\": 0 }]", "$.disks[0].sizeBytes", "a whole number from 1")]
    [InlineData("\"disks\": [{ \"path\": \"x\", \"cache\": 1 }]", "$.disks[0].cache", "no such property")]
    [InlineData("\"disks\": [{ \"path\": \"x\", \"format\": \"vhd\" }]", "$.disks[0].format", "one of Raw, Qcow2")]
    [InlineData("\"disks\": [{ \"path\": \"x\", \"serialNumber\": \"123456789012345678901\" }]", "$.disks[0].serialNumber", "at most 20")]
    [InlineData("\"disks\": [{ \"path\": \"x\", \"name\": \"a*\" }]", "$.disks[0].name", "no wildcard")]
    [InlineData("\"disks\": [{ \"path\": \"x\", \"queueCount\": 65 }]", "$.disks[0].queueCount", "from 0 to 64")]
    [InlineData("\"initrd\": [\"\"]", "$.initrd[0]", "the path of a file")]
    [InlineData("\"cpuFeature\": []", "$.cpuFeature", "near names are cpuFeatures")]
    [InlineData("\"name\": 7", "$.name", "a string")]
    public void What_is_wrong_is_named_with_its_place(string member, string path, string rule)
    {
        string json = $$"""{ "version": 1, "kernel": "vmlinux", {{member}} }""";
        var error = Assert.Throws<ConfigurationInvalidException>(() => MachineFile.Parse(Encoding.UTF8.GetBytes(json), Folder));
        Assert.Equal(path, error.Path);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        Assert.False(Schema.Accepts(document.RootElement));
    }

    [Theory]
    [InlineData("""{ "kernel": "x" }""", "version is missing")]
    [InlineData("""{ "version": 0, "kernel": "x" }""", "a whole number from 1")]
    [InlineData("""{ "version": 1, "kernel": "x", "code": "9A==" }""", "belongs to raw code")]
    [InlineData("""{ "version": 1, "kernel": "x", "interruptController": false }""", "belongs to raw code")]
    [InlineData("""{ "version": 1, "code": "9A==", "commandLine": "" }""", "belongs to a kernel")]
    [InlineData("""{ "version": 1, "firmware": "x", "kernel": "y" }""", "$.kernel: this belongs to a kernel")]
    [InlineData("""{ "version": 1, "firmware": "x", "commandLine": "" }""", "belongs to a kernel")]
    [InlineData("""{ "version": 1, "firmware": "x", "code": "9A==" }""", "belongs to raw code")]
    [InlineData("""{ "version": 1, "firmware": "x", "interruptController": true }""", "belongs to raw code")]
    [InlineData("""{ "version": 1, "firmware": "" }""", "the path of a file")]
    [InlineData("""{ "version": 1, "code": "***" }""", "a string in base64")]
    [InlineData("""{ "version": 1, "kernel": "x", "kernel": "y" }""", "no JSON")]
    [InlineData("""{ "version": 1, "kernel": "\ud800" }""", "surrogate")]
    [InlineData("""{ "version": 1, "\ud800": 1 }""", "no JSON")]
    [InlineData("""{ "version": 1, "code": "\ud800" }""", "surrogate")]
    [InlineData("""{ "version": 1, "code": "9A" }""", "a string in base64")]
    [InlineData("""{ "version": 1, "kernel": "a\u0000b" }""", "the path of a file")]
    [InlineData("""[[[[[[[[[[[[1]]]]]]]]]]]]""", "no JSON")]
    [InlineData("""[]""", "an object")]
    [InlineData("""{ "version": 1, """, "no JSON")]
    [InlineData("", "no JSON")]
    public void Files_that_break_other_rules_are_refused(string json, string rule)
    {
        var error = Assert.Throws<ConfigurationInvalidException>(() => MachineFile.Parse(Encoding.UTF8.GetBytes(json), Folder));
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_file_is_called_newer_whatever_else_it_holds()
    {
        var error = Assert.Throws<ConfigurationInvalidException>(() => MachineFile.Parse("""{ "quantum": true, "version": 2 }"""u8.ToArray(), Folder));
        Assert.True(error.IsNewer);
        Assert.Equal("$.version", error.Path);
    }

    [Fact]
    public void A_file_is_UTF_8()
    {
        byte[] json = [.. "{ \"version\": 1, \"a"u8, 0xF2, .. "\": 1 }"u8];
        Assert.Contains("UTF-8", Assert.Throws<ConfigurationInvalidException>(() => MachineFile.Parse(json, Folder)).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_from_a_file_cannot_steer_a_terminal()
    {
        var error = Assert.Throws<ConfigurationInvalidException>(() => MachineFile.Parse("""{ "version": 1, "\u001b]0;x\u0007": 1 }"""u8.ToArray(), Folder));
        Assert.DoesNotContain(error.Message, static c => char.IsControl(c));
    }

    [Fact]
    public void Every_truncation_and_every_flipped_byte_is_read_or_refused()
    {
        byte[] whole = MachineFile.Write(Linux, Folder, "file:///schema");
        var random = new Random(3);
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] flipped = [.. whole];
            flipped[length] = (byte)random.Next(256);
            foreach (byte[] bytes in new[] { whole[..length], flipped })
            {
                Exception? failure = Record.Exception(() => MachineFile.Parse(bytes, Folder));
                Assert.True(failure is null or ConfigurationInvalidException, $"{failure}");
            }
        }
    }

    private static string SchemaPath => RepositoryRoot.Combine("src", "KvmPS", "Schemas", "kvmps-machine.schema.json");

    private static SmallSchema Schema => new(JsonDocument.Parse(File.ReadAllText(SchemaPath)).RootElement);

    private static MachineConfig ConfigOf(string kind) => kind switch
    {
        "linux" => Linux,
        "code" => Code,
        _ => Firmware,
    };
}
