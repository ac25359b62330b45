using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Tests;

public sealed class LayerTests : IDisposable
{
    private readonly RecipeFolder folder = new();

    [Fact]
    public void Groups_merge_and_lists_replace()
    {
        folder.Write("base.yaml", RecipeFolder.Smallest + "system:\n  kernelArguments: [a, b]\n  units: { enable: [x.service], mask: [y.service] }\n");
        folder.Write("a.yaml", "extends: base.yaml\nname: other\nsystem: { kernelArguments: [c], units: { mask: [] } }\n");

        Recipe recipe = folder.Load("a.yaml").Recipe;

        Assert.Equal("other", recipe.Name);
        Assert.Equal(["c"], recipe.System.KernelArguments);
        Assert.Equal(["x.service"], recipe.System.Units.Enable);
        Assert.Empty(recipe.System.Units.Mask);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    public void Null_goes_back_to_the_default(string nothing)
    {
        folder.Write("base.yaml", RecipeFolder.Smallest + "disk: { size: 8GiB, root: ext4 }\ndescription: x\n");
        folder.Write("a.yaml", $"extends: base.yaml\ndescription: {nothing}\ndisk:\n  size: {nothing}\n");

        Recipe recipe = folder.Load("a.yaml").Recipe;

        Assert.Null(recipe.Description);
        Assert.Equal("auto", recipe.Disk.Size);
        Assert.Equal(RootFileSystem.Ext4, recipe.Disk.Root);
    }

    [Fact]
    public void Null_of_something_required_leaves_it_missing()
    {
        folder.Write("base.yaml", RecipeFolder.Smallest);
        folder.Write("a.yaml", "extends: base.yaml\nname: null\n");

        Assert.Equal(["IFR202"], CodesOf("a.yaml"));
    }

    [Fact]
    public void Three_levels_are_laid_over_each_other_in_order()
    {
        folder.Write("one.yaml", RecipeFolder.Smallest + "disk: { size: 1GiB, scratch: none, format: raw }\n");
        folder.Write("two.yaml", "extends: one.yaml\ndisk: { size: 2GiB, scratch: luks2 }\n");
        folder.Write("a.yaml", "extends: two.yaml\ndisk: { size: 3GiB }\n");

        LoadedRecipe loaded = folder.Load("a.yaml");

        Assert.Equal(("3GiB", Scratch.Luks2, DiskFormat.Raw), (loaded.Recipe.Disk.Size, loaded.Recipe.Disk.Scratch, loaded.Recipe.Disk.Format));
        Assert.Equal(["a.yaml", "two.yaml", "one.yaml"], loaded.Files.Select(Path.GetFileName));
        Assert.Equal(("a.yaml:2:15", "two.yaml:2:30", "one.yaml:3:44"), (loaded.Origins.Of("disk.size"), loaded.Origins.Of("disk.scratch"), loaded.Origins.Of("disk.format")));
    }

    [Theory]
    [InlineData("{ kind: archive, path: x, into: /a }", "{ kind: directory, path: y }", "kind=directory path=y")]
    [InlineData("{ kind: archive, path: x, into: /a }", "{ kind: archive, path: y }", "kind=archive path=y into=/a")]
    [InlineData("{ kind: archive, path: x, into: /a }", "{ path: y, owner: keep }", "kind=archive path=y into=/a owner=keep")]
    public void Another_kind_replaces_the_group_and_the_same_or_none_merges_it(string under, string over, string expected) =>
        Assert.Equal(expected, Merged(under, over));

    [Fact]
    public void A_path_starts_from_the_folder_of_the_file_that_wrote_it()
    {
        folder.Write("common/keys/db.key", "k");
        folder.Write("common/keys/db.crt", "c");
        folder.Write("common/base.yaml", RecipeFolder.Smallest + "secureBoot: { key: keys/db.key, certificate: keys/db.crt }\n");
        folder.Write("mine/other.crt", "c");
        folder.Write("mine/a.yaml", "extends: ../common/base.yaml\nsecureBoot: { certificate: other.crt }\n");

        LoadedRecipe loaded = folder.Load("mine/a.yaml");

        Assert.Equal(Path.Combine(folder.Path, "common", "keys", "db.key"), loaded.Recipe.SecureBoot!.Key.FullPath);
        Assert.Equal(Path.Combine(folder.Path, "mine", "other.crt"), loaded.Recipe.SecureBoot.Certificate.FullPath);
        Assert.Equal("keys/db.key", loaded.Recipe.SecureBoot.Key.Text);
        Assert.Equal(Path.Combine("common", "base.yaml") + ":3:20", loaded.Origins.Of("secureBoot.key"));
    }

    [Theory]
    [InlineData("a.yaml", "a.yaml → a.yaml")]
    [InlineData("b.yaml", "a.yaml → b.yaml → c.yaml → a.yaml")]
    public void A_circle_is_refused_with_its_chain(string extends, string chain)
    {
        folder.Write("a.yaml", $"extends: {extends}\n");
        folder.Write("b.yaml", "extends: ./c.yaml\n");
        folder.Write("c.yaml", "name: c\nextends: a.yaml\n");

        Fault fault = Assert.Single(FaultsOf("a.yaml"));

        Assert.Equal(("IFR103", chain), (fault.Code, fault.Detail));
    }

    [Fact]
    public void Sixteen_files_are_followed_and_seventeen_are_not()
    {
        for (int i = 1; i < 17; i++)
            folder.Write($"r{i}.yaml", $"extends: r{i - 1}.yaml\n");
        folder.Write("r0.yaml", RecipeFolder.Smallest);

        Assert.Equal(16, folder.Load("r15.yaml").Files.Count);
        Assert.Equal(["IFR104"], CodesOf("r16.yaml"));
    }

    [Theory]
    [InlineData("extends: nowhere.yaml", "IFR105", "a.yaml:1:10")]
    [InlineData("extends: [a.yaml]", "IFR101", "a.yaml:1:10")]
    [InlineData("extends: ''", "IFR101", "a.yaml:1:10")]
    [InlineData("extends: \"a\\0b\"", "IFR101", "a.yaml:1:10")]
    [InlineData("extends: /etc/passwd", "IFR102", "a.yaml:1:10")]
    [InlineData("extends: .", "IFR105", "a.yaml:1:10")]
    public void What_cannot_be_extended_is_refused_at_its_place(string text, string code, string where)
    {
        Fault fault = folder.FaultOf(text);

        Assert.Equal((code, where), (fault.Code, fault.Where));
    }

    [Fact]
    public void A_missing_recipe_is_a_missing_input()
    {
        folder.Write("a.yaml", "extends: nowhere.yaml");

        Assert.Equal(ExitCode.MissingInput, Assert.Throws<FactoryException>(() => folder.Load("a.yaml")).ExitCode);
        Assert.Equal(ExitCode.MissingInput, Assert.Throws<FactoryException>(() => folder.Load("b.yaml")).ExitCode);
    }

    [Fact]
    public void A_fault_in_an_extended_file_names_that_file()
    {
        folder.Write("base.yaml", "name: podvm\nbase: { kind: debian }\ndisk: { roto: ext4 }\n");
        folder.Write("a.yaml", "extends: base.yaml\n");

        Assert.Equal("base.yaml:3:9", Assert.Single(FaultsOf("a.yaml")).Where);
    }

    [Fact]
    public void The_environment_is_laid_over_the_recipe_and_the_command_line_over_both()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "disk: { size: 1GiB, scratch: none }\n");

