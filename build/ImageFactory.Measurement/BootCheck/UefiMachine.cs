using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>An x86-64 machine with UEFI firmware (Secure Boot off) and a TPM 2.0.</summary>
internal sealed class UefiMachine : IMachineKind
{
    public string Program => "qemu-system-x86_64";

    public bool HasTpm => true;

    public bool MayUseKvm() => Accelerator.MayUseKvm();

    public IReadOnlyList<string> SignsOfLife(MachineFolder folder) => [folder.Console, folder.FirmwareLog];

    /// <summary>A fresh copy of the variables for each boot: boot entries accumulate in a shared one, and are measured.</summary>
    public void Prepare(Toolbox tools, MachineFolder folder)
    {
        File.Delete(folder.FirmwareLog);
        File.Copy(tools.PathOf(ToolSet.FirmwareVariables), folder.FirmwareVariables, overwrite: true);
        File.SetUnixFileMode(folder.FirmwareVariables, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public IReadOnlyList<string> Arguments(Toolbox tools, MachineFolder folder, string accelerator) =>
    [
        "-machine", "q35,smm=off",
        "-accel", accelerator == Accelerator.Tcg ? "tcg,thread=multi" : accelerator,
        // Emulated five-level page tables crashed a whole Debian 13 userspace (Boot check, section 3).
        "-cpu", accelerator == Accelerator.Tcg ? "max,la57=off" : "host",
        "-drive", $"if=pflash,format=raw,unit=0,readonly=on,file={tools.PathOf(ToolSet.FirmwareCode)}",
        "-drive", $"if=pflash,format=raw,unit=1,file={folder.FirmwareVariables}",
        // First in the order, so that no option fails before it, which PCR 4 would show; no network card, whose ROM PCR 2 would.
        "-device", "virtio-blk-pci,drive=disk,bootindex=0",
        "-serial", "chardev:console",
        "-global", "isa-debugcon.iobase=0x402",
        "-debugcon", $"file:{folder.FirmwareLog}",
        "-device", "virtio-serial-pci",
        "-device", $"virtserialport,chardev=report,name={BootMachine.ReportPort}",
        "-device", "tpm-crb,tpmdev=tpm",
    ];
}
