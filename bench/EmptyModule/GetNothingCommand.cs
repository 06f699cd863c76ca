using System.Management.Automation;

namespace EmptyModule;

/// <summary>The one cmdlet of a module that does nothing.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet;
