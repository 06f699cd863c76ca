using System.Text.Json;
using KvmPS.Core.Boot;

namespace KvmPS.Core.Machine;

/// <summary>What a configuration file says about what is run: a kernel with its files, raw code, or firmware.</summary>
internal sealed class BootFields
{
    private const int MostInitrds = 256;

    private static readonly string[] ForKernel = ["kernel", "initrd", "commandLine"];
    private static readonly string[] ForCode = ["code", "cpuMode", "loadAddress", "interruptController"];

    private readonly Dictionary<string, ConfigurationValue> _present = new(StringComparer.Ordinal);

    /// <summary>The names of these settings.</summary>
    public static IReadOnlyList<string> Names { get; } = ["kernel", "initrd", "commandLine", "code", "cpuMode", "loadAddress", "firmware"];

    /// <summary>Whether the file gave no command line, so that the kernel's usual one is meant.</summary>
    public bool HasCommandLine => _present.ContainsKey("commandLine");

    /// <summary>Takes note of a setting; all are looked at together later.</summary>
    public void Add(string name, ConfigurationValue value) => _present.Add(name, value);

    /// <summary>The boot source; null when the file tells none.</summary>
    /// <exception cref="ConfigurationInvalidException">Settings of a kernel, of code and of firmware are mixed, or one is wrong.</exception>
    public BootSource? Read(ConfigurationFolder folder)
    {
        if (_present.TryGetValue("firmware", out ConfigurationValue firmware))
        {
            Refuse(ForKernel, "this belongs to a kernel, and the file has firmware");
            Refuse(ForCode, "this belongs to raw code, and the file has firmware");
            return new FirmwareBoot(firmware.File(folder.Path));
        }

        if (_present.ContainsKey("kernel"))
        {
            Refuse(ForCode, "this belongs to raw code, and the file has a kernel");
            return new KernelBoot(_present["kernel"].File(folder.Path))
            {
                Initrds = _present.TryGetValue("initrd", out ConfigurationValue list) ? [.. list.Items(MostInitrds).Select(item => Initrd(item, folder))] : [],
                CommandLine = _present.TryGetValue("commandLine", out ConfigurationValue line) ? line.Text() : "",
            };
        }

        Refuse(ForKernel, "this belongs to a kernel, and the file has none");
        if (!_present.TryGetValue("code", out ConfigurationValue code))
        {
            Refuse(ForCode, "this belongs to raw code, and the file has none");
            return null;
        }

        CpuMode mode = _present.TryGetValue("cpuMode", out ConfigurationValue name) ? name.Choice<CpuMode>() : CpuMode.Real;
        ulong address = _present.TryGetValue("loadAddress", out ConfigurationValue number) ? (ulong)number.Whole(0, uint.MaxValue) : MemoryLayout.RawCode;
        return new CodeBoot(code.Base64(), mode, address);
    }

    /// <summary>Writes a boot source.</summary>
    public static void Write(Utf8JsonWriter json, BootSource source, ConfigurationFolder folder)
    {
        if (source is CodeBoot code)
        {
            json.WriteBase64String("code", code.Code.Span);
            json.WriteString("cpuMode", code.Mode.ToString());
            json.WriteNumber("loadAddress", code.LoadAddress);
        }

        if (source is FirmwareBoot firmware) json.WriteString("firmware", folder.Shorten(firmware.Path));
        if (source is not KernelBoot kernel) return;
        json.WriteString("kernel", folder.Shorten(kernel.Path));
        json.WriteStartArray("initrd");
        foreach (InitrdFile file in kernel.Initrds) WriteInitrd(json, file, folder);
        json.WriteEndArray();
        json.WriteString("commandLine", kernel.CommandLine);
    }

    private static void WriteInitrd(Utf8JsonWriter json, InitrdFile file, ConfigurationFolder folder)
    {
        if (file.Arguments.Length == 0)
        {
            json.WriteStringValue(folder.Shorten(file.Path));
            return;
        }

        json.WriteStartObject();
        json.WriteString("path", folder.Shorten(file.Path));
        json.WriteString("arguments", file.Arguments);
        json.WriteEndObject();
    }

    /// <summary>A path, or an object with a path and arguments for a multiboot module.</summary>
    private static InitrdFile Initrd(ConfigurationValue item, ConfigurationFolder folder)
    {
        if (!item.IsObject) return item.File(folder.Path);
        string? path = null;
        string arguments = "";
        foreach ((string name, ConfigurationValue value) in item.Members())
        {
            if (name == "path") path = value.File(folder.Path);
            else if (name == "arguments") arguments = value.Text();
            else throw value.Invalid("there is no such property; an initrd has path and arguments");
        }

        return new InitrdFile(path ?? throw item.Invalid("path is missing"), arguments);
    }

    private void Refuse(string[] names, string rule)
    {
        foreach (string name in names)
        {
            if (_present.TryGetValue(name, out ConfigurationValue value)) throw value.Invalid(rule);
        }
    }
}
