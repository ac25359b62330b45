using ImageFactory.Pipeline;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing;

/// <summary>
/// Where an image has taken the place of a former one. There it stays, whatever fails after that: without it nothing would have the name, and the
/// next run adopts it.
/// </summary>
/// <param name="setting">The destination.</param>
/// <param name="journal">What is settled leaves it.</param>
/// <param name="name">Of the images.</param>
internal sealed class Settled(DestinationSetting setting, PublicationJournal journal, string name)
{
    private readonly List<string> places = [];

    /// <param name="place">For people.</param>
    /// <param name="isPart">Whether something in the journal is a part of the image there.</param>
    public void Add(string place, Func<JournaledObject, bool> isPart)
    {
        foreach (JournaledObject part in journal.Objects.Where(isPart).ToArray())
            journal.Removed(part.Kind, part.Key);
        places.Add(place);
    }

    /// <summary>Does the rest of a publish; when that fails, tells what stays (IFU115).</summary>
    public async Task<T> RestAsync<T>(Func<Task<T>> rest)
    {
        bool whole = false;
        try
        {
            T result = await rest().ConfigureAwait(false);
            whole = true;
            return result;
        }
        finally
        {
            if (!whole && places.Count > 0)
                setting.Surroundings.Reporter.Report(new Faulted(PublishFaults.Stays(setting.Where, name, places)));
        }
    }
}
