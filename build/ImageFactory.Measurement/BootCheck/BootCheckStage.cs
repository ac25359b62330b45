using System.Text.Json;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>
/// Boots the image once and holds what the running system says about itself, and what its TPM measured, against what the build promised.
/// The image is not touched, and what runs in it runs in the shipped image: only the port it reports to is added.
/// </summary>
/// <param name="image">Stage and file of the disk.</param>
/// <param name="promises">Stages whose outputs <paramref name="expect"/> reads.</param>
/// <param name="expect">Reads what is promised from the inputs.</param>
public sealed class BootCheckStage(
    (string Stage, string File) image,
    IReadOnlyList<string> promises,
    Func<StageScope, BootExpectations> expect,
    BootCheckSettings settings,
    TimeProvider clock) : IStage
{
    private const string Revision = "5";

    public const string StageName = "boot-check";
    public const string ResultFile = "boot-check.json";
    public const string ConsoleFile = "console.log";

    /// <summary>The firmware's log of this boot, as <c>measure --eventlog</c> reads it; absent when the guest gave none.</summary>
    public const string EventLogFile = "eventlog.bin";

    public string Name => StageName;

    /// <summary>Predicts from the disk how its boots are measured: one of the predictions must come true. Null: nothing is compared.</summary>
    public Func<string, CancellationToken, Task<IReadOnlyList<BootPrediction>>>? Predict { get; init; }

    /// <summary>Digest of the agent policy, read from the disk as it lies; null when no tool reads its root. Null: nothing is read.</summary>
    public Func<StageScope, string, CancellationToken, Task<Sha256?>>? PolicyOnDisk { get; init; }

    internal IMachineKind Kind { get; init; } = new UefiMachine();

    /// <summary>The same check for a disk of an s390x machine.</summary>
    /// <param name="secureExecution">Only the start is checked: beyond it the image needs IBM's hardware.</param>
    public static BootCheckStage ForS390x(
        (string Stage, string File) image, Func<StageScope, BootExpectations> expect, BootCheckSettings settings, bool secureExecution, TimeProvider clock) =>
        new(image, [], expect, settings, clock) { Kind = new S390xMachine(secureExecution) };

    public IReadOnlyList<string> After => [.. promises.Append(image.Stage).Append(ToolSet.Boot.Name).Distinct()];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("memory", settings.Memory).Add("machine", Kind.Program).Add("until", Kind.Ending ?? "report");

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        BootMachine machine = new(Kind, scope, new Toolbox(scope.Inputs[ToolSet.Boot.Name]), clock);
        string disk = scope.Input(image.Stage, image.File);
        Sha256 before = await Sha256.OfFileAsync(disk, cancellation).ConfigureAwait(false);
        long began = clock.GetTimestamp();
        IReadOnlyList<BootPrediction> predictions = Kind.HasTpm && Predict is not null ? await Predict(disk, cancellation).ConfigureAwait(false) : [];
        TimeSpan predicting = clock.GetElapsedTime(began);

        BootExpectations expected = expect(scope);
        if (PolicyOnDisk is not null && await PolicyOnDisk(scope, disk, cancellation).ConfigureAwait(false) is { } stored && stored != expected.Policy)
            throw new FactoryException(BootFaults.OtherPolicyOnDisk(expected.Policy, stored));

        (BootRun boot, string accelerator) = await BootAsync(machine, disk, scope, cancellation).ConfigureAwait(false);
        if (await Sha256.OfFileAsync(disk, cancellation).ConfigureAwait(false) != before)
            throw new FactoryException(BootFaults.ImageChanged(disk));

        if (Kind.Ending is not null)
        {
            await WriteAsync(scope, new BootCheckResult(accelerator, Math.Round(boot.UntilReport.TotalSeconds, 1), null), cancellation).ConfigureAwait(false);
            return;
        }

        BootReport report = Read(boot.Report);
        if (report.EventLog is { } bytes)
            await File.WriteAllBytesAsync(scope.OutputFile(EventLogFile), bytes, cancellation).ConfigureAwait(false);
        BootVerdict? verdict = boot.Tpm is { } tpm && predictions.Count > 0 ? BootVerdict.Of(predictions, tpm, LogOf(report, scope), secureBoot: false) : null;
        FactoryException.ThrowIfAny([.. expected.Check(report), .. verdict?.Faults ?? []]);
        foreach (Fault warning in verdict?.Faults ?? [])
            scope.Log.Warn(warning);

        BootCheckResult result = new(accelerator, Math.Round(boot.UntilReport.TotalSeconds, 1), report with { EventLog = null })
        {
            Registers = boot.Tpm?.Banks[Bank.Sha256],
            Equal = verdict is null ? null : [.. verdict.Equal.Select(r => r.ToString())],
            PredictionSeconds = verdict is null ? null : Math.Round(predicting.TotalSeconds, 2),
        };
        await WriteAsync(scope, result, cancellation).ConfigureAwait(false);
    }

    private static Task WriteAsync(StageScope scope, BootCheckResult result, CancellationToken cancellation) =>
        File.WriteAllBytesAsync(scope.OutputFile(ResultFile), JsonSerializer.SerializeToUtf8Bytes(result), cancellation);

    private async Task<(BootRun Run, string Accelerator)> BootAsync(BootMachine machine, string disk, StageScope scope, CancellationToken cancellation)
    {
        TimeSpan limit = TimeSpan.FromSeconds(settings.TimeLimit);
        try
        {
            if (Kind.MayUseKvm())
            {
                TimeSpan shorter = TimeSpan.FromSeconds(Math.Min(90, settings.TimeLimit));
                if (await machine.BootAsync(disk, Accelerator.Kvm, settings.Memory, shorter, cancellation).ConfigureAwait(false) is { } fast)
                    return (fast, Accelerator.Kvm);
                scope.Log.Info("KVM does not work on this machine; booting with emulation");
            }

            scope.Log.Info("booting with emulation (no KVM): about a minute");

            // Now and then an emulated boot stands still early; the same disk boots on the next try.
            BootRun run = await machine.BootAsync(disk, Accelerator.Tcg, settings.Memory, limit, cancellation).ConfigureAwait(false)
                ?? await machine.BootAsync(disk, Accelerator.Tcg, settings.Memory, limit, cancellation).ConfigureAwait(false)
                ?? throw new FactoryException(BootFaults.TimeLimit(limit, await machine.LastLinesAsync().ConfigureAwait(false)));
            return (run, Accelerator.Tcg);
        }
        finally
        {
            if (File.Exists(machine.ConsoleFile))
                File.Copy(machine.ConsoleFile, scope.OutputFile(ConsoleFile));
        }
    }

    /// <summary>A log that cannot be read is worth a warning; the registers count all the same.</summary>
    private static TcgEventLog? LogOf(BootReport report, StageScope scope)
    {
        try
        {
            return report.EventLog is { } bytes ? TcgEventLog.Parse(bytes, "event log of the guest") : null;
        }
        catch (FactoryException e)
        {
            scope.Log.Warn(e.Faults[0].AsWarning());
            return null;
        }
    }

    private static BootReport Read(string text)
    {
        try
        {
            return BootReport.Parse(text);
        }
        catch (FormatException e)
        {
            throw new FactoryException(BootFaults.BadReport(e.Message), e);
        }
    }
}

/// <param name="Accelerator">What ran the machine: kvm or tcg.</param>
/// <param name="Seconds">From power-on to multi-user, or to the end of what can be checked.</param>
/// <param name="Report">Null when the system inside cannot be reached on this machine.</param>
public sealed record BootCheckResult(string Accelerator, double Seconds, BootReport? Report)
{
    /// <summary>SHA-256 registers read from outside the machine, by number; null for a machine without a TPM.</summary>
    public IReadOnlyDictionary<int, string>? Registers { get; init; }

    /// <summary>Registers that have their predicted values; null when nothing was predicted.</summary>
    public IReadOnlyList<string>? Equal { get; init; }

    /// <summary>What predicting them took, to stand beside the time of the boot.</summary>
    public double? PredictionSeconds { get; init; }
}
