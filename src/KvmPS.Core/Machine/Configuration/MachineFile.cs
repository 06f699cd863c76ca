using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using KvmPS.Core.Boot;
using KvmPS.Core.Host;

namespace KvmPS.Core.Machine;

/// <summary>The configuration of a machine in a JSON file. What the file leaves out is as for a new machine.</summary>
public sealed class MachineFile
{
    /// <summary>The version of the format that is written, and the newest that is read.</summary>
    public const int Version = 1;

    private const int LargestFile = 64 << 20;
    private const int DeepestNesting = 8;

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = DeepestNesting, AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip,
    };

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Func<MachineConfig, MachineConfig>> _changes = [];

    private MachineFile()
    {
    }

    /// <summary>The machine's name; null when the file gives none.</summary>
    public string? Name { get; private set; }

    /// <summary>What the machine runs; null when the file does not say.</summary>
    public BootSource? Boot { get; private set; }

    /// <summary>Whether the file gives a command line; without one, the kernel's usual one is meant.</summary>
    public bool HasCommandLine { get; private set; }

    private static IEnumerable<string> Names => ["$schema", "version", "name", .. BootFields.Names, .. ConfigurationField.All.Select(static setting => setting.Name)];

    /// <summary>Reads a file.</summary>
    /// <param name="path">An absolute path; relative ones inside the file begin at its folder.</param>
    /// <exception cref="ConfigurationInvalidException">It is not such a file, or breaks a rule.</exception>
    /// <exception cref="IOException">It cannot be read, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MachineFile Read(string path)
    {
        using var source = new FileImageSource(path);
        if (source.Length > LargestFile) throw new ConfigurationInvalidException("$", $"the file has {source.Length} bytes, and {LargestFile} are the most that are read.");
        byte[] bytes = source.ReadBytes(0, (ulong)source.Length, "the configuration");
        return Parse(bytes, Path.GetDirectoryName(path)!);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <param name="folder">Where relative paths begin.</param>
    /// <exception cref="ConfigurationInvalidException">It breaks a rule.</exception>
    public static MachineFile Parse(ReadOnlyMemory<byte> json, string folder)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json["\uFEFF"u8.Length..];
        // The parser looks at the bytes of names only when somebody asks for them, and throws then.
        if (!Utf8.IsValid(json.Span)) throw new ConfigurationInvalidException("$", "it is no text in UTF-8.");
        using JsonDocument document = ParseDocument(json);
        var file = new MachineFile();
        file.Take(new ConfigurationValue("$", document.RootElement), new ConfigurationFolder(folder));
        return file;
    }

    /// <summary>The text of a file.</summary>
    /// <param name="config">The machine.</param>
    /// <param name="folder">Where the file goes; paths inside it are written relative.</param>
    /// <param name="schema">The address of the schema, for editors.</param>
    public static byte[] Write(MachineConfig config, string folder, string schema)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            var at = new ConfigurationFolder(folder);
            json.WriteStartObject();
            json.WriteString("$schema", schema);
            json.WriteNumber("version", Version);
            json.WriteString("name", config.Name);
            BootFields.Write(json, config.Boot, at);
            foreach (ConfigurationField field in ConfigurationField.All) field.Write(json, config, at);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.ToArray();
    }

    /// <summary>A configuration with the file's settings over it, but not with its name and boot source.</summary>
    public MachineConfig Over(MachineConfig config) => _changes.Aggregate(config, static (changed, change) => change(changed));

    /// <remarks>The comparison of names throws <see cref="InvalidOperationException"/> for one that holds half of a surrogate pair.</remarks>
    private static JsonDocument ParseDocument(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Strict);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ConfigurationInvalidException("$", $"it is no JSON that can be read: {exception.Message}", exception);
        }
    }

    private void Take(ConfigurationValue root, ConfigurationFolder folder)
    {
        if (!root.IsObject) throw root.Invalid("a configuration is an object");
        Dictionary<string, ConfigurationValue> members = root.Members().ToDictionary(static member => member.Name, static member => member.Value, StringComparer.Ordinal);
        CheckVersion(root, members);

        var boot = new BootFields();
        foreach ((string name, ConfigurationValue value) in members)
        {
            if (BootFields.Names.Contains(name, StringComparer.Ordinal) || name == "interruptController") boot.Add(name, value);
            if (name == "name") Name = value.Text();
            else if (ConfigurationField.All.FirstOrDefault(field => field.Name == name) is { } field) _changes.Add(field.Read(value, folder));
            else if (!Names.Contains(name, StringComparer.Ordinal)) throw Unknown(value, name);
        }

        Boot = boot.Read(folder);
        HasCommandLine = boot.HasCommandLine;
    }

    /// <summary>The version first: a newer file's other properties would only be called unknown.</summary>
    private static void CheckVersion(ConfigurationValue root, Dictionary<string, ConfigurationValue> members)
    {
        if (!members.TryGetValue("version", out ConfigurationValue value)) throw root.Invalid($"version is missing; this module writes \"version\": {Version}");
        long version = value.Whole(1, int.MaxValue);
        if (version > Version)
            throw new ConfigurationInvalidException(value.Path, $"the file has version {version}, and this module reads versions up to {Version}.") { IsNewer = true };
    }

    private static ConfigurationInvalidException Unknown(ConfigurationValue value, string name)
    {
        IReadOnlyList<string> near = NearNames.Of(name, Names);
        return value.Invalid(near.Count == 0 ? "there is no such property" : $"there is no such property; near names are {string.Join(", ", near)}");
    }
}
