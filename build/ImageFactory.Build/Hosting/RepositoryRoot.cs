namespace ImageFactory.Build.Hosting;

/// <summary>Finds the folder that the host was built in: recipes, overlays and tests lie below it.</summary>
internal static class RepositoryRoot
{
    public static string Above(string folder)
    {
        for (DirectoryInfo? here = new(folder); here is not null; here = here.Parent)
        {
            if (File.Exists(Path.Combine(here.FullName, "ImageFactory.sln")) || Directory.Exists(Path.Combine(here.FullName, "recipes")))
                return here.FullName;
        }

        // A host that was copied somewhere by itself: recipes must then be named.
        return folder;
    }
}
