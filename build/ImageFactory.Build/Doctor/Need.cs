namespace ImageFactory.Build.Doctor;

/// <summary>What a host program is needed for.</summary>
[Flags]
internal enum Need
{
    None = 0,

    Build = 1,

    BootCheck = 2,

    Test = 4,
}
