using System.Net.Sockets;
using System.Text.Json;

namespace KvmPS.Bench.Guests;

/// <summary>QEMU's control socket, for the counts that KVM keeps of a vCPU.</summary>
internal sealed class Qmp : IDisposable
{
    private const string Question =
        """{"execute":"query-stats","arguments":{"target":"vcpu","providers":[{"provider":"kvm","names":["mmio_exits"]}]}}""";

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    /// <summary>Connects to a QEMU that runs with <c>-qmp unix:PATH,server=on,wait=off</c>.</summary>
    public Qmp(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        var stream = new NetworkStream(_socket);
        (_reader, _writer) = (new StreamReader(stream), new StreamWriter(stream) { AutoFlush = true });
        _reader.ReadLine(); // who it is
        Ask("""{"execute":"qmp_capabilities"}""");
    }

    /// <summary>How often vCPUs left the guest for QEMU because of device memory.</summary>
    public long MmioExits()
    {
        using JsonDocument answer = JsonDocument.Parse(Ask(Question));
        return answer.RootElement.GetProperty("return").EnumerateArray().Sum(static vcpu => vcpu.GetProperty("stats")[0].GetProperty("value").GetInt64());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _socket.Dispose();
    }

    private string Ask(string question)
    {
        _writer.WriteLine(question);
        string? line;
        do line = _reader.ReadLine();
        while (line?.Contains("\"event\"", StringComparison.Ordinal) == true);
        return line ?? throw new Benches.BenchNotPossibleException("QEMU closed its control socket.");
    }
}
