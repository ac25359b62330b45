using System.Buffers.Binary;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Firmware;

/// <summary>
/// The page with the first register values of a virtual processor (AMD64 Architecture Programmer's Manual, volume 2, table B-4), as
/// each kind of host sets them. Little-endian; only what is not zero:
/// <code>
/// 000 ES 010 CS 020 SS 030 DS 040 FS 050 GS 060 GDTR 070 LDTR 080 IDTR 090 TR   selector (2) attributes (2) limit (4) base (8)
/// 0d0 EFER   148 CR4   158 CR0   160 DR7   168 DR6   170 RFLAGS   178 RIP   268 PAT   310 RDX
/// 3b0 features of SEV   3e8 XCR0   408 MXCSR (4)   410 x87 control word (2)
/// </code>
/// </summary>
internal static class SaveArea
{
    private const ulong SnpActive = 1;

    public static byte[] Of(uint instructionPointer, LaunchedBy host, uint cpuSignature)
    {
        const uint ResetVector = 0xffff_fff0;
        byte[] page = new byte[4096];
        bool ec2 = host == LaunchedBy.Ec2;
        ushort code = (ushort)(ec2 && instructionPointer == ResetVector ? 0x9a : 0x9b);
        foreach (int segment in (int[])[0x00, 0x30, 0x40, 0x50])
            Segment(segment, 0, 0x93, 0);
        Segment(0x20, 0, (ushort)(ec2 ? 0x92 : 0x93), 0);
        Segment(0x10, 0xf000, code, instructionPointer & 0xffff_0000);
        Segment(0x60, 0, 0, 0);
        Segment(0x70, 0, 0x82, 0);
        Segment(0x80, 0, 0, 0);
        Segment(0x90, 0, (ushort)(ec2 ? 0x83 : 0x8b), 0);
        Long(0xd0, 0x1000); // SVME
        Long(0x148, 0x40); // MCE
        Long(0x158, 0x10); // ET
        Long(0x160, 0x400);
        Long(0x168, 0xffff_0ff0);
        Long(0x170, 2);
        Long(0x178, instructionPointer & 0xffff);
        Long(0x268, host == LaunchedBy.Gce ? 0x70106UL : 0x0007_0406_0007_0406UL);
        Long(0x310, host == LaunchedBy.Qemu ? cpuSignature : 0x600u);
        Long(0x3b0, SnpActive);
        Long(0x3e8, 1);
        if (host == LaunchedBy.Qemu)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(0x408), 0x1f80);
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(0x410), 0x37f);
        }

        return page;

        void Long(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(offset), value);

        void Segment(int offset, ushort selector, ushort attributes, ulong start)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(offset), selector);
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(offset + 2), attributes);
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(offset + 4), 0xffff);
            Long(offset + 8, start);
        }
    }
}
