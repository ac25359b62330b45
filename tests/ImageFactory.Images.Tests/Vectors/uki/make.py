#!/usr/bin/env python3
"""Writes stub.efi: a PE32+ file laid out as systemd-stub is, with pseudo-random content. It does not run."""
import struct

ALIGN_FILE, ALIGN_SECTION, HEADERS = 512, 4096, 1536


def noise(count, seed):
    out = bytearray()
    while len(out) < count:
        seed = (seed * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        out += struct.pack("<Q", seed)
    return bytes(out[:count])


def up(value, step):
    return -(-value // step) * step


sections = [
    (".text", noise(5000, 1), 0x60000020),
    (".rodata", noise(1500, 2), 0x40000040),
    (".data", noise(192, 3), 0xC0000040),
    (".sbat", b"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
              b"systemd-stub,1,The systemd Developers,systemd,257,https://systemd.io/\n", 0x40000040),
    (".sdmagic", b"#### LoaderInfo: systemd-stub 257.13-test ####\0", 0x40000040),
    (".reloc", struct.pack("<IIHH", 0x1000, 12, 0, 0), 0x42000040),
]
table, data, address, raw = b"", b"", 4096, HEADERS
for name, content, flags in sections:
    size = up(len(content), ALIGN_FILE)
    table += struct.pack("<8sIIIIIIHHI", name.encode(), len(content), address, size, raw, 0, 0, 0, 0, flags)
    data += content.ljust(size, b"\0")
    address, raw = up(address + len(content), ALIGN_SECTION), raw + size

optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, 5120, 4096, 0, 4096, 4096)
optional += struct.pack("<QIIHHHHHHIIIIHH", 0x14DF90000, ALIGN_SECTION, ALIGN_FILE, 0, 0, 257, 13, 1, 1, 0, address, HEADERS, 0x1234, 10, 0x160)
optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + bytes(5 * 8) + struct.pack("<II", 0, 0) + bytes(10 * 8)
header = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80) + bytes(0x40)
header += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, len(optional), 0x22E) + optional + table
with open("stub.efi", "wb") as file:
    file.write(header.ljust(HEADERS, b"\0") + data)
