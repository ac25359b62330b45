using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup.Options;

/// <summary>What an option of a recipe asks of the system beside its overlay tree: data, kept in <c>bootc/overlays/NAME.json</c>.</summary>
internal sealed record OptionFacts
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Packages by package manager (apt, dnf), for bases that can install any.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Packages { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>dracut modules without which the option is no option.</summary>
    public IReadOnlyList<string> DracutModules { get; init; } = [];

    /// <summary>Options that the kernel must have been built with, such as <c>CONFIG_CRYPTO_FIPS</c>.</summary>
    public IReadOnlyList<string> KernelOptions { get; init; } = [];

    /// <summary>What must be in the system when its overlay tree comes: payload included.</summary>
    public IReadOnlyList<OptionNeed> Needs { get; init; } = [];

    public static OptionFacts Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<OptionFacts>(File.ReadAllText(file), Options)!;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new FactoryException(OptionFaults.BadFacts(file, e.Message), e);
        }
    }
}

/// <param name="Path">A file of the system.</param>
/// <param name="From">Who brings it, for people.</param>
internal sealed record OptionNeed(string Path, string From);
