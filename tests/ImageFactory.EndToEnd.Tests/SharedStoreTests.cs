using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>Several machines, each a process with a store of its own, that share outputs of stages through a real registry.</summary>
[Trait("needs", "docker-registry")]
public sealed class SharedStoreTests : IAsyncLifetime
{
    private static readonly string[] Shareable = ["disk", "fetch-base", "measure"];

    private MachineRoom? room;

    private MachineRoom Room => room!;

    public async ValueTask InitializeAsync() => room = await MachineRoom.OpenAsync(CancellationToken.None);

    [Fact]
    public async Task What_two_begin_together_is_made_once_and_who_comes_later_makes_nothing()
    {
        Outcome[] together = await Task.WhenAll(WorkAsync("one"), WorkAsync("two"));
        Outcome later = await WorkAsync("three");

        Assert.All([.. together, later], o => Assert.True(o.ExitCode == 0, o.ToString()));
        Assert.Equal(Shareable, Built("one").Concat(Built("two")).Intersect(Shareable).Order(StringComparer.Ordinal));
        Assert.Equal(Shareable.Length, Built("one").Concat(Built("two")).Count(Shareable.Contains));
        Assert.Equal(["resolve-base"], Built("three"));
        Assert.Equal(Shareable, Room.StagesOf("three", "taker").Where(s => s.Outcome == "shared").Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.Single(new[] { "one", "two", "three" }.Select(Content).Distinct());
    }

    [Fact]
    public async Task What_a_killed_machine_had_finished_is_not_made_again_and_what_it_had_begun_is_taken_over()
    {
        using (Process killed = Factory.Start(Arguments("killed"), Room.Folder, Room.Impatient))
            await Room.KillWhenAsync(killed, "stage-*", 1, Cancellation);

        Outcome survivor = await Factory.RunAsync(Arguments("survivor"), Room.Folder, environment: Room.Impatient);

        Assert.True(survivor.ExitCode == 0, survivor.ToString());
        Assert.False(File.Exists(Path.Combine(Room.OutputOf("killed"), "taker", "manifest.json")), "the machine ended before it was killed");
        Assert.DoesNotContain("fetch-base", Built("survivor"));
        Assert.Contains("measure", Built("survivor"));
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_is_a_warning_and_one_that_lies_is_not_believed()
    {
        Outcome alone = await Factory.RunAsync([.. Arguments("alone", share: false), "--shared-store", "127.0.0.1:1/org/stages"], Room.Folder, environment: Room.Environment);
        Outcome first = await WorkAsync("first");

        // A tag of another stage's output: digests of blobs are right, and it is another key.
        string[] stages = Room.TagsLike("stage-*");
        string lie = File.ReadAllText(Path.Combine(stages[0], "current", "link"));
        foreach (string stage in stages)
            File.WriteAllText(Path.Combine(stage, "current", "link"), lie);
        Outcome lied = await WorkAsync("lied");

        Assert.True(alone.ExitCode == 0 && first.ExitCode == 0 && lied.ExitCode == 0, $"{alone}\n{first}\n{lied}");
        Assert.Contains("IFP118", alone.Errors, StringComparison.Ordinal);
        Assert.Equal(3, stages.Length);
        Assert.Contains("IFP119", lied.Errors, StringComparison.Ordinal);
        Assert.Equal(2, Built("lied").Count(Shareable.Contains));
        Assert.Equal(Content("first"), Content("lied"));
    }

    public ValueTask DisposeAsync() => room?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<Outcome> WorkAsync(string machine) => Factory.RunAsync(Arguments(machine), Room.Folder, environment: Room.Environment);

    private string[] Arguments(string machine, bool share = true)
    {
        string recipe = Room.Write($"{machine}.yaml", $"name: taker\nbase: {{ kind: oci, image: '{Room.Image}', asIs: true }}\ndisk: {{ format: raw }}\n");
        string[] arguments = ["build", "--log", "plain", "--recipe", recipe, .. Room.Places(machine)];
        return share ? [.. arguments, "--shared-store", Room.Stages] : arguments;
    }

    /// <summary>All of the reproducible part but the digest of the recipe's file, which is another file for each machine.</summary>
    private string Content(string machine)
    {
        JsonNode content = JsonNode.Parse(File.ReadAllText(Path.Combine(Room.OutputOf(machine), "taker", "manifest.json")))!["content"]!;
        content.AsObject().Remove("inputs");
        return content.ToJsonString();
    }

    private string[] Built(string machine) => [.. Room.StagesOf(machine, "taker").Where(s => s.Outcome == "built").Select(s => s.Name)];
}
