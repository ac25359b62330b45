using System.Text;

namespace ImageFactory.Trust.Statements;

/// <summary>The signature of a file, in a file of its own beside it: base64, as <c>cosign verify-blob --signature</c> and <c>base64 -d</c> read it.</summary>
public static class DetachedSignature
{
    /// <summary>Behind the name of the file.</summary>
    public const string Extension = ".sig";

    public static byte[] Write(byte[] signature) => Encoding.ASCII.GetBytes(Convert.ToBase64String(signature));

    /// <summary>Null: it is none.</summary>
    public static byte[]? Read(ReadOnlySpan<byte> text)
    {
        string trimmed = Encoding.ASCII.GetString(text).TrimEnd('\n');
        byte[] signature = new byte[trimmed.Length];
        return trimmed.Length > 0 && Convert.TryFromBase64String(trimmed, signature, out int length) ? signature[..length] : null;
    }
}
