using System.Collections.Immutable;

namespace KvmPS.Core.Devices.Legacy;

/// <summary>A character as the receiver holds it: the byte, its line errors and whether the host sent it.</summary>
/// <param name="Value">The byte.</param>
/// <param name="Errors">Bits of the line status register that show when the character reaches the top of the FIFO.</param>
/// <param name="FromHost">Whether it came from the host, rather than out of the guest's own loopback.</param>
public readonly record struct UartCharacter(byte Value, byte Errors, bool FromHost);

/// <summary>A ring of at most 16 characters, which is the receiver FIFO of a 16550A.</summary>
internal sealed class UartFifo
{
    public const int Capacity = 16;

    private readonly UartCharacter[] _ring = new UartCharacter[Capacity];
    private int _first;

    public int Count { get; private set; }

    public bool HasErrors
    {
        get
        {
            for (int i = 0; i < Count; i++)
                if (At(i).Errors != 0) return true;
            return false;
        }
    }

    /// <summary>Whether the oldest character is one of the host's, which must not be overwritten.</summary>
    public bool HostOnTop => Count > 0 && At(0).FromHost;

    /// <summary>Adds a character; the caller has made sure of the room.</summary>
    public void Push(UartCharacter character)
    {
        _ring[(_first + Count) % Capacity] = character;
        Count++;
    }

    /// <summary>Takes the oldest character; the caller has made sure that there is one.</summary>
    public UartCharacter Pop()
    {
        UartCharacter character = _ring[_first];
        _first = (_first + 1) % Capacity;
        Count--;
        return character;
    }

    /// <summary>Takes the errors of the oldest character, which are then shown once.</summary>
    public byte TakeErrors()
    {
        if (Count == 0) return 0;
        byte errors = _ring[_first].Errors;
        _ring[_first] = _ring[_first] with { Errors = 0 };
        return errors;
    }

    public void Clear() => Count = 0;

    public ImmutableArray<UartCharacter> Capture()
    {
        var characters = ImmutableArray.CreateBuilder<UartCharacter>(Count);
        for (int i = 0; i < Count; i++) characters.Add(At(i));
        return characters.MoveToImmutable();
    }

    public void Restore(ImmutableArray<UartCharacter> characters)
    {
        Clear();
        foreach (UartCharacter character in characters) Push(character);
    }

    private ref UartCharacter At(int index) => ref _ring[(_first + index) % Capacity];
}
