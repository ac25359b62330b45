using ImageFactory.Model;

namespace ImageFactory.Cluster.Access;

/// <summary>A token in a file that somebody else renews.</summary>
internal static class TokenFile
{
    /// <exception cref="FactoryException">IFK103: the file cannot be read or is empty.</exception>
    public static Secret Read(string path)
    {
        try
        {
            string token = File.ReadAllText(path).Trim();
            return token.Length > 0 ? new Secret(token) : throw new FactoryException(AccessFaults.BadFile(path, "it is empty"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(AccessFaults.BadFile(path, e.Message), e);
        }
    }
}
