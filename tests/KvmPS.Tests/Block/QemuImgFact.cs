using System.Runtime.CompilerServices;
using KvmPS.Stress.Storage;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>A test that asks qemu-img: skipped, visibly, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuImgFactAttribute : FactAttribute
{
    /// <summary>Marks a test; the place in the source is filled in by the compiler.</summary>
    public QemuImgFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = QemuImg.WhyNot;
}

/// <summary>A test with cases that asks qemu-img; see <see cref="QemuImgFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class QemuImgTheoryAttribute : TheoryAttribute
{
    /// <summary>Marks a test; the place in the source is filled in by the compiler.</summary>
    public QemuImgTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) =>
        Skip = QemuImg.WhyNot;
}
