using Markdig.Syntax;
using YamlDotNet.RepresentationModel;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>Reads an entry of PARAMETERS: a description, then a fenced YAML block with the metadata.</summary>
internal sealed class ParameterReader
{
    private static readonly string[] Keys =
        ["Type", "DefaultValue", "SupportsWildcards", "Aliases", "ParameterSets", "DontShow", "AcceptedValues", "HelpMessage"];

    private static readonly string[] SetKeys =
        ["Name", "Position", "IsRequired", "ValueFromPipeline", "ValueFromPipelineByPropertyName", "ValueFromRemainingArguments"];

    private readonly PageText _page;
    private readonly PageSection _entry;
    private readonly FencedCodeBlock _fence;

    private ParameterReader(PageText page, PageSection entry, FencedCodeBlock fence)
    {
        _page = page;
        _entry = entry;
        _fence = fence;
    }

    /// <summary>The parameter, or null (and problems).</summary>
    public static CmdletParameter? Read(PageText page, PageSection entry)
    {
        if (!entry.Title.StartsWith('-'))
        {
            entry.Report(ProblemCode.Structure, $"A parameter's heading is '### -{entry.Title}'.");
            return null;
        }

        var blocks = entry.Blocks.ToList();
        int index = blocks.FindIndex(b => b is FencedCodeBlock { Info: "yaml" });
        if (index < 0 || index != blocks.Count - 1)
        {
            entry.Report(ProblemCode.ParameterMetadata, $"{entry.Title} must end with its one fenced 'yaml' block.");
            return null;
        }

        return new ParameterReader(page, entry, (FencedCodeBlock)blocks[index]).Read();
    }

    private CmdletParameter? Read()
    {
        string description = _entry.TextBetween(_entry.Line + 1, _fence.Line);
        if (description.Length == 0) _entry.Report(ProblemCode.MissingText, $"{_entry.Title} has no description.");

        // PlatyPS leaves out the line above the fence, which it takes for an empty one.
        if (!_page.IsBlank(_fence.Line - 1)) _page.Report(_fence.Line, ProblemCode.Structure, "An empty line must stand above the 'yaml' block.");
        if (YamlBlock.Parse(_page, _fence.Line + 1, _fence.Lines.ToString(), ProblemCode.ParameterMetadata) is not { } yaml) return null;

        CheckKeys(yaml, Keys);
        var sets = Node<YamlSequenceNode>(yaml, "ParameterSets")?.Children.OfType<YamlMappingNode>().ToList() ?? [];
        if (sets.Count == 0) Report(yaml, "'ParameterSets' lists no set.");
        sets.ForEach(s => CheckKeys(s, SetKeys));

        return new CmdletParameter(
            _entry.Title.TrimStart('-'),
            description,
            NonEmpty(yaml, "Type"),
            sets.Count > 0 ? NonEmpty(sets[0], "Position") : "",
            Any(sets, "IsRequired"),
            Any(sets, "ValueFromPipeline"),
            Any(sets, "ValueFromPipelineByPropertyName"),
            Flag(yaml, "SupportsWildcards"),
            Strings(yaml, "Aliases"),
            Strings(yaml, "AcceptedValues"));
    }

    private void CheckKeys(YamlMappingNode map, string[] keys)
    {
        var present = map.Children.Keys.Select(k => (k as YamlScalarNode)?.Value ?? "").ToList();
        foreach (string key in present.Except(keys, StringComparer.Ordinal)) Report(map, $"Unknown key '{key}'.");
        foreach (string key in keys.Except(present, StringComparer.Ordinal)) Report(map, $"'{key}' is missing.");
    }

    /// <summary>The value of a key; a missing key is null and was reported by <see cref="CheckKeys"/>.</summary>
    private T? Node<T>(YamlMappingNode map, string key) where T : YamlNode
    {
        if (!map.Children.TryGetValue(new YamlScalarNode(key), out var node)) return null;
        if (node is T typed) return typed;
        Report(node, $"'{key}' must be {(typeof(T) == typeof(YamlSequenceNode) ? "a list" : "a single value")}.");
        return null;
    }

    private string NonEmpty(YamlMappingNode map, string key)
    {
        if (Node<YamlScalarNode>(map, key) is not { } node) return "";
        if (string.IsNullOrEmpty(node.Value)) Report(node, $"'{key}' is empty.");
        return node.Value ?? "";
    }

    private bool Flag(YamlMappingNode map, string key)
    {
        if (Node<YamlScalarNode>(map, key) is not { } node) return false;
        if (node.Value is not ("true" or "false")) Report(node, $"'{key}' must be true or false.");
        return node.Value == "true";
    }

    // Every set is read, so that a bad value behind a true one is found too.
    private bool Any(List<YamlMappingNode> sets, string key) => sets.ConvertAll(s => Flag(s, key)).Contains(true);

    private List<string> Strings(YamlMappingNode map, string key)
    {
        var values = Node<YamlSequenceNode>(map, key)?.Children.Select(c => (c as YamlScalarNode)?.Value ?? "").ToList() ?? [];
        if (values.Contains("")) Report(map, $"'{key}' holds an empty value.");
        return values;
    }

    private void Report(YamlNode node, string message) =>
        _page.Report(_fence.Line + (int)node.Start.Line, ProblemCode.ParameterMetadata, $"{_entry.Title}: {message}");
}
