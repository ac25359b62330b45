using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Job;
using ImageFactory.Recipes.Writing;

namespace ImageFactory.Recipes.Tests;

/// <summary>Each row of the Job's table: the variable with its surroundings, and what the recipe has then.</summary>
public sealed class JobKeyTests : IDisposable
{
    private const string Disk = "PODVM_IMAGE_URI=oci::quay.io/org/img:v1";
    private const string Aws = "CLOUD_PROVIDER=aws;" + Disk;
    private const string Azure = "CLOUD_PROVIDER=azure;IMAGE_GALLERY_NAME=G;" + Disk;
    private const string Gcp = "CLOUD_PROVIDER=gcp;" + Disk;
    private const string Libvirt = "CLOUD_PROVIDER=libvirt;LIBVIRT_URI=qemu:///system;LIBVIRT_POOL=p;" + Disk;
    private const string VersionId = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/galleries/G/images/D/versions/1.2.3";

    /// <summary>From openssl: req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=db -days 36500 -outform der | base64 -w0</summary>
    private static readonly string Certificate = File.ReadAllText(Path.Combine(Approved.Root, "tests", "ImageFactory.Recipes.Tests", "Data", "db-certificate.txt")).Trim();

    private readonly RecipeFolder folder = new();
    private readonly List<string> kept = [];

