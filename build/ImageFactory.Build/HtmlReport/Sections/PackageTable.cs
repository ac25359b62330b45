namespace ImageFactory.Build.HtmlReport.Sections;

internal static class PackageTable
{
    public static Markup Write(ReportContent content)
    {
        if (content.Packages is not { Count: > 0 } packages)
            return Markup.Empty;
        Markup table = Table.Of(
            "Packages of the root file system, from the SBOM",
            ["name", "version", "licence"],
            packages.Select(p => (IReadOnlyList<Markup>)[Table.Cell(p.Name), Table.Code(p.Version), Table.Cell(p.Licence)]),
            "package-table");
        return Markup.Of($"""
            <p class="filter"><label for="package-filter">Show those with </label><input id="package-filter" type="search" autocomplete="off" aria-controls="package-table" />
            <span id="package-count" role="status">{packages.Count} packages</span></p>
            {table}
            """);
    }
}
