using System.Buffers;

namespace ImageFactory.Pipeline.Programs;

/// <summary>A command line as a person can paste it into a shell. For reading only: nothing is ever started this way.</summary>
public static class ShellText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-");

    internal static string Of(ProgramCall call) => string.Join(' ', call.Arguments.Prepend(call.Program).Select(Quote));

    public static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
