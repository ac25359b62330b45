using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>One line per event with its UTC time, for logs, pipes and terminals that can do no more. No stage that runs is silent for long.</summary>
internal sealed class PlainReporter : ICloseableReporter, IDisposable
{
    /// <summary>A stage's progress is worth a line this often: a log is read later, not watched.</summary>
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    /// <summary>From now on once a minute is enough, and so is it for a stage that tells nothing by itself.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly TextWriter writer;
    private readonly TimeProvider time;
    private readonly bool verbose;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Running> running = [];
    private readonly ITimer timer;

    public PlainReporter(TextWriter writer, TimeProvider time, bool verbose)
    {
        this.writer = writer;
        this.time = time;
        this.verbose = verbose;
        timer = time.CreateTimer(_ => TellOfSilent(), null, LookEvery, LookEvery);
    }

    public void Report(RunEvent happened)
    {
        lock (gate)
        {
            Running? stage = happened.Stage is { } name ? Follow(name, happened) : null;
            if (happened is StageProgressed)
            {
                if (stage is not null && IsTimeForProgress(stage))
                    Tell(stage, EventText.Progress(stage.Pace));
            }
            else if ((happened is not ProgramSaid || verbose) && EventText.Of(happened) is { } text)
            {
                Write(text);
                if (stage is not null)
                    stage.LastLine = time.GetTimestamp();
            }
        }
    }

    public void Close()
    {
    }

    public void Dispose() => timer.Dispose();

    private Running? Follow(string name, RunEvent happened)
    {
        switch (happened)
        {
            case StageStarted:
                running[name] = new Running(name, new Pace(time), time.GetTimestamp());
                break;
            case StageProgressed progressed when running.TryGetValue(name, out Running? stage):
                stage.Pace.Add(progressed);
                break;
            case StageEnded:
                running.Remove(name);
                break;
        }

        return running.GetValueOrDefault(name);
    }

    private bool IsTimeForProgress(Running stage)
    {
        TimeSpan pause = time.GetElapsedTime(stage.Started, stage.LastProgress) < Long ? ProgressEvery : Long;
        return time.GetElapsedTime(stage.LastProgress) >= pause;
    }

    private void Tell(Running stage, string text)
    {
        Write($"{stage.Name}: {text}");
        stage.LastLine = stage.LastProgress = time.GetTimestamp();
    }

    /// <summary>Who reads the log in the night wants to know whether it still goes on.</summary>
    private void TellOfSilent()
    {
        // Whoever holds the gate is writing: nobody is silent then.
        if (!gate.TryEnter())
            return;
        try
        {
            foreach (Running stage in running.Values.Where(s => time.GetElapsedTime(s.LastLine) >= Long && (s.Pace.Last is null || s.Pace.Idle >= Long)))
            {
                string passed = EventText.Duration(time.GetElapsedTime(stage.Started));
                Tell(stage, stage.Pace.Last is null || stage.Pace.IsOver ? $"still running after {passed}" : $"{EventText.Progress(stage.Pace)}; still running after {passed}");
            }
        }
        catch (IOException)
        {
            // Who reports next is told.
        }
        finally
        {
            gate.Exit();
        }
    }

    private void Write(string text) => writer.Write($"{EventText.TimeStamp(time.GetUtcNow())} {text}\n");

    private sealed class Running(string name, Pace pace, long started)
    {
        public string Name { get; } = name;

        public Pace Pace { get; } = pace;

        public long Started { get; } = started;

        public long LastLine { get; set; } = started;

        public long LastProgress { get; set; } = started;
    }
}
