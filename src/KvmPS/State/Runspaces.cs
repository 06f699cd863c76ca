using System.Management.Automation.Runspaces;

namespace KvmPS;

/// <summary>Which runspace made what.</summary>
internal static class Runspaces
{
    /// <summary>The runspace of the calling pipeline thread.</summary>
    public static Owner Current => new(Runspace.DefaultRunspace);

    /// <summary>A runspace as the owner of a machine; does not keep it alive.</summary>
    internal readonly struct Owner(Runspace? runspace)
    {
        private readonly WeakReference<Runspace>? _runspace = runspace is null ? null : new WeakReference<Runspace>(runspace);

        /// <summary>Identifies the runspace.</summary>
        public Guid Id { get; } = runspace?.InstanceId ?? Guid.Empty;

        /// <summary>Whether nobody can use that runspace any more.</summary>
        public bool IsGone =>
            _runspace is null || !_runspace.TryGetTarget(out Runspace? target)
            || target.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Closing or RunspaceState.Broken;
    }
}
