using System.Text.Json;
using KvmPS.Core.Block;

namespace KvmPS.Core.Machine;

/// <summary>The disks in a configuration file: a path alone, or an object with the path and what differs from the usual.</summary>
internal static class DiskFields
{
    /// <summary>Writes the list; nothing for a machine without disks.</summary>
    public static void Write(Utf8JsonWriter json, MachineConfig config, ConfigurationFolder folder)
    {
        if (config.Disks.Count == 0) return;
        json.WriteStartArray("disks");
        foreach (DiskConfig disk in config.Disks) Write(json, disk, folder);
        json.WriteEndArray();
    }

    /// <summary>Reads the list.</summary>
    /// <exception cref="ConfigurationInvalidException">It breaks a rule.</exception>
    public static IReadOnlyList<DiskConfig> Read(ConfigurationValue value, ConfigurationFolder folder)
    {
        List<DiskConfig> disks = [];
        foreach (ConfigurationValue item in value.Items(MachineConfig.MostVirtioDevices))
        {
            DiskConfig disk = Read(item, folder, DiskNames.Next(disks));
            if (disks.Any(other => DiskNames.AreSame(other.Name, disk.Name))) throw item.Invalid($"there are two disks named '{disk.Name}'");
            disks.Add(disk);
        }

        return disks;
    }

    private static void Write(Utf8JsonWriter json, DiskConfig disk, ConfigurationFolder folder)
    {
        var usual = new DiskConfig { Name = disk.Name, Path = disk.Path };
        json.WriteStartObject();
        json.WriteString("name", disk.Name);
        if (disk.MemorySize is { } size) json.WriteNumber("sizeBytes", size);
        else json.WriteString("path", folder.Shorten(disk.Path));
        if (disk.Format is { } format) json.WriteString("format", format.ToString());
        if (disk.ReadOnly) json.WriteBoolean("readOnly", true);
        if (disk.Ephemeral) json.WriteBoolean("ephemeral", true);
        if (disk.CacheMode != usual.CacheMode) json.WriteString("cacheMode", disk.CacheMode.ToString());
        if (disk.SerialNumber.Length > 0) json.WriteString("serialNumber", disk.SerialNumber);
        if (disk.MaximumIops != 0) json.WriteNumber("maximumIops", disk.MaximumIops);
        if (disk.MaximumBytesPerSecond != 0) json.WriteNumber("maximumBytesPerSecond", disk.MaximumBytesPerSecond);
        if (disk.QueueCount != 0) json.WriteNumber("queueCount", disk.QueueCount);
        json.WriteEndObject();
    }

    private static DiskConfig Read(ConfigurationValue item, ConfigurationFolder folder, string freeName)
    {
        if (!item.IsObject) return new DiskConfig { Name = freeName, Path = item.File(folder.Path) };
        string? path = null;
        var disk = new DiskConfig { Name = freeName, Path = "" };
        foreach ((string name, ConfigurationValue value) in item.Members())
        {
            if (name == "path") path = value.File(folder.Path);
            else disk = Read(disk, name, value);
        }

        if (path is null && disk.MemorySize is null) throw item.Invalid("path is missing");
        if (path is not null && disk.MemorySize is not null) throw item.Invalid("a disk has a path, or a size in memory");
        return disk with { Path = path ?? "" };
    }

    private static DiskConfig Read(DiskConfig disk, string name, ConfigurationValue value) => name switch
    {
        "name" => disk with { Name = DiskNames.ProblemOf(value.Text()) is { } problem ? throw value.Invalid(problem) : value.Text() },
        "sizeBytes" => disk with { MemorySize = DiskNames.SizeProblemOf(value.Whole(1, long.MaxValue)) is { } problem ? throw value.Invalid(problem) : value.Whole(1, long.MaxValue) },
        "format" => disk with { Format = value.Choice<DiskImageFormat>() },
        "readOnly" => disk with { ReadOnly = value.Flag() },
        "ephemeral" => disk with { Ephemeral = value.Flag() },
        "cacheMode" => disk with { CacheMode = value.Choice<DiskCacheMode>() },
        "serialNumber" => disk with { SerialNumber = DiskNames.SerialProblemOf(value.Text()) is { } problem ? throw value.Invalid(problem) : value.Text() },
        "maximumIops" => disk with { MaximumIops = value.Whole(0, long.MaxValue) },
        "maximumBytesPerSecond" => disk with { MaximumBytesPerSecond = value.Whole(0, long.MaxValue) },
        "queueCount" => disk with { QueueCount = (int)value.Whole(0, ConfigurationLimits.MostVcpus) },
        _ => throw value.Invalid("there is no such property of a disk"),
    };
}
