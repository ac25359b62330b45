namespace ImageFactory.SecureExecution.Writing;

/// <summary>Told how far the writing of an image is; for a progress bar. Called in the midst of the work, so it should return at once.</summary>
public interface IWriteObserver
{
    /// <summary>Bytes of components that are stored, of how many.</summary>
    void Writing(long done, long total);

    /// <summary>All is written; the disk is asked to make it durable.</summary>
    void Syncing();

    void Synced();
}
