namespace PesterRunner.Assertions;

/// <summary>What a <c>Should</c> expects.</summary>
/// <param name="Expected">The value to compare with.</param>
/// <param name="Negated">Whether <c>-Not</c> turns it round.</param>
/// <param name="Because">The reason to show with a failure.</param>
internal sealed record Expectation(object? Expected, bool Negated, string? Because)
{
    /// <summary>The reason as part of a sentence, between commas, or nothing.</summary>
    public string Reason =>
        string.IsNullOrWhiteSpace(Because) ? string.Empty : $" because {Because.Trim().Replace("because ", string.Empty, StringComparison.OrdinalIgnoreCase)},";
}
