using System.Net;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>A body that is written while it is sent.</summary>
internal sealed class WrittenContent(Func<Stream, Task> write) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.Run(() => write(stream));

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
