using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>The YAML block at the top of a cmdlet's page.</summary>
internal static class FrontMatter
{
    private static readonly string[] Required =
        ["document type", "external help file", "HelpUri", "Locale", "Module Name", "ms.date", "PlatyPS schema version", "title"];

    private static readonly (string Key, string Value)[] Fixed =
        [("document type", "cmdlet"), ("Locale", "en-US"), ("PlatyPS schema version", "2024-05-01")];

    /// <summary>Reads and checks the front matter; the result holds the keys that are there.</summary>
    public static Dictionary<string, string> Read(PageText page)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (page.FrontMatterEnd == 0)
        {
            page.Report(0, ProblemCode.FrontMatter, "The page must begin with YAML front matter between two lines '---'.");
            return values;
        }

        if (YamlBlock.Parse(page, 1, page.Text(1, page.FrontMatterEnd - 1), ProblemCode.FrontMatter) is not { } root) return values;
        foreach (var (key, value) in root.Children)
        {
            if (key is YamlScalarNode { Value: { } name } && value is YamlScalarNode scalar) values[name] = Value(page, name, scalar);
        }

        Check(page, values);
        return values;
    }

    private static string Value(PageText page, string name, YamlScalarNode scalar)
    {
        if (scalar is { Style: ScalarStyle.Plain, Value: "" or null })
            page.Report((int)scalar.Start.Line, ProblemCode.FrontMatter, $"'{name}' has no value; write '' for an empty one.");
        return scalar.Value ?? "";
    }

    private static void Check(PageText page, Dictionary<string, string> values)
    {
        foreach (string key in Required.Where(k => !values.ContainsKey(k)))
            page.Report(0, ProblemCode.FrontMatter, $"'{key}' is missing.");
        foreach (var (key, value) in Fixed.Append(("title", page.Name)))
        {
            if (values.TryGetValue(key, out string? actual) && actual != value)
                page.Report(0, ProblemCode.FrontMatter, $"'{key}' must be '{value}', not '{actual}'.");
        }
    }
}
