using System.Collections;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>Completes how many serial ports a machine can have.</summary>
internal sealed class SerialPortCountCompleter() : NumberCompleter("Up to COM")
{
    /// <inheritdoc/>
    protected override IEnumerable<int> Numbers(IDictionary parameters) => Enumerable.Range(1, MachineConfig.MostSerialPorts);
}
