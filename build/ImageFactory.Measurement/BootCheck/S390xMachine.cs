using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>An s390x machine with virtio disks on channel devices; always emulated, since the machine that builds is another one. It has no TPM.</summary>
/// <param name="secureExecution">
/// The disk holds a Secure Execution image, which needs IBM's hardware: on anything else its first loader says so and stops. That it runs shows that
/// disk, boot record and the plain part of the image are right.
/// </param>
internal sealed class S390xMachine(bool secureExecution) : IMachineKind
{
    public string Program => "qemu-system-s390x";

    public bool HasTpm => false;

    public string? Ending => secureExecution ? "Secure unpack facility is not available" : null;

    public bool MayUseKvm() => false;

    public IReadOnlyList<string> SignsOfLife(MachineFolder folder) => [folder.Console];

    public void Prepare(Toolbox tools, MachineFolder folder)
    {
        // The firmware keeps nothing between two boots.
    }

    public IReadOnlyList<string> Arguments(Toolbox tools, MachineFolder folder, string accelerator) =>
    [
        "-machine", "s390-ccw-virtio",
        "-accel", accelerator,
        "-cpu", "max",
        "-device", "virtio-blk-ccw,drive=disk,bootindex=1",
        "-device", "sclpconsole,chardev=console",
        "-device", "virtio-serial-ccw",
        "-device", $"virtserialport,chardev=report,name={BootMachine.ReportPort}",
    ];
}
