#!/usr/bin/env python3
"""Write zip archives that must be refused (bad-*.zip) or unpacked (good-*.zip).

usage: bad-zip.py DIR

Most are put together byte by byte, because the zipfile module is too polite.
SPDX-License-Identifier: MIT
"""
import gzip
import random
import struct
import sys
import zlib
from pathlib import Path

TUNE = b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0"
FILE, FOLDER, LINK, DEVICE = 0o100644, 0o040755, 0o120777, 0o020666


def deflate(data):
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


class Entry:
    def __init__(self, name, data=TUNE, mode=FILE, method=8, flags=0,
                 packed=None, crc=None, size=None, local_name=None):
        self.name = name if isinstance(name, bytes) else name.encode()
        self.local_name = local_name or self.name
        if any(b > 0x7f for b in self.name) and isinstance(name, str):
            flags |= 0x800  # the name is UTF-8
        self.packed = packed if packed is not None else (
            deflate(data) if method == 8 else data)
        self.mode, self.method, self.flags = mode, method, flags
        self.crc = zlib.crc32(data) if crc is None else crc
        self.size = len(data) if size is None else size

    def fields(self, length, name):
        return struct.pack("<HHHHHIIIHH", 20, self.flags, self.method, 0, 0x21,
                           self.crc, length, self.size, len(name), 0)

    def local(self, length=None):
        length = len(self.packed) if length is None else length
        return (b"PK\3\4" + self.fields(length, self.local_name)
                + self.local_name)

    def central(self, offset, length=None):
        length = len(self.packed) if length is None else length
        return (b"PK\1\2" + struct.pack("<H", 0x31e)
                + self.fields(length, self.name)
                + struct.pack("<HHHII", 0, 0, 0, self.mode << 16, offset)
                + self.name)


class Described(Entry):
    """Its sizes and CRC come after it, as a writer does that cannot seek."""

    def __init__(self, name, mark=b"PK\7\x08"):
        super().__init__(name, flags=8)
        self.after = mark + struct.pack("<III", self.crc, len(self.packed),
                                        self.size)

    def local(self, length=None):
        whole = super().local(length)
        return whole[:14] + bytes(12) + whole[26:]


class Renamed(Entry):
    """Has another name in a Unicode field, which counts."""

    def __init__(self, name, other):
        super().__init__(name)
        field = b"\1" + struct.pack("<I", zlib.crc32(self.name)) + other.encode()
        self.extra = struct.pack("<HH", 0x7075, len(field)) + field

    def fields(self, length, name):
        return super().fields(length, name)[:-2] + struct.pack(
            "<H", len(self.extra))

    def local(self, length=None):
        return super().local(length) + self.extra

    def central(self, offset, length=None):
        return super().central(offset, length) + self.extra


def end(count, length, offset):
    count = min(count, 0xffff)
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, length,
                                   offset, 0)


def archive(*entries):
    body, directory = bytearray(), bytearray()
    for entry in entries:
        directory += entry.central(len(body))
        body += entry.local() + entry.packed + getattr(entry, "after", b"")
    return bytes(body + directory + end(len(entries), len(directory),
                                        len(body)))


def archive_64(claimed, *entries):
    """The same with 64-bit records, which say how many entries there are."""
    plain = archive(*entries)
    length, at = struct.unpack("<II", plain[-10:-2])
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, claimed,
                                     claimed, length, at)
    return (plain[:-22] + record
            + b"PK\6\7" + struct.pack("<IQI", 0, len(plain) - 22, 1)
            + end(0xffff, 0xffffffff, 0xffffffff))


def folder(name):
    return Entry(name, b"", FOLDER, 0)


def same_data(first, second):
    """Two entries, one place."""
    directory = first.central(0) + second.central(0)
    body = first.local() + first.packed
    return body + directory + end(2, len(directory), len(body))


