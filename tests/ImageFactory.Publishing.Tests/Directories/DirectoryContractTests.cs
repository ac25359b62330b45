using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Tests.Contract;

namespace ImageFactory.Publishing.Tests.Directories;

public sealed class RawDirectoryTests : PublisherContract
{
    protected override Task<IPlace> StartAsync() => Task.FromResult<IPlace>(new DirectoryPlace(Scratch("out"), DirectoryFormat.Raw));
}

public sealed class VhdDirectoryTests : PublisherContract
{
    protected override Task<IPlace> StartAsync() => Task.FromResult<IPlace>(new DirectoryPlace(Scratch("out"), DirectoryFormat.Vhd));
}
