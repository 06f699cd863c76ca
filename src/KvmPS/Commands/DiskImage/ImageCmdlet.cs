using System.Collections.ObjectModel;
using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet on image files: by <c>-Path</c> (wildcards, positions and pipeline) or by <c>-LiteralPath</c>.</summary>
public abstract class ImageCmdlet : KvmCmdlet
{
    /// <summary>The set of parameters by path.</summary>
    protected const string ByPath = "Path";

    /// <summary>The set of parameters by literal path.</summary>
    protected const string ByLiteralPath = "LiteralPath";

    /// <summary>The images; wildcards are allowed. Objects with the path of an image, and files, may be piped in.</summary>
    [Parameter(ParameterSetName = ByPath, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ImagePathTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string[] Path { get; set; } = [];

    /// <summary>The images, wildcard characters taken as they are.</summary>
    [Parameter(ParameterSetName = ByLiteralPath, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePathCompleter))]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ParameterSetName == ByPath ? Path : LiteralPath) ForItem(path, () => ProcessAll(path));
    }

    /// <summary>The work for one image.</summary>
    /// <param name="path">Its full path; nobody has looked whether it is there.</param>
    internal abstract void Process(string path);

    private void ProcessAll(string path)
    {
        if (ParameterSetName == ByLiteralPath || !WildcardPattern.ContainsWildcardCharacters(path) || File.Exists(ResolveFile(path)))
        {
            Process(ResolveFile(path)); // a file whose name is that of a pattern is meant, since objects give their paths as they are
            return;
        }

        foreach (string file in FilesOf(path)) ForItem(file, () => Process(file));
    }

    private IEnumerable<string> FilesOf(string pattern)
    {
        Collection<string> files = SessionState.Path.GetResolvedProviderPathFromPSPath(pattern, out ProviderInfo provider);
        return provider.Name == "FileSystem" ? files.Where(static file => !Directory.Exists(file)) : throw NotOfFileSystem(pattern, provider);
    }
}
