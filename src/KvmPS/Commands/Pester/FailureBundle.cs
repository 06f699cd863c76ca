using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using KvmPS.Core.Debug;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The files of a failure bundle.</summary>
internal static class FailureBundle
{
    private const int MostFolders = 10_000;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter(), new HexConverter() } };

    /// <summary>Makes the folder of a bundle, beside those of earlier failures.</summary>
    /// <exception cref="KvmErrorException">The machine's name cannot be that of a folder.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static string MakeFolder(string parent, string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            throw new KvmErrorException(
                KvmErrorId.InvalidPath, ErrorCategory.InvalidArgument, $"The name of machine '{name}' cannot be that of a folder.", "Give the machine another -Name.");
        }

        for (int number = 1; number <= MostFolders; number++)
        {
            string folder = Path.Combine(parent, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (Path.Exists(folder)) continue;
            return Directory.CreateDirectory(folder).FullName;
        }

        throw new IOException($"'{parent}' has {MostFolders} bundles of machine '{name}' already.");
    }

    /// <summary>Writes the files. What cannot be had, such as the registers of a machine that never ran, is told in <c>missing.txt</c>.</summary>
    /// <returns>Their paths.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(KvmVM vm, string folder, CancellationToken cancellation)
    {
        MachineConfig config = vm.Machine.Config;
        List<string> files = [], missing = [];
        Add("console.log", () => Encoding.UTF8.GetBytes(vm.ConsoleEnd.Log.Text));
        Add("state.json", () => Serialize(State(vm)));
        Add("registers.json", () => Serialize(Registers(vm, cancellation)));
        Add("boot-plan.json", () => PlanOf(config));
        Add("disks.json", () => Serialize(KvmDisk.Of(vm)));
        Add("machine.json", () => MachineFile.Write(config, folder, ConfigurationFiles.Schema));
        if (missing.Count > 0) Save("missing.txt", Encoding.UTF8.GetBytes(string.Concat(missing.Select(static line => line + "\n"))));
        return files;

        void Add(string name, Func<byte[]> content)
        {
            byte[] bytes;
            try
            {
                bytes = content();
            }
            catch (Exception exception) when (ErrorMapper.Map(exception) is { } error)
            {
                missing.Add($"{name}: {error.Message} [{error.ErrorId}]");
                return;
            }

            Save(name, bytes);
        }

        void Save(string name, byte[] bytes)
        {
            string path = Path.Combine(folder, name);
            File.WriteAllBytes(path, bytes);
            files.Add(path);
        }
    }

    private static byte[] Serialize<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    private static object State(KvmVM vm) => new
    {
        vm.Name,
        vm.State,
        vm.Status,
        vm.ExitReason,
        vm.ExitCode,
        vm.ExitMessage,
        vm.PanicMessage,
        vm.ResetCount,
        vm.ReadyCode,
        vm.Uptime,
        vm.CpuTime,
        vm.TimeToFirstByte,
        vm.TimeToReady,
        vm.ExitCounts,
        vm.Fault,
        vm.PostCodes,
        vm.DebugConsoleText,
    };

    /// <summary>The registers of all vCPUs at one instant: a machine that runs stands still for it.</summary>
    private static KvmRegisters[] Registers(KvmVM vm, CancellationToken cancellation)
    {
        bool runs = vm.State == MachineState.Running;
        if (runs) vm.Machine.Pause(cancellation);
        try
        {
            return [.. Enumerable.Range(0, vm.VcpuCount).Select(index => new KvmRegisters(vm, index, GuestInspector.ReadRegisters(vm.Machine, index)))];
        }
        finally
        {
            if (runs && vm.State == MachineState.Paused && !vm.IsHeldByPanic) vm.Machine.Resume();
        }
    }

    private static byte[] PlanOf(MachineConfig config)
    {
        byte[] text = [];
        MachineChecks.Complete(config, MachineChecks.HasOwnCommandLine(config), (image, complete) => text = Serialize(new KvmBootPlan(BootPlan.Of(image, complete))));
        return text;
    }

    /// <summary>Registers and addresses as people read them; a reader of JSON would round the numbers to 53 bits.</summary>
    private sealed class HexConverter : JsonConverter<ulong>
    {
        public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("A bundle is only written.");

        public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) =>
            writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
    }
}
