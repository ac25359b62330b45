using System.Xml.Linq;

namespace ImageFactory.Build.Testing;

/// <summary>Reads the XML that an xUnit v3 test program writes.</summary>
internal static class ResultFile
{
    public static AssemblyResult Read(string name, string path, TimeSpan elapsed)
    {
        XDocument document = XDocument.Load(path);
        List<TestCase> failures = [];
        List<TestCase> skips = [];
        int passed = 0;
        foreach (XElement test in document.Descendants("test"))
        {
            string title = (string?)test.Attribute("name") ?? "a test without a name";
            switch ((string?)test.Attribute("result"))
            {
                case "Pass":
                    passed++;
                    break;
                case "Fail":
                    failures.Add(FailureOf(title, test.Element("failure")));
                    break;
                case "NotRun":
                    // An explicit test: another test starts it in a process of its own.
                    break;
                default:
                    skips.Add(new TestCase(title, ((string?)test.Element("reason") ?? "no reason given").Trim(), ""));
                    break;
            }
        }

        // A fixture that fails on its way out belongs to no test, and is a failure all the same.
        foreach (XElement error in document.Descendants("error"))
            failures.Add(FailureOf((string?)error.Attribute("name") ?? (string?)error.Attribute("type") ?? name, error.Element("failure")));
        return new AssemblyResult(name, passed, failures, skips, elapsed);
    }

    private static TestCase FailureOf(string title, XElement? failure) =>
        new(title, ((string?)failure?.Element("message") ?? "failed without a message").Trim(), ((string?)failure?.Element("stack-trace") ?? "").Trim());
}
