using System.Collections;

namespace KvmPS;

/// <summary>Completes the numbers of the serial ports of the machine that the command line names, or of the one that has most.</summary>
internal sealed class SerialPortCompleter() : NumberCompleter("COM")
{
    /// <inheritdoc/>
    protected override IEnumerable<int> Numbers(IDictionary parameters) => Enumerable.Range(1, Most(parameters, static vm => vm.SerialPortCount));
}
