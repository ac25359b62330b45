using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LibGuestFs.Net.Native;
using Api = LibGuestFs.Net.Native.LibGuestFs;

namespace LibGuestFs.Net;

/// <summary>
/// Disk images, opened in an appliance: a small virtual machine that libguestfs starts with QEMU, so that nothing is mounted on the host
/// and file systems that nobody trusts are read by a kernel that can be lost.
/// </summary>
/// <remarks>
/// <code>
/// using var g = new GuestFs();
/// g.AddDrive("disk.qcow2", new DriveOptions { ReadOnly = true });
/// await g.LaunchAsync(cancellation);
/// GuestSystem system = (await g.InspectAsync(cancellation)).Single();
/// g.MountAll(system, readOnly: true);
/// string release = g.ReadText("/etc/os-release");
/// </code>
/// Add drives, launch, work, shut down. Methods that take long have an asynchronous form that can be cancelled; after a cancellation the handle
/// is good for <see cref="Dispose"/> only. Every method may throw <see cref="GuestFsException"/>. Members are safe to call from several
/// threads, one after the other: the library holds a lock per handle.
/// </remarks>
public sealed partial class GuestFs : IDisposable
{
    private static volatile bool kvmFailed;

    private readonly GuestFsOptions options;
    private readonly List<(string File, DriveOptions Options)> drives = [];
    private readonly ApplianceProcess appliance = new();
    private readonly MessageLog said = new();
    private GCHandle self;
    private GuestFsHandle opened;

    /// <exception cref="GuestFsMissingException">libguestfs is not installed.</exception>
    public GuestFs(GuestFsOptions? options = null)
    {
        Library.EnsureInstalled();
        this.options = options ?? new GuestFsOptions();
        self = GCHandle.Alloc(this, GCHandleType.Weak);
        opened = Open();
    }

    /// <summary>Called from the thread that runs an operation; set it before the operation starts.</summary>
    public IProgress<GuestFsProgress>? Progress { get; set; }

    /// <summary>Called from the thread that runs an operation. What it throws is ignored.</summary>
    public Action<GuestFsMessage>? Messages { get; set; }

    /// <summary>True when the appliance runs under emulation; decided by <see cref="LaunchAsync"/>.</summary>
    public bool IsEmulated { get; private set; }

    /// <summary>Version of the library.</summary>
    public Version Version
    {
        get
        {
            unsafe
            {
                VersionNumber* number = Api.guestfs_version(Handle);
                if (number is null)
                    throw Failure("version");
                Version version = new((int)number->Major, (int)number->Minor, (int)number->Release);
                Api.guestfs_free_version(number);
                return version;
            }
        }
    }

    /// <summary>Adds a disk image of this machine; the first is /dev/sda in the appliance. Before launching only.</summary>
    public void AddDrive(string file, DriveOptions? drive = null)
    {
        Add(Handle, file, drive ?? new DriveOptions());
        drives.Add((file, drive ?? new DriveOptions()));
    }

