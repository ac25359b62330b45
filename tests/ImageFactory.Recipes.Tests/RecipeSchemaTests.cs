using System.Text.Json.Nodes;
using ImageFactory.Recipes.Documentation;
using ImageFactory.Recipes.Shapes;

namespace ImageFactory.Recipes.Tests;

public sealed class RecipeSchemaTests
{
    private static readonly JsonSchemaCheck Schema = new(JsonNode.Parse(RecipeSchema.ToJson())!.AsObject());

    [Theory]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"}}""")]
    [InlineData("""{"extends":"a.yaml"}""")]
    [InlineData("""{"extends":"a.yaml","base":{"suite":"sid"},"disk":null,"secureBoot":{"key":"a"},"system":{"units":null,"ssh":null}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"agentPolicy":{"kata":4.1},"system":{"files":[{"path":"/a","content":"x","mode":644}]}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"payload":[{"kind":"archive","path":"a","modes":{"/a":"0755"}},{"kind":"directory","path":"b"}]}""")]
    public void Good_recipes_are_valid(string recipe) => Assert.True(Schema.IsValid(JsonNode.Parse(recipe)));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("""{"name":"podvm"}""")]
    [InlineData("""{"name":"podvm","base":{}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debain"}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian","sute":"sid"}}""")]
    [InlineData("""{"name":"Podvm","base":{"kind":"debian"}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"dsik":{}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"disk":{"root":"ext5"}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"secureBoot":{"key":"a"}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"payload":[{"kind":"archive"}]}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"payload":[{"path":"a"}]}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"payload":[{"kind":"directory","path":"a","inside":"b"}]}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"bootCheck":{"memory":"2048"}}""")]
    [InlineData("""{"name":"podvm","base":{"kind":"debian"},"bootCheck":{"memory":1}}""")]
    public void Bad_recipes_are_not(string recipe) => Assert.False(Schema.IsValid(JsonNode.Parse(recipe)));

    [Fact]
    public void What_the_factory_writes_is_valid()
    {
        using RecipeFolder folder = new();
        LoadedRecipe loaded = folder.LoadText(RecipeFolder.Smallest + "payload: [{ kind: directory, path: ., modes: { /a: 0755 } }]\n");

        Assert.True(Schema.IsValid(JsonNode.Parse(Writing.RecipeWriter.ToJson(loaded.Recipe, loaded.Folder))));
    }

    [Fact]
    public void Every_key_has_a_meaning()
    {
        JsonObject schema = JsonNode.Parse(RecipeSchema.ToJson())!.AsObject();

        IEnumerable<JsonObject> groups = schema["$defs"]!.AsObject().Select(d => d.Value!.AsObject()).Append(schema);
        foreach ((string key, JsonNode? property) in groups.SelectMany(g => g["properties"]!.AsObject()))
            Assert.False(string.IsNullOrEmpty(property!["description"]?.GetValue<string>()), $"'{key}' has no description");
    }

    [Fact]
    public void Every_kind_can_be_chosen()
    {
        KindsShape payload = (KindsShape)ModelShapes.Of(typeof(Model.Recipes.PayloadSource));

        Assert.Equal(["archive", "directory", "oci"], payload.Kinds.Select(k => k.Kind));
    }
}
