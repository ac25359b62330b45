using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Hosting;

public sealed class FactoryHostTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Help_goes_to_standard_output_and_nothing_else()
    {
        ExitCode code = await RunAsync("--help");

        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("ImageFactory makes pod VM images", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task Help_of_half_a_verb_shows_the_whole_family()
    {
        await RunAsync("help", "store");

        Assert.Contains("./build.sh store gc", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("./build.sh store verify", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_the_command_line_go_to_standard_error_all_at_once()
    {
        ExitCode code = await RunAsync("--offlin", "--jobs", "none");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output.ToString());
        Assert.Equal(
            """
            IFH001: there is no option --offlin
              hint: did you mean --offline?
            IFH008: --jobs cannot be 'none'
              hint: expected is a number from 1 to 256
            2 errors

            """,
            error.ToString());
    }

    [Fact]
    public async Task A_recipe_that_is_missing_ends_with_66_and_names_it_as_it_was_given()
    {
        ExitCode code = await RunAsync("validate", "--recipe", "nowhere.yaml");

        Assert.Equal(ExitCode.MissingInput, code);
        Assert.StartsWith("nowhere.yaml: ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Relative_paths_start_where_the_caller_stands()
    {
        folder.File("my.yaml", "name: mine\nbase: { kind: debian }\n");

        ExitCode code = await RunAsync("validate", "--recipe", "my.yaml");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal("my.yaml: the recipe 'mine' is valid\n", output.ToString());
    }

    [Fact]
    public async Task In_JSON_the_last_line_says_how_the_run_ended()
    {
        ExitCode code = await RunAsync("validate", "--recipe", "nowhere.yaml", "--log", "json");

        string[] lines = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("\"event\":\"fault\"", lines[^2], StringComparison.Ordinal);
        Assert.EndsWith($"\"event\":\"ended\",\"exitCode\":{(int)code}}}", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clean_removes_what_builds_made_and_nothing_else()
    {
        folder.File("out/podvm/build.log", "a log");
        folder.File("out/podvm/podvm.qcow2", "an image");
        folder.File("out/thesis/chapter1.txt", "somebody's work");

        ExitCode code = await RunAsync("clean", "--output", "out", "--store", "store");

        Assert.Equal(ExitCode.Ok, code);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "out", "podvm")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "out", "thesis", "chapter1.txt")));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "store")));
    }

    [Fact]
    public async Task A_policy_is_checked_without_a_recipe()
    {
        folder.File("p.rego", "package agent_policy\n\ndefault CreateContainerRequest :=\n");

        ExitCode code = await RunAsync("policy", "check", "p.rego");

        Assert.Equal(ExitCode.InvalidInput, code);
        Assert.Contains("p.rego:", output.ToString(), StringComparison.Ordinal);
    }

    private async Task<ExitCode> RunAsync(params string[] arguments)
    {
        using Shutdown shutdown = new();
        HostEnvironment environment = new() { Variables = new Dictionary<string, string>(), CurrentFolder = folder.Path, Root = Approved.Root };
        return await new FactoryHost(environment, new HostConsole(output, error), new ManualTime(), shutdown).RunAsync(arguments);
    }
}
