using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Rules;

/// <summary>What can be wrong with values whose types are right.</summary>
internal static class RuleFaults
{
    public static Fault RecipeName(string path, string text) =>
        Invalid("IFR301", $"'{path}' cannot be {NodeText.Quote(text)}", "use 1 to 63 lower-case letters, digits, '-' and '.', with a letter or digit at both ends");

    public static Fault SeveralLines(string path) =>
        Invalid("IFR302", $"'{path}' has a line break or another control character", "keep it on one line");

    public static Fault ArchiveName(string path, string text) =>
        Invalid("IFR303", $"'{path}' is {NodeText.Quote(text)}, which is no suite or component", "for example trixie, or main: lower-case letters, digits and '-'");

    public static Fault PackageName(string path, string text) =>
        Invalid("IFR304", $"'{path}' is {NodeText.Quote(text)}, which is no package name", "lower-case letters, digits, '+', '-' and '.'; versions are pinned by the lock file");

    public static Fault ModuleName(string path, string text) =>
        Invalid("IFR305", $"'{path}' is {NodeText.Quote(text)}, which is no module name", "letters, digits, '-' and '_'");

    public static Fault MirrorAddress(string path, string text) =>
        Invalid("IFR306", $"'{path}' is {NodeText.Quote(text)}, which is no address of an archive", "for example https://mirror.example/debian; http, https and file are possible");

    /// <summary>The address is not repeated: it holds a password.</summary>
    public static Fault MirrorWithUser(string path) =>
        Invalid("IFR307", $"'{path}' has a user name or password in it", "a recipe holds no secrets; give the credentials to apt's auth.conf on this host");

    public static Fault PathInImage(string path, string text) =>
        Invalid("IFR308", $"'{path}' is {NodeText.Quote(text)}, which is no absolute path inside the image", "for example /etc/example.conf; without '..', '.', '//' and a '/' at the end");

    public static Fault PathInArchive(string path, string text) =>
        Invalid("IFR309", $"'{path}' is {NodeText.Quote(text)}, which is no path inside an archive", "for example usr/local/bin; without '..'");

    public static Fault OctalMode(string path, string text) =>
        Invalid("IFR310", $"'{path}' is {NodeText.Quote(text)}, which is no octal mode", "three or four digits from 0 to 7, for example \"0644\"");

    public static Fault Digest(string path, string text) =>
        Invalid("IFR311", $"'{path}' is {NodeText.Quote(text)}, which is no SHA-256 digest", "64 hex digits are expected, as sha256sum prints them");

    public static Fault Base64(string path) =>
        Invalid("IFR312", $"'{path}' is not base64", "standard alphabet with padding, without line breaks: base64 -w0 policy.rego");

    public static Fault KataVersion(string path, string text) =>
        Invalid("IFR313", $"'{path}' is {NodeText.Quote(text)}, which is no release of Kata Containers", "for example 4.1");

    public static Fault UnitName(string path, string text) =>
        Invalid("IFR314", $"'{path}' is {NodeText.Quote(text)}, which is no name of a systemd unit", "write the type too, for example kata-agent.service");

    public static Fault KernelArgumentWord(string path, string text) =>
        Invalid("IFR315", $"'{path}' is {NodeText.Quote(text)}, which is not one kernel argument", "write each argument as an entry of its own, without blanks");

    public static Fault KernelArgumentAscii(string path, string text) =>
        Invalid("IFR316", $"'{path}' is {NodeText.Quote(text)}, which has characters beyond ASCII", "boot loaders and the kernel agree on ASCII only");

    public static Fault KernelArgumentOwned(string path, string text) =>
        Invalid("IFR317", $"'{path}' is {NodeText.Quote(text)}, which the factory itself sets from the disk", "remove it; 'disk.integrity' and 'disk.volatile' decide it");

    public static Fault Size(string path, string text) =>
        Invalid("IFR318", $"'{path}' is {NodeText.Quote(text)}, which is no size", "auto, or a whole number with MiB, GiB or TiB, for example 4GiB");

    public static Fault SizeRange(string path, string text) =>
        Invalid("IFR319", $"'{path}' is {NodeText.Quote(text)}, which is not between 64MiB and 64TiB", "auto leaves nothing unused");

    public static Fault PolicySources(IReadOnlyList<string> keys) =>
        Invalid("IFR330", $"'agentPolicy' has {string.Join(" and ", keys)}: which one is meant?", "keep exactly one of preset, file and base64; with 'extends', remove the other with 'null'");

    public static Fault FileSources(string path, bool none) =>
        Invalid("IFR331", none ? $"'{path}' has neither content nor source" : $"'{path}' has both content and source", "give exactly one: 'content' with the text, or 'source' with a file on this machine");

    public static Fault FileTwice(string path, string inImage) =>
        Invalid("IFR332", $"'{path}' writes {NodeText.Quote(inImage)} a second time", "keep one of the two entries");

