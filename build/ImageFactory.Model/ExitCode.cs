namespace ImageFactory.Model;

/// <summary>How a run of the factory ends, for whoever called it. The numbers up to 78 are those of sysexits.h.</summary>
public enum ExitCode
{
    Ok = 0,

    /// <summary>The command line is wrong.</summary>
    Usage = 64,

    /// <summary>A recipe or another input is wrong.</summary>
    InvalidInput = 65,

    /// <summary>An input does not exist or cannot be read.</summary>
    MissingInput = 66,

    /// <summary>A program or a service that is needed is not there. Worth another try elsewhere or later.</summary>
    Unavailable = 69,

    /// <summary>A bug of ours.</summary>
    Internal = 70,

    /// <summary>A result cannot be written.</summary>
    CannotWrite = 73,

    /// <summary>A passing failure: the same run may succeed later.</summary>
    TryAgain = 75,

    NotPermitted = 77,

    /// <summary>The machine or the factory is not set up as the work needs it.</summary>
    Configuration = 78,

    /// <summary>No failure: an image or package that the last build was made from is there in a newer form. <c>dnf check-update</c> ends so too.</summary>
    Outdated = 100,

    /// <summary>Ended by SIGINT.</summary>
    Interrupted = 130,

    /// <summary>Ended by SIGTERM.</summary>
    Terminated = 143,
}
