namespace KvmPS.Core.Devices.Virtio;

/// <summary>A feature that needs another one.</summary>
/// <param name="Feature">The dependent bit, as a mask.</param>
/// <param name="Needs">The bits that it needs, as a mask.</param>
public readonly record struct FeatureDependency(ulong Feature, ulong Needs)
{
    /// <summary>Whether a set of features respects it.</summary>
    public bool IsMetBy(ulong features) => (features & Feature) == 0 || (features & Needs) == Needs;
}
