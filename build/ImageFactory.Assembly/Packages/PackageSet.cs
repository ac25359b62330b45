namespace ImageFactory.Assembly.Packages;

/// <summary>Packages that are pinned beside those of the root file system, under a name of their own in the lock.</summary>
/// <param name="WithDependencies">False takes the packages as files, for something in them that needs nothing else.</param>
internal sealed record PackageSet(string Name, string Suite, string Architecture, IReadOnlyList<string> Packages, bool WithDependencies = true);
