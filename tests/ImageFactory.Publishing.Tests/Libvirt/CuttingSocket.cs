using System.Buffers.Binary;
using System.Net.Sockets;

namespace ImageFactory.Publishing.Tests.Libvirt;

/// <summary>
/// Stands between a client and libvirtd and breaks the connection at a message of the client's. Messages of libvirt's protocol begin with their length,
/// four bytes, most significant first.
/// </summary>
internal sealed class CuttingSocket : IDisposable
{
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string real;
    private readonly List<Socket> open = [];
    private readonly Lock gate = new();
    private bool ended;

    public CuttingSocket(string path, string real)
    {
        this.real = real;
        Path = path;
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        _ = AcceptAsync();
    }

    public string Path { get; }

    /// <summary>The message that is cut off, counted from 1 over all connections; 0: none.</summary>
    public int CutAt { get; set; }

    /// <summary>The message still arrives; its answer does not.</summary>
    public bool Arrives { get; set; }

    /// <summary>No connection is let through after that, as if the client were dead.</summary>
    public bool ForEver { get; set; }

    /// <summary>Called with each message of the client's, before it arrives.</summary>
    public Action<byte[]>? Passing { get; init; }

    public int Messages { get; private set; }

    public bool WasCut { get; private set; }

    public void Dispose()
    {
        ended = true;
        listener.Dispose();
        lock (gate)
            open.ForEach(s => s.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!ended)
            {
                Socket client = await listener.AcceptAsync();
                Socket server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                lock (gate)
                    open.AddRange([client, server]);
                if (WasCut && ForEver)
                {
                    client.Dispose();
                    continue;
                }

                await server.ConnectAsync(new UnixDomainSocketEndPoint(real));
                _ = ForwardAsync(client, server);
                _ = AnswersAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ForwardAsync(Socket client, Socket server)
    {
        try
        {
            using NetworkStream from = new(client);
            byte[] length = new byte[4];
            while (true)
            {
                await from.ReadExactlyAsync(length);
                byte[] message = new byte[BinaryPrimitives.ReadUInt32BigEndian(length)];
                length.CopyTo(message, 0);
                await from.ReadExactlyAsync(message.AsMemory(4));
                Passing?.Invoke(message);
                bool cut = ++Messages == CutAt;
                WasCut |= cut;
                if (cut)
                    client.Dispose();
                if (!cut || Arrives)
                    await server.SendAsync(message);
                if (!cut)
                    continue;

                // What arrived is worked on before the connection is seen to be gone.
                await Task.Delay(Arrives ? 50 : 0);
                break;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // Closed by either.
        }

        client.Dispose();
        server.Dispose();
    }

    private static async Task AnswersAsync(Socket server, Socket client)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            int count;
            while ((count = await server.ReceiveAsync(buffer)) > 0)
            {
                for (int sent = 0; sent < count;)
                    sent += await client.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by either.
        }

        client.Dispose();
    }
}
