using System.Management.Automation;
using PesterRunner.Assertions;

namespace PesterRunner.Commands;

/// <summary>
/// <c>Should</c>. Each operator is a parameter set named like its switch. The pipeline unrolls collections; operators on collections see all that came
/// through it as one array, the others look at each item.
/// </summary>
[Cmdlet("Assert", "TestValue")]
internal sealed partial class ShouldCommand : PSCmdlet, IDynamicParameters
{
    private RuntimeDefinedParameterDictionary? _added;

    private readonly List<object?> _input = [];

    /// <summary>The parameters of the operators that <c>Add-ShouldOperator</c> brought.</summary>
    public object? GetDynamicParameters() => _added = AddedOperator.Parameters();

    protected override void ProcessRecord() => _input.Add(ActualValue);

    protected override void EndProcessing()
    {
        if (MyInvocation.BoundParameters.ContainsKey("ErrorAction"))
            throw new NotSupportedException("PesterRunner does not know Should -ErrorAction; an assertion that fails ends the test.");

        string name = ParameterSetName;
        PowerShellOperator evaluator = new(InvokeCommand);
        Expectation expectation = new(ExpectedValue, Not, Because);
        if (name == nameof(Throw))
        {
            foreach (object? item in Items()) CheckThrow(item, expectation);
            return;
        }

        if (name == nameof(Exist))
        {
            foreach (object? item in Items())
                Require(new ExistAssertion(path => InvokeProvider.Item.Exists(path, force: false, literalPath: false)).Check(item, expectation));
            return;
        }

        if (AddedOperator.Find(name) is { } added)
        {
            foreach (object? item in Items()) Require(added.Check(this, item, expectation, _added!));
            return;
        }

        if (CollectionAssertions.Find(name) is { } onCollection)
        {
            object? actual = _input.Count == 0 ? null : _input.ToArray();
            Require(onCollection(actual as object?[], expectation, evaluator));
            return;
        }

        ItemAssertion onItem = ItemAssertions.Find(name);
        foreach (object? item in Items()) Require(onItem(item, expectation, evaluator));
    }

    private IEnumerable<object?> Items() => _input.Count == 0 ? [null] : _input;

    private void CheckThrow(object? item, Expectation expectation)
    {
        ThrowAssertion assertion = new(this, (ExpectedMessage, ErrorId, ExceptionType));
        Require(assertion.Check(item, expectation));
        if (PassThru && assertion.Thrown is { } error) WriteObject(error);
    }

    private void Require(string? failure)
    {
        if (failure is not null) ThrowTerminatingError(AssertionFailure.Create(failure));
    }
}
