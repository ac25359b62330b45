using System.Diagnostics;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Recipes.Tests;

/// <summary>Whatever bytes a recipe has, loading it ends with a recipe or with faults. The seed is fixed, so that a failure comes again.</summary>
public sealed class FuzzTests : IDisposable
{
    private const string Valid = """
        # a comment
        name: podvm
        description: "one: line"
        architecture: x86_64
        base: { kind: debian, suite: trixie, packages: [systemd, 'udev'], initrd: { modules: [dm] } }
        payload: &p
          - kind: directory
            path: .
            modes: { /usr/bin/a: "0755", "/b c": 0644 }
        agentPolicy: { preset: coco, kata: 4.1 }
        system:
          kernelArguments: [console=ttyS0, quiet]
          units: { enable: [a.service], mask: [getty@tty1.service] }
          files:
            - path: /etc/motd
              content: |
                A pod VM.
                  More.
              mode: 0644
        disk: { root: erofs, size: 4GiB, scratch: none }
        bootCheck:
          timeLimit: 600
        """;

    private static readonly string[] Tokens =
    [
        "[", "]", "{", "}", ":", ": ", ",", "- ", "? ", "&a ", "*a", "!t ", "!!str ", "|", ">", "'", "\"", "#", "%YAML 1.2\n", "---\n", "...\n", "<<: ", "\t", "\n", "\n  ", "~", "null",
        "true", "-1", "1e9", "\\", "\"\\x00\"", "\"\\ud800\"", "@", "`", "\u0085", "\u2028", "\uFEFF", "é", "😀", "extends: a.yaml\n", "kind: archive\n", "99999999999999999999", "|+9", ">-\n", "\r", "\0",
    ];

    private readonly RecipeFolder folder = new();

    [Fact]
    public void Random_bytes_never_end_in_anything_but_faults() => Try(5_000, random =>
    {
        byte[] bytes = new byte[random.Next(1, 200)];
        random.NextBytes(bytes);
        return bytes;
    });

    [Fact]
    public void Random_yaml_never_ends_in_anything_but_faults() => Try(10_000, random =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => Tokens[random.Next(Tokens.Length)]))));

    [Fact]
    public void A_good_recipe_with_some_harm_done_never_ends_in_anything_but_faults() => Try(10_000, random =>
    {
        StringBuilder text = new(Valid);
        for (int i = random.Next(1, 5); i > 0; i--)
            Harm(text, random);
        return Encoding.UTF8.GetBytes(text.ToString());
    });

    [Fact]
    public void Random_settings_never_end_in_anything_but_faults()
    {
        folder.Write("a.yaml", Valid);
        string[] keys = ["name", "disk", "disk.size", "base.kind", "base", "payload[0]", "payload", "payload[0].modes.\"/x\"", "system.files[0].content", "nothing", "bootCheck.memory", "a..b", "system.units.enable"];
        Random random = new(3);
        for (int i = 0; i < 3_000; i++)
        {
            string key = keys[random.Next(keys.Length)] + (random.Next(4) == 0 ? "+" : "");
            string value = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => Tokens[random.Next(Tokens.Length)]));
            LoadOrRefuse($"--set {key}={value}", $"{key}={value}");
        }
    }

    [Fact]
    public void A_good_fleet_with_some_harm_done_never_ends_in_anything_but_faults()
    {
        const string Fleet = """
            fleet:
              - { name: one, recipe: r.yaml, architecture: x86_64, provider: aws }
              - name: "two"
                recipe: r.yaml
                architecture: s390x
                set: [disk.format=raw, 'name=other']
            """;
        folder.Write("r.yaml", RecipeFolder.Smallest);
        Random random = new(4);
        for (int i = 0; i < 2_000; i++)
        {
            StringBuilder text = new(Fleet);
            for (int harm = random.Next(1, 5); harm > 0; harm--)
                Harm(text, random);
            folder.Write("fleet.yaml", Encoding.UTF8.GetBytes(text.ToString()));
            Refuse($"input {i}: {text}", () => Assert.NotEmpty(FleetList.Check("fleet.yaml", folder.Path, new Dictionary<string, string>()).Entries));
        }
    }

    public void Dispose() => folder.Dispose();

    private static void Harm(StringBuilder text, Random random)
    {
        int at = random.Next(text.Length);
        switch (random.Next(4))
        {
            case 0:
                text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                text.Append(' ');
                break;
            case 1:
                text.Insert(at, Tokens[random.Next(Tokens.Length)]);
                break;
            case 2:
                text[at] = (char)random.Next(1, 0x250);
                break;
            default:
                text.Insert(at, text.ToString(0, Math.Min(at, 60)));
                break;
        }
    }

    private void Try(int count, Func<Random, byte[]> make)
    {
        Random random = new(20_260_101);
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = make(random);
            folder.Write("a.yaml", bytes);
            LoadOrRefuse($"input {i}: {Convert.ToBase64String(bytes)}");
        }
    }

    private void LoadOrRefuse(string what, params string[] sets) => Refuse(what, () =>
    {
        LoadedRecipe loaded = folder.Load("a.yaml", sets);
        Assert.NotNull(loaded.Recipe.Name);
        Assert.NotNull(loaded.Recipe.Base);
    });

    private static void Refuse(string what, Action load)
    {
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            load();
        }
        catch (FactoryException e)
        {
            Assert.All(e.Faults, f => Assert.NotNull(f.Where));
            Assert.All(e.Faults, f => Assert.NotNull(f.Hint));
            Assert.DoesNotContain(e.Message, c => char.IsControl(c) && c != '\n');
        }
        catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
        {
            Assert.Fail($"{what}\n{e}");
        }

        Assert.True(watch.ElapsedMilliseconds < 10_000, $"{what} took {watch.Elapsed}");
    }
}
