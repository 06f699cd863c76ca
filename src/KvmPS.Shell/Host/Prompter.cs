using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace KvmPS.Shell.Host;

/// <summary>Asks on the terminal. Where nobody can answer, the question is an error at once instead of a wait for ever.</summary>
internal sealed class Prompter(ConsoleOutput output, TerminalInput input)
{
    /// <summary>Reads a line.</summary>
    public string ReadLine() => input.ReadLine();

    /// <summary>Reads a line that is not shown.</summary>
    public SecureString ReadSecret()
    {
        SecureString secret = new();
        foreach (char letter in input.ReadHiddenLine()) secret.AppendChar(letter);
        output.Write(Environment.NewLine);
        secret.MakeReadOnly();
        return secret;
    }

    /// <summary>Asks for values by name, as the engine does for missing mandatory parameters.</summary>
    public Dictionary<string, PSObject> AskFields(string caption, string message, Collection<FieldDescription> fields)
    {
        input.RequireTerminal();
        WriteHeading(caption, message);
        Dictionary<string, PSObject> answers = new(StringComparer.OrdinalIgnoreCase);
        foreach (FieldDescription field in fields) answers[field.Name] = AskField(field);
        return answers;
    }

    /// <summary>Asks for one of several choices, by hot key or label; an empty answer is the default.</summary>
    public int AskChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        input.RequireTerminal();
        WriteHeading(caption, message);
        string[] keys = [.. choices.Select(HotKey)];
        string question = string.Join("  ", choices.Select((choice, i) => $"[{keys[i]}] {PlainLabel(choice)}"));
        string fallback = defaultChoice >= 0 ? $" (default is \"{keys[defaultChoice]}\")" : string.Empty;
        while (true)
        {
            output.Write($"{question}  [?] Help{fallback}: ");
            string answer = input.ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0) return defaultChoice;
            if (answer == "?") WriteHelp(choices, keys);

            int chosen = choices.ToList().FindIndex(choice =>
                answer.Equals(HotKey(choice), StringComparison.CurrentCultureIgnoreCase) ||
                answer.Equals(PlainLabel(choice), StringComparison.CurrentCultureIgnoreCase));
            if (chosen >= 0) return chosen;
        }
    }

    /// <summary>Asks for a user name, if none is given, and a password.</summary>
    public PSCredential AskCredential(string caption, string message, string? userName)
    {
        input.RequireTerminal();
        WriteHeading(caption, message);
        string? user = userName;
        while (string.IsNullOrWhiteSpace(user)) user = Ask("User");
        output.Write($"Password for user {user}: ");
        return new PSCredential(user, ReadSecret());
    }

    private PSObject AskField(FieldDescription field)
    {
        string type = field.ParameterTypeFullName;
        if (type == typeof(SecureString).FullName)
        {
            output.Write($"{field.Name}: ");
            return PSObject.AsPSObject(ReadSecret());
        }

        if (type == typeof(PSCredential).FullName) return PSObject.AsPSObject(AskCredential(string.Empty, field.Name, userName: null));
        return type.EndsWith("[]", StringComparison.Ordinal) ? PSObject.AsPSObject(AskList(field.Name)) : PSObject.AsPSObject(Ask(field.Name));
    }

    private string[] AskList(string name)
    {
        List<string> items = [];
        while (Ask($"{name}[{items.Count}]") is { Length: > 0 } item) items.Add(item);
        return [.. items];
    }

    private string Ask(string label)
    {
        output.Write($"{label}: ");
        return input.ReadLine();
    }

    private void WriteHeading(string caption, string message)
    {
        if (!string.IsNullOrEmpty(caption)) output.Write(PSStyle.Instance.Bold + caption + PSStyle.Instance.Reset + Environment.NewLine);
        if (!string.IsNullOrEmpty(message)) output.Write(message + Environment.NewLine);
    }

    private void WriteHelp(Collection<ChoiceDescription> choices, string[] keys)
    {
        foreach ((ChoiceDescription choice, string key) in choices.Zip(keys))
            output.Write($"{key} - {choice.HelpMessage}{Environment.NewLine}");
    }

    // The letter after '&' is the hot key; a label without one is its own key.
    private static string HotKey(ChoiceDescription choice)
    {
        int mark = choice.Label.IndexOf('&');
        return mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label.Substring(mark + 1, 1).ToUpperInvariant() : choice.Label;
    }

    private static string PlainLabel(ChoiceDescription choice) => choice.Label.Replace("&", string.Empty, StringComparison.Ordinal);
}
