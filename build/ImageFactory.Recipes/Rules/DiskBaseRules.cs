using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

/// <summary>Rules of bases that are disks.</summary>
internal static class DiskBaseRules
{
    private static readonly string[] Impossible = ["secureBoot", "disk.volatile"];

    /// <summary>All that would change a finished image; its format may be another.</summary>
    private static readonly string[] Changing =
    [
        "base.guest", "payload", "agentPolicy", "system", "secureBoot", "secureExecution",
        "disk.root", "disk.rootCompression", "disk.integrity", "disk.volatile", "disk.scratch", "disk.size", "disk.compression",
    ];

    private static readonly string[] Idle = ["disk.root", "disk.rootCompression", "disk.size"];

    public static void CheckImage(QcowBase image, RecordScope scope)
    {
        if (!scope.IsSound("path", "uri", "sha256", "backing"))
            return;
        bool path = scope.IsWritten("path");
        if (path == scope.IsWritten("uri"))
            scope.Report(path ? "uri" : "", key => RuleFaults.ImageSources(key, none: !path));
        if (image.Uri is not null && image.Sha256 is null)
            scope.Report("uri", RuleFaults.AddressWithoutDigest);
        if (image.Uri is not null && image.Backing is not null)
            scope.Report("backing", key => RuleFaults.NoEffect(key, "on an image that is fetched"));
    }

    public static void CheckGuest(GuestSettings guest, RecordScope scope)
    {
        if (scope.IsSound("packages", "network") && guest.Packages.Count > 0 && !guest.Network)
            scope.Report("packages", RuleFaults.PackagesWithoutNetwork);
        if (scope.IsSound("boot") && guest.Boot == GuestBoot.VendorUki && scope.IsWritten("initrd"))
            scope.Report("initrd", path => RuleFaults.NoEffect(path, "with the vendor's UKI, which has its own"));
    }

    /// <summary>Nothing that protects the image may be left out in silence.</summary>
    private static void CheckKept(RecordScope scope)
    {
        foreach (string key in Impossible.Where(k => scope.IsWritten(k)))
            scope.Report(key, RuleFaults.KeptLayout);
        foreach (string key in Idle.Where(k => scope.IsWritten(k)))
            scope.Report(key, path => RuleFaults.NoEffect(path, "on a disk that keeps its own layout"));
    }

    /// <summary>An author who sets a policy beside a finished image believes that it is in force: it may not be left out in silence.</summary>
    private static void CheckAsIs(RecordScope scope)
    {
        foreach (string key in Changing.SelectMany(scope.WrittenAt))
            scope.Report(key, RuleFaults.ChangesFinished);
        foreach (string key in ((string[])["bootCheck", "sourceDateEpoch"]).Where(scope.IsWritten))
            scope.Report(key, path => RuleFaults.NoEffect(path, "on an image that is taken as it is"));
    }

    /// <summary>What the rest of the recipe must be like for a disk.</summary>
    public static void CheckRecipe(Recipe recipe, RecordScope scope)
    {
        if (recipe.IsTakenAsIs)
        {
            if (scope.IsSound("base"))
                CheckAsIs(scope);
            return;
        }

        if (recipe.Base is QcowBase or OciBase && recipe.Disk.Integrity == Integrity.None && scope.IsSound("base", "disk"))
            CheckKept(scope);
        if (recipe.Base is not (QcowBase { Guest.Boot: GuestBoot.VendorUki } or OciBase { Guest.Boot: GuestBoot.VendorUki }) || !scope.IsSound("base", "disk"))
            return;
        if (recipe.Disk.Root != RootFileSystem.Ext4)
            scope.Report("disk.root", RuleFaults.VendorRoot);
    }
}
