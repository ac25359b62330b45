using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>A strict registry that asks for a login, and what a machine needs to know to push to it.</summary>
internal sealed class RegistryPlace : IPlace
{
    public const string Repository = "org/podvm";

    private readonly ScratchFolder files = new();

    private RegistryPlace(FakeRegistry fake, OciDestination asked)
    {
        Fake = fake;
        Asked = asked;
        File.WriteAllText(files["registries.conf"], $"[[registry]]\nlocation = \"{fake.Host}\"\ninsecure = true\n");
        File.WriteAllText(files["auth.json"], new JsonObject { ["auths"] = new JsonObject { [fake.Host] = new JsonObject { ["auth"] = Convert.ToBase64String("puller:geheim"u8) } } }.ToJsonString());
        Registries = new RegistrySettings
        {
            AuthFiles = [files["auth.json"]],
            RegistriesFile = files["registries.conf"],
            Attempts = 4,
            FirstPause = TimeSpan.FromMilliseconds(1),
            PushPiece = 300_000,
        };
    }

    public FakeRegistry Fake { get; }

    public OciDestination Asked { get; set; }

    public RegistrySettings Registries { get; }

    public Events Events { get; } = new();

    public static async Task<RegistryPlace> StartAsync(Func<string, OciDestination> asked)
    {
        FakeRegistry fake = await FakeRegistry.StartAsync();
        fake.Authentication = FakeAuthentication.Token;
        return new RegistryPlace(fake, asked($"{fake.Host}/{Repository}"));
    }

    public PreparedDestination Destination(string owner)
    {
        OciDestination destination = Asked with { Owner = owner };
        DestinationSetting setting = Samples.Setting(destination, Samples.Surroundings(reporter: Events) with { Registries = Registries });
        return new PreparedDestination("registry", setting, PublisherKinds.Of(destination).Create(setting));
    }

    /// <summary>By the digest that the publication names, with no code of the publisher or its client.</summary>
    public async Task ReadBackAsync(Publication publication, string file)
    {
        byte[] manifest = Fake.Manifest(Repository, publication.Objects["manifest"])!;
        byte[] blob = Fake.Blob(Repository, (string)JsonNode.Parse(manifest)!["layers"]![0]!["digest"]!)!;
        string qcow2 = files["back.qcow2"];
        await File.WriteAllBytesAsync(qcow2, Encoding.ASCII.GetString(blob, 257, 5) == "ustar" ? MemberOf(blob, "image/podvm.qcow2") : blob);
        using IExtentSource disk = DiskImage.Open(qcow2);
        await using FileStream target = File.Create(file);
        await SparseCopy.CopyAsync(disk, target, 0, CancellationToken.None);
    }

    public static byte[] MemberOf(byte[] layer, string name)
    {
        using TarReader reader = new(new MemoryStream(layer));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name != name)
                continue;
            using MemoryStream copy = new();
            entry.DataStream!.CopyTo(copy);
            return copy.ToArray();
        }

        throw new InvalidOperationException($"the layer has no {name}");
    }

    public IReadOnlyList<string> Everything() => Fake.Everything();

    public async ValueTask DisposeAsync()
    {
        await Fake.DisposeAsync();
        files.Dispose();
    }
}
