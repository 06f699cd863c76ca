using System.Management.Automation;
using System.Net;

namespace KvmPS;

/// <summary>Where an object says that it came from: remoting and jobs give all that they bring the property <c>PSComputerName</c>.</summary>
internal static class Origin
{
    private static readonly string[] Here = ["localhost", ".", Environment.MachineName];

    /// <summary>The computer that an object names; null when it names none.</summary>
    public static string? ComputerOf(PSObject value) => value.Properties["PSComputerName"]?.Value?.ToString() is { Length: > 0 } computer ? computer : null;

    /// <summary>The same, if it is another computer than this one.</summary>
    public static string? OtherComputerOf(PSObject value) => ComputerOf(value) is { } computer && !IsHere(computer) ? computer : null;

    private static bool IsHere(string computer) => Here.Contains(computer, StringComparer.OrdinalIgnoreCase) || (IPAddress.TryParse(computer, out IPAddress? address) && IPAddress.IsLoopback(address));
}
