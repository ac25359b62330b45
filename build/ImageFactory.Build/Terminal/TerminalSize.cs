using System.Runtime.InteropServices;

namespace ImageFactory.Build.Terminal;

/// <summary>How large the terminal behind standard error is. Asked anew for each picture, since windows change.</summary>
internal static class TerminalSize
{
    private const int StandardError = 2;

    /// <summary>TIOCGWINSZ; the same number on x86_64 and s390x.</summary>
    private const nuint GetWindowSize = 0x5413;

    public static (int Width, int Height) Current()
    {
        WindowSize size = default;
        bool known = Control(StandardError, GetWindowSize, ref size) == 0 && size is { Columns: > 0, Rows: > 0 };
        return known ? (size.Columns, size.Rows) : (80, 24);
    }

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, nuint request, ref WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelsAcross;
        public ushort PixelsDown;
    }
}
