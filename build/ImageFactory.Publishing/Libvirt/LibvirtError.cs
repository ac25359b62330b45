namespace ImageFactory.Publishing.Libvirt;

/// <summary>libvirt refused a call.</summary>
/// <param name="operation">What was asked for, in words.</param>
/// <param name="code">virErrorNumber.</param>
/// <param name="said">libvirt's own sentence.</param>
internal sealed class LibvirtError(string operation, int code, string said) : Exception($"{operation}: {said}")
{
    public const int NoConnect = 5;
    public const int Denied = 29;
    public const int AuthFailed = 45;
    public const int NoDomain = 42;
    public const int NoPool = 49;
    public const int NoVolume = 50;
    public const int AuthCancelled = 79;
    public const int AuthUnavailable = 80;
    public const int AccessDenied = 88;

    public string Operation => operation;

    public int Code => code;

    public string Said => said;

    public bool IsAbsence => code is NoPool or NoVolume or NoDomain;
}