    /// <summary>Provider and name of a row; variables (parted by ';'); key=value of the recipe, '-' when it must not be set.</summary>
    public static TheoryData<string, string, string, string> Rows => new()
    {
        { "", "CLOUD_PROVIDER", Aws, "publish[0].kind=ami" },
        { "", "CLOUD_PROVIDER", "CLOUD_PROVIDER=AZURE;IMAGE_GALLERY_NAME=G;" + Disk, "publish[0].kind=azure-gallery" },
        { "", "CLOUD_PROVIDER", Gcp, "publish[0].kind=gcp-image" },
        { "", "CLOUD_PROVIDER", Gcp, "publish[0].replace=true" },
        { "", "CLOUD_PROVIDER", Libvirt, "publish[0].kind=libvirt" },
        { "", "PODVM_IMAGE_URI", Aws, "base.image=oci::quay.io/org/img:v1" },
        { "", "PODVM_IMAGE_URI", Aws, "base.asIs=true" },
        { "", "PODVM_IMAGE_URI", Aws + "@sha256:" + Hex + "::/disk/podvm.raw", "base.image=oci::quay.io/org/img:v1@sha256:" + Hex + "::/disk/podvm.raw" },
        { "", "PODVM_IMAGE_URI", "CLOUD_PROVIDER=aws;PODVM_IMAGE_URI=oci::host.example:5000/ns/name@sha256:" + Hex, "base.image=oci::host.example:5000/ns/name@sha256:" + Hex },
        { "", "PODVM_IMAGE_URI", "CLOUD_PROVIDER=aws;PODVM_IMAGE_URI=bootc::host.example:5000/ns/name:tag", "base.image=host.example:5000/ns/name:tag" },
        { "", "PODVM_IMAGE_URI", "CLOUD_PROVIDER=aws;PODVM_IMAGE_URI=bootc::host.example:5000/ns/name", "base.kind=bootc" },
        { "", "UPDATE_PEERPODS_CM", Aws + ";UPDATE_PEERPODS_CM=yes", "job.updatePeerPods=true" },
        { "", "UPDATE_PEERPODS_CM", Aws + ";UPDATE_PEERPODS_CM=true", "job.updatePeerPods=false" },
        { "", "UPDATE_PEERPODS_CM", Aws, "job.updatePeerPods=false" },
        { "", "CONFIDENTIAL_COMPUTE_ENABLED", Azure + ";CONFIDENTIAL_COMPUTE_ENABLED=yes", "publish[0].securityType=confidential" },
        { "", "CONFIDENTIAL_COMPUTE_ENABLED", Azure + ";CONFIDENTIAL_COMPUTE_ENABLED=no", "publish[0].securityType=plain" },
        { "", "CONFIDENTIAL_COMPUTE_ENABLED", Bootc + ";CONFIDENTIAL_COMPUTE_ENABLED=no", "agentPolicy.preset=allow-all" },
        { "", "CONFIDENTIAL_COMPUTE_ENABLED", Bootc + ";CONFIDENTIAL_COMPUTE_ENABLED=yes", "agentPolicy.preset=coco" },
        { "", "CONFIDENTIAL_COMPUTE_ENABLED", Bootc + ";CONFIDENTIAL_COMPUTE_ENABLED=no;AGENT_POLICY=cGFja2FnZQ==", "agentPolicy.preset=-" },
        { "", "AGENT_POLICY", Bootc + ";AGENT_POLICY=cGFja2FnZQ==", "agentPolicy.base64=cGFja2FnZQ==" },
        { "", "AGENT_POLICY", Aws + ";AGENT_POLICY=cGFja2FnZQ==", "base.asIs=false" },
        { "", "BOOT_FIPS", Bootc + ";BOOT_FIPS=yes", "system.fips=true" },
        { "", "BOOT_FIPS", Bootc + ";BOOT_FIPS=true", "system.fips=true" },
        { "", "BOOT_FIPS", Bootc + ";BOOT_FIPS=no", "system.fips=false" },
        { "", "BOOT_FIPS", Aws + ";BOOT_FIPS=true", "base.asIs=false" },
        { "", "BOOTC_BUILD_CONFIG", Bootc + ";BOOTC_BUILD_CONFIG=[customizations]", "base.way=bootc-image-builder" },
        { "", "BOOTC_BUILD_CONFIG", Bootc + ";BOOTC_BUILD_CONFIG=[customizations]", "disk.integrity=none" },
        { "", "BIB_IMAGE", Bootc + ";BOOTC_BUILD_CONFIG=[customizations];BIB_IMAGE=quay.io/org/bib:1", "base.builder.image=quay.io/org/bib:1" },
        { "", "CUSTOM_CLOUD_INIT_MODULES", Bootc + ";CUSTOM_CLOUD_INIT_MODULES=yes", "system.cloudInit=restricted" },
        { "", "CUSTOM_CLOUD_INIT_MODULES", Bootc + ";CUSTOM_CLOUD_INIT_MODULES=no", "system.cloudInit=absent" },
        { "", "ENABLE_NVIDIA_GPU", Bootc + ";ENABLE_NVIDIA_GPU=yes", "system.nvidia=true" },
        { "", "ENABLE_NVIDIA_GPU", Aws + ";ENABLE_NVIDIA_GPU=yes", "base.asIs=true" },
        { "aws", "AWS_REGION", Aws + ";AWS_REGION=eu-central-1", "publish[0].region=eu-central-1" },
        { "aws", "AMI_BASE_NAME", Aws + ";AMI_BASE_NAME=mine", "publish[0].name=mine-0.0.1" },
        { "aws", "AMI_VERSION", Aws + ";AMI_VERSION=4294967295.0.1", "publish[0].name=podvm-image-4294967295.0.1" },
        { "aws", "AMI_VERSION_MAJ_MIN", Aws + ";AMI_VERSION_MAJ_MIN=0.3", "publish[0].name=podvm-image-0.3.1" },
        { "aws", "AMI_VERSION_MAJ_MIN", Aws + ";AMI_VERSION_MAJ_MIN=0.3;AMI_VERSION=1.2.3", "publish[0].name=podvm-image-1.2.3" },
        { "aws", "AMI_VOLUME_SIZE", Aws + ";AMI_VOLUME_SIZE=30", "publish[0].volumeSize=30" },
        { "aws", "BUCKET_NAME", Aws + ";BUCKET_NAME=podvm-bucket", "publish[0].bucket=podvm-bucket" },
        { "aws", "BUCKET_NAME", Aws + ";BUCKET_NAME=podvm-bucket", "publish[0].method=import" },
        { "azure", "AZURE_SUBSCRIPTION_ID", Azure + ";AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000001", "publish[0].subscription=00000000-0000-0000-0000-000000000001" },
        { "azure", "AZURE_RESOURCE_GROUP", Azure + ";AZURE_RESOURCE_GROUP=rg", "publish[0].resourceGroup=rg" },
        { "azure", "AZURE_REGION", Azure + ";AZURE_REGION=westeurope", "publish[0].region=westeurope" },
        { "azure", "AZURE_SUBNET_ID", Azure + ";AZURE_SUBNET_ID=/subscriptions/x/subnets/y", "publish[0].privateEndpointSubnet=/subscriptions/x/subnets/y" },
        { "azure", "IMAGE_GALLERY_NAME", Azure + ";IMAGE_GALLERY_NAME=PodVMGallery_01234567", "publish[0].gallery=PodVMGallery_01234567" },
        { "azure", "IMAGE_DEFINITION_NAME", Azure + ";IMAGE_DEFINITION_NAME=d", "publish[0].definition=d" },
        { "azure", "IMAGE_DEFINITION_NAME", Azure, "publish[0].definition=podvm-image" },
        { "azure", "IMAGE_DEFINITION_PUBLISHER", Azure + ";IMAGE_DEFINITION_PUBLISHER=RedHat", "publish[0].publisher=RedHat" },
        { "azure", "IMAGE_DEFINITION_OFFER", Azure + ";IMAGE_DEFINITION_OFFER=OSC-PodVM", "publish[0].offer=OSC-PodVM" },
        { "azure", "IMAGE_DEFINITION_SKU", Azure + ";IMAGE_DEFINITION_SKU=OSC-PodVM", "publish[0].sku=OSC-PodVM" },
        { "azure", "IMAGE_DEFINITION_OS_TYPE", Azure + ";IMAGE_DEFINITION_OS_TYPE=linux", "publish[0].gallery=G" },
        { "azure", "IMAGE_DEFINITION_OS_STATE", Azure + ";IMAGE_DEFINITION_OS_STATE=Generalized", "publish[0].gallery=G" },
        { "azure", "IMAGE_DEFINITION_VM_GENERATION", Azure + ";IMAGE_DEFINITION_VM_GENERATION=V2", "publish[0].gallery=G" },
        { "azure", "IMAGE_DEFINITION_ARCHITECTURE", Azure + ";IMAGE_DEFINITION_ARCHITECTURE=x64", "publish[0].gallery=G" },
        { "azure", "IMAGE_VERSION", Azure + ";IMAGE_VERSION=19088743.0.1", "publish[0].version=19088743.0.1" },
        { "azure", "IMAGE_VERSION", Azure, "publish[0].version=0.0.1" },
        { "azure", "IMAGE_VERSION_MAJ_MIN", Azure + ";IMAGE_VERSION_MAJ_MIN=0.7", "publish[0].version=0.7.1" },
        { "gcp", "GCP_PROJECT_ID", Gcp + ";GCP_PROJECT_ID=pods-1234", "publish[0].project=pods-1234" },
        { "gcp", "GCP_ZONE", Gcp + ";GCP_ZONE=europe-west4-a", "publish[0].location=europe-west4" },
        { "gcp", "GCP_REGION", Gcp + ";GCP_ZONE=europe-west4-a;GCP_REGION=us-east1", "publish[0].location=us-east1" },
        { "gcp", "GCP_BUCKET_NAME", Gcp + ";GCP_BUCKET_NAME=b", "publish[0].bucket=b" },
        { "gcp", "IMAGE_BASE_NAME", Gcp + ";IMAGE_BASE_NAME=mine", "publish[0].name=mine-0-0-1" },
        { "gcp", "IMAGE_VERSION", Gcp + ";IMAGE_VERSION=19088743-0-1", "publish[0].name=podvm-image-19088743-0-1" },
        { "libvirt", "LIBVIRT_URI", Libvirt + ";LIBVIRT_URI=qemu+ssh://root@192.168.122.1/system?no_verify=1", "publish[0].uri=qemu+ssh://root@192.168.122.1/system?no_verify=1" },
        { "libvirt", "LIBVIRT_POOL", Libvirt + ";LIBVIRT_POOL=pool", "publish[0].pool=pool" },
        { "libvirt", "LIBVIRT_VOL_NAME", Libvirt + ";LIBVIRT_VOL_NAME=vol", "publish[0].volume=vol" },
        { "libvirt", "LIBVIRT_DIR_NAME", Libvirt + ";LIBVIRT_DIR_NAME=/var/lib/libvirt/images/x", "publish[0].directory=/var/lib/libvirt/images/x" },
    };

