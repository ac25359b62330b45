namespace ImageFactory.Build.Testing;

/// <summary>A test that failed or was skipped.</summary>
/// <param name="Name">Type and sentence.</param>
/// <param name="Message">Why: what was expected, or what is missing.</param>
/// <param name="Trace">Where, for a failure.</param>
internal sealed record TestCase(string Name, string Message, string Trace);
