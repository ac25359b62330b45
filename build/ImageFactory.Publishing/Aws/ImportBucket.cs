using ImageFactory.Model;

namespace ImageFactory.Publishing.Aws;

/// <summary>The bucket of an import and the names of our objects in it.</summary>
internal static class ImportBucket
{
    public static string? Of(AmiTry attempt) => attempt.Destination.Bucket ?? attempt.Setting.Surroundings.Variable("AWS_S3_BUCKET");

    /// <exception cref="FactoryException">IFU320.</exception>
    public static string Needed(AmiTry attempt) => Of(attempt) ?? throw new FactoryException(AwsFaults.NoBucket(attempt.Where));

    /// <summary>Letters that no address needs to escape: owners have no others.</summary>
    public static string Prefix(AmiTry attempt) => $"imagefactory/{attempt.Setting.Owner}/";

    public static string KeyOf(AmiTry attempt, string token) => $"{Prefix(attempt)}{token}.vhd";
}
