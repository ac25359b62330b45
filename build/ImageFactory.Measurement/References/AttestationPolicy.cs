using System.Globalization;
using System.Text;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.References;

/// <summary>
/// An attestation policy of Trustee in Rego v1 that holds the evidence of one kind of machine against the reference values of a set
/// (specification of the measurements, 13.5). A name without a stored value makes its rule fail, so a forgotten value refuses.
/// </summary>
public static class AttestationPolicy
{
    private static readonly Dictionary<int, string> Covers = new()
    {
        [3] = "firmware drivers: a constant where there are none",
        [4] = "every program of the boot, the unified kernel image among them",
        [7] = "Secure Boot and its keys",
        [9] = "kernel command line and everything the kernel gets as initrd",
        [11] = "sections of the unified kernel image",
        [12] = "addons, credentials and command lines from outside",
    };

    public static string FileNameOf(AttestationTarget target) => $"attestation-policy-{target}.rego";

    public static string Write(AttestationTarget target, ReferenceSet set)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Attestation policy for {target}; id default_cpu, or one of your own.\n");
        text.Append(CultureInfo.InvariantCulture, $"# Made for the image with SHA-256 {set.Image}; its values expire {set.Expiration}.\n");
        if (target == AttestationTarget.Tdx)
            text.Append(set.DoubtComments());
        text.Append("# It holds for every image whose values are registered under the same names: replace values, not the policy.\n");
        text.Append("""
            package policy

            import rego.v1

            # 3, 2 and 2 affirm; what stays at its default makes the result a warning or a contraindication, and secrets are refused.
            default executables := 33

            default hardware := 97

            default configuration := 36

            trust_claims := {
                "executables": executables,
                "hardware": hardware,
                "configuration": configuration,
                "file-system": 0,
                "instance-identity": 0,
                "runtime-opaque": 0,
                "storage-opaque": 0,
                "sourced-data": 0,
            }


            """);
        text.Append(CultureInfo.InvariantCulture, $"evidence := input[\"{target}\"]\n\n");
        Rule(text, "executables", 3, [.. Executables(target, set)]);
        Rule(text, "hardware", 2, [.. Hardware(target, set)]);
        Rule(text, "configuration", 2, [.. Configuration(target, set)]);
        return text.ToString();
    }

    private static void Rule(StringBuilder text, string claim, int value, IReadOnlyList<(string Comment, string Condition)> conditions)
    {
        text.Append(CultureInfo.InvariantCulture, $"{claim} := {value} if {{\n");
        foreach ((string comment, string condition) in conditions)
        {
            if (comment.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $"    # {comment}\n");
            text.Append(CultureInfo.InvariantCulture, $"    {condition}\n");
        }

        text.Append("}\n\n");
    }

    private static IEnumerable<(string Comment, string Condition)> Executables(AttestationTarget target, ReferenceSet set)
    {
        if (target.PcrClaims is { } claims)
        {
            foreach ((int pcr, string covers) in Covers.Where(c => set.Values.Any(v => v.Name == $"{target.Prefix}_{Register.Pcr(c.Key)}")))
                yield return (covers, In($"evidence.{claims}{Register.Pcr(pcr)}", $"{target.Prefix}_{Register.Pcr(pcr)}"));
        }
        else if (target == AttestationTarget.Snp)
        {
            yield return ("firmware and processors; the disk of a machine without a TPM is in no claim", In("evidence.measurement", "snp_launch_measurement"));
        }
        else
        {
            yield return ("firmware: programs of the boot", In("evidence.quote.body.rtmr_1", "rtmr_1"));
            yield return ("unified kernel image, command line and initrd", In("evidence.quote.body.rtmr_2", "rtmr_2"));
        }
    }

    private static IEnumerable<(string Comment, string Condition)> Hardware(AttestationTarget target, ReferenceSet set)
    {
        if (target == AttestationTarget.Tpm)
            yield return ("any program can play a TPM: register the attestation keys of your own machines", In("evidence.ak_public", "trusted_aks"));
        else if (target == AttestationTarget.AzSnpVtpm || target == AttestationTarget.Snp)
            yield return ("add versions of the platform (reported_tcb_*) here, once their values are registered", "evidence.measurement");
        else if (target == AttestationTarget.Tdx && set.Values.Any(v => v.Name == "mr_td"))
            yield return ("firmware", In("evidence.quote.body.mr_td", "mr_td"));
        else
            yield return ("add versions of the platform (tcb_status, mr_seam) here, once you know what your machines have", "evidence.quote.header.tee_type == \"81000000\"");
    }

    private static IEnumerable<(string Comment, string Condition)> Configuration(AttestationTarget target, ReferenceSet set)
    {
        yield return ("", target.Name switch
        {
            "az-snp-vtpm" => "evidence.policy_debug_allowed == \"false\"",
            "snp" => "evidence.policy_debug_allowed == false",
            "az-tdx-vtpm" or "tdx" => "evidence.quote.body.td_attributes.debug == false",
            _ => "evidence.ak_public",
        });
        string name = $"{target.Prefix}_pcr08";
        if (target.PcrClaims is { } claims && set.Values.Any(v => v.Name == name))
            yield return ("initdata, with the agent policy and the guest's configuration", In($"evidence.{claims}pcr08", name));
        else if (set.Values.Any(v => v.Name == $"{target.Prefix}_init_data"))
            yield return ("initdata, with the agent policy and the guest's configuration", In("evidence.init_data", $"{target.Prefix}_init_data"));
    }

    private static string In(string claim, string name) => $"{claim} in query_reference_value(\"{name}\")";
}
