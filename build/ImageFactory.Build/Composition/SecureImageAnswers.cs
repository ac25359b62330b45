using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Trustee;
using ImageFactory.SecureExecution.Unpack;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.Build.Composition;

/// <summary>What the verbs say that read an image of Secure Execution.</summary>
internal sealed class SecureImageAnswers(TimeProvider time)
{
    public Answer Info(SeInfoCall call)
    {
        List<Fault> faults = [];
        if (call.ShowSecrets && call.HeaderKeyFile is null)
            faults.Add(SecureExecutionFaults.SecretsNeedKey());
        using SecretBytes? key = OwnerKeys.ReadKey(call.HeaderKeyFile, faults);
        FactoryException.ThrowIfAny(faults);

        using SecureImageFile file = SecureImageFile.Open(call.Image);
        SecureExecutionHeader header = file.Image.Header;
        using HeaderSecrets? secrets = key is null ? null : HeaderSecrets.Open(header, key, file.Image.Place);
        string text = $"{file.Image.Place}\n{HeaderReport.ToText(header, secrets is not null, call.Full)}";
        if (secrets is not null && call.ShowSecrets)
            text += HeaderReport.SecretFlagsToText(secrets);
        if (secrets is null)
            text += "The header was not verified: that takes its key (--hdr-key).\n";
        string json = HeaderReport.ToJson(header, secrets is not null, call.ShowSecrets ? secrets : null, FactoryHost.Version, time);
        return new Answer(text) { Json = () => json };
    }

    public static Answer Verify(SeVerifyCall call, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        if (call.HeaderKeyFile is null == call.HostKeyFile is null)
            faults.Add(SecureExecutionFaults.OneKey());
        if (call.Kernel is null)
        {
            (string Option, string? Value)[] companions =
                [("--ramdisk", call.Ramdisk), ("--parmfile", call.CommandLine), ("--image-key", call.ImageKeyFile), ("--x-bootloader-directory", call.LoaderFolder)];
            faults.AddRange(companions.Where(c => c.Value is not null).Select(c => SecureExecutionFaults.NeedsKernel(c.Option)));
        }

        using SecretBytes? ownKey = OwnerKeys.ReadKey(call.HeaderKeyFile, faults);
        using SecretBytes? imageKey = OwnerKeys.ReadKey(call.ImageKeyFile, faults);
        using ECDiffieHellman? hostKey = ReadHostKey(call.HostKeyFile, faults);
        FactoryException.ThrowIfAny(faults);

        using SecureImageFile file = SecureImageFile.Open(call.Image);
        using SecretBytes? recovered = hostKey is null ? null : HeaderKeyRecovery.FromHostKey(file.Image.Header, hostKey, file.Image.Place);
        UnpackReport report = UnpackCheck.Run(file.Image, ownKey ?? recovered!, ExpectationsOf(call, imageKey), cancellation);

        string place = file.Image.Place;
        StringBuilder text = new();
        text.Append(place).Append('\n');
        foreach (UnpackedComponent part in report.Components)
            text.Append(CultureInfo.InvariantCulture, $"  {part.Kind,-12} {ByteSize.Format(part.Size),10}  sha256 {part.Content.Hex}\n");
        bool good = report.Faults.All(f => f.Severity == Severity.Warning);
        if (good)
            text.Append(call.Kernel is null ? "verified: a machine with one of its host keys would take it\n" : "verified: a machine would take it, and it holds what was given\n");
        else
            text.Append("NOT verified\n");
        return new Answer(text.ToString())
        {
            Faults = report.Faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("image", place);
                json.WriteBoolean("verified", good);
                json.WriteStartArray("components");
                foreach (UnpackedComponent part in report.Components)
                {
                    json.WriteStartObject();
                    json.WriteString("kind", part.Kind.ToString());
                    json.WriteNumber("address", part.Address);
                    json.WriteNumber("size", part.Size);
                    json.WriteString("sha256", part.Content.Hex);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                FaultForm.WriteTo(json, report.Faults);
                json.WriteEndObject();
            }),
        };
    }

    public Answer RefValues(SeRefValuesCall call)
    {
        using SecureImageFile file = SecureImageFile.Open(call.Image);
        ReferenceValues values = ReferenceValues.Of(file.Image.Header);
        List<Fault> faults = [];
        if (call.Machines.Count > 0)
        {
            IReadOnlyList<HostKeyDocument> machines = HostKeyVerifier.ReadUnverified(call.Machines, faults);
            FactoryException.ThrowIfAny(faults);
            values = values.For([.. machines.Select(m => m.Phkh)]);
        }

        DateTimeOffset today = new(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        DateTimeOffset expires = call.Expires ?? today.AddYears(1);
        string text = call.Form switch
        {
            "sample" => values.ToSample(),
            "rvps" => values.ToRvpsMessage() + "\n",
            "configmap" => values.ToConfigMap(expires, encoded: false),
            "configmap-encoded" => values.ToConfigMap(expires, encoded: true),
            "fragment" => values.ToPolicyFragment(),
            "policy" => values.ToPolicy(call.Generation),
            _ => values.ToLines(),
        };
        string place = file.Image.Place;
        return new Answer(text)
        {
            Faults = faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("image", place);
                json.WriteNumber("version", values.Version);
                json.WriteString("tag", values.Tag);
                WriteList("imagePhkh");
                WriteList("attestationPhkh");
                if (call.Form != "lines")
                    json.WriteString(call.Form, text);
                json.WriteEndObject();

                void WriteList(string name)
                {
                    json.WriteStartArray(name);
                    foreach (string phkh in values.Phkhs)
                        json.WriteStringValue(phkh);
                    json.WriteEndArray();
                }
            }),
        };
    }

    private static UnpackExpectations? ExpectationsOf(SeVerifyCall call, SecretBytes? imageKey) => call.Kernel is null ? null : new UnpackExpectations
    {
        Kernel = ComponentSource.File(call.Kernel),
        Ramdisk = call.Ramdisk is { } ramdisk ? ComponentSource.File(ramdisk) : null,
        CommandLine = call.CommandLine is { } line ? ComponentSource.File(line) : null,
        LoaderFolder = call.LoaderFolder,
        ImageKey = imageKey,
    };

    private static ECDiffieHellman? ReadHostKey(string? file, List<Fault> faults)
    {
        if (file is null)
            return null;
        ECDiffieHellman key = ECDiffieHellman.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            if (key.KeySize == 521)
                return key;
            faults.Add(SecureExecutionFaults.BadHostKey(file, $"the key has {key.KeySize} bits"));
        }
        catch (Exception cause) when (cause is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            faults.Add(SecureExecutionFaults.BadHostKey(file, cause.Message));
        }

        key.Dispose();
        return null;
    }
}
