using System.Text.RegularExpressions;
using ImageFactory.Build.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ImageFactory.Build.Tests.Faults;

/// <summary>What the sources say of a code at one place.</summary>
/// <param name="Message">The cause; <c>…</c> stands for what is only known when it happens.</param>
/// <param name="Hint">The remedy; null when this place gives none.</param>
internal sealed record FaultEntry(string Code, string Message, string? Hint);

/// <summary>Reads every fault out of the sources: wherever a code is an argument, the texts beside it.</summary>
internal static partial class FaultSources
{
    private const string Unknown = "…";
    private const string OnlyThen = "What is wrong is only known when it happens: the message says it.";

    public static IEnumerable<string> Files => new[] { "build", "secure-execution" }
        .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Approved.Root, f), "*.cs", SearchOption.AllDirectories))
        .Where(f => !f.Contains("/LibGuestFs.Net/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Codes as the text of a source has them, whatever they stand in.</summary>
    public static IEnumerable<string> CodesIn(string source) => QuotedCode().Matches(source).Select(m => m.Groups[1].Value);

    public static IReadOnlyList<FaultEntry> Read()
    {
        SyntaxNode[] trees = [.. Files.Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f)).GetRoot())];
        Dictionary<string, string> constants = trees.SelectMany(t => t.DescendantNodes().OfType<VariableDeclaratorSyntax>())
            .Where(v => v.Initializer?.Value is LiteralExpressionSyntax literal && IsCode(literal.Token.ValueText))
            .GroupBy(v => v.Identifier.Text).ToDictionary(g => g.Key, g => ((LiteralExpressionSyntax)g.First().Initializer!.Value).Token.ValueText);
        Dictionary<string, FaultEntry> byParameter = ByParameter(trees);
        IEnumerable<FaultEntry> entries = trees.SelectMany(t => t.DescendantNodes().OfType<ArgumentSyntax>())
            .Select(a => EntryOf(a, CodeOf(a.Expression, constants), byParameter)).OfType<FaultEntry>();
        return [.. entries.Concat(OfScript()).Distinct().OrderBy(e => e.Code, StringComparer.Ordinal)];
    }

    private static FaultEntry? EntryOf(ArgumentSyntax argument, string? code, Dictionary<string, FaultEntry> byParameter)
    {
        if (code is null || argument.Parent is not ArgumentListSyntax list)
            return null;
        int place = list.Arguments.IndexOf(argument);
        if (list.Parent is InvocationExpressionSyntax { Expression: var called } && called.ToString().EndsWith("ToFault", StringComparison.Ordinal) && place > 0)
        {
            // One method gives four causes their codes, by its parameters.
            string what = TextOf(list.Arguments[2].Expression, list);
            FaultEntry known = byParameter[Parameters[place - 3]];
            return new FaultEntry(code, known.Message.Replace(Unknown + ":", what + ":", StringComparison.Ordinal), known.Hint);
        }

        string[] texts = [.. list.Arguments.Skip(place + 1).Select(a => TextOf(a.Expression, list)).Where(t => t != Unknown && t.Length > 0)];
        string? hint = HintOf(list) ?? (texts.Length > 1 && list.Parent is InvocationExpressionSyntax ? texts[^1] : null);
        return place + 1 == list.Arguments.Count ? null : new FaultEntry(code, texts.FirstOrDefault() ?? OnlyThen, hint);
    }

    private static readonly string[] Parameters = ["noSpaceCode", "readOnlyCode", "notPermittedCode", "otherCode"];

    private static Dictionary<string, FaultEntry> ByParameter(IEnumerable<SyntaxNode> trees) => trees.SelectMany(t => t.DescendantNodes().OfType<ObjectCreationExpressionSyntax>())
        .Where(c => c.ArgumentList?.Arguments is [{ Expression: IdentifierNameSyntax name }, ..] && Parameters.Contains(name.Identifier.Text))
        .ToDictionary(c => c.ArgumentList!.Arguments[0].ToString(), c => new FaultEntry("", TextOf(c.ArgumentList!.Arguments[2].Expression, c), HintOf(c.ArgumentList)));

    /// <summary>An assignment to Hint in what is made, or in what is made of it.</summary>
    private static string? HintOf(SyntaxNode list)
    {
        for (SyntaxNode? node = list.Parent; node is ExpressionSyntax or ArgumentSyntax; node = node.Parent)
        {
            IEnumerable<ExpressionSyntax> assigned = node switch
            {
                BaseObjectCreationExpressionSyntax { Initializer: { } initializer } => initializer.Expressions,
                WithExpressionSyntax with => with.Initializer.Expressions,
                _ => [],
            };
            if (assigned.OfType<AssignmentExpressionSyntax>().FirstOrDefault(a => a.Left.ToString() == "Hint") is { } hint)
                return TextOf(hint.Right, node);
        }

        return null;
    }

    private static string TextOf(ExpressionSyntax expression, SyntaxNode place) => expression switch
    {
        LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.StringLiteralExpression) => literal.Token.ValueText,
        LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.NullLiteralExpression) => "",
        InterpolatedStringExpressionSyntax text => string.Concat(text.Contents.Select(c => c switch
        {
            InterpolatedStringTextSyntax part => part.TextToken.ValueText,
            InterpolationSyntax { Expression: ParenthesizedExpressionSyntax { Expression: ConditionalExpressionSyntax choice } } => Choice(choice, place, " or "),
            _ => Unknown,
        })),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Create" } } formatted => TextOf(formatted.ArgumentList.Arguments[^1].Expression, place),
        ConditionalExpressionSyntax choice => Choice(choice, place, " / "),
        SwitchExpressionSyntax choice => string.Join(" / ", choice.Arms.Select(a => TextOf(a.Expression, place)).Where(t => t != Unknown)),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum => TextOf(sum.Left, place) + TextOf(sum.Right, place),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } either => TextOf(either.Right, place),
        ParenthesizedExpressionSyntax inner => TextOf(inner.Expression, place),
        IdentifierNameSyntax name when Constant(name, place) is { } value => TextOf(value, place),
        _ => Unknown,
    };

    private static string Choice(ConditionalExpressionSyntax choice, SyntaxNode place, string or) =>
        string.Join(or, new[] { choice.WhenTrue, choice.WhenFalse }.Select(c => TextOf(c, place)).Where(t => t is not ("" or Unknown)));

    /// <summary>A constant or local of the same file.</summary>
    private static ExpressionSyntax? Constant(IdentifierNameSyntax name, SyntaxNode place) => place.SyntaxTree.GetRoot().DescendantNodes().OfType<VariableDeclaratorSyntax>()
        .FirstOrDefault(v => v.Identifier.Text == name.Identifier.Text && v.Initializer?.Value is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax or ConditionalExpressionSyntax)?.Initializer?.Value;

    private static string? CodeOf(ExpressionSyntax expression, Dictionary<string, string> constants) => expression switch
    {
        LiteralExpressionSyntax literal when IsCode(literal.Token.ValueText) => literal.Token.ValueText,
        IdentifierNameSyntax name => constants.GetValueOrDefault(name.Identifier.Text),
        MemberAccessExpressionSyntax member => constants.GetValueOrDefault(member.Name.Identifier.Text),
        _ => null,
    };

    /// <summary>The script that starts the host has faults too.</summary>
    private static IEnumerable<FaultEntry> OfScript() =>
        ScriptFault().Matches(File.ReadAllText(Path.Combine(Approved.Root, "build.sh"))).Select(m => new FaultEntry(m.Groups[1].Value, Plain(m.Groups[2].Value), Plain(m.Groups[3].Value)));

    private static string Plain(string shell) => Variable().Replace(shell.Trim('\'', '"'), Unknown);

    private static bool IsCode(string text) => WholeCode().IsMatch(text);

    [GeneratedRegex("\"(IF[A-Z][0-9]{3})\"")]
    private static partial Regex QuotedCode();

    [GeneratedRegex("^IF[A-Z][0-9]{3}$")]
    private static partial Regex WholeCode();

    [GeneratedRegex("""fault (IF[A-Z][0-9]{3}) [0-9]+ ('[^']*'|"[^"]*") ('[^']*'|"[^"]*")""")]
    private static partial Regex ScriptFault();

    [GeneratedRegex(@"\$(\{[^}]*\}|\w+)")]
    private static partial Regex Variable();
}
