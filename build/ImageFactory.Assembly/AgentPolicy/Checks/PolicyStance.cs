namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Whose policy it is and what hangs on it.</summary>
/// <param name="IsMeasured">The image is attested, so a policy that can be replaced voids more than itself.</param>
/// <param name="IsShipped">One of our presets: what it allows was chosen by its name, and the table shows it.</param>
internal readonly record struct PolicyStance(bool IsMeasured, bool IsShipped);
