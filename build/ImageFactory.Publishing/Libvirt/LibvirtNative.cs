using System.Runtime.InteropServices;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>The functions of libvirt.so.0 that publishing needs, as libvirt's C reference declares them. Objects are pointers, freed by their own functions.</summary>
internal static unsafe partial class LibvirtNative
{
    public const string Library = "libvirt.so.0";

    /// <summary>VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM: holes are told, not sent as zeros.</summary>
    public const uint SparseStream = 1;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virConnectOpen(string uri);

    [LibraryImport(Library)]
    public static partial int virConnectClose(nint connection);

    [LibraryImport(Library)]
    public static partial void virSetErrorFunc(nint userData, delegate* unmanaged[Cdecl]<nint, nint, void> handler);

    [LibraryImport(Library)]
    public static partial int virGetLastErrorCode();

    [LibraryImport(Library)]
    public static partial nint virGetLastErrorMessage();

    [LibraryImport(Library)]
    public static partial int virConnectListAllDomains(nint connection, nint** domains, uint flags);

    [LibraryImport(Library)]
    public static partial nint virDomainGetXMLDesc(nint domain, uint flags);

    [LibraryImport(Library)]
    public static partial int virDomainFree(nint domain);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virStoragePoolLookupByName(nint connection, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virStoragePoolDefineXML(nint connection, string xml, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolBuild(nint pool, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolCreate(nint pool, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolSetAutostart(nint pool, int autostart);

    [LibraryImport(Library)]
    public static partial int virStoragePoolDestroy(nint pool);

    [LibraryImport(Library)]
    public static partial int virStoragePoolDelete(nint pool, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolUndefine(nint pool);

    [LibraryImport(Library)]
    public static partial int virStoragePoolIsActive(nint pool);

    [LibraryImport(Library)]
    public static partial int virStoragePoolRefresh(nint pool, uint flags);

    [LibraryImport(Library)]
    public static partial nint virStoragePoolGetXMLDesc(nint pool, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolListAllVolumes(nint pool, nint** volumes, uint flags);

    [LibraryImport(Library)]
    public static partial int virStoragePoolFree(nint pool);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virStorageVolLookupByName(nint pool, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint virStorageVolCreateXML(nint pool, string xml, uint flags);

    [LibraryImport(Library)]
    public static partial int virStorageVolDelete(nint volume, uint flags);

    [LibraryImport(Library)]
    public static partial nint virStorageVolGetXMLDesc(nint volume, uint flags);

    [LibraryImport(Library)]
    public static partial int virStorageVolUpload(nint volume, nint stream, ulong offset, ulong length, uint flags);

    [LibraryImport(Library)]
    public static partial int virStorageVolDownload(nint volume, nint stream, ulong offset, ulong length, uint flags);

    [LibraryImport(Library)]
    public static partial int virStorageVolFree(nint volume);

    [LibraryImport(Library)]
    public static partial nint virStreamNew(nint connection, uint flags);

    [LibraryImport(Library)]
    public static partial int virStreamSend(nint stream, byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int virStreamSendHole(nint stream, long length, uint flags);

    [LibraryImport(Library)]
    public static partial int virStreamRecv(nint stream, byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int virStreamFinish(nint stream);

    [LibraryImport(Library)]
    public static partial int virStreamAbort(nint stream);

    [LibraryImport(Library)]
    public static partial int virStreamFree(nint stream);
}
