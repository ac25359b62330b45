using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ImageFactory.Build.Tests.Architecture;

/// <summary>Dependencies point one way. Read from the compiled assemblies: what is referenced and used.</summary>
public sealed class ReferenceTests
{
    /// <summary>Which of our assemblies each may use. A new project gets a line here, on purpose.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Model"] = [],
        ["Images"] = ["Model"],
        ["SecureExecution"] = ["Model"],
        ["Registry"] = ["Model"],
        ["Pipeline"] = ["Model"],
        ["Trust"] = ["Pipeline", "Model"],
        ["Recipes"] = ["Pipeline", "Registry", "Model"],
        ["Assembly"] = ["Pipeline", "Images", "Registry", "SecureExecution", "Model"],
        ["Measurement"] = ["Pipeline", "Images", "Model"],
        ["Publishing"] = ["Pipeline", "Images", "Registry", "Trust", "Model"],
        ["Cluster"] = ["Model"],
        ["Build"] = ["Cluster", "Recipes", "Assembly", "SecureExecution", "Measurement", "Publishing", "Pipeline", "Images", "Registry", "Trust", "Model"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles().Select(NameOf)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"say in {nameof(ReferenceTests)} what ImageFactory.{project} may reference");

        IEnumerable<string> used = OurReferencesOf(Path.Combine(AppContext.BaseDirectory, $"ImageFactory.{project}.dll"));

        Assert.Empty(used.Except(Allowed[project]));
    }

    [Fact]
    public void Only_the_host_is_a_program()
    {
        IEnumerable<string> programs = ProjectFiles().Where(p => File.ReadAllText(p).Contains("<OutputType>Exe", StringComparison.Ordinal)).Select(NameOf);

        Assert.Equal(["Build"], programs);
    }

    private static IEnumerable<string> ProjectFiles() => new[] { "build", "secure-execution" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Support.Approved.Root, folder), "ImageFactory.*.csproj", SearchOption.AllDirectories));

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project)["ImageFactory.".Length..];

    private static IReadOnlyList<string> OurReferencesOf(string assembly)
    {
        using PEReader file = new(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        return
        [
            .. metadata.AssemblyReferences
                .Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))
                .Where(n => n.StartsWith("ImageFactory.", StringComparison.Ordinal))
                .Select(n => n["ImageFactory.".Length..]),
        ];
    }
}
