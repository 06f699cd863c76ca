namespace KvmPS.Shell.Interactive;

/// <summary>Where the statements of an interactive session come from.</summary>
internal interface IStatementReader
{
    /// <summary>Reads a statement, of one line or as many as it takes.</summary>
    /// <param name="prompt">Gives the prompt, if one is to be shown.</param>
    /// <returns>The statement, empty when it was taken back, or null at the end of the input.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended by a signal.</exception>
    string? Read(Func<string> prompt);
}