    /// <summary>Starts the appliance: about ten seconds under emulation, one or two with KVM.</summary>
    /// <remarks>/dev/kvm that opens may still not work (nested virtualisation): then it is started again under emulation.</remarks>
    /// <exception cref="GuestFsException">It did not come up; the message ends with the last lines that QEMU and the appliance said.</exception>
    public async Task LaunchAsync(CancellationToken cancellation = default)
    {
        IsEmulated = !TriesKvm;
        try
        {
            await LaunchOnceAsync(cancellation).ConfigureAwait(false);
        }
        catch (GuestFsException) when (!IsEmulated)
        {
            kvmFailed = true;
            IsEmulated = true;
            opened.Dispose();
            said.Clear();
            opened = Open();
            foreach ((string file, DriveOptions drive) in drives)
                Add(Handle, file, drive);
            await LaunchOnceAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes everything to the images and ends the appliance. Without it what was written may be lost.</summary>
    public Task ShutdownAsync(CancellationToken cancellation = default) => RunAsync(() => Check("shutdown", Api.guestfs_shutdown(Handle)), cancellation);

    /// <summary>Whether the appliance was built with the programs for a feature (groups of guestfs(3), e.g. <c>selinuxrelabel</c>, <c>luks</c>).</summary>
    public unsafe bool IsAvailable(params IReadOnlyList<string> features)
    {
        using NativeTexts groups = new(features);
        return Check("feature_available", Api.guestfs_feature_available(Handle, groups.List)) == 1;
    }

    /// <summary>Ends the appliance where it still runs.</summary>
    public void Dispose()
    {
        opened.Dispose();
        if (self.IsAllocated)
            self.Free();
    }

    /// <summary>A word in the arguments of its QEMU.</summary>
    internal string Mark => appliance.Mark;

    /// <summary>
    /// The handle, made silent for the thread that asks: the library keeps error and error handler per thread, and its own handler prints.
    /// </summary>
    private GuestFsHandle Handle
    {
        get
        {
            Api.guestfs_set_error_handler(opened, 0, 0);
            return opened;
        }
    }

    private bool TriesKvm => options.Acceleration == Acceleration.Auto && !kvmFailed && File.Exists("/dev/kvm") && CanOpenKvm();

    private static bool CanOpenKvm()
    {
        try
        {
            using FileStream device = new("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task LaunchOnceAsync(CancellationToken cancellation)
    {
        try
        {
            await RunAsync(() => Check("launch", Api.guestfs_launch(Handle)), cancellation).ConfigureAwait(false);
        }
        catch (GuestFsException e)
        {
            throw new GuestFsException(e.Operation, said.After(e.Reason), e.Errno);
        }
    }

    private unsafe GuestFsHandle Open()
    {
        GuestFsHandle made = GuestFsHandle.Create();
        Api.guestfs_set_error_handler(made, 0, 0);
        Expect(Api.guestfs_set_backend(made, "direct"));
        if (!TriesKvm)
            Expect(Api.guestfs_set_backend_setting(made, "force_tcg", "1"));
        if (options.Appliance is not null)
            Expect(Api.guestfs_set_path(made, options.Appliance));
        if (options.CacheFolder is not null)
            Expect(Api.guestfs_set_cachedir(made, options.CacheFolder));
        if (options.TemporaryFolder is not null)
            Expect(Api.guestfs_set_tmpdir(made, options.TemporaryFolder));
        Expect(Api.guestfs_set_memsize(made, options.Memory));
        Expect(Api.guestfs_set_smp(made, options.Processors));
        Expect(Api.guestfs_set_network(made, options.Network ? 1 : 0));
        Expect(Api.guestfs_set_verbose(made, options.Verbose ? 1 : 0));
        // A Ctrl-C for the caller must not end the appliance before the caller has had its say.
        Expect(Api.guestfs_set_pgroup(made, 1));
        // Names our QEMU among the processes; the kernel passes over words that it does not know.
        Expect(Api.guestfs_set_append(made, appliance.Mark));
        Expect(Api.guestfs_set_event_callback(made, &OnEvent, Events.All, 0, GCHandle.ToIntPtr(self)));
        return made;

        void Expect(int result)
        {
            if (result < 0)
            {
                GuestFsException failure = Failure("set-up", made);
                made.Dispose();
                throw failure;
            }
        }
    }

    private static void Add(GuestFsHandle handle, string file, DriveOptions drive)
    {
        using NativeArgument format = new(drive.Format);
        using NativeArgument cache = new(drive.Unsafe ? "unsafe" : "writeback");
        using NativeArgument discard = new("besteffort");
        // Without a format QEMU would guess it from the content, which a guest controls: the caller names it.
        AddDriveArguments arguments = new()
        {
            Mask = AddDriveArguments.ReadOnlyBit | AddDriveArguments.FormatBit | (drive.ReadOnly ? 0 : AddDriveArguments.CacheModeBit | AddDriveArguments.DiscardBit),
            ReadOnly = drive.ReadOnly ? 1 : 0,
            Format = format.Pointer,
            CacheMode = cache.Pointer,
            Discard = discard.Pointer,
        };
        if (Api.guestfs_add_drive_opts_argv(handle, file, in arguments) < 0)
            throw Failure("add_drive_opts", handle);
    }

    /// <summary>Runs a blocking call on a thread of its own. Cancelled, it is interrupted: first politely (transfers stop), then by ending QEMU.</summary>
    private async Task<T> RunAsync<T>(Func<T> call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Task<T> work = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await using (cancellation.UnsafeRegister(_ => _ = InterruptAsync(work), null).ConfigureAwait(false))
        {
            try
            {
                return await work.ConfigureAwait(false);
            }
            catch (GuestFsException e) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException($"{e.Operation} was cancelled", e, cancellation);
            }
        }
    }

    private async Task InterruptAsync(Task work)
    {
        Api.guestfs_user_cancel(opened);
        for (int wait = 0; !work.IsCompleted; wait++)
        {
            // A transfer stops within moments; a launch or a command does not hear of it.
            if (wait >= 5)
                appliance.Kill();
            await Task.WhenAny(work, Task.Delay(200)).ConfigureAwait(false);
        }
    }

    private int Check(string operation, int result) => result >= 0 ? result : throw Failure(operation);

    private nint Check(string operation, nint result) => result != 0 ? result : throw Failure(operation);

    private GuestFsException Failure(string operation) => Failure(operation, opened);

    private static GuestFsException Failure(string operation, GuestFsHandle handle)
    {
        string reason = Marshal.PtrToStringUTF8(Api.guestfs_last_error(handle)) ?? "no reason is given";
        // The library begins most reasons with the name of the operation.
        return new GuestFsException(operation, reason.StartsWith(operation + ": ", StringComparison.Ordinal) ? reason[(operation.Length + 2)..] : reason, Api.guestfs_last_errno(handle));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void OnEvent(nint handle, nint opaque, ulong kind, int id, int flags, byte* text, nuint textLength, ulong* numbers, nuint numberCount)
    {
        try
        {
            if (GCHandle.FromIntPtr(opaque).Target is GuestFs owner)
                owner.Take(kind, new ReadOnlySpan<byte>(text, (int)textLength), new ReadOnlySpan<ulong>(numbers, (int)numberCount));
        }
#pragma warning disable CA1031 // An exception must not cross into the library's frames.
        catch (Exception)
        {
            // The listener's problem is not the operation's.
        }
    }

    private void Take(ulong kind, ReadOnlySpan<byte> text, ReadOnlySpan<ulong> numbers)
    {
        if (kind == Events.Progress)
        {
            // Serial numbers of procedure and message, position, total.
            if (numbers.Length >= 4)
                Progress?.Report(new GuestFsProgress((long)numbers[2], (long)numbers[3]));
            return;
        }

        GuestFsMessage message = new(Events.KindOf(kind), System.Text.Encoding.UTF8.GetString(text));
        said.Add(message.Text);
        Messages?.Invoke(message);
    }

    /// <summary>GUESTFS_EVENT_*.</summary>
    private static class Events
    {
        public const ulong Progress = 0x08;
        public const ulong All = Progress | Appliance | Library | Warning;

        private const ulong Appliance = 0x10;
        private const ulong Library = 0x20;
        private const ulong Warning = 0x200;

        public static GuestFsMessageKind KindOf(ulong kind) => kind switch
        {
            Appliance => GuestFsMessageKind.Appliance,
            Library => GuestFsMessageKind.Library,
            _ => GuestFsMessageKind.Warning,
        };
    }
}