    public static Fault KeysWithoutSsh(string path) =>
        Invalid("IFR333", $"'{path}' has keys for an ssh server that the image does not have", "set 'system.ssh: debug' for a debug image, or remove the keys");

    public static Fault DebugWithoutKeys(string path) =>
        Invalid("IFR334", $"'{path}' is debug, and nobody may log in: there are no keys and no passwords", "name a file with public keys in 'system.authorizedKeys'");

    public static Fault DebugImage(string path) =>
        Warning("IFR335", $"'{path}' makes a debug image: whoever has the key reads what confidential pods hold", "never let confidential pods run in it; leave 'system.ssh' out for a real image");

    public static Fault UnitTwice(string path, string unit, string other) =>
        Invalid("IFR336", $"'{path}' names {NodeText.Quote(unit)}, which is in '{other}' too", "a unit is enabled, disabled or masked once");

    public static Fault NoIntegrity(string path) =>
        Warning("IFR337", $"'{path}' is none: nothing measures the root, so nobody can attest this image", "for experiments only; leave it out for verity");

    public static Fault NoEffect(string path, string because) => Warning("IFR338", $"'{path}' has no effect {because}", "remove it");

    public static Fault KernelOfOtherMachine(string path, string kernel, string architecture, string example) =>
        Invalid("IFR339", $"'{path}' is {NodeText.Quote(kernel)}, which is no kernel for {architecture}", $"for example {example}");

    public static Fault SecureBootOnZ(string path) =>
        Invalid("IFR340", $"'{path}' signs for UEFI, which s390x does not have", "remove it; Secure Execution protects the boot there");

    public static Fault ConsoleOfOtherMachine(string path, string argument, string architecture, string example) =>
        Warning("IFR341", $"'{path}' is {NodeText.Quote(argument)}, which no {architecture} has", $"set 'system.kernelArguments: [console={example}]'");

    public static Fault PackageTwice(string path, string package) =>
        Warning("IFR342", $"'{path}' names {NodeText.Quote(package)} a second time", "keep one");

    public static Fault NoHostKeys(string path) =>
        Invalid("IFR343", $"'{path}' is empty: no machine could run the image", "name the host key document of each machine, for example [hkd/*.crt]");

    public static Fault TooManyHostKeys(string path, int count, int most) =>
        Invalid("IFR344", $"'{path}' names {count} host key documents, and an image has room for {most}", "build several images, each for some of the machines");

    public static Fault HostKeyTwice(string path, string file) =>
        Invalid("IFR345", $"'{path}' names {NodeText.Quote(file)} more than once", "keep one; a pattern may match a file that is named too");

    public static Fault NoProof(string path, IReadOnlyList<string> keys) =>
        Invalid("IFR346", $"'{path}' has no {string.Join(" and no ", keys)}: nothing would prove that the host keys are IBM's", "name the certificates that IBM Resource Link gives with the host key documents; 'verify: false' is for test keys only");

    public static Fault NoRevocationLists(string path) =>
        Invalid("IFR347", $"'{path}' is empty: a host key that was withdrawn would be taken", "name the revocation lists, or set 'online: true' to have them fetched");

    public static Fault BaseOfOtherMachine(string path) =>
        Invalid("IFR355", $"'{path}' is made into disks for x86_64 only; this recipe says s390x", "use 'kind: debian' for s390x, or remove 'architecture'");

    public static Fault SecureExecutionElsewhere(string path, string architecture) =>
        Invalid("IFR348", $"'{path}' is for IBM Z and LinuxONE, not for {architecture}", "set 'architecture: s390x', or remove it");

    public static Fault IntegrityOfSecureExecution(string path) =>
        Invalid("IFR349", $"'{path}' contradicts 'secureExecution.root', which decides how the root is protected", "remove it");

    public static Fault Owner(string path, string text) =>
        Invalid("IFR350", $"'{path}' cannot be {NodeText.Quote(text)}", "1 to 63 lower-case letters, digits, '-', '_' and '.', which every service takes as a tag");

    public static Fault TagKey(string path, string text) =>
        Invalid("IFR351", $"'{path}' is {NodeText.Quote(text)}, which cannot be the key of a tag", "1 to 63 letters, digits, '-', '_', '.' and ':'; keys that begin with 'imagefactory-' are the factory's");

    public static Fault AwsAccount(string path, string text) =>
        Invalid("IFR353", $"'{path}' is {NodeText.Quote(text)}, which is no account of AWS", "12 digits; in quotes when the first is a 0");

    public static Fault AwsRegion(string path, string text) =>
        Invalid("IFR354", $"'{path}' is {NodeText.Quote(text)}, which is no region of AWS", "for example eu-central-1");

    public static Fault FileName(string path, string text) =>
        Invalid("IFR352", $"'{path}' is {NodeText.Quote(text)}, which is no name of a file", "1 to 200 letters, digits, '-', '_', '+' and '.', not beginning with '.'");

    public static Fault ImageAddress(string path, string text) =>
        Invalid("IFR360", $"'{path}' is {NodeText.Quote(text)}, which is no https address", "for example https://images.example/guest.qcow2; a file on this machine goes into 'path'");

