using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Directories;

internal sealed class DirectoryPlace(string folder, params DirectoryFormat[] formats) : IPlace
{
    public PreparedDestination Destination(string owner)
    {
        DirectoryDestination destination = new() { Path = new SourcePath(folder, folder), Formats = formats, Owner = owner };
        DestinationSetting setting = Samples.Setting(destination);
        return new PreparedDestination("out", setting, PublisherKinds.Of(destination).Create(setting));
    }

    public async Task ReadBackAsync(Publication publication, string file)
    {
        using IExtentSource disk = DiskImage.Open(publication.Id);
        await using FileStream target = File.Create(file);
        await disk.AsStream().CopyToAsync(target);
    }

    public IReadOnlyList<string> Everything() => Directory.Exists(folder) ? [.. Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal)] : [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
