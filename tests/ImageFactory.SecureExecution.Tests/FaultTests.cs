using System.Reflection;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests;

public sealed class FaultTests
{
    /// <summary>Calls every maker of a fault with made-up arguments: each has a code of its own area and says a way out.</summary>
    [Fact]
    public void Every_fault_has_a_code_of_its_own_and_a_remedy()
    {
        List<(string Maker, Fault Fault)> faults = [];
        foreach (Type type in typeof(SecureImageWriter).Assembly.GetTypes().Where(t => t.Name.EndsWith("Faults", StringComparison.Ordinal)))
        {
            foreach (MethodInfo maker in type.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.ReturnType == typeof(Fault)))
                faults.Add(($"{type.Name}.{maker.Name}", (Fault)maker.Invoke(null, [.. maker.GetParameters().Select(p => MakeUp(p.ParameterType))])!));
        }

        Assert.True(faults.Count > 80);
        Assert.All(faults, f => Assert.Matches("^IFS[0-9]{3}$", f.Fault.Code));
        Assert.All(faults, f => Assert.False(string.IsNullOrWhiteSpace(f.Fault.Hint), f.Maker));
        Assert.Equal(faults.Count, faults.Select(f => f.Fault.Code).Distinct().Count());
    }

    private static object? MakeUp(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(Exception) ? new IOException("cause")
        : type == typeof(Sha256) ? Sha256.Of("x")
        : type.IsValueType ? Activator.CreateInstance(type)
        : null;
}
