using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>One JSON object per line and event, for programs that watch a run.</summary>
internal sealed class JsonReporter(TextWriter writer, TimeProvider time, bool verbose) : ICloseableReporter
{
    /// <summary>A stage's progress is told this often, and when it is at its end: an upload of a disk has many thousand steps.</summary>
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> lastProgress = [];

    public void Report(RunEvent happened)
    {
        if ((happened is ProgramSaid && !verbose) || (happened is StageProgressed progressed && !IsTimeFor(progressed)))
            return;

        Write(NameOf(happened), json =>
        {
            if (happened.Stage is not null)
                json.WriteString("stage", happened.Stage);
            WriteFields(json, happened);
        });
    }

    /// <summary>The last line of a run.</summary>
    public void Ended(ExitCode code) => Write("ended", json => json.WriteNumber("exitCode", (int)code));

    public void Close()
    {
    }

    private bool IsTimeFor(StageProgressed progressed)
    {
        lock (gate)
        {
            string stage = progressed.Stage ?? "";
            bool isAtItsEnd = progressed.Total > 0 && progressed.Done >= progressed.Total;
            if (!isAtItsEnd && lastProgress.TryGetValue(stage, out long last) && time.GetElapsedTime(last) < ProgressEvery)
                return false;
            lastProgress[stage] = time.GetTimestamp();
            return true;
        }
    }

    private static string NameOf(RunEvent happened) => happened switch
    {
        StagesPlanned => "stages-planned",
        StageStarted => "stage-started",
        StageProgressed => "stage-progressed",
        StageEnded => "stage-ended",
        Said => "said",
        ProgramSaid => "program-said",
        Faulted => "fault",
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, null),
    };

    private static void WriteFields(Utf8JsonWriter json, RunEvent happened)
    {
        switch (happened)
        {
            case StagesPlanned planned:
                json.WriteStartArray("stages");
                foreach (string stage in planned.Stages)
                    json.WriteStringValue(stage);
                json.WriteEndArray();
                break;
            case StageProgressed progressed:
                json.WriteNumber("done", progressed.Done);
                json.WriteNumber("total", progressed.Total);
                json.WriteString("unit", progressed.Unit);
                break;
            case StageEnded ended:
                json.WriteString("outcome", EventText.Outcome(ended.Outcome));
                json.WriteNumber("seconds", Math.Round(ended.Elapsed.TotalSeconds, 3));
                json.WriteNumber("bytes", ended.Bytes);
                break;
            case Said said:
                json.WriteString("text", said.Text);
                break;
            case ProgramSaid said:
                json.WriteString("program", said.Program);
                json.WriteString("line", said.Line);
                break;
            case Faulted faulted:
                WriteFault(json, faulted.Fault);
                break;
        }
    }

    private static void WriteFault(Utf8JsonWriter json, Fault fault)
    {
        json.WriteString("severity", fault.Severity == Severity.Error ? "error" : "warning");
        json.WriteString("code", fault.Code);
        json.WriteNumber("exitCode", (int)fault.ExitCode);
        json.WriteString("message", fault.Message);
        if (fault.Where is not null)
            json.WriteString("where", fault.Where);
        if (fault.Detail is not null)
            json.WriteString("detail", fault.Detail);
        if (fault.Hint is not null)
            json.WriteString("hint", fault.Hint);
    }

    private void Write(string name, Action<Utf8JsonWriter> fields)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, JsonForm.Line))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime);
            json.WriteString("event", name);
            fields(json);
            json.WriteEndObject();
        }

        lock (gate)
            writer.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n");
    }
}
