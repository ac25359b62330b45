namespace ImageFactory.Build.HtmlReport;

/// <summary>Where a box lies.</summary>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Area => Width * Height;
}

/// <summary>
/// Boxes whose areas are as their values, as near to squares as rows allow (Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000).
/// </summary>
internal static class Treemap
{
    /// <param name="values">Positive, the largest first.</param>
    /// <returns>One box for each value, in their order; together they fill the area.</returns>
    public static IReadOnlyList<Box> Layout(IReadOnlyList<double> values, Box area)
    {
        List<Box> boxes = [];
        double scale = area.Area / values.Sum();
        for (int start = 0; start < values.Count;)
        {
            double side = Math.Min(area.Width, area.Height);
            int count = 1;
            while (start + count < values.Count && Worst(values, start, count + 1, side, scale) <= Worst(values, start, count, side, scale))
                count++;
            area = Place(values, start, count, scale, area, boxes);
            start += count;
        }

        return boxes;
    }

    /// <summary>The ratio of sides of the most oblong box of a row along a side.</summary>
    private static double Worst(IReadOnlyList<double> values, int start, int count, double side, double scale)
    {
        double thickness = Sum(values, start, count) * scale / side;
        double worst = 0;
        for (int i = start; i < start + count; i++)
        {
            double length = values[i] * scale / thickness;
            worst = Math.Max(worst, Math.Max(length / thickness, thickness / length));
        }

        return worst;
    }

    /// <summary>Puts a row along the shorter side.</summary>
    /// <returns>What is left of the area.</returns>
    private static Box Place(IReadOnlyList<double> values, int start, int count, double scale, Box area, List<Box> boxes)
    {
        bool upright = area.Width >= area.Height;
        double thickness = Sum(values, start, count) * scale / (upright ? area.Height : area.Width);
        double at = upright ? area.Y : area.X;
        for (int i = start; i < start + count; i++)
        {
            double length = values[i] * scale / thickness;
            boxes.Add(upright ? new Box(area.X, at, thickness, length) : new Box(at, area.Y, length, thickness));
            at += length;
        }

        return upright
            ? area with { X = area.X + thickness, Width = Math.Max(0, area.Width - thickness) }
            : area with { Y = area.Y + thickness, Height = Math.Max(0, area.Height - thickness) };
    }

    private static double Sum(IReadOnlyList<double> values, int start, int count)
    {
        double sum = 0;
        for (int i = start; i < start + count; i++)
            sum += values[i];
        return sum;
    }
}
