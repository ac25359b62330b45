using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Writing;

/// <summary>Every run of the real pvimg in failures.tsv: same verdict, a coded fault with a remedy, and nothing left behind.</summary>
public sealed class FailureTableTests
{
    /// <summary>The code we give where pvimg fails.</summary>
    private static readonly Dictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        ["hkd-expired"] = "IFS103",
        ["sign-pough-crl-armonk"] = "IFS112",
        ["no-hkd-crl"] = "IFS112",
        ["no-root-crl"] = "IFS122",
        ["fake-inter"] = "IFS117",
        ["two-sign"] = "IFS114",
        ["sign-wrong-subject"] = "IFS113",
        ["sign-expired"] = "IFS115",
        ["hkd-crl-ibm_outdated_early"] = "IFS112",
        ["hkd-crl-ibm_outdated_late"] = "IFS112",
        ["hkd-crl-ibm_invalid_hash"] = "IFS112",
        ["hkd-crl-ibm_wrong_issuer"] = "IFS112",
        ["hkd-crl-fake_ibm"] = "IFS112",
        ["inter-crl-inter_ca.invalid_date"] = "IFS122",
        ["hkd-der"] = "IFS107",
        ["empty-crl"] = "IFS102",
        ["hkd-rsa"] = "IFS107",
        ["hkd-p384"] = "IFS107",
        ["hkd-crl-as-hkd"] = "IFS105",
        ["no-hkd"] = "IFS131",
        ["no-verify-and-cert"] = "IFS129",
        ["neither"] = "IFS130",
        ["kernel-elf"] = "IFS215",
        ["kernel-short"] = "IFS217",
        ["kernel-no-magic"] = "IFS217",
        ["cmdline-4096"] = "IFS218",
        ["cmdline-legacy-896"] = "IFS218",
        ["initrd-missing"] = "IFS213",
        ["cck31"] = "IFS220",
        ["cck33"] = "IFS220",
        ["imgkey-equal-halves"] = "IFS221",
        ["dump-without-cck"] = "IFS202",
        ["extsecret-without-cck"] = "IFS203",
        ["flag-and-xpcf"] = "IFS201",
        ["bad-xpcf"] = "IFS206",
        ["enable-and-disable"] = "IFS207",
        ["unknown-option"] = "IFS251",
        ["bootloader-missing"] = "IFS211",
        ["hkd-bad-signature"] = "IFS109",
        ["hkd-96"] = "IFS219",
    };

    public static TheoryData<string, int, string> Rows
    {
        get
        {
            TheoryData<string, int, string> rows = [];
            foreach (string line in File.ReadLines(Vectors.Se("failures.tsv")).Skip(1))
            {
                string[] fields = line.Split('\t');
                rows.Add(fields[0], int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture), fields[5]);
            }

            return rows;
        }
    }

    [Fact]
    public void The_table_has_all_its_rows() => Assert.Equal(49, Rows.Count);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Our_verdict_is_pvimgs(string name, int exit, string arguments)
    {
        using ScratchFolder scratch = new();
        List<string> resolved = GoldenArguments.Resolve(arguments, scratch["se.img"]);

        IReadOnlyList<Fault> faults = [];
        try
        {
            CreateCommand command = new(FixedTime.Usual, RandomSource.System);
            using SecureImageResult result = await command.RunAsync(CreateArguments.Parse(resolved), [], TestContext.Current.CancellationToken);
        }
        catch (FactoryException exception)
        {
            faults = exception.Faults;
        }

        Assert.Equal(exit == 0, faults.Count == 0);
        Assert.Equal(exit == 0, File.Exists(scratch["se.img"]));
        Assert.Equal(exit == 0 ? 1 : 0, Directory.GetFiles(scratch.Path).Length);
        if (exit == 0)
            return;
        List<Fault> errors = [.. faults.Where(f => f.Severity == Severity.Error)];
        Assert.Contains(errors, f => f.Code == Codes[name]);
        Assert.All(errors, f => Assert.False(string.IsNullOrEmpty(f.Hint)));
        Assert.Equal(exit == 2, errors.Exists(f => f.ExitCode == ExitCode.Usage));
    }
}
