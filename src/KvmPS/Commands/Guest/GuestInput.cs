using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace KvmPS.Commands;

/// <summary>What is piped to a command in a guest: bytes stay as they are, anything else is a line of text.</summary>
internal sealed class GuestInput
{
    private readonly MemoryStream _bytes = new();
    private bool _any;

    /// <summary>The machines that an object is; none when it is something else.</summary>
    public static KvmVM[] Machines(object? item) => new MachineTransformationAttribute().Transform(null!, item!) switch
    {
        KvmVM vm => [vm],
        KvmVM[] machines => machines,
        object[] items when items.Length > 0 && items.All(static one => one is KvmVM) => [.. items.Cast<KvmVM>()],
        _ => [],
    };

    /// <summary>Takes the next object.</summary>
    public void Add(object? item)
    {
        _any = true;
        object? value = item is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : item;
        switch (value)
        {
            case byte one:
                _bytes.WriteByte(one);
                break;
            case byte[] many:
                _bytes.Write(many);
                break;
            case IEnumerable several and not string and not IDictionary:
                foreach (object? one in several) Add(one);
                break;
            default:
                _bytes.Write(Encoding.UTF8.GetBytes(Convert.ToString(item, CultureInfo.InvariantCulture) + "\n"));
                break;
        }
    }

    /// <summary>All of it; null when nothing was piped.</summary>
    public byte[]? ToBytes() => _any ? _bytes.ToArray() : null;
}
