using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>What is particular to a kind of virtual machine: its QEMU, firmware and buses. All else of a boot check is the same for every kind.</summary>
internal interface IMachineKind
{
    /// <summary>Name of the QEMU program in the boot tools.</summary>
    string Program { get; }

    /// <summary>Whether the machine has a TPM and a firmware that measures.</summary>
    bool HasTpm { get; }

    /// <summary>What the console shows at the end of what this machine can do with the disk; null when the system inside reports.</summary>
    string? Ending => null;

    bool MayUseKvm();

    /// <summary>Files that say, by growing, that the firmware or the system runs; the console is always one.</summary>
    IReadOnlyList<string> SignsOfLife(MachineFolder folder);

    /// <summary>Makes the files that each boot needs afresh.</summary>
    void Prepare(Toolbox tools, MachineFolder folder);

    /// <summary>
    /// Arguments for machine, processor, firmware, and the devices of: drive <c>disk</c> (which is to be booted), character devices
    /// <c>console</c> and <c>report</c> (the port <see cref="BootMachine.ReportPort"/>), and <c>tpm</c> when there is one.
    /// </summary>
    IReadOnlyList<string> Arguments(Toolbox tools, MachineFolder folder, string accelerator);
}

/// <summary>Where the files of one boot lie.</summary>
internal sealed record MachineFolder(string Path)
{
    public string Overlay => File("overlay.qcow2");

    public string Console => File("console.log");

    public string Report => File("report");

    public string FirmwareLog => File("firmware.log");

    public string FirmwareVariables => File("vars.fd");

    private string File(string name) => System.IO.Path.Combine(Path, name);
}