    private const string Bootc = "CLOUD_PROVIDER=aws;PODVM_IMAGE_URI=bootc::quay.io/org/img:v1";
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_sets_its_key(string provider, string name, string variables, string expected)
    {
        Assert.Contains(JobKeys.All, k => k.Name == name && (k.Provider ?? "") == provider);

        LoadedRecipe loaded = Load(Variables(variables));

        string[] parts = expected.Split('=', 2);
        Assert.Equal(parts[1], Value(loaded, parts[0]));
    }

    /// <summary>Rows that set no key of a recipe, or that have a test of their own below.</summary>
    [Fact]
    public void No_row_that_sets_something_is_without_a_test()
    {
        string[] others = ["azure IMAGE_ID", "azure UEFI_SIGNATURE_DATABASE_KEY", "libvirt SE_BOOT", "libvirt HOST_KEY_CERTS", "libvirt SE_VERIFY"];

        HashSet<string> tested = [.. Rows.Select(r => $"{r.Data.Item1} {r.Data.Item2}"), .. others];

        IEnumerable<string> rows = JobKeys.All.Where(k => k.Use == JobKeyUse.Setting || k.Sets.Count > 0).Select(k => $"{k.Provider} {k.Name}");
        Assert.Equal([], rows.Where(r => !tested.Contains(r)));
    }

