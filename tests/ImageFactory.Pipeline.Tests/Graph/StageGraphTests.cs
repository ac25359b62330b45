using ImageFactory.Model;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Graph;

public sealed class StageGraphTests
{
    [Fact]
    public void A_stage_stands_behind_what_it_reads_and_otherwise_where_it_was_given()
    {
        StageGraph graph = StageGraph.Create([new TestStage("d", "c"), new TestStage("b"), new TestStage("a"), new TestStage("c", "a")]);

        Assert.Equal(["b", "a", "c", "d"], graph.Stages.Select(s => s.Name));
    }

    [Fact]
    public void All_faults_of_a_list_are_told_at_once()
    {
        FactoryException e = Assert.Throws<FactoryException>(
            () => StageGraph.Create([new TestStage("a"), new TestStage("a"), new TestStage("b", "x"), new TestStage("c", "y")]));

        Assert.Equal(["IFP101", "IFP102", "IFP102"], e.Faults.Select(f => f.Code));
    }

    [Fact]
    public void A_cycle_is_named_from_its_begin_to_its_begin()
    {
        FactoryException e = Assert.Throws<FactoryException>(
            () => StageGraph.Create([new TestStage("out", "a"), new TestStage("a", "b"), new TestStage("b", "c"), new TestStage("c", "a")]));

        Fault fault = Assert.Single(e.Faults);
        Assert.Equal("IFP103", fault.Code);
        Assert.Contains("a -> b -> c -> a", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_brings_what_it_needs_and_nothing_else()
    {
        StageGraph graph = StageGraph.Create([new TestStage("a"), new TestStage("b", "a"), new TestStage("c", "a"), new TestStage("d", "c")]);

        Assert.Equal(["a", "c"], graph.UpTo(["c"]).Select(s => s.Name));
        Assert.Equal(4, graph.UpTo([]).Count);
    }

    [Fact]
    public void An_unknown_goal_is_a_fault_of_the_command_line()
    {
        StageGraph graph = StageGraph.Create([new TestStage("a")]);

        FactoryException e = Assert.Throws<FactoryException>(() => graph.UpTo(["z"]));

        Assert.Equal(("IFP104", ExitCode.Usage), (e.Faults[0].Code, e.ExitCode));
    }
}
