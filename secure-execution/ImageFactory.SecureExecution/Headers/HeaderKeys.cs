namespace ImageFactory.SecureExecution.Headers;

/// <summary>Sizes of the keys that a header holds or is sealed with, in bytes (SE format, abbreviations and section 2.1).</summary>
internal static class HeaderKeys
{
    /// <summary>AES-256-GCM key that seals the header.</summary>
    public const int HeaderKeySize = 32;

    /// <summary>Customer communication key.</summary>
    public const int CckSize = 32;

    /// <summary>AES-256-XTS key of the components.</summary>
    public const int ImageKeySize = 64;
}
