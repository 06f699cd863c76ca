using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>
/// A guest works on an image, and at random instants the power fails: what was flushed is there, of the rest some. Each image that could be found
/// then is looked at from outside and opened: every flushed byte has to be there, and life has to go on.
/// </summary>
/// <param name="subject">The kind of image.</param>
/// <param name="seed">The source of all choices: the same seed makes the same finding.</param>
/// <param name="cuts">How often the power fails.</param>
internal sealed class CrashRun(ICrashSubject subject, int seed, int cuts)
{
    private const int WarmUp = 30; // requests before the first cut
    private const double CutShare = 0.005; // of the instants, for each change that may be lost then
    private const double FlushCutShare = 0.05; // of those right before a flush, when there is most to lose
    private const double MostCutShare = 0.6;
    private const int LifeAfter = 12; // requests
    private const int ThoroughEvery = 10; // cuts
    private const int AtOnce = 256; // sectors

    private readonly Random _random = new(seed);
    private GuestShadow _shadow = null!;
    private CrashFailureException? _finding;
    private long _cuts;

    /// <summary>Runs until the power has failed often enough.</summary>
    /// <exception cref="CrashFailureException">An image was not as it has to be; the message says all there is to repeat it.</exception>
    public CrashReport Run()
    {
        int sectors = (int)(subject.Lengths.Max() / SectorPattern.Size);
        int size = (int)(subject.Length / SectorPattern.Size);
        _shadow = new GuestShadow([.. Enumerable.Range(0, sectors).Select(place => place < size ? subject.InitialVersion(place) : SectorPattern.Zeroes)], size);
        ImageBytes first = subject.Create();
        using var file = new RecordingImageFile(new MemoryImageFile(subject.Name, first));
        using var guest = new GuestWorkload(_random.Next(), _shadow);
        IBlockBackend disk = subject.Open(file);
        try
        {
            for (int i = 0; i < WarmUp; i++) guest.Step(disk);
            file.Changed = changed => Consider(changed, CutShare);
            file.Flushing = flushed => Consider(flushed, FlushCutShare);
            while (_cuts < cuts && _finding is null)
            {
                switch (_random.Next(100))
                {
                    case 0:
                        disk.Dispose();
                        disk = subject.Open(file);
                        break;
                    case < 3 when subject.Lengths.Count > 1:
                        Resize(disk);
                        break;
                    default:
                        guest.Step(disk);
                        break;
                }
            }

            file.Changed = null;
            file.Flushing = null;
            guest.ReadAll(disk);
            disk.Dispose();
        }
        catch (Exception exception) when (_finding is null)
        {
            throw new CrashFailureException($"{subject.Name}: seed {seed}, request {guest.Requests}, {_cuts} cuts: {exception.Message}", exception);
        }

        if (_finding is not null) throw _finding;
        return new CrashReport(_cuts, guest.Requests, file.Changes, file.Flushes);
    }

    private void Resize(IBlockBackend disk)
    {
        long length = subject.Lengths[_random.Next(subject.Lengths.Count)];
        int former = _shadow.Size;
        _shadow.BeginResize((int)(length / SectorPattern.Size));
        subject.Resize(disk, length);
        _shadow.CompleteResize(former);
    }

    private void Consider(RecordingImageFile file, double share)
    {
        if (_cuts == cuts || _finding is not null || _random.NextDouble() > Math.Min(share * file.Pending.Count, MostCutShare)) return;
        _cuts++;
        bool thoroughly = _cuts % ThoroughEvery == 0;
        int lifeSeed = _random.Next();
        GuestExpectation expectation = _shadow.Expect();
        Survivors survivors = CrashReplayer.Choose(file.Pending, _random);
        if (FindFault(survivors, file.Stable, expectation, lifeSeed, thoroughly) is not { } fault) return;

        Survivors least = survivors.Minimized(fewer => FindFault(fewer, file.Stable, expectation, lifeSeed, thoroughly) is not null);
        fault = FindFault(least, file.Stable, expectation, lifeSeed, thoroughly) ?? fault;
        // Kept until the image's own code has returned, which need not know such an exception.
        _finding = new CrashFailureException($"{subject.Name}: seed {seed}, cut {_cuts} after change {file.Changes - 1}: {fault}\nSince the last flush:\n{least}");
    }

    private string? FindFault(Survivors survivors, ImageBytes stable, GuestExpectation expectation, int lifeSeed, bool thoroughly)
    {
        ImageBytes image = survivors.Over(stable);
        if (subject.FindFault(image, thoroughly) is { } fault) return fault;
        if (thoroughly && FindFaultOutside(image, expectation) is { } outside) return outside;
        try
        {
            return FindFaultInside(image, expectation, lifeSeed) ?? (subject.FindFault(image, thoroughly: false) is { } later ? $"after more requests, {later}" : null);
        }
        catch (Exception exception) when (exception is IOException or CrashFailureException or ArgumentException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            return exception.ToString();
        }
    }

    private string? FindFaultOutside(ImageBytes image, GuestExpectation expectation)
    {
        byte[] disk = subject.ReadFromOutside(image);
        string? fault = expectation.FindFault(disk.Length) ?? expectation.FindFault(0, disk, new uint[disk.Length / SectorPattern.Size]);
        return fault is null ? null : $"read by others, {fault}";
    }

    /// <summary>Opens the image, compares all of it, and works on it a little.</summary>
    private string? FindFaultInside(ImageBytes image, GuestExpectation expectation, int lifeSeed)
    {
        using IBlockBackend disk = subject.Open(new MemoryImageFile(subject.Name, image));
        if (expectation.FindFault(disk.Length) is { } wrongSize) return wrongSize;
        int size = (int)(disk.Length / SectorPattern.Size);
        uint[] found = new uint[size];
        using var buffer = new IoBuffer(AtOnce * SectorPattern.Size);
        using var vector = new IoVector();
        for (int first = 0; first < size; first += AtOnce)
        {
            int bytes = Math.Min(AtOnce, size - first) * SectorPattern.Size;
            vector.Clear();
            vector.Add(buffer, 0, bytes);
            disk.Read((long)first * SectorPattern.Size, vector);
            if (expectation.FindFault(first, buffer.Span[..bytes], found) is { } fault) return fault;
        }

        using var guest = new GuestWorkload(lifeSeed, new GuestShadow(found, size));
        for (int i = 0; i < LifeAfter; i++) guest.Step(disk);
        guest.Flush(disk);
        guest.ReadAll(disk);
        return null;
    }
}

/// <summary>What a run did.</summary>
/// <param name="Cuts">How often the power failed.</param>
/// <param name="Requests">Requests of the guest.</param>
/// <param name="Changes">Changes to the file of the host.</param>
/// <param name="Flushes">Flushes of the file of the host.</param>
internal sealed record CrashReport(long Cuts, long Requests, long Changes, long Flushes);

/// <summary>An image was not as it has to be after a loss of power, or even before.</summary>
internal sealed class CrashFailureException(string message, Exception? inner = null) : Exception(message, inner);