def overlapping(count, kernel):
    """Each entry's data quotes the next entry's header in a stored deflate
    block and goes on with that entry's own data (Fifield 2019)."""
    entries = [Entry("%d.mid" % i, kernel) for i in range(count)]
    last = entries[-1]
    starts = [last.local() + last.packed]
    lengths, text = [len(last.packed)], kernel
    for entry in reversed(entries[:-1]):
        header = entries[entries.index(entry) + 1].local(lengths[0])
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xffff)
        text = header + text
        entry.size, entry.crc = len(text), zlib.crc32(text)
        lengths.insert(0, len(quote) + len(header) + lengths[0])
        starts.insert(0, entry.local(lengths[0]) + quote)
    directory, offset = b"", 0
    for entry, length, start in zip(entries, lengths, starts):
        directory += entry.central(offset, length)
        offset += len(start)
    return b"".join(starts) + directory + end(count, len(directory), offset)


def flipped(data, position):
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1:]


def good():
    tune = TUNE + random.Random(4).randbytes(3000)
    return {
        "large": archive(Entry("train/a.mid", tune), Entry("test/b.mid", tune)),
        "plain": archive(Entry("train/a.mid"), Entry("test/b.mid", method=0)),
        "folder": archive(folder("N/"), folder("N/train/"),
                          Entry("N/train/a.mid"), Entry("N/test/b.mid")),
        "junk": archive(Entry("N/train/a.mid"), Entry("N/test/b.mid"),
                        Entry("README.txt", b"hello"),
                        Entry("__MACOSX/N/train/._a.mid", b"\0\5\x16\7"),
                        Entry("N/more.zip", archive(Entry("inner.mid")))),
        "modes": archive(Entry("train/a.mid", mode=0),
                         Entry("test/b.mid", mode=0o104777)),
        "nul": archive(Entry("train/a.mid"), Entry("test/b.mid"),
                       Entry(b"x.mid\0.txt")),
        "names": archive(Entry("train/a.mid"), Entry("test/b.mid"),
                         Entry("Übung/-rf *.MIDI")),
        "forms": archive(Entry("train/a.mid"), Entry("test/b.mid"),
                         Entry("\u00e9.mid"), Entry("e\u0301.mid"),
                         Entry("\u00c9.mid"), Entry("x" * 251 + ".mid")),
        "elsewhere": archive(Entry("train/a.mid"), Entry("test/b.mid"),
                             Entry("CON.mid"), Entry("aux/nul.mid"),
                             Entry("No. 2./a.mid"), Entry("b.mid. ")),
        "hidden": archive(Entry("N/train/a.mid"), Entry("N/test/b.mid"),
                          Entry("N/.manifest/c.mid"), Entry(".git/d.mid"),
                          Entry("N/.d.mid")),
        "described": archive(Described("train/a.mid"),
                             Described("test/b.mid", b"")),
        "comment": archive(Entry("train/a.mid"),
                           Entry("test/b.mid"))[:-2] + b"\5\0hello",
        "64": archive_64(2, Entry("train/a.mid"), Entry("test/b.mid")),
    }


def bad_names():
    return {
        "slip": Entry("../evil.mid"),
        "slip-inside": Entry("a/../../evil.mid"),
        "absolute": Entry("/tmp/evil.mid"),
        "backslash": Entry("..\\evil.mid"),
        "drive": Entry("C:evil.mid"),
        "empty-part": Entry("a//b.mid"),
        "dot": Entry("a/./b.mid"),
        "dots": Entry(".../evil.mid"),
        "nul-slip": Entry(b"..\0/evil.mid"),
        "nul-first": Entry(b"\0/evil.mid"),
        "renamed": Renamed("b.mid", "../evil.mid"),
        "no-name": Entry(""),
        "slash": Entry("/", b"", FOLDER, 0),
        "escape": Entry("\x1b[31mred.mid"),
        "newline": Entry("a\nb.mid"),
        "delete": Entry("a\x7f.mid"),
        "c1": Entry("a\x9b31m.mid"),
        "latin": Entry(b"\xe9t\xe9.mid"),
        "long-part": Entry("x" * 256 + ".mid"),
        "long-name": Entry("folder/" * 200 + "a.mid"),
        "link": Entry("a.mid", b"/etc/passwd", LINK, 0),
        "device": Entry("a.mid", b"", DEVICE, 0),
        "folder-mode": Entry("a.mid", b"", FOLDER, 0),
        "folder-data": Entry("a/", b"data", FOLDER, 0),
        "encrypted": Entry("a.mid", flags=1),
        "encrypted-strongly": Entry("a.mid", flags=0x41),
        "encrypted-aes": Entry("a.mid", flags=1, method=99),
        "method": Entry("a.mid", method=12),
        "ratio": Entry("a.mid", bytes(1000000)),
        "large": Entry("a.mid", random.Random(1).randbytes((1 << 20) + 1)),
        "zeros": Entry("a.mid", b"", packed=deflate(bytes(100 << 20)),
                       size=100 << 20),
        "size-small": Entry("a.mid", size=4),
        "size-large": Entry("a.mid", size=400),
        "stored-small": Entry("a.mid", method=0, size=10),
        "disagree": Entry("a.mid", local_name=b"b.mid"),
        "crc": Entry("a.mid", crc=1),
        "garbled": Entry("a.mid", packed=b"\xff" * 20),
    }


