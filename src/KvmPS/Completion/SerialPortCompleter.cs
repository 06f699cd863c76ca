using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>Completes the ports of the machine that the command line names, or of all: the numbers of serial ports, and the names of the others.</summary>
internal sealed class SerialPortCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        KvmVM[] machines = [.. NamedMachines.Of(fakeBoundParameters)];
        int serialPorts = machines.Select(static vm => vm.SerialPortCount).DefaultIfEmpty().Max();
        IEnumerable<(string Text, string Tip)> numbers = Enumerable.Range(1, serialPorts).Select(static number => (number.ToString(CultureInfo.InvariantCulture), $"COM{number}"));
        IEnumerable<(string Text, string Tip)> names = machines.Select(static vm => vm.Machine.Config)
            .Where(static config => config.HasConsoleDevice)
            .SelectMany(static config => config.ConsolePorts.Prepend(MachineConfig.VirtioConsoleName))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(static name => (name, $"virtio console port {name}"));
        return numbers.Concat(names)
            .Where(port => port.Text.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(static port => new CompletionResult(port.Text, port.Text, CompletionResultType.ParameterValue, port.Tip));
    }
}
