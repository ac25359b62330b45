using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using ImageFactory.Images.Extents;
using static ImageFactory.Publishing.Libvirt.LibvirtNative;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>
/// A connection to libvirt and one storage pool on it. Calls block; errors are libvirt's of the calling thread, so that nothing here is asynchronous.
/// </summary>
internal sealed unsafe class LibvirtConnection : IDisposable
{
    /// <summary>VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX: the most that every server takes in one message.</summary>
    private const int MessageSize = 262_120;

    private readonly nint connection;
    private readonly string poolName;

    private LibvirtConnection(nint connection, string poolName)
    {
        this.connection = connection;
        this.poolName = poolName;
    }

    /// <exception cref="LibvirtError">There is no connection.</exception>
    /// <exception cref="DllNotFoundException">libvirt is not installed.</exception>
    public static LibvirtConnection Open(string uri, string pool)
    {
        // Without a handler it writes to standard error.
        virSetErrorFunc(0, &Silent);
        nint connection = virConnectOpen(uri);
        return connection == 0 ? throw Error("connect") : new LibvirtConnection(connection, pool);
    }

    /// <summary>The pool's description; null when there is no such pool.</summary>
    public XElement? FindPool() => WithPool(pool => XElement.Parse(TextOf(virStoragePoolGetXMLDesc(pool, 0), "describe the pool")));

    public bool IsPoolActive() => WithPool(pool => (bool?)(Checked(virStoragePoolIsActive(pool), "look at the pool") == 1)) ?? false;

    /// <summary>Defines a pool over a folder of libvirt's machine, makes the folder and starts the pool, now and with the machine.</summary>
    public void DefinePool(string folder)
    {
        XElement xml = new("pool", new XAttribute("type", "dir"), new XElement("name", poolName), new XElement("target", new XElement("path", folder)));
        nint pool = Checked(virStoragePoolDefineXML(connection, xml.ToString(), 0), "define the pool");
        try
        {
            Checked(virStoragePoolBuild(pool, 0), "make the pool's folder");
            if (Checked(virStoragePoolIsActive(pool), "look at the pool") == 0)
                Checked(virStoragePoolCreate(pool, 0), "start the pool");
            Checked(virStoragePoolSetAutostart(pool, 1), "start the pool with the machine");
        }
        finally
        {
            _ = virStoragePoolFree(pool);
        }
    }

    public void StartPool() => WithPool(pool => (int?)Checked(virStoragePoolCreate(pool, 0), "start the pool"));

    /// <summary>Stops and forgets the pool, and removes its folder when that is empty.</summary>
    public void RemovePool() => WithPool(pool =>
    {
        if (Checked(virStoragePoolIsActive(pool), "look at the pool") == 1)
            Checked(virStoragePoolDestroy(pool), "stop the pool");
        _ = virStoragePoolDelete(pool, 0);
        return (int?)Checked(virStoragePoolUndefine(pool), "remove the pool");
    });

    /// <summary>Makes libvirt look at the pool's folder again. Not possible as long as something is sent into the pool.</summary>
    public bool TryRefresh() => WithPool(pool =>
    {
        if (virStoragePoolRefresh(pool, 0) == 0)
            return (bool?)true;
        LibvirtError error = Error("refresh the pool");

        // The same code stands for a connection that broke.
        return error.Said.Contains("asynchronous jobs", StringComparison.Ordinal) ? false : throw error;
    }) ?? false;

    /// <summary>Descriptions of all volumes.</summary>
    public IReadOnlyList<XElement> Volumes() => WithPool(pool =>
    {
        nint* volumes = null;
        int count = Checked(virStoragePoolListAllVolumes(pool, &volumes, 0), "list the volumes");
        return Taken(volumes, count, v => virStorageVolGetXMLDesc(v, 0), virStorageVolFree);
    }) ?? [];

    /// <summary>Descriptions of all machines.</summary>
    public IReadOnlyList<XElement> Machines()
    {
        nint* domains = null;
        int count = Checked(virConnectListAllDomains(connection, &domains, 0), "list the machines");
        return Taken(domains, count, d => virDomainGetXMLDesc(d, 0), virDomainFree);
    }

    /// <summary>Makes a volume that is one hole.</summary>
    public void Create(string name, long size) => WithPool(pool =>
    {
        XElement xml = new(
            "volume",
            new XElement("name", name),
            new XElement("capacity", new XAttribute("unit", "bytes"), size),
            new XElement("allocation", new XAttribute("unit", "bytes"), 0),
            new XElement("target", new XElement("format", new XAttribute("type", "raw"))));
        nint volume = Checked(virStorageVolCreateXML(pool, xml.ToString(), 0), $"make the volume {name}");
        return (int?)virStorageVolFree(volume);
    });

    /// <summary>Removes a volume. Absent is a success.</summary>
    public void Delete(string name) => WithVolume(name, volume =>
    {
        if (virStorageVolDelete(volume, 0) == 0)
            return 0;
        LibvirtError error = Error($"remove the volume {name}");
        return error.IsAbsence ? 0 : throw error;
    });

