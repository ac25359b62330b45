using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>What a recipe says about Secure Execution, read and verified before anything large moves.</summary>
public sealed record SecureExecutionInputs(SecureExecutionSettings Settings, IReadOnlyList<HostKeyDocument> HostKeys, bool Verified, IReadOnlyList<Fault> Warnings)
{
    /// <param name="online">Fetches revocation lists where the recipe asks for it.</param>
    /// <exception cref="FactoryException">All faults of host keys, certificates, flags and key files.</exception>
    public static async Task<SecureExecutionInputs> CheckAsync(
        SecureExecutionSettings settings, RecipeOrigins origins, TimeProvider time, ICrlSource? online, CancellationToken cancellation)
    {
        HostKeyCheckResult check = await new HostKeyVerifier(time, settings.Online ? online : null).CheckAsync(
            new HostKeySettings
            {
                HostKeys = [.. settings.HostKeys.Select(k => k.FullPath)],
                Verify = settings.Verify,
                Certificates = [.. new[] { settings.SigningKey, settings.Intermediate }.OfType<SourcePath>().Select(c => c.FullPath)],
                Crls = [.. settings.Crls.Select(c => c.FullPath)],
                RootCa = settings.RootCa?.FullPath,
                Online = settings.Online,
            },
            cancellation).ConfigureAwait(false);

        List<Fault> faults = [.. check.Faults];
        faults.AddRange(FlagsOf(settings).Check(hasCck: settings.Cck is not null, hasImageKey: false).Select(f => f.Where is null ? f.At(origins.Of("secureExecution")) : f));
        if (settings.Loaders is { } loaders)
        {
            try
            {
                LoadersStage.Find(loaders);
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        FactoryException.ThrowIfAny(faults);
        return new SecureExecutionInputs(settings, check.Documents, check.Verified, [.. faults]);
    }

    internal ControlFlags Flags => FlagsOf(Settings);

    private static ControlFlags FlagsOf(SecureExecutionSettings settings) => new()
    {
        Dump = settings.Dump,
        Pckmo = settings.Pckmo,
        PckmoHmac = settings.PckmoHmac,
        BackupKeys = settings.BackupKeys,
        CckExtensionSecret = settings.CckExtensionSecret,
        CckUpdate = settings.AllowCckUpdate,
    };
}
