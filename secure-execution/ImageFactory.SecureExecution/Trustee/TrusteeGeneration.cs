namespace ImageFactory.SecureExecution.Trustee;

/// <summary>How a Trustee names what it attests; decides which policy text fits (SE format, section 14).</summary>
public enum TrusteeGeneration
{
    /// <summary>Since October 2025: nested claims (<c>input.se.tag</c>), no <c>user_data</c>; values stand in the policy.</summary>
    Current,

    /// <summary>Before: flat keys (<c>input["se.tag"]</c>), values in the RVPS, <c>user_data</c> compared with "00".</summary>
    Flat,
}