    public static Fault ImageSources(string path, bool none) =>
        Invalid("IFR361", none ? $"'{path}' has neither path nor uri" : $"'{path}' stands beside a path: which one is meant?", "give exactly one: 'path' for a file on this machine, or 'uri' with 'sha256'");

    public static Fault AddressWithoutDigest(string path) =>
        Invalid("IFR362", $"'{path}' has no digest beside it, so anything could come from there", "set 'sha256' to what the publisher of the image gives");

    public static Fault PackagesWithoutNetwork(string path) =>
        Invalid("IFR363", $"'{path}' are to be installed, but the guest may not use the network", "set 'network: true' beside it; what is installed is then not pinned");

    public static Fault VendorRoot(string path) =>
        Invalid("IFR364", $"'{path}' must be ext4 for a vendor's UKI: its initrd knows no other root that can be verified", "set 'disk.root: ext4'");

    public static Fault GuestPackageName(string path, string text) =>
        Invalid("IFR365", $"'{path}' is {NodeText.Quote(text)}, which is no package name", "letters, digits, '+', '-', '_', '.' and ':', beginning with a letter or digit");

    public static Fault UtcTime(string path, string text) =>
        Invalid("IFR370", $"'{path}' is {NodeText.Quote(text)}, which is no time as verifiers read it", "for example \"2027-12-31T00:00:00Z\": UTC, whole seconds");

    public static Fault Guid(string path, string text) =>
        Invalid("IFR371", $"'{path}' is {NodeText.Quote(text)}, which is no GUID", "for example 77fa9abd-0359-4d32-bd60-28f4e78f784b");

    public static Fault TargetTwice(string path, string target) => Invalid("IFR372", $"'{path}' names {NodeText.Quote(target)} a second time", "keep one");

    public static Fault NoLaunch(string path) =>
        Invalid("IFR373", $"'{path}' has snp, and nothing says how its machines are launched: there would be no value to compare", "name firmware and processors in 'measurements.launch', or remove the target");

    public static Fault NothingAllowed(string path, string key) => Invalid("IFR374", $"'{path}' has no '{key}'", "name at least one certificate, or remove 'secureBootKeys'");

    public static Fault PathTwice(string path) =>
        Invalid("IFR367", $"'{path}' is given, and 'image' names a path too", "keep one of the two");

    public static Fault BootcSources(string path, bool none) =>
        Invalid("IFR380", none ? $"'{path}' has neither image nor containerfile" : $"'{path}' stands beside an image: which one is meant?", "give exactly one: 'image' for a ready one, or 'containerfile' to build it here");

    public static Fault VerityOfClassicLayout(string path) =>
        Invalid("IFR381", $"'{path}' is verity, and bootc-image-builder makes a root that nothing verifies", "set 'base.way: direct' for a measured disk, or 'disk.integrity: none' for the classic layout");

    public static Fault SigningOfClassicLayout(string path) =>
        Invalid("IFR382", $"'{path}' would sign a UKI, and the classic layout of bootc has its own boot loader", "remove it, or set 'base.way: direct'");

    public static Fault SecretTwice(string path, string id) => Invalid("IFR383", $"'{path}' is {NodeText.Quote(id)} a second time", "give each secret its own id");

    public static Fault SecretId(string path, string text) =>
        Invalid("IFR384", $"'{path}' is {NodeText.Quote(text)}, which is no id of a build secret", "letters, digits, '-', '_' and '.', for example rhsm-org");

    public static Fault ArgumentName(string path, string text) =>
        Invalid("IFR385", $"'{path}': {NodeText.Quote(text)} is no name of a build argument", "letters, digits and '_', not beginning with a digit");

    public static Fault ImportedArgument(string path) =>
        Invalid("IFR386", $"'{path}' names the base, which 'base.import' does already", "keep one of the two");

    /// <summary>The address is not repeated: it holds a password.</summary>
    public static Fault ConnectionWithPassword(string path) =>
        Invalid("IFR390", $"'{path}' has a password in it", "a recipe holds no secrets, and libvirt takes none from there: use a key with qemu+ssh (keyfile=), or libvirt's own auth.conf");

    public static Fault KeptLayout(string path) =>
        Invalid("IFR368", $"'{path}' cannot be had on a disk that keeps its own layout and boot loader", "remove it, or make the measured disk: 'disk.integrity: verity', and for a bootc base 'base.way: direct'");

    public static Fault ChangesFinished(string path) =>
        Invalid("IFR369", $"'{path}' would change the image, and 'base.asIs' takes it as it is", "remove it; or remove 'base.asIs', and the system on the disk is built into a new image");

    public static Fault ImageName(string path, Fault why) => Invalid("IFR366", $"'{path}': {why.Message}", why.Hint!);

    private static Fault Invalid(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };

    private static Fault Warning(string code, string message, string hint) => Invalid(code, message, hint).AsWarning();
}
