using System.Text;

namespace ImageFactory.Build.Reporting;

/// <summary>Writes on, with secrets replaced. What arrives in pieces is held back until its line is complete, so that no secret slips through in two halves.</summary>
internal sealed class MaskingWriter(TextWriter inner, SecretMask mask) : TextWriter(inner.FormatProvider)
{
    private readonly Lock gate = new();
    private readonly StringBuilder pending = new();

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        lock (gate)
        {
            pending.Append(value);
            if (value == '\n')
                Pass();
        }
    }

    public override void Write(string? value)
    {
        lock (gate)
        {
            pending.Append(value);
            if (value is not null && value.Contains('\n', StringComparison.Ordinal))
                Pass();
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush()
    {
        lock (gate)
            Pass();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Flush();
        base.Dispose(disposing);
    }

    private void Pass()
    {
        inner.Write(mask.Apply(pending.ToString()));
        pending.Clear();
        inner.Flush();
    }
}
