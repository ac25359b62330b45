using ImageFactory.Assembly.Disk;

namespace ImageFactory.Assembly.Tests.Disk;

public sealed class RawPartTests
{
    [Fact]
    public void A_comma_in_a_name_does_not_begin_another_option() =>
        Assert.Equal("driver=raw,offset=512,size=1024,file.driver=file,file.filename=/a,,b/c=d", new RawPart("/a,b/c=d", 512, 1024).AsOptions());
}
