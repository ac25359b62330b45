using System.Globalization;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Vhd;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// The managed disk that takes the image's bytes. It is created for an upload, opened by a shared access signature (SAS), written as a
/// page blob, and closed; closing ends the upload for good, so a run that goes on after a death needs the SAS from the journal.
/// </summary>
internal sealed class UploadDisk(AzurePlace place, ArmResources resources, AzureTiming timing, PublishableImage image, PublicationJournal journal)
{
    /// <summary>An upload takes 20 MiB to 32 TiB, and a footer.</summary>
    private const long Smallest = 20L << 20;
    private const long Largest = 32L << 40;

    private const int Tries = 3;
    private const string SasNote = "sas";
    private const string SasEndNote = "sas-end";
    private const string WrittenNote = "written";
    private const string All = "all";

    private static readonly TimeSpan SasLife = TimeSpan.FromHours(24);

    public ResourceIdentifier Disk { get; } = place.Disk(image.Digest);

    private string Key => Disk.ToString();

    private string Where => place.Setting.Where;

    private ManagedDiskResource Typed => resources.Client.GetManagedDiskResource(Disk);

    /// <summary>Brings the bytes there; afterwards a version can be made from the disk.</summary>
    /// <returns>Bytes that were sent.</returns>
    public async Task<long> RunAsync(IExtentSource disk, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        using FixedVhdSource vhd = new(disk, new Guid(Convert.FromHexString(image.Digest.Hex).AsSpan(0, 16), bigEndian: true), Smallest);
        if (vhd.DiskSize > Largest)
            throw new FactoryException(AzureFaults.DiskSize(Where, disk.Length, "32 TiB is the most that it takes"));

        if (await IsWrittenAsync(vhd.Length, cancellation).ConfigureAwait(false))
            return 0;
        PrivateEndpoint? endpoint = place.Destination.PrivateEndpointSubnet is null ? null : new PrivateEndpoint(place, resources, timing, image, journal);
        if (endpoint is not null)
            await endpoint.EnsureAsync(cancellation).ConfigureAwait(false);
        Uri sas = await OpenAsync(vhd.Length, endpoint?.DiskAccess, cancellation).ConfigureAwait(false);

        using PageUploader uploader = new(place, timing, endpoint);
        long written = long.Parse(journal.NoteOf(WrittenNote) ?? "0", CultureInfo.InvariantCulture);
        long sent = await uploader.UploadAsync(vhd, sas, written, Remember, progress, cancellation).ConfigureAwait(false);
        await CloseAsync(cancellation).ConfigureAwait(false);
        journal.Note(WrittenNote, All);
        return sent;
    }

    private void Remember(long written) => journal.Note(WrittenNote, written.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// True when an earlier run wrote all of it. A disk that cannot be gone on with is removed, so that afterwards it is either absent or open.
    /// </summary>
    private async Task<bool> IsWrittenAsync(long length, CancellationToken cancellation)
    {
        if (await resources.GetAsync(Disk, cancellation).ConfigureAwait(false) is not { } found)
            return false;
        if (!found.IsOwnedBy(place.Setting.Owner))
            throw new FactoryException(AzureFaults.Refused(Where, $"use the disk '{Disk.Name}'", "it exists and does not carry this destination's owner"));
        bool isOurs = journal.Find(AzureWords.Disk, Key) is not null && (long?)found.Properties["creationData"]?["uploadSizeBytes"] == length;
        string? state = found.Text("diskState");
        if (isOurs && state == "Unattached" && journal.NoteOf(WrittenNote) == All)
            return true;
        if (isOurs && state == "ActiveUpload" && Sas() is not null && journal.NoteOf(WrittenNote) != All)
            return false;
        await RemoveAsync(cancellation).ConfigureAwait(false);
        return false;
    }

    private Uri? Sas()
    {
        if (journal.NoteOf(SasNote) is not { Length: > 0 } sas || journal.NoteOf(SasEndNote) is not { } end)
            return null;
        return DateTimeOffset.Parse(end, CultureInfo.InvariantCulture) > place.Setting.Surroundings.Time.GetUtcNow().AddHours(1) ? Concealed(sas) : null;
    }

    private Uri Concealed(string sas)
    {
        place.Setting.Surroundings.ConcealAddress(sas);
        return new Uri(sas);
    }

    /// <summary>Makes the disk unless it is there and open, and gives its address for writing.</summary>
    private async Task<Uri> OpenAsync(long length, ResourceIdentifier? diskAccess, CancellationToken cancellation)
    {
        if (journal.Find(AzureWords.Disk, Key) is { Id: not null } && Sas() is { } known)
            return known;
        for (int attempt = 1; ; attempt++)
        {
            journal.Intend(AzureWords.Disk, Key);
            await resources.PutAsync(Disk, ImageTags.Of(place.Setting, image), Body(length, diskAccess), "Standard_LRS", cancellation).ConfigureAwait(false);
            try
            {
                DateTimeOffset end = place.Setting.Surroundings.Time.GetUtcNow() + SasLife;
                string sas = await GrantAsync(cancellation).ConfigureAwait(false);
                journal.Note(SasNote, sas);
                journal.Note(SasEndNote, end.ToString("O", CultureInfo.InvariantCulture));
                journal.Note(WrittenNote, "0");
                journal.Created(AzureWords.Disk, Key, Key);
                return Concealed(sas);
            }
            catch (RequestFailedException e) when (e.Status == 409 && attempt < Tries)
            {
                // An answer that was lost had opened it: nothing is written yet, so it is made anew.
                await RemoveAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (resources.Fault(e, $"open the disk '{Disk.Name}' for writing") is { } fault)
            {
                throw new FactoryException(fault, e);
            }
        }
    }

    private async Task<string> GrantAsync(CancellationToken cancellation)
    {
        GrantAccessData wanted = new(AccessLevel.Write, (int)SasLife.TotalSeconds);
        ArmOperation<AccessUri> granting = await Typed.GrantAccessAsync(WaitUntil.Started, wanted, cancellation).ConfigureAwait(false);
        await resources.WaitAsync(granting, cancellation).ConfigureAwait(false);
        return granting.Value.AccessSas;
    }

    private async Task CloseAsync(CancellationToken cancellation) =>
        await resources.CallAsync($"close the disk '{Disk.Name}' after writing", async () =>
        {
            await resources.WaitAsync(await Typed.RevokeAccessAsync(WaitUntil.Started, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

    private async Task RemoveAsync(CancellationToken cancellation)
    {
        await new AzureRemoval(place, resources, timing).RemoveOursAsync(Disk, cancellation).ConfigureAwait(false);
        journal.Note(SasNote, "");
        journal.Note(WrittenNote, "0");
        journal.Removed(AzureWords.Disk, Key);
    }

    private static JsonObject Body(long length, ResourceIdentifier? diskAccess)
    {
        JsonObject body = new()
        {
            ["creationData"] = new JsonObject { ["createOption"] = "Upload", ["uploadSizeBytes"] = length },
            ["osType"] = "Linux",
            ["hyperVGeneration"] = "V2",
            ["supportedCapabilities"] = new JsonObject { ["architecture"] = "x64" },
        };
        if (diskAccess is not null)
        {
            body["networkAccessPolicy"] = "AllowPrivate";
            body["publicNetworkAccess"] = "Disabled";
            body["diskAccessId"] = diskAccess.ToString();
        }

        return body;
    }
}
