using System.Diagnostics;

namespace ImageFactory.Pipeline.Tests.Support;

internal static class Wait
{
    /// <summary>For what another process does: asked often, and given up after a time that only a broken test needs.</summary>
    internal static async Task UntilAsync(Func<bool> condition)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "what was waited for did not happen within 30 s");
            await Task.Delay(10);
        }
    }
}
