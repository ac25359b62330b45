using System.Globalization;
using System.Text;

namespace ImageFactory.Measurement.Reporting;

/// <summary>The differences for people.</summary>
public static class MeasurementDiffText
{
    public static string Of(MeasurementDiff diff)
    {
        if (diff.Changes.Count == 0)
            return "nothing differs: both images measure the same\n";
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{string.Join(", ", diff.Registers)} differ\n");
        foreach (EventChange change in diff.Changes)
        {
            string how = change.Before is null ? "added" : change.After is null ? "removed" : "changed";
            text.Append(CultureInfo.InvariantCulture, $"\n{change.What}: {how}  ({string.Join(", ", change.Registers)})\n");
            foreach (string word in change.Words)
                text.Append("    ").Append(word).Append('\n');
            if (change.Before is { } before && change.Words.Count == 0)
                text.Append("    - ").Append(before.Digest.Sha256).Append('\n');
            if (change.After is { } after && change.Words.Count == 0)
                text.Append("    + ").Append(after.Digest.Sha256).Append('\n');
            foreach (string cause in change.Causes)
                text.Append("    because of ").Append(cause).Append('\n');
        }

        return text.ToString();
    }
}
