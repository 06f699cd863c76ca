using System.Runtime.CompilerServices;
using KvmPS.Core.Host;
using Xunit;

namespace KvmPS.Tests;

/// <summary>A test that runs guests: skipped, visibly, only where there is no KVM. A device that is there but unusable fails the test.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KvmFactAttribute : FactAttribute
{
    /// <summary>Marks a test; the place in the source is filled in by the compiler.</summary>
    public KvmFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = KvmHost.WhyNot;
}

/// <summary>A test with cases that runs guests; see <see cref="KvmFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KvmTheoryAttribute : TheoryAttribute
{
    /// <summary>Marks a test; the place in the source is filled in by the compiler.</summary>
    public KvmTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = KvmHost.WhyNot;
}

/// <summary>Whether this host has KVM, where the product looks for it.</summary>
internal static class KvmHost
{
    /// <summary>Why guests cannot be tested here, or null.</summary>
    public static string? WhyNot { get; } = File.Exists(KvmDevice.Path) ? null : $"There is no {KvmDevice.Path} on this host.";
}

/// <summary>
/// The tests that count native resources or CPU time: one after the other, with no other test beside them. Put
/// <c>[Collection(nameof(ExclusiveCollection))]</c> on the class.
/// </summary>
[CollectionDefinition(nameof(ExclusiveCollection), DisableParallelization = true)]
public sealed class ExclusiveCollection;