        LoadedRecipe loaded = folder.LoadWith(
            "a.yaml",
            new() { ["IMAGEFACTORY_DISK_SIZE"] = "2GiB", ["IMAGEFACTORY_DISK_SCRATCH"] = "luks2", ["PATH"] = "/bin" },
            "disk.size=3GiB");

        Assert.Equal(("3GiB", Scratch.Luks2), (loaded.Recipe.Disk.Size, loaded.Recipe.Disk.Scratch));
        Assert.Equal(("--set disk.size", "IMAGEFACTORY_DISK_SCRATCH"), (loaded.Origins.Of("disk.size"), loaded.Origins.Of("disk.scratch")));
    }

    [Fact]
    public void The_environment_sets_lists_groups_and_kinds()
    {
        folder.Write("a.yaml", "name: podvm\ndisk: { root: ext4 }\n");

        Recipe recipe = folder.LoadWith("a.yaml", new()
        {
            ["IMAGEFACTORY_BASE_KIND"] = "debian",
            ["IMAGEFACTORY_BASE_PACKAGES"] = "[systemd, udev]",
            ["IMAGEFACTORY_DISK"] = "{ scratch: none }",
            ["IMAGEFACTORY_AGENT_POLICY_PRESET"] = "allow-all",
            ["IMAGEFACTORY_DESCRIPTION"] = "",
        }).Recipe;

        Assert.Equal(["systemd", "udev"], ((DebianBase)recipe.Base).Packages);
        Assert.Equal((RootFileSystem.Ext4, Scratch.None), (recipe.Disk.Root, recipe.Disk.Scratch));
        Assert.Equal(AgentPolicyPreset.AllowAll, recipe.AgentPolicy.Preset);
        Assert.Null(recipe.Description);
    }

    [Fact]
    public void An_unknown_variable_is_a_warning_with_the_nearest_one()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest);

        Fault warning = Assert.Single(folder.LoadWith("a.yaml", new() { ["IMAGEFACTORY_DISC_SIZE"] = "2GiB" }).Warnings);

        Assert.Equal(("IFR110", Severity.Warning, "IMAGEFACTORY_DISC_SIZE"), (warning.Code, warning.Severity, warning.Where));
        Assert.Equal("did you mean IMAGEFACTORY_DISK_SIZE?", warning.Hint);
    }

    [Fact]
    public void A_wrong_value_of_a_variable_is_reported_with_its_name()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest);

        Fault fault = Assert.Single(Assert.Throws<FactoryException>(() => folder.LoadWith("a.yaml", new() { ["IMAGEFACTORY_DISK_ROOT"] = "ext5" })).Faults);

        Assert.Equal(("IFR204", "IMAGEFACTORY_DISK_ROOT", "did you mean 'ext4'?"), (fault.Code, fault.Where, fault.Hint));
    }

    [Fact]
    public void Every_key_has_a_variable_of_its_own()
    {
        Dictionary<string, IReadOnlyList<Step>> variables = EnvironmentLayer.Variables();

        Assert.Equal(variables.Count, variables.Values.Select(steps => string.Join('.', steps)).Distinct().Count());
        Assert.Equal("disk.rootCompression", string.Join('.', variables["IMAGEFACTORY_DISK_ROOT_COMPRESSION"]));
        Assert.Equal("base.initrd.modules", string.Join('.', variables["IMAGEFACTORY_BASE_INITRD_MODULES"]));
    }

    [Fact]
    public void Setting_adds_to_a_list_that_is_written_and_to_a_default_one()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "system: { units: { mask: [a.service] } }\n");

        Recipe recipe = folder.Load("a.yaml", "system.kernelArguments+=quiet", "system.units.mask+=[b.service, c.service]", "system.units.enable+=d.service").Recipe;

        Assert.Equal(["console=ttyS0", "quiet"], recipe.System.KernelArguments);
        Assert.Equal(["a.service", "b.service", "c.service"], recipe.System.Units.Mask);
        Assert.Equal(["d.service"], recipe.System.Units.Enable);
    }

    [Fact]
    public void Setting_reaches_entries_and_keys_that_are_no_words()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "payload:\n  - { kind: directory, path: . }\n");

        Recipe recipe = folder.Load("a.yaml", "payload[0].into=/opt", "payload[0].modes.\"/opt/a.b\"=0755", "payload+={ kind: directory, path: ., owner: keep }", "system.kernelArguments[0]=console=hvc0").Recipe;

        Assert.Equal(["/opt", "/"], recipe.Payload.Select(p => p.Into));
        Assert.Equal("0755", recipe.Payload[0].Modes["/opt/a.b"]);
        Assert.Equal(PayloadOwner.Keep, recipe.Payload[1].Owner);
        Assert.Equal(["console=hvc0"], recipe.System.KernelArguments);
    }

    [Fact]
    public void Setting_null_goes_back_to_the_default_and_removes_an_entry()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "disk: { size: 8GiB }\nsystem: { kernelArguments: [a, b, c] }\n");

        Recipe recipe = folder.Load("a.yaml", "disk.size=null", "system.kernelArguments[1]=null").Recipe;

        Assert.Equal("auto", recipe.Disk.Size);
        Assert.Equal(["a", "c"], recipe.System.KernelArguments);
    }

    [Theory]
    [InlineData("description=a: b # c", "a: b # c")]
    [InlineData("description=x=y", "x=y")]
    [InlineData("description=\"a\\tb\"", null)]
    [InlineData("description='it''s'", "it's")]
    [InlineData("description=\"null\"", "null")]
    [InlineData("description=*x", "*x")]
    [InlineData("description=[x]", "[x]")]
    public void A_text_is_taken_as_it_stands_unless_it_is_quoted(string set, string? expected)
    {
        folder.Write("a.yaml", RecipeFolder.Smallest);

        if (expected is null)
            Assert.Equal("IFR302", Assert.Single(Assert.Throws<FactoryException>(() => folder.Load("a.yaml", set)).Faults).Code);
        else
            Assert.Equal(expected, folder.Load("a.yaml", set).Recipe.Description);
    }

    [Fact]
    public void Paths_from_the_command_line_start_from_the_working_folder()
    {
        folder.Write("here.rego", "package agent_policy");
        folder.Write("recipes/a.yaml", RecipeFolder.Smallest);

        LoadedRecipe loaded = folder.Load("recipes/a.yaml", "agentPolicy.file=here.rego");

        Assert.Equal(Path.Combine(folder.Path, "here.rego"), loaded.Recipe.AgentPolicy.File!.FullPath);
    }

    [Theory]
    [InlineData("disk.sise=1GiB", "IFR112", "did you mean 'size'?")]
    [InlineData("dsik={}", "IFR112", "did you mean 'disk'?")]
    [InlineData("base.sute=sid", "IFR112", "did you mean 'suite'?")]
    [InlineData("disk.size.x=1", "IFR113", null)]
    [InlineData("disk.size[0]=1", "IFR114", null)]
    [InlineData("disk.size+=1", "IFR114", null)]
    [InlineData("system.kernelArguments[1]=x", "IFR115", null)]
    [InlineData("payload[0].path=x", "IFR115", null)]
    [InlineData("disk.size=", "IFR116", null)]
    [InlineData("disk.size", "IFR111", null)]
    [InlineData("=x", "IFR111", null)]
    [InlineData("a[x]=1", "IFR111", null)]
    [InlineData("a[99999999999]=1", "IFR111", null)]
    [InlineData("\"a=1", "IFR111", null)]
    [InlineData("disk={root: [}", "IFR008", null)]
    [InlineData("disk={root: a} {x", "IFR008", null)]
    [InlineData("disk.root=ext5", "IFR204", "did you mean 'ext4'?")]
    [InlineData("system.kernelArguments=quiet", "IFR203", "write a list, even of one: ['quiet']")]
    public void A_setting_that_cannot_be_is_refused(string set, string code, string? hint)
    {
        Fault fault = folder.FaultOf(RecipeFolder.Smallest, set);

        Assert.Equal(code, fault.Code);
        Assert.StartsWith("--set", fault.Where, StringComparison.Ordinal);
        if (hint is not null)
            Assert.Equal(hint, fault.Hint);
    }

    [Fact]
    public void Faults_of_recipe_environment_and_command_line_come_together()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "nmae: x\n");

        FactoryException refused = Assert.Throws<FactoryException>(() => folder.LoadWith("a.yaml", new() { ["IMAGEFACTORY_DISK_ROOT"] = "x" }, "dsik.size=1", "disk.format=vdi"));

        Assert.Equal(["IFR112", "IFR201", "IFR204", "IFR204"], refused.Faults.Select(f => f.Code).Order());
    }

    public void Dispose() => folder.Dispose();

    private IReadOnlyList<Fault> FaultsOf(string name) => Assert.Throws<FactoryException>(() => folder.Load(name)).Faults;

    private string[] CodesOf(string name) => [.. FaultsOf(name).Select(f => f.Code)];

    private static string Merged(string under, string over)
    {
        MappingNode merged = (MappingNode)LayerMerge.Merge((Node)Read(under), Read(over));
        return string.Join(' ', merged.Entries.Select(e => $"{e.Key}={((ScalarNode)e.Value).Text}"));
    }

    private static MappingNode Read(string text) => YamlReader.ReadDocument(text, new Source("test", "/"));
}
