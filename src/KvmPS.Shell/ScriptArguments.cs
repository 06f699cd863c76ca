using System.Management.Automation.Runspaces;

namespace KvmPS.Shell;

/// <summary>Turns the words after a script's path into parameters, by the rules of <c>pwsh -File</c>.</summary>
internal static class ScriptArguments
{
    /// <summary>
    /// Each word becomes a parameter name (<c>-Name</c>), a name with its value (<c>-Name:value</c>, where <c>$true</c> and <c>$false</c> are booleans and
    /// an empty value is the next word) or a value; the engine's binder pairs names with the values after them. After <c>--</c> all are values.
    /// </summary>
    public static IEnumerable<CommandParameter> Parse(IReadOnlyList<string> words)
    {
        bool namesEnded = false;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (!namesEnded && word == "--")
            {
                namesEnded = true;
                continue;
            }

            if (namesEnded || !IsName(word))
            {
                yield return new CommandParameter(name: null, word);
                continue;
            }

            int colon = word.IndexOf(':');
            if (colon < 0)
                yield return new CommandParameter(word);
            else if (colon < word.Length - 1)
                yield return new CommandParameter(word[..colon], Value(word[(colon + 1)..]));
            else if (i + 1 < words.Count)
                yield return new CommandParameter(word[..colon], words[++i]);
            else
                yield return new CommandParameter(word[..colon]);
        }
    }

    // A negative number is a value, as it is in PowerShell's own syntax.
    private static bool IsName(string word) => word.Length > 1 && word[0] == '-' && (char.IsLetter(word[1]) || word[1] is '_' or '?');

    private static object Value(string text) => text.ToLowerInvariant() switch
    {
        "$true" => true,
        "$false" => false,
        _ => text,
    };
}
