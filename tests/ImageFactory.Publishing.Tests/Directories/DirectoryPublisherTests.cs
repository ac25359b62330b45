using ImageFactory.Images.Tests;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Directories;

public sealed class DirectoryPublisherTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task Every_form_holds_the_disk_and_other_programs_agree()
    {
        string disk = SparseDisk.Make(scratch["disk"], 20 << 20, 4, 1);
        DirectoryPlace place = new(scratch["out"], DirectoryFormat.Qcow2, DirectoryFormat.Raw, DirectoryFormat.Vhd, DirectoryFormat.Gcp, DirectoryFormat.Vmdk);

        DestinationResult result = await PublishAsync(place.Destination("tester"), disk, "image");

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        foreach ((string file, string format) in ((string, string)[])[("sample.qcow2", "qcow2"), ("sample.raw", "raw"), ("sample.vhd", "vpc"), ("sample.vmdk", "vmdk")])
            Assert.Contains("Images are identical", Tool.Run("qemu-img", "compare", "-f", format, "-F", "raw", scratch["out/" + file], disk));
        Tool.Run("tar", "-xzf", scratch["out/sample.tar.gz"], "-C", scratch.Path);
        Assert.Contains("Images are identical", Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "raw", scratch["disk.raw"], disk));
        Tool.Run("sh", "-c", $"cd '{scratch["out"]}' && sha256sum -c sample.SHA256SUMS");
        Assert.Equal(5, File.ReadAllLines(scratch["out/sample.SHA256SUMS"]).Length);
    }

    [Theory]
    [InlineData(DirectoryFormat.Raw, 20 << 20)]
    [InlineData(DirectoryFormat.Vhd, (20 << 20) + 512)]
    [InlineData(DirectoryFormat.Vmdk, 20 << 20)]
    [InlineData(DirectoryFormat.Qcow2, 20 << 20)]
    public async Task How_far_the_writing_is_is_told_in_bytes(DirectoryFormat format, long total)
    {
        string disk = SparseDisk.Make(scratch["disk"], 20 << 20, 4, 1);
        Events events = new();

        Assert.True((await PublishAsync(new DirectoryPlace(scratch["out"], format).Destination("tester"), disk, "image", events)).Succeeded);

        StageProgressed[] told = [.. events.All.OfType<StageProgressed>()];
        Assert.True(told.Length > 3);
        Assert.All(told, t => Assert.Equal((total, "bytes"), (t.Total, t.Unit)));
        Assert.Equal(told.Select(t => t.Done).Order(), told.Select(t => t.Done));
        Assert.Equal(total, told[^1].Done);
    }

    [Fact]
    public async Task A_newer_image_takes_the_place_of_ours_and_forms_that_are_not_asked_for_go()
    {
        await PublishAsync(new DirectoryPlace(scratch["out"], DirectoryFormat.Raw, DirectoryFormat.Vhd).Destination("tester"), SparseDisk.Make(scratch["a"], 1 << 20, 1, 1), "a");
        string newer = SparseDisk.Make(scratch["b"], 1 << 20, 1, 2);

        DestinationResult result = await PublishAsync(new DirectoryPlace(scratch["out"], DirectoryFormat.Raw).Destination("tester"), newer, "b");

        Assert.True(result.Succeeded);
        Assert.Equal(File.ReadAllBytes(newer), File.ReadAllBytes(scratch["out/sample.raw"]));
        Assert.False(File.Exists(scratch["out/sample.vhd"]));
    }

    [Fact]
    public async Task A_file_that_was_changed_is_written_anew()
    {
        DirectoryPlace place = new(scratch["out"], DirectoryFormat.Raw);
        string disk = SparseDisk.Make(scratch["a"], 1 << 20, 1, 1);
        await PublishAsync(place.Destination("tester"), disk, "a");
        File.AppendAllText(scratch["out/sample.raw"], "x");

        DestinationResult result = await PublishAsync(place.Destination("tester"), disk, "a");

        Assert.False(result.Publication!.Adopted);
        Assert.Equal(File.ReadAllBytes(disk), File.ReadAllBytes(scratch["out/sample.raw"]));
    }

    [Fact]
    public async Task Files_of_others_are_refused_before_any_work_and_stay()
    {
        Directory.CreateDirectory(scratch["out"]);
        File.WriteAllText(scratch["out/sample.raw"], "precious");
        DirectoryPlace place = new(scratch["out"], DirectoryFormat.Raw);

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);
        DestinationResult result = await PublishAsync(place.Destination("tester"), SparseDisk.Make(scratch["a"], 1 << 20, 1, 1), "a");

        Assert.Equal(["IFU203"], faults.Select(f => f.Code));
        Assert.Equal(["IFU203"], result.Faults.Select(f => f.Code));
        Assert.Equal("precious", File.ReadAllText(scratch["out/sample.raw"]));
    }

    [Fact]
    public async Task Files_of_another_owner_are_refused()
    {
        DirectoryPlace place = new(scratch["out"], DirectoryFormat.Raw);
        string disk = SparseDisk.Make(scratch["a"], 1 << 20, 1, 1);
        await PublishAsync(place.Destination("first"), disk, "a");

        DestinationResult result = await PublishAsync(place.Destination("second"), disk, "b");

        Assert.Equal(["IFU202"], result.Faults.Select(f => f.Code));
        Assert.Equal(ExitCode.NotPermitted, result.Faults[0].ExitCode);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        File.WriteAllText(scratch["file"], "");
        string folder = scratch["file/out"];
        DirectoryDestination destination = new() { Path = new SourcePath(folder, folder), Formats = [] };
        DestinationSetting setting = Samples.Setting(destination);

        IReadOnlyList<Fault> faults = await PublisherKinds.Of(destination).Create(setting).CheckAsync(Samples.Description, Never);

        Assert.Equal(["IFU205", "IFU201"], faults.Select(f => f.Code));
        Assert.All(faults, f => Assert.Equal(setting.Where, f.Where));
    }

    /// <summary>A run that died while it wrote: its journal and its hidden files are all there is.</summary>
    [Fact]
    public async Task Parts_of_a_dead_run_are_found_and_removed()
    {
        Directory.CreateDirectory(scratch["out"]);
        File.WriteAllText(scratch["out/.tester.sample.raw.part"], "half");
        DirectoryPlace place = new(scratch["out"], DirectoryFormat.Raw);

        RemovalResult collected = await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).CollectAsync([place.Destination("tester")], remove: true, Never);

        Assert.Equal(["part"], collected.Objects.Select(o => o.Object.Kind));
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_a_fault_and_leaves_nothing()
    {
        // With owner and endings the hidden name is longer than the 255 bytes that file systems take.
        DirectoryDestination destination = new() { Path = new SourcePath(scratch["out"], scratch["out"]), Formats = [DirectoryFormat.Raw], Name = new string('n', 200), Owner = new string('o', 63) };
        DestinationSetting setting = Samples.Setting(destination);

        DestinationResult result = await PublishAsync(new PreparedDestination("out", setting, PublisherKinds.Of(destination).Create(setting)), SparseDisk.Make(scratch["a"], 1 << 20, 1, 1), "a");

        Assert.Equal(["IFU201"], result.Faults.Select(f => f.Code));
        Assert.Empty(Directory.GetFileSystemEntries(scratch["out"]));
    }

    private async Task<DestinationResult> PublishAsync(PreparedDestination destination, string disk, string digestOf, Events? events = null) => Assert.Single(
        await new PublishRun(scratch["journals"], events ?? new Events(), TimeProvider.System).PublishAsync([destination], Samples.Image(disk, digestOf), stopAtFirst: false, Never));
}
