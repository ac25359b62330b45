using System.Globalization;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Recipes.Job;

/// <summary>Every variable of the Job, a row each; <c>build/job/keys.md</c> is written from it. How values are read is in <see cref="JobValues"/>.</summary>
public static class JobKeys
{
    private const string All3 = "G1 G2 G3";
    private const string Old = "G1 G2";
    private const string YesNo = "`yes` or `true`, `no` or `false`";

    public static IReadOnlyList<JobKey> All { get; } =
    [
        // Common
        new("CLOUD_PROVIDER", All3, "`aws`, `azure`, `gcp`, `libvirt`", "Chooses the destination: that of its kind in the recipe, which is added when the recipe has none. `ibmcloud` is refused: its image id is given by hand.")
        {
            Sets = ["publish[]", "publish[].replace"],
        },
        new("PODVM_IMAGE_URI", All3, "`oci::IMAGE[::PATH]` or `bootc::IMAGE`; `IMAGE` is `HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`", "Where the disk comes from. `oci::` is a finished disk: it is published as it is, unless another key asks for a change; then a new image is built from it. `bootc::` becomes the measured disk. Empty: the base of the recipe.")
        {
            Sets = ["base", "base.asIs"], Apply = JobValues.Image,
        },
        new("UPDATE_PEERPODS_CM", All3, "exactly `yes`; else no", "Write the image's id into `peer-pods-cm`.")
        {
            Sets = ["job.updatePeerPods"], Default = "no", Apply = (job, value) => job.SetWord("UPDATE_PEERPODS_CM", "job.updatePeerPods", value == "yes" ? "true" : "false"),
        },
        new("CONFIDENTIAL_COMPUTE_ENABLED", All3, YesNo, "Azure: the image definition is for confidential machines. An image that is built, and whose policy neither `AGENT_POLICY` nor the recipe sets, gets policy `coco`, with `no` `allow-all`. A finished disk keeps its own policy.")
        {
            Sets = ["publish[].securityType", "agentPolicy.preset"], Apply = JobValues.Confidential,
        },
        new("AGENT_POLICY", All3, "a Rego file in standard base64 without line breaks", "The agent policy of the image. A finished disk is then built into a new image.")
        {
            Sets = ["agentPolicy.base64"], Apply = JobValues.AgentPolicy,
        },
        new("BOOT_FIPS", All3, YesNo, "FIPS mode. A finished disk is then built into a new image, or the run ends saying why that cannot be.")
        {
            Sets = ["system.fips"], Apply = JobValues.Fips,
        },
        new("BOOTC_BUILD_CONFIG", "G2 G3", "text of a `config.toml` of bootc-image-builder", "With `bootc::`: the classic layout of bootc, made by bootc-image-builder, which needs the privileged variant of the Job and is not measured. Empty: the measured disk, without privileges.")
        {
            Sets = ["base.way", "base.builder.config", "disk.integrity"], Apply = JobValues.BuildConfig,
        },
        new("BIB_IMAGE", "G2 G3", "image reference", "The container of bootc-image-builder, with `BOOTC_BUILD_CONFIG`.")
        {
            Sets = ["base.builder.image"], Apply = JobValues.BuilderImage,
        },
        new("CUSTOM_CLOUD_INIT_MODULES", All3, "anything but `no`", "Of cloud-init only the harmless modules stay, in an image that is built.")
        {
            Sets = ["system.cloudInit"], Apply = JobValues.CloudInit,
        },
        new("ENABLE_NVIDIA_GPU", Old, YesNo, "Makes GPUs known to containers, in an image that is built; driver and container toolkit come with the base or a payload.")
        {
            Sets = ["system.nvidia"], Apply = JobValues.Nvidia,
        },
        new("DEBUG", All3, "`true`", "The same as `--verbose`. Secrets are masked in any case.") { Use = JobKeyUse.Host },
        Obsolete("IMAGE_TYPE", Old, "`PODVM_IMAGE_URI` decides"),
        Obsolete("INSTALL_PACKAGES", All3, "nothing is installed at run time: all programs are in the Job's container"),
        Obsolete("DOWNLOAD_SOURCES", All3, "nothing is downloaded at run time; what goes into the image is the recipe's `payload`"),
        Obsolete("CAA_SRC", Old, "`payload`"),
        Obsolete("CAA_REF", Old, "`payload`"),
        Obsolete("PODVM_DISTRO", Old, "the base says it"),
        Obsolete("DISABLE_CLOUD_CONFIG", All3, "cloud-init is absent unless the recipe has `system.cloudInit`"),
        Obsolete("CONFIDENTIAL_COMPUTE_TYPE", "G1", "one image serves SEV-SNP and TDX"),
        Obsolete("PAUSE_IMAGE_REPO", Old, "`payload` with the pause bundle"),
        Obsolete("PAUSE_IMAGE_VERSION", Old, "`payload` with the pause bundle"),
        Obsolete("PAUSE_IMAGE_REPO_AUTH_FILE", Old, "registry logins are podman's, and `/tmp/regauth/auth.json`"),
        Obsolete("NVIDIA_DRIVER_VERSION", Old, "the driver comes with the base or a payload"),
        Obsolete("NVIDIA_USERSPACE_VERSION", Old, "the driver comes with the base or a payload"),
        Obsolete("ORG_ID", All3, "`base.secrets` of a bootc base with a Containerfile"),
        Obsolete("ACTIVATION_KEY", All3, "`base.secrets` of a bootc base with a Containerfile"),
        Obsolete("CERT_RPM", All3, "authorities of registries are podman's (`certs.d`)"),

        // AWS
        Credential("AWS_ACCESS_KEY_ID", All3, "aws", "Access key; with AWS_SECRET_ACCESS_KEY before everything else."),
        Credential("AWS_SECRET_ACCESS_KEY", All3, "aws", "Its secret."),
        Credential("AWS_ROLE_ARN", "G2 G3", "aws", "Role to take on with the token of AWS_WEB_IDENTITY_TOKEN_FILE."),
        Credential("AWS_WEB_IDENTITY_TOKEN_FILE", "G2 G3", "aws", "File with the service account's token."),
        new("AWS_REGION", All3, "region", "Where the AMI is made. Empty: what the credentials' own settings say.")
        {
            Provider = "aws", Sets = ["publish[].region"], Apply = (job, value) => job.SetDestination("AWS_REGION", nameof(AmiDestination.Region), value),
        },
        new("AMI_BASE_NAME", All3, "text", "The AMI is named `AMI_BASE_NAME-AMI_VERSION`.") { Provider = "aws", Sets = ["publish[].name"], Default = "podvm-image" },
        new("AMI_VERSION", "G2 G3", "text", "The AMI is named `AMI_BASE_NAME-AMI_VERSION`.") { Provider = "aws", Sets = ["publish[].name"], Default = "0.0.1" },
        new("AMI_VERSION_MAJ_MIN", "G1", "text", "When there is no AMI_VERSION: it is this and `.1`. No date is added, so that the same image keeps its name.") { Provider = "aws", Sets = ["publish[].name"] },
        new("AMI_VOLUME_SIZE", All3, "GiB", "Size of the root volume.")
        {
            Provider = "aws", Sets = ["publish[].volumeSize"], Apply = (job, value) => JobValues.Whole(job, "AMI_VOLUME_SIZE", value, nameof(AmiDestination.VolumeSize)),
        },
        new("BUCKET_NAME", All3, "name of a bucket that exists", "The disk goes through this bucket and is imported by the service (role `vmimport`); the object is removed again. Empty: block by block through EBS direct, without bucket and role.")
        {
            Provider = "aws", Sets = ["publish[].bucket", "publish[].method"], Apply = JobValues.Bucket,
        },
        new("AMI_ID", All3, "id of an AMI", "What `delete` removes.") { Provider = "aws", Use = JobKeyUse.Removal },
        Elsewhere("AWS_VPC_ID", "aws", "Not needed: no machine is started."),
        Elsewhere("AWS_SUBNET_ID", "aws", "Not needed: no machine is started."),
        Elsewhere("AWS_SG_IDS", "aws", "For the cloud-api-adaptor."),
        Elsewhere("PODVM_AMI_ID", "aws", "The image key; for the cloud-api-adaptor."),
        Obsolete("INSTANCE_TYPE", Old, "no machine is started") with { Provider = "aws" },

        // Azure
        Credential("AZURE_CLIENT_ID", All3, "azure", "Who signs in."),
        Credential("AZURE_TENANT_ID", All3, "azure", "Where."),
        Credential("AZURE_CLIENT_SECRET", All3, "azure", "Secret of the client; wins over the token file."),
        Credential("AZURE_FEDERATED_TOKEN_FILE", "G2 G3", "azure", "File with the service account's token."),
        new("AZURE_SUBSCRIPTION_ID", All3, "UUID", "Subscription.")
        {
            Provider = "azure", Sets = ["publish[].subscription"], Apply = (job, value) => job.SetDestination("AZURE_SUBSCRIPTION_ID", nameof(AzureGalleryDestination.Subscription), value),
        },
        new("AZURE_RESOURCE_GROUP", All3, "name", "Resource group; it must exist.")
        {
            Provider = "azure", Sets = ["publish[].resourceGroup"], Apply = (job, value) => job.SetDestination("AZURE_RESOURCE_GROUP", nameof(AzureGalleryDestination.ResourceGroup), value),
        },
        new("AZURE_REGION", All3, "region", "Home region.")
        {
            Provider = "azure", Sets = ["publish[].region"], Apply = (job, value) => job.SetDestination("AZURE_REGION", nameof(AzureGalleryDestination.Region), value),
        },
        new("AZURE_SUBNET_ID", "G2 G3", "resource id of a subnet", "The disk is written through a private endpoint in this subnet. Empty: over the service's public address.")
        {
            Provider = "azure", Sets = ["publish[].privateEndpointSubnet"],
            Apply = (job, value) => job.SetDestination("AZURE_SUBNET_ID", nameof(AzureGalleryDestination.PrivateEndpointSubnet), value),
        },
        new("IMAGE_GALLERY_NAME", All3, "letters, digits, inner `_` and `.`, at most 80", "The gallery; made when it is absent.")
        {
            Provider = "azure", Sets = ["publish[].gallery"], Apply = (job, value) => job.SetDestination("IMAGE_GALLERY_NAME", nameof(AzureGalleryDestination.Gallery), value),
        },
        new("IMAGE_DEFINITION_NAME", All3, "text", "The image definition; made when it is absent.")
        {
            Provider = "azure", Sets = ["publish[].definition"], Default = "podvm-image",
            Apply = (job, value) => job.SetDestination("IMAGE_DEFINITION_NAME", nameof(AzureGalleryDestination.Definition), value),
        },
        new("IMAGE_DEFINITION_PUBLISHER", All3, "text", "Of a new definition.")
        {
            Provider = "azure", Sets = ["publish[].publisher"], Apply = (job, value) => job.SetDestination("IMAGE_DEFINITION_PUBLISHER", nameof(AzureGalleryDestination.Publisher), value),
        },
        new("IMAGE_DEFINITION_OFFER", All3, "text", "Of a new definition.")
        {
            Provider = "azure", Sets = ["publish[].offer"], Apply = (job, value) => job.SetDestination("IMAGE_DEFINITION_OFFER", nameof(AzureGalleryDestination.Offer), value),
        },
        new("IMAGE_DEFINITION_SKU", All3, "text", "Of a new definition.")
        {
            Provider = "azure", Sets = ["publish[].sku"], Apply = (job, value) => job.SetDestination("IMAGE_DEFINITION_SKU", nameof(AzureGalleryDestination.Sku), value),
        },
        new("IMAGE_DEFINITION_OS_TYPE", All3, "`Linux`", "Nothing else can be.") { Provider = "azure", Default = "Linux", Apply = (job, value) => JobValues.Only(job, "IMAGE_DEFINITION_OS_TYPE", value, "Linux") },
        new("IMAGE_DEFINITION_OS_STATE", All3, "`Generalized`", "Nothing else can be.") { Provider = "azure", Default = "Generalized", Apply = (job, value) => JobValues.Only(job, "IMAGE_DEFINITION_OS_STATE", value, "Generalized") },
        new("IMAGE_DEFINITION_VM_GENERATION", All3, "`V2`", "Nothing else can be: the images boot by UEFI.") { Provider = "azure", Default = "V2", Apply = (job, value) => JobValues.Only(job, "IMAGE_DEFINITION_VM_GENERATION", value, "V2") },
        new("IMAGE_DEFINITION_ARCHITECTURE", All3, "`x64`", "Nothing else can be.") { Provider = "azure", Default = "x64", Apply = (job, value) => JobValues.Only(job, "IMAGE_DEFINITION_ARCHITECTURE", value, "x64") },
        new("IMAGE_VERSION", "G2 G3", "`Major.Minor.Patch`", "Version of the image.") { Provider = "azure", Sets = ["publish[].version"], Default = "0.0.1" },
        new("IMAGE_VERSION_MAJ_MIN", "G1", "`Major.Minor`", "When there is no IMAGE_VERSION: it is this and `.1`. No date is added, so that the same image keeps its version.") { Provider = "azure", Sets = ["publish[].version"] },
        new("UEFI_SIGNATURE_DATABASE_KEY", "G2 G3", "one or more certificates (X.509, DER) in base64, parted by blanks, commas or line breaks", "Certificates for the Secure Boot db of the machines, beside Microsoft's.")
        {
            Provider = "azure", Sets = ["publish[].signatureDatabase"], Apply = JobValues.SignatureDatabase,
        },
        new("IMAGE_ID", All3, "resource id of an image version", "What `delete` removes; it says gallery, definition and version, too.")
        {
            Provider = "azure", Use = JobKeyUse.Removal, Sets = ["publish[].gallery", "publish[].definition", "publish[].version"], Apply = JobValues.VersionId,
        },
        Elsewhere("IMAGE_BASE_NAME", "azure", "Named what was uploaded on the way; that has names of its own now."),
        Elsewhere("AZURE_IMAGE_ID", "azure", "The image key; for the cloud-api-adaptor."),
        Obsolete("BASE_IMAGE_SKU", "G1", "`base`") with { Provider = "azure" },
        Obsolete("VM_SIZE", "G1", "no machine is started") with { Provider = "azure" },
        Obsolete("SSH_USERNAME", "G1", "no machine is started") with { Provider = "azure" },

        // Google Cloud
        Credential("GCP_CREDENTIALS", "G2 G3", "gcp", "Key of a service account, JSON."),
        new("GCP_PROJECT_ID", "G2 G3", "project", "Project.")
        {
            Provider = "gcp", Sets = ["publish[].project"], Apply = (job, value) => job.SetDestination("GCP_PROJECT_ID", nameof(GcpImageDestination.Project), value),
        },
        new("GCP_ZONE", "G2 G3", "zone", "Its region keeps the image, unless GCP_REGION says another.")
        {
            Provider = "gcp", Sets = ["publish[].location"], Apply = JobValues.Zone,
        },
        new("GCP_REGION", "G2 G3", "region", "Keeps the image.")
        {
            Provider = "gcp", Sets = ["publish[].location"], Apply = (job, value) => job.SetDestination("GCP_REGION", nameof(GcpImageDestination.Location), value),
        },
        new("GCP_BUCKET_NAME", "G2 G3", "name of a bucket that exists", "The disk goes through it; the object is removed again. Empty: a bucket is made for the upload and removed after it.")
        {
            Provider = "gcp", Sets = ["publish[].bucket"], Apply = (job, value) => job.SetDestination("GCP_BUCKET_NAME", nameof(GcpImageDestination.Bucket), value),
        },
        new("IMAGE_BASE_NAME", "G2 G3", "text", "The image is named `IMAGE_BASE_NAME-IMAGE_VERSION`.") { Provider = "gcp", Sets = ["publish[].name"], Default = "podvm-image" },
        new("IMAGE_VERSION", "G2 G3", "text", "The image is named `IMAGE_BASE_NAME-IMAGE_VERSION`.") { Provider = "gcp", Sets = ["publish[].name"], Default = "0-0-1" },
        new("IMAGE_NAME", "G2 G3", "name of an image", "What `delete` removes.") { Provider = "gcp", Use = JobKeyUse.Removal },
        new("IMAGE_ID", "G2 G3", "name of an image", "The same: the operator gives the name under this key.") { Provider = "gcp", Use = JobKeyUse.Removal },
        Elsewhere("PODVM_IMAGE_NAME", "gcp", "The image key; for the cloud-api-adaptor."),

        // libvirt
        new("LIBVIRT_URI", All3, "`qemu+ssh://USER@HOST/system`, for example", "Connection; the ssh key is `/root/.ssh/id_rsa`, or that of the user who runs the Job.")
        {
            Provider = "libvirt", Sets = ["publish[].uri"], Apply = (job, value) => job.SetDestination("LIBVIRT_URI", nameof(LibvirtDestination.Uri), value),
        },
        new("LIBVIRT_POOL", All3, "name", "Storage pool.")
        {
            Provider = "libvirt", Sets = ["publish[].pool"], Apply = (job, value) => job.SetDestination("LIBVIRT_POOL", nameof(LibvirtDestination.Pool), value),
        },
        new("LIBVIRT_VOL_NAME", All3, "name", "The volume; one of ours with another image is replaced. Empty: the recipe's name and the first digits of the image's digest.")
        {
            Provider = "libvirt", Sets = ["publish[].volume"], Apply = (job, value) => job.SetDestination("LIBVIRT_VOL_NAME", nameof(LibvirtDestination.Volume), value),
        },
        new("LIBVIRT_DIR_NAME", All3, "absolute path on libvirt's machine", "Folder of a pool that is not there yet.")
        {
            Provider = "libvirt", Sets = ["publish[].directory"], Apply = (job, value) => job.SetDestination("LIBVIRT_DIR_NAME", nameof(LibvirtDestination.Directory), value),
        },
        new("SE_BOOT", All3, YesNo, "Encrypts the image for IBM Secure Execution, when the base is the recipe's own and HOST_KEY_CERTS has host keys. An image that is ready stays as it is.")
        {
            Provider = "libvirt", Sets = ["architecture"], Default = "true", Apply = JobValues.SecureBootOfZ,
        },
        new("HOST_KEY_CERTS", All3, "host key documents, PEM", "Machines that may run the encrypted image.")
        {
            Provider = "libvirt", Sets = ["secureExecution.hostKeys"], Apply = JobValues.HostKeys,
        },
        new("SE_VERIFY", "G2 G3", YesNo, "Verify the host key documents, with the certificates and lists that the recipe names: nothing is downloaded. With `no` they are taken unverified, for test keys only.")
        {
            Provider = "libvirt", Sets = ["secureExecution.verify"], Default = "true", Apply = JobValues.Verify,
        },
        new("LIBVIRT_IMAGE_ID", All3, "name of a volume", "What `delete` removes.") { Provider = "libvirt", Use = JobKeyUse.Removal },
        Elsewhere("LIBVIRT_NET", "libvirt", "For the cloud-api-adaptor."),
        Obsolete("REDHAT_OFFLINE_TOKEN", "G1", "`base`") with { Provider = "libvirt" },
        Obsolete("BASE_OS_VERSION", "G1", "`base`") with { Provider = "libvirt" },
        Obsolete("LPAR_IP", "G1", "the pool is made when `LIBVIRT_DIR_NAME` is set") with { Provider = "libvirt" },
        Obsolete("LPAR_USER", "G1", "`LIBVIRT_URI`") with { Provider = "libvirt" },
        Obsolete("LPAR_PSWD", "G1", "a key in the Secret `ssh-key-secret`") with { Provider = "libvirt" },
        Obsolete("LIBVIRT_VOLUME", "G1", "`LIBVIRT_VOL_NAME`") with { Provider = "libvirt" },
        Obsolete("LIBVIRT_VOL_DIRECTORY", "G1", "`LIBVIRT_DIR_NAME`") with { Provider = "libvirt" },

        // IBM Cloud
        Elsewhere("IBMCLOUD_PODVM_IMAGE_ID", "ibmcloud", "The image key, given by hand."),
        Elsewhere("COS_BUCKET_NAME", "ibmcloud", "Was never read."),
    ];

    private static JobKey Obsolete(string name, string generations, string instead) =>
        new(name, generations, "", string.Create(CultureInfo.InvariantCulture, $"No meaning any more: {instead}.")) { Use = JobKeyUse.Obsolete };

    private static JobKey Credential(string name, string generations, string provider, string meaning) =>
        new(name, generations, "secret", meaning) { Provider = provider, Use = JobKeyUse.Credential };

    private static JobKey Elsewhere(string name, string provider, string meaning) =>
        new(name, All3, "", meaning) { Provider = provider, Use = JobKeyUse.Elsewhere };
}
