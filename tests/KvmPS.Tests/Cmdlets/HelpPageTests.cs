using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>What a help page says of parameters, inputs and outputs is what the class of the cmdlet says.</summary>
public class HelpPageTests
{
    private static readonly string[] ConfirmationSwitches = ["Confirm", "WhatIf"];

    /// <summary>The names of all cmdlets.</summary>
    public static TheoryData<string> Names => CmdletLintTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_all_sections_in_their_order_and_none_but_notes_is_empty(string name)
    {
        MatchCollection sections = Regex.Matches(Page(name), @"^## (?<title>[A-Z ]+)\n(?<text>.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.Equal(
            ["SYNOPSIS", "SYNTAX", "ALIASES", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"],
            sections.Select(static section => section.Groups["title"].Value));
        Assert.All(
            sections.Where(static section => section.Groups["title"].Value is not ("NOTES" or "ALIASES" or "INPUTS")),
            static section => Assert.NotEqual("", section.Groups["text"].Value.Trim()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_parameters_are_those_of_the_class_with_words_and_all_traits(string name)
    {
        CmdletUnderTest cmdlet = CmdletUnderTest.Named(name);
        string section = Section(name, "PARAMETERS");
        Dictionary<string, Match> described = Regex
            .Matches(section, @"^### -(?<name>\w+)\n\n(?<words>\S.*?)\n\n```yaml\n(?<yaml>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)
            .ToDictionary(static match => match.Groups["name"].Value, StringComparer.Ordinal);
        string[] expected = [.. cmdlet.Parameters.Select(static parameter => parameter.Name), .. cmdlet.Attribute.SupportsShouldProcess ? ConfirmationSwitches : []];
        Assert.Equal(expected.Order(StringComparer.Ordinal), described.Keys.Order(StringComparer.Ordinal));

        Assert.All(cmdlet.Parameters, parameter => Assert.Equal(TraitsOf(parameter), SortedSets(described[parameter.Name].Groups["yaml"].Value)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_inputs_are_the_types_that_are_piped_in(string name) => Assert.Equal(
        CmdletUnderTest.Named(name).Parameters
            .Where(static parameter => parameter.GetCustomAttributes<ParameterAttribute>().Any(static use => use.ValueFromPipeline || use.ValueFromPipelineByPropertyName))
            .Select(static parameter => (Nullable.GetUnderlyingType(parameter.PropertyType) ?? parameter.PropertyType).ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        Headings(name, "INPUTS"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_outputs_are_the_types_that_it_says_it_writes(string name) => Assert.Equal(
        CmdletUnderTest.Named(name).OutputTypes.Select(static type => type.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        Headings(name, "OUTPUTS"));

    /// <summary>The page's block for a parameter as the class has it: without the default value, which is in its words; the sets sorted.</summary>
    private static string TraitsOf(PropertyInfo parameter)
    {
        // PowerShell takes no attributes from a property that is overridden.
        string[] aliases = [.. parameter.GetCustomAttribute<AliasAttribute>(inherit: false)?.AliasNames ?? []];
        IEnumerable<string> sets = parameter.GetCustomAttributes<ParameterAttribute>(inherit: false).Select(static use => $"""
            - Name: {(use.ParameterSetName == ParameterAttribute.AllParameterSets ? "(All)" : use.ParameterSetName)}
              Position: {(use.Position < 0 ? "Named" : use.Position.ToString(CultureInfo.InvariantCulture))}
              IsRequired: {Word(use.Mandatory)}
              ValueFromPipeline: {Word(use.ValueFromPipeline)}
              ValueFromPipelineByPropertyName: {Word(use.ValueFromPipelineByPropertyName)}
              ValueFromRemainingArguments: {Word(use.ValueFromRemainingArguments)}

            """);
        return $"""
            Type: {parameter.PropertyType}
            SupportsWildcards: {Word(parameter.IsDefined(typeof(SupportsWildcardsAttribute), inherit: false))}
            Aliases:{(aliases.Length == 0 ? " []" : string.Concat(aliases.Select(static alias => "\n- " + alias)))}
            ParameterSets:
            {string.Concat(sets.Order(StringComparer.Ordinal))}
            """;
    }

    private static string SortedSets(string block)
    {
        Match parts = Regex.Match(block, @"^(?<type>Type: .*\n)DefaultValue: .*\n(?<head>(?:.*\n)*?ParameterSets:\n)(?<set>- Name: .*\n(?:  .*\n)+)+DontShow: false\n", RegexOptions.None);
        return parts.Groups["type"].Value + parts.Groups["head"].Value + string.Concat(parts.Groups["set"].Captures.Select(static set => set.Value).Order(StringComparer.Ordinal));
    }

    private static string Word(bool value) => value ? "true" : "false";

    private static IEnumerable<string> Headings(string name, string section) =>
        Regex.Matches(Section(name, section), @"^### (?<type>\S+)\n\n\S", RegexOptions.Multiline).Select(static heading => heading.Groups["type"].Value).Order(StringComparer.Ordinal);

    private static string Section(string name, string title) =>
        Regex.Match(Page(name), $@"^## {title}\n(?<text>.*?)(?=^## [A-Z])", RegexOptions.Multiline | RegexOptions.Singleline).Groups["text"].Value;

    private static string Page(string name) => File.ReadAllText(RepositoryRoot.Combine("docs", "cmdlets", name + ".md")).ReplaceLineEndings("\n");
}