    [Fact]
    public void A_row_stands_once() => Assert.Equal(JobKeys.All.Count, JobKeys.All.Select(k => (k.Name, k.Provider)).Distinct().Count());

    [Theory]
    [InlineData("CLOUD_PROVIDER=aws;" + Disk + ";AMI_BASE_NAME=mine", "publish[0].name", "environment variable AMI_BASE_NAME")]
    [InlineData("CLOUD_PROVIDER=aws;" + Disk, "publish[0].name", "environment variable CLOUD_PROVIDER")]
    [InlineData("CLOUD_PROVIDER=aws;" + Disk, "base.image", "environment variable PODVM_IMAGE_URI")]
    public void A_value_says_which_variable_it_is_from(string variables, string path, string origin) =>
        Assert.Equal(origin, Load(Variables(variables)).Origins.Of(path));

    [Fact]
    public void The_recipe_is_below_the_job_and_the_factorys_own_variables_and_sets_are_above()
    {
        folder.Write("job.yaml", "name: podvm-image\npublish:\n  - { kind: directory, path: out }\n  - { kind: ami, name: old, copyTo: [us-east-1], volumeSize: 8 }\n");
        Dictionary<string, string> variables = Variables(Aws + ";AMI_BASE_NAME=mine;AMI_VOLUME_SIZE=30;IMAGEFACTORY_JOB_ROLLOUT=hold");

        LoadedRecipe loaded = RecipeLoader.Load("job.yaml", variables, ["publish[1].volumeSize=40"], folder.Path, Call(variables));

        Assert.Equal(new JobFacts("aws", 1), loaded.Job);
        Assert.Equal(("mine-0.0.1", "40", "us-east-1"), (Value(loaded, "publish[1].name"), Value(loaded, "publish[1].volumeSize"), Value(loaded, "publish[1].copyTo[0]")));
        Assert.Equal(Rollout.Hold, loaded.Recipe.Job.Rollout);
    }

