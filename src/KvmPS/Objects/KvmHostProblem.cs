namespace KvmPS;

/// <summary>Something wrong with a host.</summary>
/// <param name="ErrorId">The id that an error about it would have.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record KvmHostProblem(string ErrorId, string Message, string Remedy)
{
    /// <summary>What is wrong.</summary>
    public override string ToString() => Message;
}
