namespace KvmPS.HelpBuilder.Pages;

/// <summary>What a cmdlet's page says. All texts are markdown, verbatim, without leading or trailing white space.</summary>
public sealed record CmdletPage(
    string Path,
    string Name,
    string HelpFile,
    string HelpUri,
    string Synopsis,
    string Description,
    string Notes,
    IReadOnlyList<CmdletSyntax> Syntax,
    IReadOnlyList<TitledText> Examples,
    IReadOnlyList<CmdletParameter> Parameters,
    IReadOnlyList<TitledText> Inputs,
    IReadOnlyList<TitledText> Outputs,
    IReadOnlyList<PageLink> RelatedLinks);

/// <summary>An entry of a section: an example with its title, or an input or output type with its description.</summary>
public sealed record TitledText(string Title, string Text);

/// <summary>One parameter set as its syntax line spells it, in the order in which help shows the parameters.</summary>
public sealed record CmdletSyntax(IReadOnlyList<SyntaxParameter> Parameters);

/// <summary>A parameter within a syntax line.</summary>
/// <param name="Name">Without the dash.</param>
/// <param name="TypeName">The short type name, or null for a switch.</param>
/// <param name="IsMandatory">Not in square brackets as a whole.</param>
/// <param name="Position">Counted from 0 among the positional parameters of the line, or null for a named one.</param>
public sealed record SyntaxParameter(string Name, string? TypeName, bool IsMandatory, int? Position);

/// <summary>A parameter as its section describes it.</summary>
/// <param name="Name">Without the dash.</param>
/// <param name="Description">Markdown.</param>
/// <param name="TypeName">The full type name.</param>
/// <param name="Position">The position in the first parameter set: a number or <c>Named</c>.</param>
/// <param name="IsMandatory">In at least one parameter set.</param>
/// <param name="ByValue">Takes pipeline objects in at least one parameter set.</param>
/// <param name="ByPropertyName">Takes properties of pipeline objects in at least one parameter set.</param>
/// <param name="SupportsWildcards">Patterns are welcome.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="AcceptedValues">The closed list of values; empty when there is none.</param>
public sealed record CmdletParameter(
    string Name,
    string Description,
    string TypeName,
    string Position,
    bool IsMandatory,
    bool ByValue,
    bool ByPropertyName,
    bool SupportsWildcards,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<string> AcceptedValues)
{
    /// <summary>A switch takes no value.</summary>
    public bool IsSwitch => TypeName is "System.Management.Automation.SwitchParameter" or "SwitchParameter";
}

/// <summary>A related link.</summary>
public sealed record PageLink(string Text, string Uri);
