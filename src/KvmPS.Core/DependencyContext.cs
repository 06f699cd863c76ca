using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace KvmPS.Core;

/// <summary>
/// Loads third-party assemblies from <c>deps/</c> beside this one into a context of their own, so that another module's version of the
/// same library neither disturbs this module nor is disturbed by it. Where there is no such folder (tests, tools) nothing happens.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private readonly Dictionary<string, string> _paths; // full name to path

    private DependencyContext(string folder)
        : base("KvmPS.deps") =>
        _paths = Directory.EnumerateFiles(folder, "*.dll").ToDictionary(static path => AssemblyName.GetAssemblyName(path).FullName, StringComparer.OrdinalIgnoreCase);

    /// <summary>A dependency of a dependency: from the same folder, else as everybody else gets it.</summary>
    protected override Assembly? Load(AssemblyName assemblyName) => Resolve(assemblyName);

    /// <summary>Answers for exactly the names and versions that lie in the folder, and for nothing else.</summary>
    private Assembly? Resolve(AssemblyName name) => _paths.TryGetValue(name.FullName, out string? path) ? LoadFromAssemblyPath(path) : null;

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The handler has to stand before the first method that uses a dependency is compiled, whoever loads this assembly.")]
    internal static void Install()
    {
        string folder = Path.Combine(Path.GetDirectoryName(typeof(DependencyContext).Assembly.Location)!, "deps");
        if (!Directory.Exists(folder)) return;
        var context = new Lazy<DependencyContext>(() => new DependencyContext(folder));
        Default.Resolving += (_, name) => context.Value.Resolve(name);
    }
}