    /// <summary>Sends the ranges with data into a new volume of that size; holes stay holes.</summary>
    public void Upload(string name, IExtentSource source, Action<long> sent, CancellationToken cancellation)
    {
        int? found = WithVolume(name, volume =>
        {
            string what = $"write the volume {name}";
            nint stream = Checked(virStreamNew(connection, 0), what);
            bool finished = false;
            try
            {
                Checked(virStorageVolUpload(volume, stream, 0, 0, SparseStream), what);
                byte[] buffer = new byte[MessageSize];
                long position = 0;
                long done = 0;
                foreach (Extent extent in source.Extents().Where(e => e.Kind == ExtentKind.Data))
                {
                    if (extent.Offset > position)
                        Checked(virStreamSendHole(stream, extent.Offset - position, 0), what);
                    for (position = extent.Offset; position < extent.End;)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        int count = (int)Math.Min(buffer.Length, extent.End - position);
                        source.Read(position, buffer.AsSpan(0, count));
                        Send(stream, buffer.AsSpan(0, count), what);
                        position += count;
                        done += count;
                        sent(done);
                    }
                }

                if (position < source.Length)
                    Checked(virStreamSendHole(stream, source.Length - position, 0), what);

                // Only here it is known that all was written: a full disk, for one.
                Checked(virStreamFinish(stream), what);
                finished = true;
            }
            finally
            {
                if (!finished)
                    _ = virStreamAbort(stream);
                _ = virStreamFree(stream);
            }

            return 0;
        });
        if (found is null)
            throw new LibvirtError($"write the volume {name}", LibvirtError.NoVolume, "it is gone");
    }

    /// <summary>The first bytes of a volume; null when there is none of that name.</summary>
    public byte[]? Read(string name, int most) => WithVolume<byte[]>(name, volume =>
    {
        string what = $"read the volume {name}";
        nint stream = Checked(virStreamNew(connection, 0), what);
        try
        {
            Checked(virStorageVolDownload(volume, stream, 0, (ulong)most, 0), what);
            byte[] bytes = new byte[most];
            int filled = 0;
            int count = 1;
            while (count > 0 && filled < most)
            {
                fixed (byte* at = &bytes[filled])
                    count = Checked(virStreamRecv(stream, at, (nuint)(most - filled)), what);
                filled += count;
            }

            // A connection that breaks looks like the end until here.
            if (count == 0)
                Checked(virStreamFinish(stream), what);
            else
                _ = virStreamAbort(stream);
            return bytes[..filled];
        }
        finally
        {
            _ = virStreamFree(stream);
        }
    });

    public void Dispose() => _ = virConnectClose(connection);

    private static void Send(nint stream, ReadOnlySpan<byte> data, string what)
    {
        while (data.Length > 0)
        {
            fixed (byte* at = data)
                data = data[Checked(virStreamSend(stream, at, (nuint)data.Length), what)..];
        }
    }

    private T? WithPool<T>(Func<nint, T?> use)
    {
        nint pool = virStoragePoolLookupByName(connection, poolName);
        if (pool == 0)
        {
            LibvirtError error = Error($"find the pool {poolName}");
            return error.IsAbsence ? default : throw error;
        }

        try
        {
            return use(pool);
        }
        finally
        {
            _ = virStoragePoolFree(pool);
        }
    }

    private int? WithVolume(string name, Func<nint, int> use) => WithVolume<object>(name, volume => use(volume)) is int result ? result : null;

    private T? WithVolume<T>(string name, Func<nint, T> use)
        where T : class => WithPool(pool =>
    {
        nint volume = virStorageVolLookupByName(pool, name);
        if (volume == 0)
        {
            LibvirtError error = Error($"find the volume {name}");
            return error.IsAbsence ? null : throw error;
        }

        try
        {
            return use(volume);
        }
        finally
        {
            _ = virStorageVolFree(volume);
        }
    });

    /// <summary>Descriptions of a list of objects, which is freed. What has gone meanwhile is left out.</summary>
    private static List<XElement> Taken(nint* objects, int count, Func<nint, nint> describe, Func<nint, int> free)
    {
        List<XElement> found = [];
        LibvirtError? failure = null;
        for (int i = 0; i < count; i++)
        {
            nint text = describe(objects[i]);
            if (text != 0)
                found.Add(XElement.Parse(TextOf(text, "describe what is there")));
            else if (Error("describe what is there") is { IsAbsence: false } error)
                failure ??= error;
            _ = free(objects[i]);
        }

        NativeMemory.Free(objects);
        return failure is null ? found : throw failure;
    }

    private static string TextOf(nint text, string what)
    {
        Checked(text, what);
        string copy = Marshal.PtrToStringUTF8(text)!;
        NativeMemory.Free((void*)text);
        return copy;
    }

    private static nint Checked(nint result, string what) => result == 0 ? throw Error(what) : result;

    private static int Checked(int result, string what) => result < 0 ? throw Error(what) : result;

    private static LibvirtError Error(string what) => new(what, virGetLastErrorCode(), Marshal.PtrToStringUTF8(virGetLastErrorMessage()) ?? "no reason given");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Silent(nint userData, nint error)
    {
    }
}
