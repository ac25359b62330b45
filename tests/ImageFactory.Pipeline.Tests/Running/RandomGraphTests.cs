using System.Globalization;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Running;

/// <summary>
/// Random graphs, changed at random and built after each change. A model without a store says which stages must run: those whose
/// value and inputs were not seen together before. Outputs are coarse, so that many changes vanish on their way.
/// </summary>
public sealed class RandomGraphTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Exactly_the_affected_stages_run(int seed)
    {
        Random random = new(seed);
        using TestBuild build = new();
        int count = random.Next(3, 9);
        string[][] after = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, i).Where(_ => random.Next(3) == 0).Select(NameOf).ToArray())];
        int[] values = [.. Enumerable.Range(0, count).Select(_ => random.Next(6))];
        HashSet<string> seen = [];

        for (int round = 0; round < 6; round++)
        {
            IReadOnlyList<string> expected = Predict(after, values, seen);
            IStage[] stages = [.. Enumerable.Range(0, count).Select(i => Make(i, after[i], values[i]))];
            random.Shuffle(stages);
            IReadOnlyList<string> built = await build.BuiltAsync(stages);

            Assert.Equal(expected, built);
            values[random.Next(count)] = random.Next(6);
        }
    }

    private static TestStage Make(int index, string[] after, int value) => new(NameOf(index), after)
    {
        Value = value.ToString(CultureInfo.InvariantCulture),
        Function = (own, inputs) => Output(Parse(own), inputs.Select(Parse)).ToString(CultureInfo.InvariantCulture),
    };

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private static List<string> Predict(string[][] after, int[] values, HashSet<string> seen)
    {
        Dictionary<string, int> outputs = [];
        List<string> runs = [];
        for (int i = 0; i < values.Length; i++)
        {
            int[] inputs = [.. after[i].Select(a => outputs[a])];
            outputs[NameOf(i)] = Output(values[i], inputs);
            if (seen.Add($"{NameOf(i)}: {values[i]} of {string.Join(',', inputs)}"))
                runs.Add(NameOf(i));
        }

        return runs;
    }

    private static int Output(int value, IEnumerable<int> inputs) => (value + inputs.Sum()) / 3;

    private static string NameOf(int index) => $"s{index}";
}
