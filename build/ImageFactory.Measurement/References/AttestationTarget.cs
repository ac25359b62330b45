namespace ImageFactory.Measurement.References;

/// <summary>
/// A kind of confidential VM as Trustee names it: how its claims and reference values are called. Secure Execution is not among them:
/// its values come from the header of the image and not from its boot.
/// </summary>
/// <param name="Name">Key of the evidence in policies, and word of the recipe.</param>
/// <param name="Prefix">Of its reference values: <c>snp_pcr11</c>.</param>
/// <param name="PcrClaims">Where the PCRs are below the evidence's key: <c>tpm.</c> or nothing; null when there are none.</param>
public sealed record AttestationTarget(string Name, string Prefix, string? PcrClaims)
{
    /// <summary>An SEV-SNP machine of Azure, attested through its vTPM.</summary>
    public static AttestationTarget AzSnpVtpm { get; } = new("az-snp-vtpm", "snp", "tpm.");

    /// <summary>A TDX machine of Azure, attested through its vTPM.</summary>
    public static AttestationTarget AzTdxVtpm { get; } = new("az-tdx-vtpm", "tdx", "tpm.");

    /// <summary>Any machine with a TPM.</summary>
    public static AttestationTarget Tpm { get; } = new("tpm", "tpm", "");

    /// <summary>SEV-SNP without a vTPM inside: only the launch digest.</summary>
    public static AttestationTarget Snp { get; } = new("snp", "snp", null);

    /// <summary>TDX without a vTPM inside: MRTD and the run-time registers.</summary>
    public static AttestationTarget Tdx { get; } = new("tdx", "tdx", null);

    public static IReadOnlyList<AttestationTarget> All { get; } = [AzSnpVtpm, AzTdxVtpm, Tpm, Snp, Tdx];

    public static AttestationTarget? Find(string name) => All.FirstOrDefault(t => t.Name == name);

    public override string ToString() => Name;
}
