using System.Formats.Asn1;
using System.Text;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>A name of X.509 as its entries in order. Compared as RFC 5280, 7.1 says: letter case and runs of blanks do not count.</summary>
internal sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    public const string CommonName = "2.5.4.3";
    public const string Country = "2.5.4.6";
    public const string Locality = "2.5.4.7";
    public const string State = "2.5.4.8";
    public const string Organization = "2.5.4.10";
    public const string OrganizationalUnit = "2.5.4.11";

    /// <summary>The order in which some CRLs of IBM name their issuer (SE format, section 9.4).</summary>
    private static readonly string[] CrlOrder = [Country, Organization, OrganizationalUnit, Locality, State, CommonName];

    private readonly string canonical;

    private DistinguishedName(IReadOnlyList<NameEntry> entries)
    {
        Entries = entries;
        canonical = string.Join('\n', entries.Select(e => e.Canonical));
    }

    public IReadOnlyList<NameEntry> Entries { get; }

    /// <exception cref="AsnContentException">Not a Name.</exception>
    public static DistinguishedName Read(ReadOnlyMemory<byte> der)
    {
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader sequence = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        List<NameEntry> entries = [];
        int group = 0;
        while (sequence.HasData)
        {
            AsnReader set = sequence.ReadSetOf();
            while (set.HasData)
            {
                AsnReader pair = set.ReadSequence();
                string type = pair.ReadObjectIdentifier();
                entries.Add(NameEntry.Read(group, type, pair));
                pair.ThrowIfNotEmpty();
            }

            group++;
        }

        return new DistinguishedName(entries);
    }

    /// <summary>The first entry's text of a type; null when there is none.</summary>
    public string? First(string type) => Entries.FirstOrDefault(e => e.Type == type)?.Text;

    /// <summary>The same name with the locality replaced.</summary>
    public DistinguishedName WithLocality(string locality) =>
        new([.. Entries.Select(e => e.Type == Locality ? e with { Text = locality } : e)]);

    /// <summary>The entries in the order C, O, OU, L, ST, CN; null for a name that has others or lacks one.</summary>
    public DistinguishedName? InCrlOrder()
    {
        if (Entries.Count != CrlOrder.Length || CrlOrder.Any(type => Entries.Count(e => e.Type == type) != 1))
            return null;
        return new DistinguishedName([.. CrlOrder.Select((type, group) => Entries.First(e => e.Type == type) with { Group = group })]);
    }

    public bool Equals(DistinguishedName? other) => other is not null && string.Equals(canonical, other.canonical, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    public override int GetHashCode() => canonical.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(", ", Entries.Select(e => $"{e.ShortType}={e.Text}"));
}

/// <param name="Group">Which SET of the name it stands in: entries of one set are no order of their own.</param>
internal sealed record NameEntry(int Group, string Type, string Text)
{
    public string ShortType => Type switch
    {
        DistinguishedName.CommonName => "CN",
        DistinguishedName.Country => "C",
        DistinguishedName.Locality => "L",
        DistinguishedName.State => "ST",
        DistinguishedName.Organization => "O",
        DistinguishedName.OrganizationalUnit => "OU",
        _ => Type,
    };

    /// <summary>
    /// Folded as OpenSSL does: ASCII letters only, blanks trimmed and runs of them made one. Escaped, so that no text can look like two entries.
    /// </summary>
    public string Canonical
    {
        get
        {
            StringBuilder folded = new();
            folded.Append(Group).Append(' ').Append(Type).Append('=');
            bool blank = false;
            foreach (char letter in Text.Trim(' ', '\t', '\n', '\v', '\f', '\r'))
            {
                if (letter is ' ' or (>= '\t' and <= '\r'))
                {
                    if (!blank)
                        folded.Append(' ');
                    blank = true;
                    continue;
                }

                blank = false;
                folded.Append(char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter);
            }

            return folded.ToString();
        }
    }

    public static NameEntry Read(int group, string type, AsnReader value)
    {
        Asn1Tag tag = value.PeekTag();
        if (tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue is { } kind
            && kind is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
                or UniversalTagNumber.TeletexString or UniversalTagNumber.BMPString)
            return new NameEntry(group, type, value.ReadCharacterString(kind));

        // Another type is compared by its bytes; the prefix cannot come from a text of one line.
        return new NameEntry(group, type, "\0" + Convert.ToHexStringLower(value.ReadEncodedValue().Span));
    }
}
