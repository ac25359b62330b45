using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>Collects what is wrong with an input: all of it, but a hostile input shall not fill the terminal.</summary>
internal sealed class FaultList(string where)
{
    public const int Shown = 20;

    private readonly List<Fault> errors = [];
    private readonly List<Fault> warnings = [];
    private int unshownErrors;

    public int Errors => errors.Count + unshownErrors;

    public void Add(Fault fault)
    {
        List<Fault> list = fault.Severity == Severity.Error ? errors : warnings;
        if (list.Count < Shown)
            list.Add(fault);
        else if (fault.Severity == Severity.Error)
            unshownErrors++;
    }

    public void AddRange(IEnumerable<Fault> faults)
    {
        foreach (Fault fault in faults)
            Add(fault);
    }

    /// <summary>Errors first; after twenty of them their number.</summary>
    public IReadOnlyList<Fault> All() =>
        unshownErrors == 0 ? [.. errors, .. warnings] : [.. errors, TarFaults.More(where, unshownErrors), .. warnings];
}
