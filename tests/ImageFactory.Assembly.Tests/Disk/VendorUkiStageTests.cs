using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tests.Inspection;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Uki;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Tests.Disk;

public sealed class VendorUkiStageTests
{
    private const string Stub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("needs", "systemd-boot-efi")]
    public async Task The_vendor_s_files_stay_and_an_addon_beside_the_UKI_carries_the_root_hash()
    {
        Assert.SkipUnless(File.Exists(Stub), "systemd's stub is not installed");
        using TemporaryFolder folder = new();
        string esp = Path.Combine(folder.Path, "system", ReadSystemStage.EspFolder);
        Directory.CreateDirectory(Path.Combine(esp, "EFI", "Linux"));
        Directory.CreateDirectory(Path.Combine(esp, "EFI", "redhat"));
        await File.WriteAllTextAsync(Path.Combine(esp, "EFI", "redhat", "BOOTX64.CSV"), "shimx64.efi,redhat", Token);
        await WriteUkiAsync(Path.Combine(esp, "EFI", "Linux", "vendor.efi"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "system", ReadSystemStage.UkiPathFile), "EFI/Linux/vendor.efi", Token);
        string hash = new('a', 64);
        Directory.CreateDirectory(Path.Combine(folder.Path, "verity"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "verity", VerityStage.RootHashFile), hash, Token);
        string stubs = Path.Combine(folder.Path, "tools", Toolbox.TreeFolder, "usr/lib/systemd/boot/efi");
        Directory.CreateDirectory(stubs);
        File.Copy(Stub, Path.Combine(stubs, "addonx64.efi.stub"));
        Recipe recipe = new() { Name = "vendor", Base = new QcowBase { Guest = new GuestSettings { Boot = GuestBoot.VendorUki } }, System = new SystemSettings { KernelArguments = ["quiet"] } };
        StageScope scope = ScopeOf(folder.Path);

        await new VendorUkiStage(recipe, new DiskSeed("vendor", "x"), new StageFile(ReadSystemStage.StageName, ReadSystemStage.TarFile)).RunAsync(scope, Token);

        string[] made = [.. Directory.EnumerateFiles(scope.OutputFile("esp"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(scope.OutputFile("esp"), f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["EFI/Linux/vendor.efi", "EFI/Linux/vendor.efi.extra.d/verity.addon.efi", "EFI/redhat/BOOTX64.CSV"], made);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(esp, "EFI/Linux/vendor.efi"), Token), await File.ReadAllBytesAsync(scope.OutputFile("esp/EFI/Linux/vendor.efi"), Token));
        using RawFileSource addon = RawFileSource.Open(scope.OutputFile("esp/" + made[1]));
        UkiFile read = UkiFile.Read(addon);
        Assert.False(read.HasKernel);
        Assert.Equal($"roothash={hash} systemd.volatile=overlay quiet", read.CommandLine);
        Assert.Equal(["EFI/Linux/vendor.efi"], VendorEsp.Ukis(scope.OutputFile("esp")));
    }

    private static async Task WriteUkiAsync(string path)
    {
        // The stub stands for a kernel: it is a program with an EFI header too.
        await using FileStream file = File.Create(path);
        NewPeSection[] sections = [NewPeSection.FromText(".cmdline", "console=tty0"), NewPeSection.FromText(".uname", "5.14"), NewPeSection.FromFile(".linux", Stub)];
        await UkiWriter.AppendAsync(Stub, sections, file, Token);
    }

    private static StageScope ScopeOf(string folder) => new()
    {
        Output = Directory.CreateDirectory(Path.Combine(folder, "output")),
        Work = Directory.CreateDirectory(Path.Combine(folder, "work")),
        Cache = Directory.CreateDirectory(Path.Combine(folder, "cache")),
        Inputs = new Dictionary<string, DirectoryInfo>
        {
            [ReadSystemStage.StageName] = new(Path.Combine(folder, "system")),
            [VerityStage.StageName] = new(Path.Combine(folder, "verity")),
            [ToolSet.Image.Name] = new(Path.Combine(folder, "tools")),
        },
        Programs = new ToolRunner(),
        Log = new SilentLog(),
        CleanUp = new CleanUpStack(),
    };

    private sealed class SilentLog : IStageLog
    {
        public void Info(string text)
        {
        }

        public void Progress(long done, long total, string unit)
        {
        }

        public void Warn(Model.Fault fault)
        {
        }
    }
}
