using System.Net;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Tests.HostKeys;

public sealed class HttpCrlSourceTests
{
    private static readonly Uri Address = new("http://crl.test/list");

    [Fact]
    public async Task The_bytes_come_as_they_are()
    {
        Assert.Equal([1, 2, 3], await FetchAsync((_, _) => Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent([1, 2, 3]) })));
    }

    [Fact]
    public async Task An_error_status_is_no_list()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound))));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync(async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            throw new InvalidOperationException();
        }));
    }

    [Fact]
    public async Task An_endless_list_is_cut_off()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => FetchAsync((_, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new Endless()) })));
    }

    private static async Task<byte[]> FetchAsync(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        using Handler handler = new(answer);
        using HttpClient client = new(handler);
        return await new HttpCrlSource(client, TimeProvider.System).FetchAsync(Address, TestContext.Current.CancellationToken);
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
    }

    private sealed class Endless : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override int Read(Span<byte> buffer) => buffer.Length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(buffer.Length);
    }
}
