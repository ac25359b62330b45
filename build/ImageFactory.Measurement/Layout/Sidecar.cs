using ImageFactory.Images.Extents;

namespace ImageFactory.Measurement.Layout;

/// <summary>A file that the stub hands on to the system: credential or extension image.</summary>
internal sealed record Sidecar(string Path, string Name, IExtentSource Content);