    [Fact]
    public void What_the_recipe_names_is_not_named_by_default()
    {
        folder.Write("job.yaml", "name: podvm-image\npublish:\n  - { kind: azure-gallery, gallery: g, definition: d, version: 5.0.0 }\n");
        Dictionary<string, string> variables = Variables("CLOUD_PROVIDER=azure;" + Disk);

        LoadedRecipe loaded = RecipeLoader.Load("job.yaml", variables, [], folder.Path, Call(variables));

        Assert.Equal(("g", "d", "5.0.0"), (Value(loaded, "publish[0].gallery"), Value(loaded, "publish[0].definition"), Value(loaded, "publish[0].version")));
    }

    [Fact]
    public void Rollout_is_no_part_of_the_digest_and_the_image_is()
    {
        Sha256 digest = Load(Variables(Aws)).Digest;

        Assert.Equal(digest, Load(Variables(Aws + ";UPDATE_PEERPODS_CM=yes")).Digest);
        Assert.NotEqual(digest, Load(Variables(Aws.Replace(":v1", ":v2", StringComparison.Ordinal))).Digest);
    }

    [Theory]
    [InlineData("", "IFK401 environment variable CLOUD_PROVIDER")]
    [InlineData("CLOUD_PROVIDER=  ", "IFK401 environment variable CLOUD_PROVIDER")]
    [InlineData("CLOUD_PROVIDER=alibaba", "IFK402 environment variable CLOUD_PROVIDER")]
    [InlineData("CLOUD_PROVIDER=ibmcloud", "IFK403 environment variable CLOUD_PROVIDER")]
    [InlineData("CLOUD_PROVIDER=aws", "IFK401 environment variable PODVM_IMAGE_URI")]
    [InlineData("CLOUD_PROVIDER=aws;PODVM_IMAGE_URI=quay.io/org/img", "IFO103 environment variable PODVM_IMAGE_URI")]
    [InlineData("CLOUD_PROVIDER=azure;" + Disk, "IFK401 environment variable IMAGE_GALLERY_NAME")]
    [InlineData("CLOUD_PROVIDER=libvirt;" + Disk, "IFK401 environment variable LIBVIRT_URI;IFK401 environment variable LIBVIRT_POOL")]
    [InlineData(Aws + ";AMI_VOLUME_SIZE=30GiB", "IFK404 environment variable AMI_VOLUME_SIZE")]
    [InlineData(Aws + ";AMI_VOLUME_SIZE=99999", "IFR206 environment variable AMI_VOLUME_SIZE")]
    [InlineData(Aws + ";AWS_REGION=Mars", "IFR334 environment variable AWS_REGION")]
    [InlineData(Azure + ";IMAGE_DEFINITION_VM_GENERATION=V1", "IFK404 environment variable IMAGE_DEFINITION_VM_GENERATION")]
    [InlineData(Azure + ";UEFI_SIGNATURE_DATABASE_KEY=AAAA", "IFK405 environment variable UEFI_SIGNATURE_DATABASE_KEY")]
    [InlineData(Azure + ";CONFIDENTIAL_COMPUTE_ENABLED=maybe", "IFK404 environment variable CONFIDENTIAL_COMPUTE_ENABLED")]
    [InlineData(Gcp + ";GCP_ZONE=nowhere", "IFK404 environment variable GCP_ZONE")]
    [InlineData(Bootc + ";AGENT_POLICY=not base64", "IFR340 environment variable AGENT_POLICY")]
    public void A_wrong_value_is_a_fault_at_its_variable(string variables, string expected)
    {
        FactoryException e = Assert.Throws<FactoryException>(() => Load(Variables(variables)));

        Assert.Equal(expected.Split(';').Select(x => x.Split(' ')[^1]), e.Faults.Where(f => f.Severity == Severity.Error).Select(f => f.Where!.Split(' ')[^1]));
        if (!expected.StartsWith("IFR3", StringComparison.Ordinal))
            Assert.Equal(expected.Split(';').Select(x => x.Split(' ')[0]), e.Faults.Where(f => f.Severity == Severity.Error).Select(f => f.Code));
    }

