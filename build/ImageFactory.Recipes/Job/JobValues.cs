using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Registry.References;

namespace ImageFactory.Recipes.Job;

/// <summary>How values are read that are more than a text for one key.</summary>
internal static class JobValues
{
    private const string ImageUri = "PODVM_IMAGE_URI";

    public static void Image(JobScope job, string value)
    {
        PodVmImageUri uri;
        try
        {
            uri = PodVmImageUri.Parse(value);
        }
        catch (FactoryException e)
        {
            job.Refuse(JobFaults.BadImage(e.Faults[0]));
            return;
        }

        job.Set(ImageUri, "base.kind", uri.Kind);
        job.Set(ImageUri, "base.image", uri.Kind == "oci" ? value : uri.Image.ToString());
        if (uri.Kind == "oci" && !job.HasIn("base", "asIs") && !IsChanged(job))
            job.SetWord(ImageUri, "base.asIs", "true");
    }

    /// <summary>Something to stand in for a base that nobody named: the fault of it was told, or no image is made.</summary>
    public static void NoBase(JobScope job)
    {
        job.SetWord(ImageUri, "base.kind", "oci");
        job.Set(ImageUri, "base.image", "localhost/none");
        if (!IsChanged(job) || job.OnlyDestination)
            job.SetWord(ImageUri, "base.asIs", "true");
    }

    public static void Confidential(JobScope job, string value)
    {
        const string Name = "CONFIDENTIAL_COMPUTE_ENABLED";
        bool wanted = IsYes(job, Name, value);
        if (job.Provider == "azure")
            job.SetDestinationWord(Name, nameof(AzureGalleryDestination.SecurityType), wanted ? "confidential" : "plain");
        bool decided = job.Value("AGENT_POLICY") is not null || ((string[])["preset", "file", "base64"]).Any(key => job.HasIn("agentPolicy", key));
        if (!job.OnlyDestination && (!job.IsDisk || IsChanged(job)) && !decided)
            job.SetWord(Name, "agentPolicy.preset", wanted ? "coco" : "allow-all");
    }

    /// <summary>It wins over what the recipe says, and a policy has one source.</summary>
    public static void AgentPolicy(JobScope job, string value)
    {
        job.SetWord("AGENT_POLICY", "agentPolicy.preset", "null");
        job.SetWord("AGENT_POLICY", "agentPolicy.file", "null");
        job.Set("AGENT_POLICY", "agentPolicy.base64", value);
    }

    public static void Fips(JobScope job, string value)
    {
        if (IsYes(job, "BOOT_FIPS", value))
            job.SetWord("BOOT_FIPS", "system.fips", "true");
    }

    public static void BuildConfig(JobScope job, string value)
    {
        const string Name = "BOOTC_BUILD_CONFIG";
        if (!IsBootc(job))
        {
            job.WithoutEffect(Name);
            return;
        }

        job.SetWord(Name, "base.way", "bootc-image-builder");
        job.Set(Name, "base.builder.config", job.Keep("config", ".toml", Encoding.UTF8.GetBytes(value + "\n")));
        job.SetWord(Name, "disk.integrity", "none");
    }

    public static void BuilderImage(JobScope job, string value)
    {
        if (IsBootc(job) && job.Value("BOOTC_BUILD_CONFIG") is not null)
            job.Set("BIB_IMAGE", "base.builder.image", value);
        else
            job.WithoutEffect("BIB_IMAGE");
    }

    public static void CloudInit(JobScope job, string value)
    {
        if (job.IsDisk && !IsChanged(job))
            job.WithoutEffect("CUSTOM_CLOUD_INIT_MODULES");
        else if (value != "no")
            job.SetWord("CUSTOM_CLOUD_INIT_MODULES", "system.cloudInit", "restricted");
    }

    public static void Nvidia(JobScope job, string value)
    {
        if (!IsYes(job, "ENABLE_NVIDIA_GPU", value))
            return;
        if (job.IsDisk && !IsChanged(job))
            job.WithoutEffect("ENABLE_NVIDIA_GPU");
        else
            job.SetWord("ENABLE_NVIDIA_GPU", "system.nvidia", "true");
    }

