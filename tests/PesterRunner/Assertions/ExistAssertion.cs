using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary><c>Should -Exist</c>: a path of any provider, wildcards included.</summary>
internal sealed class ExistAssertion(Func<string, bool> exists)
{
    public string? Check(object? actual, Expectation expectation)
    {
        bool found = exists(LanguagePrimitives.ConvertTo<string>(actual));
        if (found != expectation.Negated) return null;
        return expectation.Negated
            ? $"Expected path {Display.Of(actual)} to not exist,{expectation.Reason} but it did exist."
            : $"Expected path {Display.Of(actual)} to exist,{expectation.Reason} but it did not exist.";
    }
}
