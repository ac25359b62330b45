using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class SystemFileRules
{
    public static void Check(SystemFile _, RecordScope scope)
    {
        bool content = scope.IsWritten("content");
        bool source = scope.IsWritten("source");
        if (content == source)
            scope.Report("path", _ => RuleFaults.FileSources(scope.Path, none: !content));
    }
}
