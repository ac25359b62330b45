using FsCheck;
using FsCheck.Fluent;
using ImageFactory.Build.HtmlReport;

namespace ImageFactory.Build.Tests.HtmlReport;

public class TreemapTests
{
    private static readonly Box Area = new(0, 0, 1000, 420);

    [Fact]
    public void Areas_are_as_the_values_within_the_whole_and_apart() => Check.QuickThrowOnFailure(Prop.ForAll<NonEmptyArray<PositiveInt>>(sizes =>
    {
        double[] values = [.. sizes.Item.Select(s => (double)s.Item).OrderDescending()];

        IReadOnlyList<Box> boxes = Treemap.Layout(values, Area);

        Assert.Equal(values.Length, boxes.Count);
        foreach ((double value, Box box) in values.Zip(boxes))
        {
            Assert.Equal(value / values.Sum() * Area.Area, box.Area, 1e-3);
            Assert.True(box.X >= -1e-6 && box.Y >= -1e-6 && box.X + box.Width <= Area.Width + 1e-6 && box.Y + box.Height <= Area.Height + 1e-6, box.ToString());
        }

        foreach ((Box one, Box other) in boxes.SelectMany((b, i) => boxes.Skip(i + 1).Select(o => (b, o))))
            Assert.True(Overlap(one.X, one.Width, other.X, other.Width) < 1e-6 || Overlap(one.Y, one.Height, other.Y, other.Height) < 1e-6, $"{one} and {other}");
    }));

    // The example of Bruls, Huizing and van Wijk: 6, 6, 4, 3, 2, 2, 1 in 6 by 4.
    [Fact]
    public void The_published_example_comes_out_as_published()
    {
        IReadOnlyList<Box> boxes = Treemap.Layout([6, 6, 4, 3, 2, 2, 1], new Box(0, 0, 6, 4));

        Assert.Equal((0, 0, 3, 2), Rounded(boxes[0]));
        Assert.Equal((0, 2, 3, 2), Rounded(boxes[1]));
        Assert.Equal((3, 0, 1.71, 2.33), Rounded(boxes[2]));
        Assert.Equal((4.71, 0, 1.29, 2.33), Rounded(boxes[3]));
        Assert.Equal((3, 2.33, 1.2, 1.67), Rounded(boxes[4]));
    }

    private static (double, double, double, double) Rounded(Box box) => (Math.Round(box.X, 2), Math.Round(box.Y, 2), Math.Round(box.Width, 2), Math.Round(box.Height, 2));

    private static double Overlap(double a, double lengthA, double b, double lengthB) => Math.Min(a + lengthA, b + lengthB) - Math.Max(a, b);
}
