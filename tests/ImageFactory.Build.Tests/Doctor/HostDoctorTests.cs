using ImageFactory.Build.Composition;
using ImageFactory.Build.Doctor;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Doctor;

public sealed class HostDoctorTests : IDisposable
{
    private const string Debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n";

    private static readonly HostProgram[] Table =
    [
        new("present", Need.Build, "present-deb", "present-rpm"),
        new("absent", Need.Build, "absent-deb", "absent-rpm"),
        new("helper", Need.Build, "absent-deb", "absent-rpm"),
        new("mapper", Need.Build, "mapper-deb", "mapper-rpm") { OnlyWithoutRoot = true },
        new("comparer", Need.Test, "comparer-deb", "comparer-rpm"),
    ];

    private readonly TemporaryFolder folder = new();
    private readonly RecordingReporter reporter = new();

    public HostDoctorTests() => folder.Program("present", "echo present 1.2.3");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Without_root_the_fault_names_everything_and_the_one_command()
    {
        FakePrograms programs = new(_ => FakePrograms.Says(""));

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Doctor(programs, Debian, isRoot: false).EquipAsync(Need.Build, TestContext.Current.CancellationToken));

        Assert.Equal(ExitCode.Unavailable, e.ExitCode);
        Assert.Equal("this machine lacks absent, helper, mapper", e.Faults[0].Message);
        Assert.Equal("run: sudo apt-get install --no-remove --no-install-recommends -y absent-deb mapper-deb", e.Faults[0].Hint);
        Assert.Empty(programs.Started);
    }

    [Fact]
    public async Task Root_installs_what_is_missing_and_says_so()
    {
        FakePrograms programs = new(call => Install(call));

        await Doctor(programs, Debian, isRoot: true).EquipAsync(Need.Build, TestContext.Current.CancellationToken);

        Assert.Equal(["apt-get install --no-remove --no-install-recommends -y absent-deb"], programs.Started);
        Assert.Contains("absent-deb", Assert.IsType<Said>(Assert.Single(reporter.Events)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_of_packages_is_renewed_once_when_installing_fails()
    {
        int tries = 0;
        FakePrograms programs = new(call => call.Arguments[0] == "install" && ++tries == 1
            ? throw new FactoryException(new Fault("IFP102", ExitCode.Unavailable, "apt-get ended with 100"))
            : Install(call));

        await Doctor(programs, Debian, isRoot: true).EquipAsync(Need.Build, TestContext.Current.CancellationToken);

        Assert.Equal(["install", "update", "install"], programs.Started.Select(s => s.Split(' ')[1]));
    }

    [Fact]
    public async Task What_is_missing_after_all_is_a_fault()
    {
        FakePrograms programs = new(_ => FakePrograms.Says(""));

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Doctor(programs, Debian, isRoot: true).EquipAsync(Need.Build, TestContext.Current.CancellationToken));

        Assert.Equal("IFH021", e.Faults[0].Code);
    }

    [Fact]
    public async Task Nothing_is_started_when_nothing_is_missing()
    {
        FakePrograms programs = new(_ => FakePrograms.Says(""));
        HostDoctor doctor = new(Facts("", isRoot: false), programs, reporter) { Table = [Table[0]] };

        await doctor.EquipAsync(Need.Test, TestContext.Current.CancellationToken);

        Assert.Empty(programs.Started);
    }

    [Fact]
    public async Task The_table_shows_paths_versions_and_the_command()
    {
        FakePrograms programs = new(call => FakePrograms.Says("present (tools) 1.2.3, from 2024"));

        Answer answer = await Doctor(programs, "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", isRoot: true).ExamineAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Unavailable, answer.ExitCode);
        Assert.Equal(
            $"""
                                         needed for         found
            present                      build              {folder.Path}/present (1.2.3)
            absent                       build              MISSING
            helper                       build              MISSING
            mapper                       build              not needed as root
            comparer                     tests              MISSING

            Install what is missing with:
              dnf install --setopt=install_weak_deps=False -y absent-rpm comparer-rpm

            """,
            answer.Text);
    }

    [Fact]
    public void The_real_table_names_each_program_once_with_a_package_for_both_families()
    {
        Assert.Equal(HostPrograms.All.Count, HostPrograms.All.Select(p => p.Name).Distinct().Count());
        Assert.DoesNotContain(HostPrograms.All, p => p.Debian.Length == 0 || p.Fedora.Length == 0 || p.Need == Need.None);
    }

    private HostDoctor Doctor(FakePrograms programs, string osRelease, bool isRoot) => new(Facts(osRelease, isRoot), programs, reporter) { Table = Table };

    private HostFacts Facts(string osRelease, bool isRoot) => new() { ProgramFolders = [folder.Path], OsRelease = osRelease, IsRoot = isRoot };

    private ImageFactory.Pipeline.Programs.ProgramResult Install(ImageFactory.Pipeline.Programs.ProgramCall call)
    {
        if (call.Arguments[0] == "install")
        {
            folder.Program("absent", "");
            folder.Program("helper", "");
        }

        return FakePrograms.Says("");
    }
}
