namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>What a task is given. The package's own interface carries its engine; ours carries nothing.</summary>
public interface IFrostingContext;
