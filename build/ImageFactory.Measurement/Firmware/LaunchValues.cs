using ImageFactory.Measurement.References;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Firmware;

/// <summary>Reference values of machines without a TPM, from how they are launched.</summary>
public static class LaunchValues
{
    /// <exception cref="FactoryException">IFM351, IFM352: a firmware cannot be read. IFM353: nor a kernel or initrd. All at once.</exception>
    public static IReadOnlyList<ReferenceValue> Of(MeasurementSettings settings)
    {
        List<ReferenceValue> values = [];
        List<Fault> faults = [];
        foreach (LaunchSettings launch in settings.Launch)
        {
            try
            {
                string firmware = launch.Firmware.FullPath;
                DirectBoot? direct = launch.Direct is { } files ? DirectBoot.Read(files) : null;
                if (settings.Targets.Contains(MeasurementTarget.Snp))
                    values.Add(new ReferenceValue("snp_launch_measurement", [.. launch.Vcpus.Select(count => SnpLaunchDigest.Of(firmware, launch.By, launch.Cpu, count, direct))]));
                if (settings.Targets.Contains(MeasurementTarget.Tdx))
                {
                    values.Add(new ReferenceValue("mr_td", [TdxMrtd.Of(firmware)]));
                    if (launch.Direct is { } given)
                        values.AddRange(TdxDirectBoot.Of(given));
                }
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        FactoryException.ThrowIfAny(faults);
        return values;
    }
}