    [Fact]
    public void Obsolete_and_mistyped_variables_are_told_once_and_end_nothing()
    {
        LoadedRecipe loaded = Load(Variables(Aws + ";INSTALL_PACKAGES=no;DOWNLOAD_SOURCES=no;INSTANCE_TYPE=c4.xlarge;VM_SIZE=x;AMI_VERSOIN=1;AWS_VPC_ID=vpc;PROXY_TIMEOUT=15m;PATH=/bin;BIB_IMAGE=quay.io/x/y:1"));

        Assert.Equal(["IFK411", "IFK412", "IFK413"], loaded.Warnings.Select(w => w.Code));
        Assert.EndsWith(": DOWNLOAD_SOURCES, INSTALL_PACKAGES, INSTANCE_TYPE", loaded.Warnings[0].Message, StringComparison.Ordinal);
        Assert.EndsWith(": BIB_IMAGE", loaded.Warnings[1].Message, StringComparison.Ordinal);
        Assert.Equal("did you mean AMI_VERSION?", loaded.Warnings[2].Hint);
    }

    [Fact]
    public void Certificates_of_the_signature_database_become_files_named_for_their_content()
    {
        LoadedRecipe loaded = Load(Variables(Azure + $";UEFI_SIGNATURE_DATABASE_KEY={Certificate}"));

        string file = Value(loaded, "publish[0].signatureDatabase[0]")!;
        Assert.Equal([Path.GetFullPath(file, folder.Path)], kept);
        Assert.Equal(Convert.FromBase64String(Certificate), File.ReadAllBytes(kept[0]));
        Assert.Matches("^db-[0-9a-f]{16}\\.der$", Path.GetFileName(file));
    }

    [Fact]
    public void Host_keys_encrypt_an_image_that_is_built_and_leave_a_ready_one_alone()
    {
        string pem = $"-----BEGIN CERTIFICATE-----\n{Certificate}\n-----END CERTIFICATE-----\n";
        folder.Write("z.yaml", "name: z\nbase: { kind: debian, kernel: linux-image-s390x }\n");
        Dictionary<string, string> variables = Variables("CLOUD_PROVIDER=libvirt;LIBVIRT_URI=qemu:///system;LIBVIRT_POOL=p;SE_BOOT=true;SE_VERIFY=no");
        variables["HOST_KEY_CERTS"] = pem + pem.Replace("MII", "MIJ", StringComparison.Ordinal);

        LoadedRecipe built = RecipeLoader.Load("z.yaml", variables, [], folder.Path, Call(variables));
        variables["PODVM_IMAGE_URI"] = "oci::quay.io/org/img:v1";
        LoadedRecipe ready = Load(variables);

        Assert.Equal(2, built.Recipe.SecureExecution!.HostKeys.Count);
        Assert.Equal((Architecture.S390x, false), (built.Recipe.Architecture, built.Recipe.SecureExecution.Verify));
        Assert.Null(ready.Recipe.SecureExecution);
        Assert.Equal("IFK412", Assert.Single(ready.Warnings).Code);
    }

    [Fact]
    public void For_a_removal_the_id_says_the_place_and_a_wrong_description_is_no_fault()
    {
        Dictionary<string, string> variables = Variables($"CLOUD_PROVIDER=azure;IMAGE_ID={VersionId};AGENT_POLICY=%%%;IMAGE_DEFINITION_VM_GENERATION=V9;PODVM_IMAGE_URI=x");

        LoadedRecipe loaded = Load(variables, onlyDestination: true);

        Assert.Equal(("rg", "G", "D", "1.2.3"), (Value(loaded, "publish[0].resourceGroup"), Value(loaded, "publish[0].gallery"), Value(loaded, "publish[0].definition"), Value(loaded, "publish[0].version")));
    }

