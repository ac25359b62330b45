using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Fleet;

/// <summary>What can be wrong with the list of a fleet. IFJ301 to IFJ319.</summary>
public static class FleetFaults
{
    public static Fault NoList(string file) =>
        new("IFJ301", ExitCode.MissingInput, "there is no such list")
        {
            Where = file,
            Hint = "name the file with the key 'fleet'; build/job/README.md shows one",
        };

    internal static Fault Size(int found, int most) =>
        new("IFJ302", ExitCode.InvalidInput, found == 0 ? "the fleet has no entry" : $"the fleet has {found} entries, {most} are possible")
        {
            Hint = found == 0 ? "add '- { name: …, recipe: …, architecture: … }'" : "make several lists; their results go to one ConfigMap, which holds 1 MiB",
        };

    internal static Fault SameName(string name, string first) =>
        new("IFJ303", ExitCode.InvalidInput, $"the name {NodeText.Quote(name)} is here a second time")
        {
            Hint = $"results go by name: choose another one; the first is at {first}",
        };

    internal static Fault OtherArchitecture(FleetEntry entry, string wanted, string found) =>
        new("IFJ304", ExitCode.InvalidInput, $"'{entry.Name}' is for {wanted}, and its recipe makes an image for {found}")
        {
            Where = entry.Place,
            Hint = $"write 'architecture: {found}', name another recipe, or add 'architecture={wanted}' to its 'set'",
        };

    internal static Fault NoDestination(FleetEntry entry, string provider, string kind) =>
        new("IFJ305", ExitCode.InvalidInput, $"'{entry.Name}' is for {provider}, and its recipe has no destination of this provider")
        {
            Where = entry.Place,
            Hint = $"add a destination of kind '{kind}' to the recipe, or leave 'provider' out",
        };

    /// <param name="index">As it was given.</param>
    public static Fault NoIndex(string? index) =>
        new("IFJ306", ExitCode.Usage, index is null ? "it is not said which entry of the list is to be built" : $"{NodeText.Quote(index)} is no index")
        {
            Where = "JOB_COMPLETION_INDEX",
            Hint = "give --index N, from 0; an Indexed Job sets JOB_COMPLETION_INDEX by itself",
        };

    public static Fault BeyondEnd(string file, int index, int entries, string architecture) =>
        new("IFJ307", ExitCode.InvalidInput, $"there is no entry {index} for {architecture}: the list has {entries}")
        {
            Where = file,
            Hint = $"set 'completions' of the Job to {entries}; its index counts only entries of its architecture, from 0",
        };

    public static Fault OtherCompletions(string file, string completions, int entries, string architecture) =>
        new("IFJ308", ExitCode.InvalidInput, $"the Job has {NodeText.Quote(completions)} completions, and the list has {entries} entries for {architecture}")
        {
            Where = file,
            Hint = $"set 'completions' of the Job to {entries}",
        };

    public static Fault Failed(IReadOnlyList<string> names, int all, ExitCode first) =>
        new("IFJ311", first, $"{names.Count} of {all} failed: {string.Join(", ", names)}")
        {
            Hint = "./build.sh why CODE explains a fault; 'kubectl logs' of the pod of that index has all of it",
        };

    public static Fault NotDone(IReadOnlyList<string> names, int all) =>
        new("IFJ312", ExitCode.TryAgain, $"{names.Count} of {all} are not done: {string.Join(", ", names)}")
        {
            Hint = "wait for them; if their Job has ended, see 'kubectl describe job' for those that never began, and start it again",
        };

    public static Fault NoResults(string map) =>
        new("IFJ313", ExitCode.TryAgain, "no image of the fleet was begun")
        {
            Where = map,
            Hint = "start its Jobs: kubectl apply -k build/job/fleet/amd64",
        };
}
