namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>What went in, what came out, and the programs between.</summary>
internal static class InputTables
{
    public static Markup Write(ReportContent content)
    {
        Markup inputs = Table.Of("Inputs", ["input", "SHA-256"], content.Image.Inputs.Select(i => (IReadOnlyList<Markup>)[Table.Cell(i.Name), Table.Code(i.Sha256.Hex)]));
        Markup tools = Table.Of("Programs that shaped bytes", ["program", "version"], content.Image.Tools.Select(t => (IReadOnlyList<Markup>)[Table.Cell(t.Key), Table.Code(t.Value)]));
        Markup files = Table.Of(
            "Files of this build", ["file", "kind", "size", "SHA-256"],
            content.Image.Artifacts.Select(a => (IReadOnlyList<Markup>)[Table.Code(a.File), Table.Cell(a.Kind), Table.Size(a.Size), Table.Code(a.Sha256.Hex)]));
        Markup recipe = Table.Of(
            "The recipe with everything that was left out in it", ["key", "value", "from"],
            content.Run.Recipe.Select(r => (IReadOnlyList<Markup>)[Table.Code(r.Key), Table.Code(r.Value), Table.Cell(r.Place)]));
        return Markup.Of($"{inputs}{files}{tools}<details><summary>The recipe, resolved</summary>{recipe}</details>\n");
    }
}
