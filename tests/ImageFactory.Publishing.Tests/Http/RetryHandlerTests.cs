using System.Net;
using ImageFactory.Publishing.Http;

namespace ImageFactory.Publishing.Tests.Http;

public sealed class RetryHandlerTests
{
    private static readonly RetryPolicy Soon = new(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2));

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_again()
    {
        using Service service = new(n => n < 3 ? new StreamContent(new Broken()) : new StringContent("whole"));
        using HttpClient client = new(new RetryHandler(service, Soon, (_, _) => ValueTask.FromResult(false), TimeProvider.System));

        Assert.Equal("whole", await client.GetStringAsync(new Uri("http://service.example/"), TestContext.Current.CancellationToken));
        Assert.Equal(3, service.Requests);
    }

    [Fact]
    public async Task A_service_that_always_breaks_off_ends_with_the_last_error()
    {
        using Service service = new(_ => new StreamContent(new Broken()));
        using HttpClient client = new(new RetryHandler(service, Soon, (_, _) => ValueTask.FromResult(false), TimeProvider.System));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync(new Uri("http://service.example/"), TestContext.Current.CancellationToken));
        Assert.Equal(3, service.Requests);
    }

    private sealed class Service(Func<int, HttpContent> answer) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = answer(Requests) });
        }
    }

    /// <summary>A connection that is reset in mid-body.</summary>
    private sealed class Broken : MemoryStream
    {
        public override bool CanSeek => false;

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("Connection reset by peer");

        public override int Read(Span<byte> buffer) => throw new IOException("Connection reset by peer");
    }
}
