using System.Management.Automation;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Configuration files as the cmdlets read and write them.</summary>
internal static class ConfigurationFiles
{
    private const string SchemaFile = "kvmps-machine.schema.json";

    /// <summary>The address of the schema beside the module, for editors on this host.</summary>
    public static string Schema => new Uri(Path.Combine(Path.GetDirectoryName(typeof(ConfigurationFiles).Assembly.Location)!, "schemas", SchemaFile)).AbsoluteUri;

    /// <summary>Reads a file.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="KvmErrorException">It is no configuration, or breaks a rule.</exception>
    public static MachineFile Read(string path)
    {
        try
        {
            MachineFile file = MachineFile.Read(path);
            if (file.Name is { } name && ValidateMachineNameAttribute.ProblemOf(name) is { } problem) throw Invalid(path, $"$.name: {problem}", null);
            return file;
        }
        catch (ConfigurationInvalidException broken)
        {
            throw Invalid(path, broken.Message, broken);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="text">What to write.</param>
    /// <param name="overwrite">Whether a file that is there may be replaced.</param>
    /// <exception cref="KvmErrorException">There is one, and it may not.</exception>
    /// <exception cref="IOException">It cannot be written, or is a pipe or a device.</exception>
    public static void Write(string path, byte[] text, bool overwrite)
    {
        SpecialFile.Refuse(path);
        using FileStream file = Create(path, overwrite);
        file.Write(text);
    }

    /// <summary>The error for a file that leaves out what is run, which only parameters can add.</summary>
    public static KvmErrorException NothingToRun(string path) => Invalid(path, "$: neither kernel, nor code, nor firmware says what the machine is to run.", null);

    private static FileStream Create(string path, bool overwrite)
    {
        try
        {
            return new FileStream(path, overwrite ? FileMode.Create : FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (IOException exception) when (!overwrite && File.Exists(path))
        {
            throw new KvmErrorException(KvmErrorId.FileExists, ErrorCategory.ResourceExists, $"There is a file '{path}' already.", "Choose another -Path, or replace it with -Force.", exception);
        }
    }

    private static KvmErrorException Invalid(string path, string message, ConfigurationInvalidException? broken) => new(
        KvmErrorId.ConfigurationInvalid,
        ErrorCategory.InvalidData,
        $"'{path}' is no configuration of a machine: {message}",
        broken is { IsNewer: true } ? "Use a newer version of this module, or write the file anew with Export-KvmVM." : $"Correct it there. The schema for editors is {Schema}; Export-KvmVM writes a sound file.",
        broken);
}
