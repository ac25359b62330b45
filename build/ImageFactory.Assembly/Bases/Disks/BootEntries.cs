using System.Text;
using System.Text.RegularExpressions;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>
/// Kernel arguments of a disk that keeps its boot loader, written where distributions have them: boot loader entries (their own <c>options</c>, or
/// grub's variable <c>kernelopts</c>), the menu of grub, and the defaults that later kernels are given.
/// </summary>
internal static partial class BootEntries
{
    private const string Entries = "/boot/loader/entries";
    private const string Defaults = "/etc/default/grub";
    private const string CommandLine = "/etc/kernel/cmdline";

    /// <summary>A grubenv has exactly this size, the rest filled with #.</summary>
    private const int EnvironmentSize = 1024;

    private static readonly string[] Menus = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"];
    private static readonly string[] Environments = ["/boot/grub2/grubenv", "/boot/grub/grubenv"];

    public static IReadOnlyList<Fault> Append(FileTree tree, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
            return [];
        int places = 0;
        foreach (string entry in tree.List(Entries).Where(e => e.EndsWith(".conf", StringComparison.Ordinal)))
            places += Edit(tree, $"{Entries}/{entry}", text => EachLine(text, OptionsLine(), arguments));
        foreach (string menu in Menus)
            places += Edit(tree, menu, text => EachLine(text, LinuxLine(), arguments));
        foreach (string file in Environments)
            places += Edit(tree, file, text => EditEnvironment(text, arguments));
        if (places == 0)
            return [GuestFaults.NoBootEntries()];

        Edit(tree, Defaults, text => DefaultLine().Replace(text, m => $"{m.Groups[1].Value}{With(m.Groups[2].Value, arguments)}{m.Groups[3].Value}"));
        Edit(tree, CommandLine, text => With(text.TrimEnd(), arguments) + "\n");
        return [];
    }

    private static int Edit(FileTree tree, string path, Func<string, string> edit)
    {
        if (tree.Resolve(path) is not { } real || tree.ReadText(real) is not { } text)
            return 0;
        string edited = edit(text);
        if (edited == text)
            return 0;
        tree.Change(real, e => e with { Content = new InlineContent(Encoding.UTF8.GetBytes(edited)), ModifiedAt = TreeEntry.AtEpoch });
        return 1;
    }

    /// <summary>Lines that take their arguments from a variable get them through the variable.</summary>
    private static string EachLine(string text, Regex line, IReadOnlyList<string> arguments) =>
        line.Replace(text, m => m.Value.Contains("$kernelopts", StringComparison.Ordinal) ? m.Value : With(m.Value.TrimEnd(), arguments));

    private static string EditEnvironment(string text, IReadOnlyList<string> arguments)
    {
        Match options = KernelOptions().Match(text);
        if (!options.Success)
            return text;
        string edited = KernelOptions().Replace(text.TrimEnd('#'), m => With(m.Value, arguments));
        return edited.Length <= EnvironmentSize ? edited.PadRight(EnvironmentSize, '#') : text;
    }

    /// <summary>Each argument once, at the end, where the last one of a name wins.</summary>
    private static string With(string words, IReadOnlyList<string> arguments)
    {
        HashSet<string> present = [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return string.Join(' ', new[] { words }.Concat(arguments.Where(a => !present.Contains(a)))).Trim(' ');
    }

    [GeneratedRegex(@"^options[ \t].*$", RegexOptions.Multiline)]
    private static partial Regex OptionsLine();

    [GeneratedRegex(@"^[ \t]*linux(16|efi)?[ \t].*$", RegexOptions.Multiline)]
    private static partial Regex LinuxLine();

    [GeneratedRegex(@"^kernelopts=.*$", RegexOptions.Multiline)]
    private static partial Regex KernelOptions();

    [GeneratedRegex(@"^(GRUB_CMDLINE_LINUX="")([^""\n]*)("")", RegexOptions.Multiline)]
    private static partial Regex DefaultLine();
}
