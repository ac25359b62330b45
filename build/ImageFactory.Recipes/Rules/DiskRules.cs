using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class DiskRules
{
    public static void Check(DiskSettings disk, RecordScope scope)
    {
        if (disk.Integrity == Integrity.None && scope.IsSound("integrity"))
            scope.Report("integrity", RuleFaults.NoIntegrity);
        if (disk.Root != RootFileSystem.Erofs && scope.IsSound("root") && scope.IsWritten("rootCompression"))
            scope.Report("rootCompression", path => RuleFaults.NoEffect(path, "on a root that is not erofs"));
        if (disk.Format != DiskFormat.Qcow2 && scope.IsSound("format") && scope.IsWritten("compression"))
            scope.Report("compression", path => RuleFaults.NoEffect(path, "on an image that is not qcow2"));
    }
}
