using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using KvmPS.Core.Host;

namespace KvmPS;

/// <summary>Completes CPU features that this host's KVM offers, quoted: a bare -name would be taken for a parameter.</summary>
internal sealed class CpuFeatureCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        HostFacts host = HostFacts.Read();
        IReadOnlyList<string> features = host.IsAvailable ? host.CpuFeatures : CpuFeatureNames.All;
        return features.Select(static name => (Wish: "-" + name, Tip: $"Hide {name} from the guest"))
            .Concat(features.Select(static name => (Wish: "+" + name, Tip: $"Insist on {name}")))
            .Where(feature => feature.Wish.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(static feature => new CompletionResult($"'{feature.Wish}'", feature.Wish, CompletionResultType.ParameterValue, feature.Tip));
    }
}
