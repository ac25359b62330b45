using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

/// <summary>What fits which machine.</summary>
internal static class MachineRules
{
    public static void Check(Recipe recipe, RecordScope scope)
    {
        if (!scope.IsSound("architecture"))
            return;

        bool z = recipe.Architecture == Architecture.S390x;
        if (recipe.Base is DebianBase debian && scope.IsSound("base"))
            CheckKernel(debian.Kernel, z, scope);
        else if (z && !recipe.IsTakenAsIs && scope.IsSound("base"))
            scope.Report("base.kind", RuleFaults.BaseOfOtherMachine);
        if (z && recipe.SecureBoot is not null)
            scope.Report("secureBoot", RuleFaults.SecureBootOnZ);
        if (!z && recipe.SecureExecution is not null)
            scope.Report("secureExecution", path => RuleFaults.SecureExecutionElsewhere(path, "x86_64"));
        if (recipe.SecureExecution is not null && scope.IsWritten("disk.integrity"))
            scope.Report("disk.integrity", RuleFaults.IntegrityOfSecureExecution);
        if (scope.IsSound("system") && !recipe.IsTakenAsIs)
            CheckConsoles(recipe.System.KernelArguments, z, scope);
    }

    /// <summary>Debian names its kernels for the machine: <c>linux-image-cloud-amd64</c>, <c>linux-image-s390x</c>.</summary>
    private static void CheckKernel(string kernel, bool z, RecordScope scope)
    {
        bool forZ = kernel.EndsWith("-s390x", StringComparison.Ordinal);
        bool forX = kernel.EndsWith("-amd64", StringComparison.Ordinal);
        if (z && forX)
            scope.Report("base.kernel", path => RuleFaults.KernelOfOtherMachine(path, kernel, "s390x", "linux-image-s390x"));
        else if (!z && forZ)
            scope.Report("base.kernel", path => RuleFaults.KernelOfOtherMachine(path, kernel, "x86_64", "linux-image-cloud-amd64"));
    }

    private static void CheckConsoles(IReadOnlyList<string> arguments, bool z, RecordScope scope)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            string key = $"system.kernelArguments[{i}]";
            if (z && argument.StartsWith("console=ttyS", StringComparison.Ordinal) && char.IsAsciiDigit(argument["console=ttyS".Length..].FirstOrDefault()))
                scope.Report(key, path => RuleFaults.ConsoleOfOtherMachine(path, argument, "s390x", "ttysclp0"));
            else if (!z && argument.StartsWith("console=ttysclp", StringComparison.Ordinal))
                scope.Report(key, path => RuleFaults.ConsoleOfOtherMachine(path, argument, "x86_64", "ttyS0"));
        }
    }
}
