using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Pipeline;

/// <summary>
/// Collects what decides a stage's output and hashes it. Each field is written as
/// <c>u32 length, name in UTF-8, u32 length, value in UTF-8</c> (lengths in bytes, big-endian),
/// so that a name and its value never run into each other.
/// </summary>
public sealed class StageKey : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<KeyValuePair<string, string>> fields = [];

    /// <summary>What was added, in order; <c>explain</c> compares it with an earlier run's.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => fields;

    public StageKey Add(string name, string value)
    {
        fields.Add(new(name, value));
        Append(name);
        Append(value);
        return this;
    }

    public StageKey Add(string name, Sha256 digest) => Add(name, digest.Hex);

    public StageKey Add(string name, long value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds the number of values, then each value, so that two lists never look alike.</summary>
    public StageKey Add(string name, IEnumerable<string> values)
    {
        List<string> list = [.. values];
        Add(name, list.Count);
        for (int i = 0; i < list.Count; i++)
            Add(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), list[i]);
        return this;
    }

    public Sha256 ToDigest() => new(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();

    private void Append(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