    [Fact]
    public void An_id_that_is_none_is_refused()
    {
        FactoryException e = Assert.Throws<FactoryException>(() => Load(Variables("CLOUD_PROVIDER=azure;IMAGE_GALLERY_NAME=g;IMAGE_ID=ami-1"), onlyDestination: true));

        Assert.Equal("IFK406", Assert.Single(e.Faults).Code);
    }

    [Fact]
    public void The_machine_of_the_job_decides_the_architecture_unless_the_recipe_does()
    {
        folder.Write("x.yaml", "name: x\narchitecture: x86_64\n");
        Dictionary<string, string> variables = Variables(Libvirt);
        JobCall z = Call(variables) with { Machine = Architecture.S390x };
        folder.Write("job.yaml", "name: podvm-image\n");

        Assert.Equal(Architecture.S390x, RecipeLoader.Load("job.yaml", variables, [], folder.Path, z).Recipe.Architecture);
        Assert.Equal(Architecture.X64, RecipeLoader.Load("x.yaml", variables, [], folder.Path, z).Recipe.Architecture);
    }

    [Fact]
    public void Manifests_are_read_as_the_job_would_get_them()
    {
        folder.Write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  CLOUD_PROVIDER: aws\n  AMI_VOLUME_SIZE: \"30\"\n");
        folder.Write("b.yaml", $"apiVersion: v1\nkind: Secret\nmetadata: {{ name: b }}\ndata:\n  HOST_KEY_CERTS: {Convert.ToBase64String("pem"u8)}\nstringData:\n  CLOUD_PROVIDER: azure\n");
        folder.Write("c.yaml", "kind: Pod\n");

        IReadOnlyDictionary<string, string> read = JobManifests.Read(["a.yaml", "b.yaml"], folder.Path);

        Assert.Equal(("azure", "30", "pem"), (read["CLOUD_PROVIDER"], read["AMI_VOLUME_SIZE"], read["HOST_KEY_CERTS"]));
        Assert.Equal("IFK407", Assert.Single(Assert.Throws<FactoryException>(() => JobManifests.Read(["c.yaml"], folder.Path)).Faults).Code);
    }

    [Fact]
    public void The_page_that_is_checked_in_is_the_one_of_the_table() =>
        Approved.EqualFile(Path.Combine(Approved.Root, "build", "job", "keys.md"), JobKeysPage.ToMarkdown());

    public void Dispose() => folder.Dispose();

    private LoadedRecipe Load(Dictionary<string, string> variables, bool onlyDestination = false)
    {
        folder.Write("job.yaml", "name: podvm-image\n");
        return RecipeLoader.Load("job.yaml", variables, [], folder.Path, Call(variables) with { OnlyDestination = onlyDestination });
    }

    private JobCall Call(Dictionary<string, string> variables) => new(variables, (name, content) =>
    {
        kept.Add(folder.Write(name, content));
        return kept[^1];
    });

    private static Dictionary<string, string> Variables(string text)
    {
        Dictionary<string, string> variables = [];
        foreach (string pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
            variables[pair.Split('=', 2)[0]] = pair.Split('=', 2)[1];
        return variables;
    }

    private static string? Value(LoadedRecipe loaded, string path)
    {
        JsonNode? node = JsonNode.Parse(Encoding.UTF8.GetBytes(RecipeWriter.ToJson(loaded.Recipe, loaded.Folder)));
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
            node = step[0] == '[' ? node?[int.Parse(step.Trim('[', ']'), System.Globalization.CultureInfo.InvariantCulture)] : node?[step];
        return node?.ToString() ?? "-";
    }
}
