using ImageFactory.Assembly.Comparison;
using ImageFactory.Assembly.Comparison.Contents;

namespace ImageFactory.Assembly.Tests.Comparison;

public sealed class ListChangesTests
{
    [Theory]
    [InlineData("a b", "a b", "")]
    [InlineData("a  b ", " a b", "")]
    [InlineData("a b", "a c", "-b +c")]
    [InlineData("a a b", "a b", "-a")]
    [InlineData("a b", "b a", "~b")]
    [InlineData("", "x=\"1 2\"", "+x=\"1 2\"")]
    [InlineData("console=ttyS0 console=tty0", "console=tty0 console=ttyS0", "~console=tty0")]
    [InlineData("x=\"open end", "x=\"open", "-x=\"open end +x=\"open")]
    public void Arguments_are_told_by_what_stands_there_more_or_less_often(string before, string after, string expected) =>
        Assert.Equal(expected, string.Join(' ', ArgumentChanges.Between(before, after).Select(c => "+-~"[(int)c.Kind] + c.Argument)));

    /// <summary>What was taken and added turns the one line into the other, whatever the words.</summary>
    [Fact]
    public void The_changes_lead_from_one_line_to_the_other()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            string[] before = [.. Enumerable.Range(0, random.Next(8)).Select(_ => "abcd"[random.Next(4)].ToString())];
            string[] after = [.. Enumerable.Range(0, random.Next(8)).Select(_ => "abcd"[random.Next(4)].ToString())];

            IReadOnlyList<ArgumentChange> changes = ArgumentChanges.Between(string.Join(' ', before), string.Join(' ', after));

            List<string> result = [.. before];
            foreach (ArgumentChange change in changes.Where(c => c.Kind == ChangeKind.Removed))
                Assert.True(result.Remove(change.Argument));
            result.AddRange(changes.Where(c => c.Kind == ChangeKind.Added).Select(c => c.Argument));
            Assert.Equal(after.Order(), result.Order());
            Assert.Equal(before.SequenceEqual(after), changes.Count == 0);
        }
    }

    [Fact]
    public void Versions_side_by_side_are_added_and_removed_one_by_one()
    {
        (string, string, string)[] before = [("kernel", "x86_64", "5.14-1"), ("kernel", "x86_64", "5.14-2"), ("glibc", "x86_64", "2.34"), ("glibc", "i686", "2.34")];
        (string, string, string)[] after = [("kernel", "x86_64", "5.14-2"), ("kernel", "x86_64", "5.14-3"), ("kernel", "x86_64", "5.14-4"), ("glibc", "x86_64", "2.35")];

        Assert.Equal(
            [
                new PackageChange("glibc", "i686", ChangeKind.Removed, "2.34", null),
                new PackageChange("glibc", "x86_64", ChangeKind.Changed, "2.34", "2.35"),
                new PackageChange("kernel", "x86_64", ChangeKind.Removed, "5.14-1", null),
                new PackageChange("kernel", "x86_64", ChangeKind.Added, null, "5.14-3"),
                new PackageChange("kernel", "x86_64", ChangeKind.Added, null, "5.14-4"),
            ],
            PackageChanges.Between(before, after));
        Assert.Empty(PackageChanges.Between(before, before));
    }
}