def bad():
    first = Entry("first.mid")
    found = {name: archive(first, entry) for name, entry in bad_names().items()}
    block = random.Random(2).randbytes(16384) * 64
    mebi = Entry("", block)
    many = [Entry("%d.mid" % i, block, packed=mebi.packed, crc=mebi.crc)
            for i in range(65)]
    whole = archive(Entry("a.mid"), Entry("b.mid"))
    length, at = struct.unpack("<II", whole[-10:-2])
    two_ends = (whole[:-2] + struct.pack("<H", 22) + whole[-22:])
    small = Entry("", b"")
    found.update({
        "through-link": archive(Entry("a", b"/tmp", LINK, 0),
                                Entry("a/b.mid")),
        "twice": archive(Entry("a.mid"), Entry("a.mid")),
        "twice-case": archive(Entry("a.mid"), Entry("b.mid"), Entry("A.mid")),
        "folder-case": archive(Entry("Train/a.mid"), Entry("train/b.mid")),
        "folder-twice": archive(folder("T/"), Entry("t/b.mid")),
        "file-folder": archive(Entry("a.mid"), Entry("a-b.mid"),
                               Entry("a.mid/b.mid")),
        "total": archive(*many),
        "many": archive(*(Entry("%d" % i, b"", packed=small.packed)
                          for i in range(10001))),
        "overlap": overlapping(10, random.Random(3).randbytes(20000)),
        "truncated": whole[:-30],
        "cut-front": whole[10:],
        "flipped": flipped(whole, 31 + len("a.mid")),
        "appended": whole + b"more",
        "prepended": b"#!/bin/sh\n" + whole,
        "two-ends": two_ends,
        "count-less": whole[:-22] + end(1, length, at),
        "count-more": whole[:-22] + end(3, length, at),
        "disk": whole[:-16] + b"\1" + whole[-15:],
        "many-64": archive_64(65536, *(Entry("%d" % i, b"", packed=small.packed)
                                       for i in range(65536))),
        "many-claimed": archive_64(1 << 40, Entry("a.mid")),
        # many names that libzip's hash does not tell apart
        "many-alike": archive(*(Entry("".join("FY" if i >> j & 1 else "Ez"
                                              for j in range(16)), b"",
                                      packed=small.packed)
                                for i in range(20000))),
        "folders": archive(*(Entry("%d/" % i + "x/" * 300 + "a.mid", b"",
                                   packed=small.packed) for i in range(40))),
        "same-data": same_data(Entry("a.mid"), Entry("b.mid")),
        "gzip": gzip.compress(whole),
        "tar": b"a.mid".ljust(257, b"\0") + b"ustar".ljust(255, b"\0"),
        "tune": TUNE,
        "unknown": b"nothing that is known",
        "no-tunes": archive(Entry("a.txt")),
        "empty": end(0, 0, 0),
        "text": b"<html>This is not the archive you are looking for.</html>",
        "nothing": b"",
    })
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for kind, archives in (("good", good()), ("bad", bad())):
        for name, data in archives.items():
            path = Path(sys.argv[1], "%s-%s.zip" % (kind, name))
            path.write_bytes(data)


if __name__ == "__main__":
    main()
