using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace KvmPS.Core;

/// <summary>
/// Loads KvmPS.ThirdParty from <c>deps/</c> beside this assembly into a context of its own, and into that, asked before the default one, the
/// libraries that it calls: another module's version of them neither disturbs this module nor is disturbed by it, whichever is newer or
/// came first. Where there is no such folder (tests, tools) nothing happens.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private const string Entrance = "KvmPS.ThirdParty"; // the only one that assemblies of the default context refer to

    private readonly Dictionary<string, string> _paths; // full name to path

    private DependencyContext(string folder)
        : base("KvmPS.deps") =>
        _paths = Directory.EnumerateFiles(folder, "*.dll").ToDictionary(static path => AssemblyName.GetAssemblyName(path).FullName, StringComparer.OrdinalIgnoreCase);

    /// <summary>What an assembly of this context refers to: from the folder, else as everybody else gets it.</summary>
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
        Default.Resolving += (_, name) => name.Name == Entrance ? context.Value.Resolve(name) : null;
    }
}
