using System.Runtime.InteropServices;

namespace LibGuestFs.Net.Native;

/// <summary>Texts that the library allocated (to be freed by us), and texts for it that live as long as one call.</summary>
internal static unsafe class NativeText
{
    /// <summary>Copies and frees a text.</summary>
    public static string Take(nint text)
    {
        string copy = Marshal.PtrToStringUTF8(text) ?? "";
        NativeMemory.Free((void*)text);
        return copy;
    }

    /// <summary>Copies and frees a block of bytes.</summary>
    public static byte[] TakeBytes(nint block, nuint size)
    {
        byte[] copy = new ReadOnlySpan<byte>((void*)block, checked((int)size)).ToArray();
        NativeMemory.Free((void*)block);
        return copy;
    }

    /// <summary>Copies and frees a list of texts, whose end is a null pointer.</summary>
    public static List<string> TakeList(nint list)
    {
        List<string> texts = [];
        for (nint* item = (nint*)list; *item != 0; item++)
            texts.Add(Take(*item));
        NativeMemory.Free((void*)list);
        return texts;
    }
}

/// <summary>A list of texts for the library, ended by a null pointer.</summary>
internal sealed unsafe class NativeTexts : IDisposable
{
    private readonly int count;

    public NativeTexts(IReadOnlyList<string> texts)
    {
        count = texts.Count;
        List = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < count; i++)
            List[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
    }

    public byte** List { get; private set; }

    public void Dispose()
    {
        if (List is null)
            return;
        for (int i = 0; i < count; i++)
            Marshal.FreeCoTaskMem((nint)List[i]);
        NativeMemory.Free(List);
        List = null;
    }
}

/// <summary>One text for a struct of arguments; null gives a null pointer.</summary>
internal readonly struct NativeArgument(string? text) : IDisposable
{
    public nint Pointer { get; } = text is null ? 0 : Marshal.StringToCoTaskMemUTF8(text);

    public void Dispose() => Marshal.FreeCoTaskMem(Pointer);
}
