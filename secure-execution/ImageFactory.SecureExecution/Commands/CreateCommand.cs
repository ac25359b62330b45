using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Commands;

/// <summary>Verifies host keys and writes an image, as <c>se create</c> does: faults of certificates and of inputs come together.</summary>
public sealed class CreateCommand(TimeProvider time, RandomSource random, ICrlSource? online = null)
{
    /// <param name="warnings">Takes the warnings; what ends the work is thrown.</param>
    /// <exception cref="FactoryException">All faults; no image is left then.</exception>
    public async Task<SecureImageResult> RunAsync(CreateArguments arguments, List<Fault> warnings, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        using OwnerKeys keys = OwnerKeys.Read(arguments.CckFile, arguments.HeaderKeyFile, arguments.ImageKeyFile, faults);
        HostKeyCheckResult check = await new HostKeyVerifier(time, online).CheckAsync(arguments.HostKeys, cancellation).ConfigureAwait(false);
        faults.AddRange(check.Faults);
        SecureImageRequest request = arguments.ToRequest(check.Documents, keys);
        bool documentsMissing = check.Documents.Count == 0;
        faults.AddRange(SecureImageWriter.Check(request).Where(f => !(documentsMissing && f.Code == WriterFaults.HostKeyCountCode)));
        FactoryException.ThrowIfAny(faults);
        warnings.AddRange(faults);
        return await new SecureImageWriter(random).WriteAsync(request, cancellation).ConfigureAwait(false);
    }
}
