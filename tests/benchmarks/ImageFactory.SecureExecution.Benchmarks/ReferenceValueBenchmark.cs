using System.Diagnostics;
using System.Globalization;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Trustee;

namespace ImageFactory.SecureExecution.Benchmarks;

/// <summary>From an image of 576 MiB to its reference values: what is read must not grow with the image.</summary>
internal static class ReferenceValueBenchmark
{
    public static void Run(BenchmarkInputs inputs)
    {
        long start = Stopwatch.GetTimestamp();
        using FileStream file = File.OpenRead(inputs["se.img"]);
        ReferenceValues values = ReferenceValues.Of(SecureImage.Open(file, "se.img").Header);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"reference values: tag {values.Tag} in {time.TotalSeconds:f3} s (goal: at most 1)"));
    }
}
