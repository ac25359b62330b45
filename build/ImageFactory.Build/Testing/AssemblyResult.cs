namespace ImageFactory.Build.Testing;

/// <summary>How the tests of one assembly ended.</summary>
internal sealed record AssemblyResult(string Name, int Passed, IReadOnlyList<TestCase> Failures, IReadOnlyList<TestCase> Skips, TimeSpan Elapsed)
{
    /// <summary>The assembly as a whole failed: it could not be run, or it died.</summary>
    public static AssemblyResult Broken(string name, string why, TimeSpan elapsed) => new(name, 0, [new TestCase(name, why, "")], [], elapsed);
}
