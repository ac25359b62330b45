using System.Net;
using System.Net.Sockets;

namespace ImageFactory.Testing;

/// <summary>For programs that must be told a port, because they cannot say which one they took.</summary>
public static class FreePort
{
    /// <summary>A port of the loopback interface that was free a moment ago.</summary>
    public static int Find()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
