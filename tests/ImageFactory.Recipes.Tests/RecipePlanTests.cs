using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Writing;

namespace ImageFactory.Recipes.Tests;

public sealed class RecipePlanTests : IDisposable
{
    private const string Example = """
        name: podvm-example
        description: "An example: with a colon"
        extends: common/base.yaml
        payload:
          - kind: archive
            path: payload.tar.gz
            modes: { /usr/local/bin/kata-agent: "0755" }
        agentPolicy: { file: policy.rego }
        system:
          files:
            - path: /etc/motd
              content: |
                A pod VM.
                  Indented.
            - { path: /etc/odd, content: " leading\tand trailing ", mode: "0600" }
        bootCheck: { timeLimit: 900 }
        """;

    private readonly RecipeFolder folder = new();

    public RecipePlanTests()
    {
        folder.Write("a.yaml", Example);
        folder.Write("payload.tar.gz", "x");
        folder.Write("policy.rego", "x");
        folder.Write("common/base.yaml", "base: { kind: debian, packages: [systemd, libstdc++6], keyring: keyring.gpg }\ndisk: { root: ext4 }\n");
        folder.Write("common/keyring.gpg", "x");
    }

    [Fact]
    public void The_plan_reads_as_approved() => Approved.Equal("plan.txt", RecipePlan.ToText(Load(), showOrigin: false));

    [Fact]
    public void The_plan_with_origins_reads_as_approved() => Approved.Equal("plan-origins.txt", RecipePlan.ToText(Load(), showOrigin: true));

    [Fact]
    public void The_plan_as_json_reads_as_approved() => Approved.Equal("plan.json", RecipePlan.ToJson(Load(), showOrigin: false));

    [Fact]
    public void The_plan_as_json_with_origins_names_an_origin_for_each_value()
    {
        using JsonDocument plan = JsonDocument.Parse(RecipePlan.ToJson(Load(), showOrigin: true));

        JsonElement origins = plan.RootElement.GetProperty("origins");
        Assert.Equal("podvm-example", plan.RootElement.GetProperty("recipe").GetProperty("name").GetString());
        Assert.Equal("a.yaml:1:7", origins.GetProperty("name").GetString());
        Assert.Equal("IMAGEFACTORY_DISK_SIZE", origins.GetProperty("disk.size").GetString());
        Assert.Equal("--set system.kernelArguments", origins.GetProperty("system.kernelArguments[1]").GetString());
        Assert.Equal("default", origins.GetProperty("system.kernelArguments[0]").GetString());
        Assert.Equal("default", origins.GetProperty("disk.format").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_plan_loads_again_as_the_same_recipe(bool showOrigin)
    {
        LoadedRecipe loaded = Load();

        folder.Write("again.yaml", RecipePlan.ToText(loaded, showOrigin));

        Assert.Equal(loaded.Digest, folder.Load("again.yaml").Digest);
    }

    [Fact]
    public void Canonical_json_is_yaml_that_loads_as_the_same_recipe()
    {
        LoadedRecipe loaded = Load();

        folder.Write("again.yaml", RecipeWriter.ToJson(loaded.Recipe, loaded.Folder));

        Assert.Equal(loaded.Digest, folder.Load("again.yaml").Digest);
    }

    [Fact]
    public void Canonical_json_has_sorted_keys_and_no_place_of_this_machine()
    {
        LoadedRecipe loaded = Load();

        string json = RecipeWriter.ToJson(loaded.Recipe, loaded.Folder);

        Assert.StartsWith("""{"agentPolicy":{"file":"policy.rego","kata":"4.1"},"architecture":"x86_64","base":{"components":["main"],"exclude":[]""", json, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, json, StringComparison.Ordinal);
        Assert.Contains("\"keyring\":\"common/keyring.gpg\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_is_that_of_the_canonical_json()
    {
        LoadedRecipe loaded = Load();

        string json = RecipeWriter.ToJson(loaded.Recipe, loaded.Folder);

        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(json))), loaded.Digest.Hex);
    }

    [Fact]
    public void The_same_recipe_in_another_folder_has_the_same_digest()
    {
        using RecipeFolder other = new();
        foreach (string file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
            other.Write(Path.GetRelativePath(folder.Path, file), File.ReadAllBytes(file));

        Assert.Equal(folder.Load("a.yaml").Digest, other.Load("a.yaml").Digest);
    }

    [Fact]
    public void Order_comments_and_written_defaults_change_no_digest()
    {
        LoadedRecipe one = folder.LoadText("name: podvm\nbase: { kind: debian }\n");
        LoadedRecipe two = folder.LoadText("# the same\nbase: { suite: trixie, kind: debian }\ndisk: { root: erofs }\nname: 'podvm'\n");

        Assert.Equal(one.Digest, two.Digest);
    }

    [Fact]
    public void Another_value_changes_the_digest() =>
        Assert.NotEqual(folder.LoadText(RecipeFolder.Smallest).Digest, folder.LoadText(RecipeFolder.Smallest, "disk.scratch=none").Digest);

    [Fact]
    public void Any_text_survives_the_plan() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400),
        Prop.ForAll<NonNull<string>>(text =>
        {
            string content = string.Concat(text.Get.Where(c => !char.IsSurrogate(c)));
            LoadedRecipe loaded = folder.LoadText(RecipeFolder.Smallest);
            LoadedRecipe changed = loaded with
            {
                Recipe = loaded.Recipe with { System = loaded.Recipe.System with { Files = [new SystemFile { Path = "/etc/x", Content = content }] } },
            };

            LoadedRecipe again = folder.LoadText(RecipePlan.ToText(changed, showOrigin: true));

            return again.Recipe.System.Files[0].Content == content;
        }));

    [Fact]
    public void Terminals_are_never_sent_control_characters()
    {
        LoadedRecipe loaded = folder.LoadText(RecipeFolder.Smallest + "system: { files: [{ path: /etc/x, content: \"\\e[2J\\r\\u202E\" }] }\n");

        Assert.DoesNotContain(RecipePlan.ToText(loaded, showOrigin: true), c => c != '\n' && (char.IsControl(c) || c == '\u202E'));
    }

    public void Dispose() => folder.Dispose();

    private LoadedRecipe Load() => folder.LoadWith("a.yaml", new() { ["IMAGEFACTORY_DISK_SIZE"] = "8GiB" }, "system.kernelArguments+=quiet", "disk.scratch=null");
}
