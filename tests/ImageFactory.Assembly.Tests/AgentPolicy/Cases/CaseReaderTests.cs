using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.AgentPolicy.Cases;

public sealed class CaseReaderTests
{
    private const string Good = """
        [
          { "name": "no shell", "request": "ExecProcessRequest", "input": { "process": { "Args": ["sh", "é"] } }, "expect": "deny" },

          { "expect": "allow", "input": {},
            "request": "StartContainerRequest", "name": "start" }
        ]
        """;

    [Fact]
    public void Cases_keep_what_they_say_and_where()
    {
        IReadOnlyList<PolicyCase> cases = Read(Good, out IReadOnlyList<Fault> faults);

        Assert.Empty(faults);
        Assert.Equal(
            [
                new PolicyCase("no shell", "ExecProcessRequest", """{"process":{"Args":["sh","\u00E9"]}}""", false, "c.json:2"),
                new PolicyCase("start", "StartContainerRequest", "{}", true, "c.json:4"),
            ],
            cases);
    }

    [Fact]
    public void All_that_is_wrong_is_told_with_its_line()
    {
        Read(
            """
            [
              { "name": "", "request": "ExecProcess", "input": {}, "expect": "deny" },
              { "request": "ExecProcessRequest", "input": [],
                "expect": "maybe",
                "expect": "deny" },
              7,
              { "name": "n", "request": "ExecProcessRequest", "input": { "a": 1, "a": 2 }, "expect": true, "inputs": { } }
            ]
            """,
            out IReadOnlyList<Fault> faults);

        Assert.Equal(
            [
                ("IFG408", "c.json:2"), ("IFG411", "c.json:2"),
                ("IFG410", "c.json:3"), ("IFG409", "c.json:4"), ("IFG407", "c.json:5"), ("IFG405", "c.json:3"),
                ("IFG404", "c.json:6"),
                ("IFG410", "c.json:7"), ("IFG408", "c.json:7"), ("IFG406", "c.json:7"),
            ],
            faults.Select(f => (f.Code, f.Where!)));
        Assert.Contains("ExecProcessRequest", faults[1].Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "c.json:1:1")]
    [InlineData("[\n  {", "c.json:2:4")]
    [InlineData("[\n\n}", "c.json:3:1")]
    [InlineData("[] []", "c.json:1:4")]
    public void What_is_no_JSON_is_refused_at_its_place(string text, string place)
    {
        Read(text, out IReadOnlyList<Fault> faults);

        Fault fault = Assert.Single(faults);
        Assert.Equal(("IFG402", place), (fault.Code, fault.Where));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        Read("""[ { "name": "\ud800", "request": "ExecProcessRequest", "input": { "a": "\ud800" }, "expect": "deny" } ]""", out IReadOnlyList<Fault> faults);

        Assert.Contains(faults, f => f.Code == "IFG408");
    }

    /// <summary>Whatever a file holds: cases or faults, and each fault has a place.</summary>
    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        Random random = new(20261121);
        byte[] whole = Encoding.UTF8.GetBytes(Good);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. whole.Take(random.Next(4) == 0 ? random.Next(whole.Length) : whole.Length)];
            for (int n = random.Next(4); n > 0 && damaged.Length > 0; n--)
                damaged[random.Next(damaged.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\"[random.Next(8)];
            List<Fault> faults = [];

            IReadOnlyList<PolicyCase> cases = CaseReader.Read("c.json", damaged, AgentApi.Known.Of(AgentApi.Known.Newest), faults);

            Assert.True(faults.Count > 0 || cases.Count <= 2);
            Assert.All(faults, f => Assert.StartsWith("c.json:", f.Where, StringComparison.Ordinal));
        }
    }

    private static IReadOnlyList<PolicyCase> Read(string text, out IReadOnlyList<Fault> faults)
    {
        List<Fault> found = [];
        IReadOnlyList<PolicyCase> cases = CaseReader.Read("c.json", Encoding.UTF8.GetBytes(text), AgentApi.Known.Of(AgentApi.Known.Newest), found);
        faults = found;
        return cases;
    }
}
