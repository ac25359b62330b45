using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>Lets a test do something at a chosen moment of the writing.</summary>
internal sealed class CallbackObserver : IWriteObserver
{
    public Action? WhileWriting { get; init; }

    public Action? BeforeSync { get; init; }

    public void Writing(long done, long total) => WhileWriting?.Invoke();

    public void Syncing() => BeforeSync?.Invoke();

    public void Synced()
    {
    }
}
