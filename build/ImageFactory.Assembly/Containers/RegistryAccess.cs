using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers;

/// <summary>How stages reach registries: what this machine knows of them, and a clock for waiting.</summary>
public sealed record RegistryAccess(RegistrySettings Settings, TimeProvider Time)
{
    public RegistryClient Open() => new(Settings, Time);

    /// <exception cref="FactoryException">IFO710: a registry would be asked, and the build is offline.</exception>
    internal RegistryClient OpenFor(ImageReference image, StageScope scope) =>
        scope.Offline && Settings.Carried is null ? throw new FactoryException(ContainerFaults.Offline(image.ToString())) : Open();
}
