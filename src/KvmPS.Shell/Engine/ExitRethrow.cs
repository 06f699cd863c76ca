using System.Management.Automation.Runspaces;
using System.Reflection;

namespace KvmPS.Shell.Engine;

/// <summary>
/// Makes <c>exit</c> in a script file reach the host, as <c>pwsh -File</c> does. Without it the engine only stores the code in <c>$LASTEXITCODE</c>, where
/// it cannot be told from the code of a native program. The engine's switch for this is not public, and its version is fixed by the build, hence reflection.
/// </summary>
internal static class ExitRethrow
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Arms the switch for the next script that is started in the runspace.</summary>
    public static void Arm(Runspace runspace)
    {
        object context = Member(typeof(Runspace), "ExecutionContext").GetValue(runspace)!;
        Member(context.GetType(), "ScriptCommandProcessorShouldRethrowExit").SetValue(context, value: true);
    }

    private static PropertyInfo Member(Type type, string name) =>
        type.GetProperty(name, Hidden) ?? throw new MissingMemberException(type.FullName, name);
}
