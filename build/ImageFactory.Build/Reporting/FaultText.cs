using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Build.Reporting;

/// <summary>Faults as a person reads them: errors, then warnings, then how many there are.</summary>
internal static class FaultText
{
    public static string Of(IReadOnlyList<Fault> faults)
    {
        StringBuilder text = new();
        foreach (Fault fault in faults.Where(f => f.Severity == Severity.Error).Concat(faults.Where(f => f.Severity == Severity.Warning)))
            text.Append(fault).Append('\n');

        int errors = faults.Count(f => f.Severity == Severity.Error);
        int warnings = faults.Count - errors;
        string[] counts = [.. new[] { Count(errors, "error"), Count(warnings, "warning") }.OfType<string>()];
        if (faults.Count > 1)
            text.Append(string.Join(", ", counts)).Append('\n');
        return text.ToString();
    }

    private static string? Count(int number, string what) => number switch
    {
        0 => null,
        1 => $"1 {what}",
        _ => $"{number} {what}s",
    };
}
