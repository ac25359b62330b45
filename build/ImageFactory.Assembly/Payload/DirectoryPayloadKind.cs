using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Payload;

internal sealed class DirectoryPayloadKind : IPayloadKind
{
    public bool Handles(PayloadSource source) => source is DirectoryPayload;

    public string Name(PayloadSource source) => ((DirectoryPayload)source).Path.Text;

    public void Describe(PayloadSource source, StageKey key) => key.Add("kind", "directory");

    public Task<Sha256> DigestAsync(PayloadSource source, CancellationToken cancellation) =>
        TreeDigest.OfAsync(Read(source, "/", cancellation).Tree, cancellation);

    public Task<TarTree> ReadAsync(PayloadSource source, string into, DirectoryInfo work, DirectoryInfo? fetched, CancellationToken cancellation) =>
        Task.FromResult(Read(source, into, cancellation));

    private static TarTree Read(PayloadSource source, string into, CancellationToken cancellation) =>
        HostTreeReader.Read(((DirectoryPayload)source).Path, into, source.Owner, cancellation);
}
