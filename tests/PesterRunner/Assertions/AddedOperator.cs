using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace PesterRunner.Assertions;

/// <summary>An operator that <c>Add-ShouldOperator</c> brought: a script that is given the value and answers with <c>Succeeded</c> and <c>FailureMessage</c>.</summary>
internal sealed class AddedOperator(string name, ScriptBlock test)
{
    private const string Calling = "param($Test, $Arguments) & $Test @Arguments";
    private static readonly string[] Given = ["ActualValue", "Negate", "Because", "CallerSessionState"];

    /// <summary>Those of each runspace: every test file has one of its own.</summary>
    private static readonly ConditionalWeakTable<Runspace, Dictionary<string, AddedOperator>> All = [];

    private static Dictionary<string, AddedOperator> Here => All.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>The operator of that name in this runspace, or null.</summary>
    public static AddedOperator? Find(string name) => Here.GetValueOrDefault(name);

    /// <summary>Adds an operator. As Pester has it, the same one twice is one, and another one of that name is an error.</summary>
    public static void Add(string name, ScriptBlock test)
    {
        if (Find(name) is not { } known) Here.Add(name, new AddedOperator(name, test));
        else if (!known.HasText(test)) throw new InvalidOperationException($"Assertion operator name '{name}' has been added multiple times.");
    }

    /// <summary>A switch for each operator, and what the operators take, at positions from 0 in the operator's own parameter set.</summary>
    public static RuntimeDefinedParameterDictionary Parameters()
    {
        RuntimeDefinedParameterDictionary parameters = [];
        foreach (AddedOperator added in Here.Values)
        {
            Declare(parameters, added.Name, typeof(SwitchParameter), new ParameterAttribute { ParameterSetName = added.Name, Mandatory = true });
            int position = 0;
            foreach (string own in added.OwnParameters)
                Declare(parameters, own, typeof(object), new ParameterAttribute { ParameterSetName = added.Name, Position = position++ });
        }

        return parameters;
    }

    /// <summary>Checks one item: null when it is as expected, else the message of the failure.</summary>
    public string? Check(PSCmdlet caller, object? actual, Expectation expectation, RuntimeDefinedParameterDictionary bound)
    {
        Hashtable arguments = new() { ["ActualValue"] = actual, ["Negate"] = expectation.Negated };
        if (expectation.Because is not null) arguments["Because"] = expectation.Because;
        foreach (string own in OwnParameters)
            if (bound[own].IsSet) arguments[own] = bound[own].Value;

        PSObject verdict = caller.InvokeCommand.InvokeScript(Calling, test, arguments).LastOrDefault()
            ?? throw new InvalidOperationException($"The operator {Name} gave no answer.");
        return LanguagePrimitives.IsTrue(verdict.Properties["Succeeded"]?.Value) ? null : LanguagePrimitives.ConvertTo<string>(verdict.Properties["FailureMessage"]?.Value);
    }

    private string Name => name;

    private IEnumerable<string> OwnParameters => (((ScriptBlockAst)test.Ast).ParamBlock?.Parameters.Select(static parameter => parameter.Name.VariablePath.UserPath) ?? [])
        .Except(Given, StringComparer.OrdinalIgnoreCase);

    private bool HasText(ScriptBlock other) => test.ToString() == other.ToString();

    private static void Declare(RuntimeDefinedParameterDictionary parameters, string parameter, Type type, ParameterAttribute attribute)
    {
        if (parameters.TryGetValue(parameter, out RuntimeDefinedParameter? known)) known.Attributes.Add(attribute);
        else parameters.Add(parameter, new RuntimeDefinedParameter(parameter, type, new Collection<Attribute> { attribute }));
    }
}
