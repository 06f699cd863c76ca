using System.Text.Json;

namespace KvmPS.Core.Machine;

/// <summary>A value in a configuration file that knows where it stands, so that each refusal names the place.</summary>
/// <remarks>The file is anybody's: every conversion says what it expects and refuses the rest.</remarks>
/// <param name="path">Where it stands.</param>
/// <param name="element">The value.</param>
internal readonly struct ConfigurationValue(string path, JsonElement element)
{
    /// <summary>Where it stands, such as <c>$.initrd[1]</c>.</summary>
    public string Path => path;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, ConfigurationValue Value)> Members()
    {
        if (!IsObject) throw Expected("an object");
        string at = path;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            yield return (property.Name, new ConfigurationValue($"{at}.{property.Name}", property.Value));
        }
    }

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<ConfigurationValue> Items(int most)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > most) throw Expected($"an array of at most {most} items");
        string at = path;
        return [.. element.EnumerateArray().Select((item, index) => new ConfigurationValue($"{at}[{index}]", item))];
    }

    public bool Flag() => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public string Text()
    {
        if (element.ValueKind != JsonValueKind.String) throw Expected("a string");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw Invalid("it is no text: half of a surrogate pair stands alone", exception);
        }
    }

    /// <summary>A path, taken from the folder of the file when it is relative.</summary>
    public string File(string folder)
    {
        string text = Text();
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) throw Expected("the path of a file");
        return System.IO.Path.GetFullPath(text, folder);
    }

    public byte[] Base64()
    {
        byte[] bytes = new byte[Text().Length / 4 * 3];
        return Convert.TryFromBase64String(Text(), bytes, out int length) ? bytes[..length] : throw Expected("a string in base64");
    }

    public long Whole(long least, long most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number >= least && number <= most
            ? number
            : throw Expected($"a whole number from {least} to {most}");

    public double Number(double least, double most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw Expected($"a number from {least:F0} to {most:F0}");

    /// <summary>The name of a value of an enumeration, without regard to case.</summary>
    public T Choice<T>() where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        string? text = element.ValueKind == JsonValueKind.String ? Text() : null;
        int index = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? Enum.Parse<T>(names[index]) : throw Expected($"one of {string.Join(", ", names)}");
    }

    public ConfigurationInvalidException Invalid(string rule, Exception? inner = null) => new(path, $"{rule}.", inner);

    private ConfigurationInvalidException Expected(string what) => Invalid($"this must be {what}");
}
