using System.Text;
using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Job;

/// <summary>The variables that ConfigMaps and Secrets would become, read from their manifests: for looking at what a Job would do.</summary>
public static class JobManifests
{
    /// <param name="files">In the order of the Job's <c>envFrom</c>: later ones win.</param>
    /// <param name="folder">Where relative paths start.</param>
    /// <exception cref="FactoryException">A file cannot be read, or is no ConfigMap and no Secret (IFK407).</exception>
    public static IReadOnlyDictionary<string, string> Read(IEnumerable<string> files, string folder)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            string path = Path.GetFullPath(file, folder);
            MappingNode content = YamlFile.Read(path, new Source(file, Path.GetDirectoryName(path)!));
            string? kind = (content.Find("kind")?.Value as ScalarNode)?.Text;
            if (kind is not ("ConfigMap" or "Secret"))
                throw new FactoryException(JobFaults.NotAConfigMap(file, kind));
            foreach (Entry entry in Entries(content, "data").Concat(Entries(content, "stringData")))
            {
                if (entry.Value is ScalarNode { IsNull: false } text)
                    variables[entry.Key] = kind == "Secret" && Entries(content, "data").Contains(entry) ? Decoded(file, entry.Key, text.Text) : text.Text;
            }
        }

        return variables;
    }

    private static IReadOnlyList<Entry> Entries(MappingNode content, string key) => content.Find(key)?.Value is MappingNode mapping ? mapping.Entries : [];

    private static string Decoded(string file, string key, string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException e)
        {
            throw new FactoryException(JobFaults.NotBase64(file, key), e);
        }
    }
}
