using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>
/// Boots the image once and holds what the running system says about itself against what the build promised.
/// The image is not touched, and what runs in it runs in the shipped image: only the port it reports to is added.
/// </summary>
/// <param name="image">Stage and file of the disk.</param>
/// <param name="expect">Reads what is promised from the inputs.</param>
public sealed class BootCheckStage(
    (string Stage, string File) image, IReadOnlyList<string> promises, Func<StageScope, BootExpectations> expect, BootCheckSettings settings, TimeProvider clock) : IStage
{
    private const string Revision = "1";

    public const string StageName = "boot-check";
    public const string ResultFile = "boot-check.json";
    public const string ConsoleFile = "console.log";

    public string Name => StageName;

    public IReadOnlyList<string> After => [.. promises.Append(image.Stage).Append(ToolSet.Boot.Name).Distinct()];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("memory", settings.Memory);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        BootMachine machine = new(scope, new Toolbox(scope.Inputs[ToolSet.Boot.Name]), clock);
        TimeSpan limit = TimeSpan.FromSeconds(settings.TimeLimit);
        string disk = scope.Input(image.Stage, image.File);
        Sha256 before = await Sha256.OfFileAsync(disk, cancellation).ConfigureAwait(false);

        (string Report, TimeSpan UntilReport)? boot = null;
        string accelerator = Accelerator.MayUseKvm() ? Accelerator.Kvm : Accelerator.Tcg;
        if (accelerator == Accelerator.Kvm)
        {
            boot = await machine.BootAsync(disk, accelerator, settings.Memory, TimeSpan.FromSeconds(Math.Min(90, settings.TimeLimit)), cancellation).ConfigureAwait(false);
            if (boot is null)
                scope.Log.Info("KVM does not work on this machine; booting with emulation");
        }

        if (boot is null)
        {
            accelerator = Accelerator.Tcg;
            scope.Log.Info("booting with emulation (no KVM): about a minute");
            // Now and then an emulated boot stands still early; the same disk boots on the next try.
            boot = await machine.BootAsync(disk, accelerator, settings.Memory, limit, cancellation).ConfigureAwait(false)
                ?? await machine.BootAsync(disk, accelerator, settings.Memory, limit, cancellation).ConfigureAwait(false);
        }

        if (File.Exists(machine.ConsoleFile))
            File.Copy(machine.ConsoleFile, scope.OutputFile(ConsoleFile));
        if (boot is null)
            throw new FactoryException(BootFaults.TimeLimit(limit, await machine.LastLinesAsync([]).ConfigureAwait(false)));
        if (await Sha256.OfFileAsync(disk, cancellation).ConfigureAwait(false) != before)
            throw new FactoryException(BootFaults.ImageChanged(disk));

        BootReport report = Read(boot.Value.Report);
        FactoryException.ThrowIfAny(expect(scope).Check(report));
        BootCheckResult result = new(accelerator, Math.Round(boot.Value.UntilReport.TotalSeconds, 1), report);
        await File.WriteAllBytesAsync(scope.OutputFile(ResultFile), JsonSerializer.SerializeToUtf8Bytes(result), cancellation).ConfigureAwait(false);
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
/// <param name="Seconds">From power-on to multi-user.</param>
public sealed record BootCheckResult(string Accelerator, double Seconds, BootReport Report);