    public static void Whole(JobScope job, string name, string value, string property)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            job.SetDestinationWord(name, property, number.ToString(CultureInfo.InvariantCulture));
        else
            job.Refuse(JobFaults.BadValue(name, value, "a whole number"));
    }

    public static void Only(JobScope job, string name, string value, string allowed)
    {
        if (!value.Equals(allowed, StringComparison.OrdinalIgnoreCase))
            job.Refuse(JobFaults.BadValue(name, value, allowed));
    }

    public static void Bucket(JobScope job, string value)
    {
        job.SetDestination("BUCKET_NAME", nameof(AmiDestination.Bucket), value);
        job.SetDestinationWord("BUCKET_NAME", nameof(AmiDestination.Method), "import");
    }

    public static void Zone(JobScope job, string value)
    {
        int last = value.LastIndexOf('-');
        if (last <= 0)
            job.Refuse(JobFaults.BadValue("GCP_ZONE", value, "a zone such as europe-west4-a"));
        else if (job.Value("GCP_REGION") is null)
            job.SetDestination("GCP_ZONE", nameof(GcpImageDestination.Location), value[..last]);
    }

    /// <summary>Of the id only gallery, definition and version are taken when something is removed; making an image has variables of its own for them.</summary>
    public static void VersionId(JobScope job, string value)
    {
        if (!job.OnlyDestination)
            return;
        if (value.Trim('/').Split('/') is not ["subscriptions", var subscription, var groups, var group, "providers", "Microsoft.Compute", "galleries", var gallery, "images", var definition, "versions", var version]
            || !groups.Equals("resourceGroups", StringComparison.OrdinalIgnoreCase))
        {
            job.Refuse(JobFaults.NotAnImageId("IMAGE_ID", value));
            return;
        }

        job.SetDestination("IMAGE_ID", nameof(AzureGalleryDestination.Subscription), subscription);
        job.SetDestination("IMAGE_ID", nameof(AzureGalleryDestination.ResourceGroup), group);
        job.SetDestination("IMAGE_ID", nameof(AzureGalleryDestination.Gallery), gallery);
        job.SetDestination("IMAGE_ID", nameof(AzureGalleryDestination.Definition), definition);
        job.SetDestination("IMAGE_ID", nameof(AzureGalleryDestination.Version), version);
    }

    public static void SignatureDatabase(JobScope job, string value)
    {
        const string Name = "UEFI_SIGNATURE_DATABASE_KEY";
        List<string> files = [];
        foreach (string word in value.Split([' ', ',', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(word));
                files.Add(job.Keep("db", ".der", certificate.RawData));
            }
            catch (Exception e) when (e is FormatException or CryptographicException)
            {
                job.Refuse(JobFaults.BadContent(Name, $"entry {files.Count + 1} is no certificate", "give certificates as base64 of DER, as 'openssl x509 -outform der | base64 -w0' prints them"));
                return;
            }
        }

        job.SetDestinationList(Name, nameof(AzureGalleryDestination.SignatureDatabase), files);
    }

    /// <summary>What it switches on comes of the host keys.</summary>
    public static void SecureBootOfZ(JobScope job, string value) => IsYes(job, "SE_BOOT", value);

    public static void HostKeys(JobScope job, string value)
    {
        if (!IsEncrypted(job))
        {
            job.WithoutEffect("HOST_KEY_CERTS");
            return;
        }

        IReadOnlyList<byte[]> documents = JobScope.Certificates(value);
        if (documents.Count == 0)
        {
            job.Refuse(JobFaults.BadContent("HOST_KEY_CERTS", "there is no certificate in it", "put the host key documents there as PEM, one after the other"));
            return;
        }

        job.SetList("HOST_KEY_CERTS", "secureExecution.hostKeys", documents.Select(d => job.Keep("HKD", ".crt", d)));
        job.SetWord("SE_BOOT", "architecture", "s390x");
    }

    public static void Verify(JobScope job, string value)
    {
        if (!IsEncrypted(job) || job.Value("HOST_KEY_CERTS") is null)
            job.WithoutEffect("SE_VERIFY");
        else
            job.SetWord("SE_VERIFY", "secureExecution.verify", IsYes(job, "SE_VERIFY", value) ? "true" : "false");
    }

    /// <summary>Words of truth are few; another one would be a mistake that nobody sees.</summary>
    private static bool IsYes(JobScope job, string name, string value)
    {
        if (!((string[])["yes", "no", "true", "false"]).Contains(value, StringComparer.OrdinalIgnoreCase))
            job.Refuse(JobFaults.BadValue(name, value, "yes, no, true or false"));
        return job.IsYes(name);
    }

    /// <summary>A variable asks for something that a finished disk does not have.</summary>
    private static bool IsChanged(JobScope job) => job.Value("AGENT_POLICY") is not null || job.IsYes("BOOT_FIPS");

    private static bool IsBootc(JobScope job) => job.IsReady && !job.IsDisk;

    /// <summary>What is encrypted is an image that is built; a ready one is encrypted already, or is not to be.</summary>
    private static bool IsEncrypted(JobScope job) => !job.IsReady && (job.Value("SE_BOOT") is null || job.IsYes("SE_BOOT"));
}
