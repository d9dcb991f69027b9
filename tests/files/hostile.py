#!/usr/bin/env python3
"""Writes files that are made to cost their reader much memory or time, to a
folder: hostile.py DIR

SPDX-License-Identifier: MIT"""
import os
import struct
import sys

from kinds import vlq


def container(header, behind=b""):
    return struct.pack("<Q", len(header)) + header + behind


def track(body):
    body += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(body)) + body


def midi(*bodies):
    return (b"MThd" + struct.pack(">IHHH", 6, 1, len(bodies), 480)
            + b"".join(track(b) for b in bodies))


def two_notes(gap, channel, pitch):
    """A quarter note, silence of so many ticks, another one."""
    on, off = bytes([0x90 | channel, pitch, 80]), bytes([0x80 | channel, pitch, 0])
    return b"".join([b"\0", on, vlq(480), off, vlq(gap), on, vlq(480), off])


FILES = {
    # a header of zeros, 20 times as large in memory as in the file; one that
    # is small enough to be read; 60 MB where a header of MIDI should be
    "zeros.seq": lambda: container(b'{"a":[' + b"0," * (30 << 20) + b"0]}"),
    "list.seq": lambda: container(b'{"a":[' + b"0," * (7 << 20) + b"0]}"),
    "zeros.mid": lambda: b"MThd" + struct.pack(">I", 60 << 20) + bytes(60 << 20),
    # a million texts
    "texts.seq": lambda: container(
        b'{"__metadata__":{' + b",".join(b'"%d":""' % i for i in range(1000000)) + b"}}"),
    # lists in lists
    "deep.seq": lambda: container(b'{"a":' + b"[" * 2000000 + b"]" * 2000000 + b"}"),
    # texts of one letter, and notes, as many as a track may have, in many tracks
    "texts.mid": lambda: midi(*[b"\0\xff\1\1a" * 65000] * 40),
    "notes.mid": lambda: midi(*[b"\0\x90\x3c\x50" + b"\0\x3c\x50" * 65000] * 70),
    "tracks.mid": lambda: midi(*[b""] * 65000),
    # 6 hours of silence between two notes, in melody and chords
    "silence.mid": lambda: midi(two_notes(24000 * 480, 0, 60), two_notes(24000 * 480, 1, 48)),
    # chords of which none is like another, a 16th each
    "chords.mid": lambda: midi(
        b"".join(b"\0\x90%c\x50" % (60 + i % 12) + vlq(120) + b"\x80%c\0" % (60 + i % 12)
                 for i in range(24000)),
        *[b"".join(b"".join((vlq(part * 720000) if i == 0 and k == 0 else b"\0")
                            + b"\x91%c\x50" % p for k, p in enumerate(pitches(part * 6000 + i)))
                   + b"".join((vlq(120) if k == 0 else b"\0") + b"\x81%c\0" % p
                              for k, p in enumerate(pitches(part * 6000 + i)))
                   for i in range(6000)) for part in range(4)]),
    # tunes that all have one name
    "twins.abc": lambda: b"X:1\nK:C\nC|\n\n" * 240000,
    # tunes of one line each, and tunes under a long preface
    "heads.abc": lambda: b"X:1\n" * 3000000 + b"K:C\nC|\n",
    "preface.abc": lambda: b"M:3/4\nL:1/8\n" * 80000 + b"X:1\nK:C\nC|\n\n" * 20000,
    # a few bytes each, and hours: silence, one note, a bar over and over
    "hours-silence.abc": lambda: b"".join(
        b"X:%d\nK:C\nCZ999D%c\n" % (i, b"CDEFGAB"[i % 7]) for i in range(2000)),
    "hours-note.abc": lambda: b"".join(
        b"X:%d\nK:C\n%s%c\n" % (i, b"C256-" * 6, b"CDEFGAB"[i % 7]) for i in range(2000)),
    "hours-repeats.abc": lambda: b"".join(
        b"X:%d\nP:(A9)9\nK:C\nP:A\nC64%c|\n" % (i, b"CDEFGAB"[i % 7]) for i in range(2000)),
    # parts that come more often than anybody can count
    "parts.abc": lambda: b"X:1\nP:" + b"(" * 15 + b"A" + b")9" * 15 + b"\nK:C\nP:A\nC|\n",
    "repeats.abc": lambda: b"X:1\nK:C\n" + b"|:C" * 20000 + b":|" * 20000 + b"\n",
    # ends of one repeat, each with an ending that is over at once
    "endings.abc": lambda: b"X:1\nK:C\n|:C8" + b":|1C8" * 100000 + b"|\n",
    "part-endings.abc": lambda: (b"X:1\nP:" + b"A" * 100 + b"\nK:C\nP:A\n|:C8"
                                 + b":|1C8" * 8000 + b"|\n"),
    # many grace notes before a chord of many, fields and accidentals of
    # which none is whole
    "graces.abc": lambda: (b"X:1\nK:C\n{" + b"C" * 390000 + b"}[" + b"C" * 50000
                           + b"]8|" + b"CDEF" * 9 + b"|\n"),
    "brackets.abc": lambda: b"X:1\nK:C\nCD|" + b"[K:" * 1000000 + b"\n",
    "accidentals.abc": lambda: b"X:1\nK:C\nCD|" + b"^" * 1000000 + b"\n",
    # odd fields before many tunes, tunes that are odd all over, many lines and
    # one line of nothing else beside a tune
    "odd-preface.abc": lambda: (b"M:x\n" * 4096
                                + b"".join(b"X:%d\nK:C\nCD\n" % i for i in range(16000))),
    "odd-tunes.abc": lambda: b"".join(b"X:%d\nK:C\nCD|" % i + b"@" * 400 + b"\n"
                                      for i in range(60000)),
    "odd-lines.abc": lambda: b"X:1\nK:C\nCDEF|GABc|\n" + (b"@" * 999 + b"\n") * 20000,
    "odd-line.abc": lambda: b"X:1\nK:C\nCDEF|GABc|\n" + b"@" * 10000000 + b"\n",
    "twins.mid": lambda: midi(two_notes(480, 0, 60), two_notes(480, 1, 48)),
    # thousands of bars of rest in every tune
    "rests.abc": lambda: (b"X:1\nK:C\n" + b"Z1000 " * 190 + b"CDEF|\n") * 900,
}


def pitches(n):
    """Five pitches, others for every n below 33649."""
    out, low = [], 30
    for k in range(5, 0, -1):
        step = n % 8
        n //= 8
        out.append(low + step)
        low += step + 1 + k
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: hostile.py DIR")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, make in FILES.items():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(make())
    # nothing at all, but much of it
    with open(os.path.join(sys.argv[1], "sparse.seq"), "wb") as f:
        f.truncate(2 << 30)


if __name__ == "__main__":
    main()
