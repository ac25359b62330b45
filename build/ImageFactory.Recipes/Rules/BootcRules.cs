using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

/// <summary>Rules of bases that are bootable containers.</summary>
internal static class BootcRules
{
    /// <summary>The build argument that the factory sets itself.</summary>
    private const string ImportArgument = "BASE";

    public static void Check(BootcBase bootc, RecordScope scope)
    {
        if (!scope.IsSound("image", "containerfile"))
            return;
        bool image = scope.IsWritten("image");
        if (image == scope.IsWritten("containerfile"))
            scope.Report(image ? "containerfile" : "", path => RuleFaults.BootcSources(path, none: !image));
        if (image)
        {
            foreach (string key in ((string[])["context", "target", "args", "secrets", "import"]).Where(scope.IsWritten))
                scope.Report(key, path => RuleFaults.NoEffect(path, "on a ready image: nothing is built"));
        }

        foreach (string key in ((string[])["import.exclude", "import.initrd"]).Where(scope.IsWritten))
            scope.Report(key, path => RuleFaults.NoEffect(path, "on a base that is imported: the Containerfile says what stays, and 'base.initrd' how the initrd is made"));
        if (bootc.Import is not null && bootc.Args.ContainsKey(ImportArgument))
            scope.Report($"args.{ImportArgument}", RuleFaults.ImportedArgument);
        if (scope.IsSound("secrets"))
        {
            foreach ((int number, BuildSecret secret) in bootc.Secrets.Index().Where(s => bootc.Secrets.Take(s.Index).Any(o => o.Id == s.Item.Id)))
                scope.Report($"secrets[{number}].id", path => RuleFaults.SecretTwice(path, secret.Id));
        }

        if (!scope.IsSound("way"))
            return;
        if (bootc.Way == BootcWay.Direct && scope.IsWritten("builder"))
            scope.Report("builder", path => RuleFaults.NoEffect(path, "with 'way: direct', which runs no builder"));
        if (bootc.Way == BootcWay.ImageBuilder && scope.IsWritten("initrd"))
            scope.Report("initrd", path => RuleFaults.NoEffect(path, "with bootc-image-builder, which takes the image's own"));
    }

    /// <summary>What the rest of the recipe must be like for the classic layout.</summary>
    public static void CheckRecipe(Recipe recipe, RecordScope scope)
    {
        if (recipe.Base is not BootcBase { Way: BootcWay.ImageBuilder } || !scope.IsSound("base", "disk"))
            return;
        if (recipe.Disk.Integrity == Integrity.Verity)
            scope.Report("disk.integrity", RuleFaults.VerityOfClassicLayout);
        if (recipe.SecureBoot is not null)
            scope.Report("secureBoot", RuleFaults.SigningOfClassicLayout);
        if (scope.IsWritten("disk.volatile"))
            scope.Report("disk.volatile", RuleFaults.KeptLayout);
        foreach (string key in ((string[])["disk.root", "disk.rootCompression", "disk.size"]).Where(scope.IsWritten))
            scope.Report(key, path => RuleFaults.NoEffect(path, "with bootc-image-builder, whose config.toml decides it"));
    }
}
