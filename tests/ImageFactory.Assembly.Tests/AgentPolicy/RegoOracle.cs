using System.Diagnostics;
using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Assembly.Tests.Tree;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>
/// The Open Policy Agent inside cosign 3: it evaluates <c>data.signature.allow</c> of Rego files while it verifies an attestation.
/// For that it gets the smallest attested image there is, as an OCI layout in a folder. It reads Rego v0, so keywords need their imports.
/// </summary>
internal sealed class RegoOracle : IDisposable
{
    private readonly string program;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("rego-oracle-");

    private RegoOracle(string program)
    {
        this.program = program;
        AttestedLayout.Write(folder.FullName);
    }

    /// <summary>Skips the test where there is no cosign with a policy engine for Rego (3.0 or newer).</summary>
    public static RegoOracle Require()
    {
        RegoOracle oracle = new(Tool.Need("cosign"));
        (bool holds, string said) = oracle.Evaluate("package agent_policy\n", "true");
        if (!holds)
            oracle.Dispose();
        Assert.SkipUnless(holds, $"this cosign does not evaluate Rego: {said}");
        return oracle;
    }

    public void Dispose() => folder.Delete(true);

    /// <summary>Whether a condition over <c>data.agent_policy</c> holds, and what the program said.</summary>
    public (bool Holds, string Said) Evaluate(string policy, string condition)
    {
        string name = Guid.NewGuid().ToString("N");
        File.WriteAllText(At($"{name}.rego"), policy);
        File.WriteAllText(At($"{name}.query.rego"), $"package signature\nallow {{\n{condition}\n}}\n");
        ProcessStartInfo start = new(program)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "verify-attestation", "--local-image", "--key", AttestedLayout.KeyFile, "--insecure-ignore-tlog", "--type", AttestedLayout.PredicateType,
                "--policy", $"{name}.rego", "--policy", $"{name}.query.rego", AttestedLayout.Folder,
            },
            Environment = { ["HOME"] = folder.FullName },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string said = process.StandardError.ReadToEnd() + output.Result;
        process.WaitForExit();
        return (process.ExitCode == 0, said);
    }

    private string At(string path) => Path.Combine(folder.FullName, path);
}
