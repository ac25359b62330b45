using System.IO.Pipes;
using System.Text;
using LibGuestFs.Net.Native;
using Api = LibGuestFs.Net.Native.LibGuestFs;

namespace LibGuestFs.Net;

/// <summary>Files of what is mounted. Paths are absolute; symbolic links are followed inside the guest.</summary>
public sealed partial class GuestFs
{
    public bool Exists(string path) => Check("exists", Api.guestfs_exists(Handle, path)) == 1;

    /// <summary>A symbolic link counts as itself.</summary>
    public bool IsFile(string path) => Check("is_file", Api.guestfs_is_file(Handle, path)) == 1;

    public bool IsFolder(string path) => Check("is_dir", Api.guestfs_is_dir(Handle, path)) == 1;

    /// <summary>Names in a folder, sorted, without . and ..</summary>
    public IReadOnlyList<string> List(string folder) => NativeText.TakeList(Check("ls", Api.guestfs_ls(Handle, folder)));

    /// <summary>Paths that match a shell pattern, sorted.</summary>
    public IReadOnlyList<string> Glob(string pattern) => NativeText.TakeList(Check("glob_expand", Api.guestfs_glob_expand(Handle, pattern)));

    public string ReadLink(string path) => NativeText.Take(Check("readlink", Api.guestfs_readlink(Handle, path)));

    /// <summary>The whole of a file of at most about 4 MB; <see cref="DownloadAsync(string, string, CancellationToken)"/> takes any.</summary>
    public byte[] Read(string path)
    {
        nint block = Check("read_file", Api.guestfs_read_file(Handle, path, out nuint size));
        return NativeText.TakeBytes(block, size);
    }

    public string ReadText(string path) => Encoding.UTF8.GetString(Read(path));

    /// <summary>Writes a file of at most about 4 MB; one that exists keeps owner and mode.</summary>
    public void Write(string path, ReadOnlySpan<byte> content) => Check("write", Api.guestfs_write(Handle, path, content, (nuint)content.Length));

    public void WriteText(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <param name="kind"><c>sha256</c>, <c>sha512</c>, <c>md5</c>, <c>crc</c>.</param>
    public string Checksum(string kind, string path) => NativeText.Take(Check("checksum", Api.guestfs_checksum(Handle, kind, path)));

    /// <summary>Makes a folder and those above it.</summary>
    public void MakeFolder(string path) => Check("mkdir_p", Api.guestfs_mkdir_p(Handle, path));

    /// <summary>Removes a file or a folder with all that is below; nothing there is no error.</summary>
    public void Remove(string path) => Check("rm_rf", Api.guestfs_rm_rf(Handle, path));

    /// <summary>Makes a symbolic link, in place of a file that has the name.</summary>
    public void MakeLink(string target, string path) => Check("ln_sf", Api.guestfs_ln_sf(Handle, target, path));

    /// <param name="mode">Permission bits, e.g. <c>Convert.ToInt32("755", 8)</c>.</param>
    public void SetMode(string path, int mode) => Check("chmod", Api.guestfs_chmod(Handle, mode, path));

    public void SetOwner(string path, int owner, int group) => Check("chown", Api.guestfs_chown(Handle, owner, group, path));

    /// <summary>An extended attribute (<c>security.selinux</c>, …) of a path itself.</summary>
    public byte[] GetAttribute(string path, string name)
    {
        nint block = Check("lgetxattr", Api.guestfs_lgetxattr(Handle, path, name, out nuint size));
        return NativeText.TakeBytes(block, size);
    }

    public void SetAttribute(string path, string name, ReadOnlySpan<byte> value) => Check("lsetxattr", Api.guestfs_lsetxattr(Handle, name, value, value.Length, path));

    /// <summary>Copies a file of this machine into the guest; owned by root, mode 0644.</summary>
    public Task UploadAsync(string file, string path, CancellationToken cancellation = default) =>
        RunAsync(() => Check("upload", Api.guestfs_upload(Handle, file, path)), cancellation);

    public Task UploadAsync(Stream content, string path, CancellationToken cancellation = default) => FeedAsync(content, file => UploadAsync(file, path, cancellation), cancellation);

    /// <summary>Copies a file or a device of the guest to a file of this machine.</summary>
    public Task DownloadAsync(string path, string file, CancellationToken cancellation = default) =>
        RunAsync(() => Check("download", Api.guestfs_download(Handle, path, file)), cancellation);

    public Task DownloadAsync(string path, Stream target, CancellationToken cancellation = default) => DrainAsync(target, file => DownloadAsync(path, file, cancellation), cancellation);

    /// <summary>Unpacks a tar of this machine into a folder of the guest, owners by number.</summary>
    public Task TarInAsync(string file, string folder, TarOptions? tar = null, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            TarOptions wanted = tar ?? new TarOptions();
            using NativeArgument compression = new(wanted.Compression);
            TarInArguments arguments = new()
            {
                Mask = (wanted.Compression is null ? 0 : TarInArguments.CompressBit) | TarInArguments.XattrsBit | TarInArguments.SelinuxBit | TarInArguments.AclsBit,
                Compress = compression.Pointer,
                Xattrs = wanted.Attributes ? 1 : 0,
                Selinux = wanted.Attributes ? 1 : 0,
                Acls = wanted.Attributes ? 1 : 0,
            };
            return Check("tar_in", Api.guestfs_tar_in_opts_argv(Handle, file, folder, in arguments));
        },
        cancellation);

