using System.Runtime.ExceptionServices;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <content>The events, for <c>Register-ObjectEvent</c>: in the order in which things happened, none lost, none on a vCPU's thread.</content>
public sealed partial class KvmVM
{
    private readonly Lock _eventGate = new();
    private EventHandler<KvmStateChangedEventArgs>? _stateChanged;
    private EventHandler<KvmSerialLineEventArgs>? _serialLine;
    private EventHandler<KvmGuestReadyEventArgs>? _guestReady;

    /// <summary>The machine's state has changed.</summary>
    public event EventHandler<KvmStateChangedEventArgs>? StateChanged
    {
        add => Add(ref _stateChanged, value, () => Machine.Events.StateChanged += OnStateChanged);
        remove => Remove(ref _stateChanged, value, () => Machine.Events.StateChanged -= OnStateChanged);
    }

    /// <summary>A line of the console has ended. Who subscribes before the start gets every line.</summary>
    public event EventHandler<KvmSerialLineEventArgs>? SerialLine
    {
        add => Add(ref _serialLine, value, () => Machine.Events.SerialLine += OnSerialLine);
        remove => Remove(ref _serialLine, value, () => Machine.Events.SerialLine -= OnSerialLine);
    }

    /// <summary>The guest has said that it is ready, by a write to port 0x680.</summary>
    public event EventHandler<KvmGuestReadyEventArgs>? GuestReady
    {
        add => Add(ref _guestReady, value, () => Machine.Events.GuestReady += OnGuestReady);
        remove => Remove(ref _guestReady, value, () => Machine.Events.GuestReady -= OnGuestReady);
    }

    /// <summary>What an event's handler threw last; null while all went well.</summary>
    public string? EventError => Machine.Events.SubscriberFailure?.Message;

    private void Add<T>(ref EventHandler<T>? handlers, EventHandler<T>? handler, Action listen)
    {
        lock (_eventGate)
        {
            bool first = handlers is null;
            handlers += handler;
            if (first && handlers is not null) listen();
        }
    }

    private void Remove<T>(ref EventHandler<T>? handlers, EventHandler<T>? handler, Action leave)
    {
        lock (_eventGate)
        {
            bool any = handlers is not null;
            handlers -= handler;
            if (any && handlers is null) leave();
        }
    }

    private void OnStateChanged(object? sender, MachineStateChange change) => Tell(_stateChanged, new KvmStateChangedEventArgs(Name, change));

    private void OnSerialLine(object? sender, SerialLine line) => Tell(_serialLine, new KvmSerialLineEventArgs(Name, line.Text, line.Time));

    private void OnGuestReady(object? sender, GuestReadiness readiness) => Tell(_guestReady, new KvmGuestReadyEventArgs(Name, readiness.Code));

    /// <summary>Calls every handler; what one of them throws is thrown when all were called, for <see cref="EventError"/>.</summary>
    private void Tell<T>(EventHandler<T>? handlers, T details)
    {
        Exception? failure = null;
        foreach (EventHandler<T> handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(this, details);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }
}
