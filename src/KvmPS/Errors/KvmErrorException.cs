using System.Management.Automation;

namespace KvmPS;

/// <summary>An expected failure, with all that its error record needs: a stable id, a category, and what to do about it.</summary>
public sealed class KvmErrorException : Exception
{
    internal KvmErrorException(string errorId, ErrorCategory category, string message, string remedy, Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        Category = category;
        Remedy = remedy;
    }

    /// <summary>The stable id.</summary>
    public string ErrorId { get; }

    /// <summary>What to type or to change.</summary>
    public string Remedy { get; }

    /// <summary>How the machine ended, when that is the failure: reason, registers, instruction, last console lines.</summary>
    public KvmExit? Exit { get; internal init; }

    /// <summary>The last lines of the machine's console, oldest first, at most 20; empty when the failure is not a running machine's.</summary>
    public string[] ConsoleTail { get; internal init; } = [];

    /// <summary>What a command in the guest has written, when it did not end in time; empty otherwise.</summary>
    public string GuestOutput { get; internal init; } = "";

    internal ErrorCategory Category { get; }

    internal ErrorRecord ToErrorRecord(object? target) =>
        new(this, ErrorId, Category, target) { ErrorDetails = new ErrorDetails(Message) { RecommendedAction = Remedy } };
}