    public Task TarInAsync(Stream content, string folder, TarOptions? tar = null, CancellationToken cancellation = default) =>
        FeedAsync(content, file => TarInAsync(file, folder, tar, cancellation), cancellation);

    /// <summary>Packs a folder of the guest into a tar on this machine, owners by number; mounts below it go along.</summary>
    public unsafe Task TarOutAsync(string folder, string file, TarOptions? tar = null, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            TarOptions wanted = tar ?? new TarOptions();
            using NativeArgument compression = new(wanted.Compression);
            using NativeTexts excludes = new(wanted.Exclude);
            TarOutArguments arguments = new()
            {
                Mask = (wanted.Compression is null ? 0 : TarOutArguments.CompressBit) | TarOutArguments.NumericOwnerBit | (wanted.Exclude.Count == 0 ? 0 : TarOutArguments.ExcludesBit)
                    | TarOutArguments.XattrsBit | TarOutArguments.SelinuxBit | TarOutArguments.AclsBit,
                Compress = compression.Pointer,
                NumericOwner = 1,
                Excludes = excludes.List,
                Xattrs = wanted.Attributes ? 1 : 0,
                Selinux = wanted.Attributes ? 1 : 0,
                Acls = wanted.Attributes ? 1 : 0,
            };
            return Check("tar_out", Api.guestfs_tar_out_opts_argv(Handle, folder, file, in arguments));
        },
        cancellation);

    public Task TarOutAsync(string folder, Stream target, TarOptions? tar = null, CancellationToken cancellation = default) =>
        DrainAsync(target, file => TarOutAsync(folder, file, tar, cancellation), cancellation);

    /// <summary>Overwrites unused blocks with zeros, so that the image compresses; takes as long as writing them.</summary>
    public Task ZeroFreeSpaceAsync(string folder, CancellationToken cancellation = default) =>
        RunAsync(() => Check("zero_free_space", Api.guestfs_zero_free_space(Handle, folder)), cancellation);

    /// <summary>Gives an operation that reads a file the content of a stream, through a pipe of this process.</summary>
    private static async Task FeedAsync(Stream content, Func<string, Task> operation, CancellationToken cancellation)
    {
        await using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        bool readerIsGone = false;
        Task reading = ReadAsync();
        Task writing = WriteAsync();

        // What the source has to say comes before the consequences that its end has for the reader, whichever is there first.
        await Task.WhenAll(writing, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await writing.ConfigureAwait(false);
        await reading.ConfigureAwait(false);

        async Task ReadAsync()
        {
            try
            {
                await operation(PathOf(pipe)).ConfigureAwait(false);
            }
            finally
            {
                // With the last reader gone the writer does not wait for ever.
                Volatile.Write(ref readerIsGone, true);
                pipe.DisposeLocalCopyOfClientHandle();
            }
        }

        async Task WriteAsync()
        {
            try
            {
                await content.CopyToAsync(pipe, cancellation).ConfigureAwait(false);
            }
            catch (IOException) when (Volatile.Read(ref readerIsGone))
            {
                // The reader went away, and says itself why.
            }
            finally
            {
                pipe.Close();
            }
        }
    }

    /// <summary>Gives a stream what an operation writes to a file, through a pipe of this process.</summary>
    private static async Task DrainAsync(Stream target, Func<string, Task> operation, CancellationToken cancellation)
    {
        await using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        Task copying = CopyAsync();
        Task writing = WriteAsync();

        // What the target has to say comes before the broken pipe that the guest's side sees of it.
        await Task.WhenAll(copying, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await copying.ConfigureAwait(false);
        await writing.ConfigureAwait(false);

        async Task CopyAsync()
        {
            try
            {
                await pipe.CopyToAsync(target, cancellation).ConfigureAwait(false);
            }
            finally
            {
                // A writer whose reader has failed gets an error instead of waiting.
                pipe.Close();
            }
        }

        async Task WriteAsync()
        {
            try
            {
                await operation(PathOf(pipe)).ConfigureAwait(false);
            }
            finally
            {
                pipe.DisposeLocalCopyOfClientHandle();
            }
        }
    }

    private static string PathOf(AnonymousPipeServerStream pipe) => $"/dev/fd/{pipe.GetClientHandleAsString()}";
}
