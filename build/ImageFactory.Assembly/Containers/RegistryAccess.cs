using ImageFactory.Registry;

namespace ImageFactory.Assembly.Containers;

/// <summary>How stages reach registries: what this machine knows of them, and a clock for waiting.</summary>
public sealed record RegistryAccess(RegistrySettings Settings, TimeProvider Time)
{
    internal RegistryClient Open() => new(Settings, Time);
}
