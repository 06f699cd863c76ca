namespace KvmPS.Core.Devices;

/// <summary>Two devices were given the same address.</summary>
public sealed class BusOverlapException : InvalidOperationException
{
    /// <summary>Names both devices and both ranges.</summary>
    /// <param name="busName">The bus, as shown to the user.</param>
    /// <param name="rejected">The mapping that was refused.</param>
    /// <param name="present">The mapping that holds the addresses.</param>
    public BusOverlapException(string busName, BusMapping rejected, BusMapping present)
        : base($"{busName}: '{rejected.Device.Name}' cannot be placed at {rejected.Range}, because '{present.Device.Name}' is at {present.Range}.")
    {
        Rejected = rejected;
        Present = present;
    }

    /// <summary>The mapping that was refused.</summary>
    public BusMapping Rejected { get; }

    /// <summary>The mapping that holds the addresses.</summary>
    public BusMapping Present { get; }
}
