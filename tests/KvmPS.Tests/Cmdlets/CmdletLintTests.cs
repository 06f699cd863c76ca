using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace KvmPS.Tests.Cmdlets;

/// <summary>The rules that hold for every cmdlet, those to come included.</summary>
public class CmdletLintTests
{
    private const int FewestExamples = 2;

    private static readonly Type[] VerbClasses =
    [
        typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsLifecycle), typeof(VerbsOther), typeof(VerbsSecurity),
    ];

    /// <summary>Verbs that change nothing, and so ask for no confirmation.</summary>
    private static readonly string[] ReadingVerbs = ["Get", "Read", "Wait", "Test", "Measure", "Resolve", "Search", "Compare", "Trace", "Enter"];

    /// <summary>Cmdlets of such a verb that can write a file all the same.</summary>
    private static readonly string[] FileWriters = ["Measure-KvmVM"];

    /// <summary>Verbs whose result is the point of calling them. All others are silent unless asked with -PassThru.</summary>
    private static readonly string[] EmittingVerbs =
    [
        .. ReadingVerbs, "New", "Copy", "Import", "Convert", "Checkpoint", "Invoke", "Step",
    ];

    /// <summary>Cmdlets to which strings are piped that are no names of machines.</summary>
    private static readonly string[] StandardInputTakers = ["Invoke-KvmGuestCommand"];

    /// <summary>The names of all cmdlets.</summary>
    public static TheoryData<string> Names => new(CmdletUnderTest.All.Select(static cmdlet => cmdlet.Name));

    [Fact]
    public void The_manifest_exports_all_cmdlets_and_nothing_else()
    {
        string manifest = File.ReadAllText(RepositoryRoot.Combine("KvmPS.psd1"));
        Match list = Regex.Match(manifest, @"CmdletsToExport\s*=\s*@\((?<names>[^)]*)\)");
        Assert.True(list.Success);
        Assert.Equal(CmdletUnderTest.All.Select(static cmdlet => cmdlet.Name), Regex.Matches(list.Groups["names"].Value, "'([^']+)'").Select(static name => name.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_verb_is_approved(string name)
    {
        IEnumerable<string> approved = VerbClasses.SelectMany(static type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(static field => (string)field.GetValue(null)!);
        Assert.Contains(CmdletUnderTest.Named(name).Attribute.VerbName, approved);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_noun_begins_with_Kvm_and_is_singular(string name) => Assert.Matches("^Kvm[A-Z][A-Za-z]*(?<!s)$", CmdletUnderTest.Named(name).Attribute.NounName);

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_class_is_named_after_it(string name)
    {
        CmdletUnderTest cmdlet = CmdletUnderTest.Named(name);
        Assert.Equal($"{cmdlet.Attribute.VerbName}{cmdlet.Attribute.NounName}Command", cmdlet.Type.Name);
        Assert.True(cmdlet.Type.IsSealed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_says_what_it_writes(string name) => Assert.NotEmpty(CmdletUnderTest.Named(name).OutputTypes);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_asks_before_it_changes_something_and_never_prompts_by_itself(string name)
    {
        CmdletAttribute attribute = CmdletUnderTest.Named(name).Attribute;
        Assert.Equal(!ReadingVerbs.Contains(attribute.VerbName, StringComparer.Ordinal) || FileWriters.Contains(name, StringComparer.Ordinal), attribute.SupportsShouldProcess);
        Assert.NotEqual(ConfirmImpact.High, attribute.ConfirmImpact);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_PassThru_when_it_is_silent_and_only_then(string name)
    {
        CmdletUnderTest cmdlet = CmdletUnderTest.Named(name);
        Assert.Equal(!EmittingVerbs.Contains(cmdlet.Attribute.VerbName, StringComparer.Ordinal), cmdlet.Parameter("PassThru") is not null);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_time_outs_are_numbers_or_spans(string name)
    {
        PropertyInfo? timeout = CmdletUnderTest.Named(name).Parameter("Timeout");
        if (CmdletUnderTest.Named(name).Attribute.VerbName == "Wait") Assert.NotNull(timeout);
        if (timeout is null) return;
        Assert.Equal(typeof(TimeSpan), timeout.PropertyType);
        Assert.True(timeout.IsDefined(typeof(TimeoutTransformationAttribute)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_takes_a_machine_by_name_and_by_object_at_the_same_position(string name)
    {
        CmdletUnderTest cmdlet = CmdletUnderTest.Named(name);
        if (cmdlet.Parameter("VM") is not { } byObject) return;
        PropertyInfo byName = cmdlet.Parameter("VMName") ?? cmdlet.Parameter("Name")!;
        Assert.Equal(typeof(string[]), byName.PropertyType);
        Assert.Equal(typeof(KvmVM[]), byObject.PropertyType);
        Assert.True(byName.IsDefined(typeof(ArgumentCompleterAttribute)));
        Assert.True(byName.IsDefined(typeof(SupportsWildcardsAttribute)));
        Assert.Contains(byName.GetCustomAttribute<AliasAttribute>()!.AliasNames, static alias => alias is "VMName" or "Name");
        foreach (PropertyInfo machine in new[] { byName, byObject })
        {
            Assert.All(machine.GetCustomAttributes<ParameterAttribute>(), static parameter => Assert.Equal(0, parameter.Position));
            bool piped = machine == byObject || !StandardInputTakers.Contains(name, StringComparer.Ordinal);
            Assert.All(machine.GetCustomAttributes<ParameterAttribute>(), parameter => Assert.Equal(piped, parameter.ValueFromPipeline));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_takes_no_machine_for_its_namesake(string name)
    {
        string defaultSet = CmdletUnderTest.Named(name).Attribute.DefaultParameterSetName;
        IEnumerable<PropertyInfo> byProperty = CmdletUnderTest.Named(name).Parameters.Where(static parameter =>
            parameter.GetCustomAttribute<ArgumentCompleterAttribute>()?.Type == typeof(MachineNameCompleter)
            && parameter.GetCustomAttributes<ParameterAttribute>().Any(static attribute => attribute.ValueFromPipelineByPropertyName));
        Assert.All(byProperty, parameter =>
        {
            Assert.All(parameter.GetCustomAttributes<ParameterAttribute>(), static attribute => Assert.True(attribute.ValueFromPipeline, "It does not see the whole object."));
            IEnumerable<string> bound = [parameter.Name, .. parameter.GetCustomAttribute<AliasAttribute>(inherit: false)?.AliasNames ?? []]; // as the binder does
            MachineNameTransformationAttribute? transformation = parameter.GetCustomAttribute<MachineNameTransformationAttribute>();
            Assert.Equal(bound, transformation?.Properties);
            Assert.Equal(parameter.GetCustomAttributes<ParameterAttribute>().Any(attribute => attribute.ParameterSetName == defaultSet), transformation?.IsDefault);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_sizes_have_their_unit_in_the_name(string name)
    {
        foreach (PropertyInfo parameter in CmdletUnderTest.Named(name).Parameters)
        {
            if (parameter.Name.Contains("Memory", StringComparison.Ordinal) || parameter.Name.Contains("Size", StringComparison.Ordinal))
                Assert.EndsWith("Bytes", parameter.Name, StringComparison.Ordinal);
            if (parameter.Name.EndsWith("Bytes", StringComparison.Ordinal)) Assert.Equal(typeof(long), parameter.PropertyType);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_a_page_with_examples_that_names_every_parameter(string name)
    {
        string path = RepositoryRoot.Combine("docs", "cmdlets", name + ".md");
        Assert.True(File.Exists(path), $"{path} is missing.");
        string page = File.ReadAllText(path);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.True(Regex.Count(page, "^### Example", RegexOptions.Multiline | RegexOptions.IgnoreCase) >= FewestExamples, $"{name} has too few examples.");
        Assert.All(CmdletUnderTest.Named(name).Parameters, parameter => Assert.Contains($"### -{parameter.Name}\n", page.ReplaceLineEndings("\n"), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_page_shows_the_parameters_of_each_set(string name)
    {
        CmdletUnderTest cmdlet = CmdletUnderTest.Named(name);
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "cmdlets", name + ".md")).ReplaceLineEndings("\n");
        MatchCollection blocks = Regex.Matches(page, @"^### (?<set>\w+)(?: \(Default\))?\n\n```\n(?<syntax>[^`]+)\n```$", RegexOptions.Multiline);
        Assert.Equal(cmdlet.ParameterSets, blocks.Select(static block => block.Groups["set"].Value).Order(StringComparer.Ordinal));
        Assert.All(blocks, block => Assert.Equal(
            cmdlet.ParametersOf(block.Groups["set"].Value).Order(StringComparer.Ordinal),
            Regex.Matches(block.Groups["syntax"].Value, @"(?<=[ \[])-(\w+)").Select(static parameter => parameter.Groups[1].Value).Except(["WhatIf", "Confirm"]).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_a_Pester_file(string name) => Assert.True(File.Exists(RepositoryRoot.Combine("tests", "Pester", name + ".Tests.ps1")));
}
