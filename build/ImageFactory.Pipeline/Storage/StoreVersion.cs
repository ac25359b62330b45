namespace ImageFactory.Pipeline.Storage;

/// <summary><c>store.json</c>: the layout of the store's folder, raised when an older factory could not read it.</summary>
internal sealed record StoreVersion(int Layout)
{
    internal const int Current = 1;
}
