#!/usr/bin/env python3
"""Writes small MIDI files that are damaged (bad-*.mid), damaged where it does
not matter (mended-*.mid), or odd but sound (good-*.mid) into a folder:
bad-midi.py DIR

Every bad file must be refused with one line, every other one must be read.
SPDX-License-Identifier: MIT"""
import os
import struct
import sys


def header(format=1, tracks=1, division=480, extra=b""):
    body = struct.pack(">HHH", format, tracks, division) + extra
    return b"MThd" + struct.pack(">I", len(body)) + body


def chunk(body, kind=b"MTrk", size=None):
    return kind + struct.pack(">I", len(body) if size is None else size) + body


def vlq(n):
    out = [n & 0x7F]
    while n > 0x7F:
        n >>= 7
        out.insert(0, 0x80 | n & 0x7F)
    return bytes(out)


def meta(kind, body=b"", delta=0):
    return vlq(delta) + bytes([0xFF, kind]) + vlq(len(body)) + body


def riff(data, before=b"", size=None):
    body = b"RMID" + before + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


NOTE = bytes.fromhex("00 90 3c 50  83 60 80 3c 00")  # C4 for a quarter note
END = meta(0x2F)


def file(*bodies, **head):
    """A whole file of sound chunks around the given track bodies."""
    head.setdefault("tracks", len(bodies))
    return header(**head) + b"".join(chunk(b) for b in bodies)


FILES = {
    # ---- refused ----
    # nothing at all
    "bad-empty": b"",
    # the header itself is cut
    "bad-header-cut": file(NOTE + END)[:11],
    # header chunk shorter than its three fields
    "bad-header-small": b"MThd" + struct.pack(">IHH", 4, 1, 1) + chunk(NOTE + END),
    # some other kind of file
    "bad-not-midi": b"<html>404 not found</html>",
    # a song without tracks
    "bad-no-tracks": file(),
    # time in film frames instead of beats
    "bad-smpte": file(NOTE + END, division=0xE728),
    # division by zero waits in every reader of this one
    "bad-division-0": file(NOTE + END, division=0),
    # format 2: independent patterns, no common time
    "bad-format-2": file(NOTE + END, NOTE + END, format=2),
    # no format at all
    "bad-format-3": file(NOTE + END, format=3),
    # a RIFF file of sounds, one of nothing, one whose chunk is longer than it
    "bad-riff-wave": riff(b"").replace(b"RMID", b"WAVE"),
    "bad-riff-empty": riff(file(NOTE + END)).replace(b"data", b"date"),
    "bad-riff-long": riff(b"", b"LIST\xff\xff\xff\xff"),
    # the file ends while a note sounds
    "bad-cut-note": header() + chunk(NOTE + NOTE[:4], size=99),
    # End of Track is missing while a note sounds
    "bad-no-end-sounding": file(NOTE + NOTE[:4]),
    # a track without a length
    "bad-track-unsized": header() + chunk(NOTE + END, size=0),
    # the first track takes a part of the second for its own
    "bad-track-swallowed": header(tracks=2) + chunk(NOTE + END + b"\0MTr")
    + b"k\0\0\0\x0d" + NOTE + END,
    # chunks, but none is a track
    "bad-alien-only": header() + chunk(NOTE + END, b"XFIH"),
    # a data byte, but no status before it
    "bad-running-none": file(b"\x00\x3c\x50" + END),
    # key 192 would reach past every table of 128
    "bad-data-byte": file(b"\x00\x90\xc0\x50" + END),
    # a delta time of five bytes
    "bad-vlq-5": file(b"\x81\x80\x80\x80\x00\x90\x3c\x50" + END),
    # nine longest delta times: more ticks than an int holds
    "bad-ticks": file(b"\xff\xff\xff\x7f\x90\x3c\x50" * 9 + END),
    # a system exclusive message longer than its track
    "bad-sysex-long": file(b"\x00\xf0\x83\x00\x01\xf7" + END),
    # more events than a track may have
    "bad-many-events": file(b"\x00\x90\x3c\x50" + b"\x00\x3c\x50" * 65536 + END),
    # more tempo changes than a file may have
    "bad-many-tempos": file(meta(0x51, b"\x07\xa1\x20", 1) * 1025 + END),
    # ---- mended ----
    # MIDI wrapped into a RIFF file
    "mended-riff": riff(file(NOTE + END)),
    # one pattern of format 2 is a song
    "mended-format-2": file(NOTE + END, format=2),
    # format 0 has one track by definition
    "mended-format-0-two-tracks": file(NOTE + END, NOTE + END, format=0),
    # header promises a second track that is not there
    "mended-track-missing": file(NOTE + END, tracks=2),
    # header promises 65535 tracks
    "mended-track-65535": file(NOTE + END, tracks=65535),
    # a track that the header does not know of
    "mended-track-extra": file(NOTE + END, NOTE + END, tracks=1),
    # the track claims more bytes than the file has
    "mended-track-past-end": header() + chunk(NOTE + END, size=len(NOTE + END) + 9),
    # a length that overflows 32-bit sums
    "mended-track-huge": header() + chunk(NOTE + END, size=0xFFFFFFFF),
    # a track without even End of Track
    "mended-track-empty": file(b"", NOTE + END),
    # the commonest damage: End of Track is missing
    "mended-no-end": file(NOTE),
    # notes after End of Track
    "mended-after-end": file(NOTE + END + NOTE),
    # the last event is cut in its middle
    "mended-event-cut": file(NOTE + b"\x00\x90\x3c"),
    # running status that goes on over a meta event
    "mended-running-meta": file(NOTE + meta(6, b"A") + b"\x00\x3c\x00" + END),
    # and over a system exclusive message
    "mended-running-sysex": file(NOTE + b"\x00\xf0\x01\xf7\x00\x3c\x00" + END),
    # MIDI clock belongs on a wire, not in a file
    "mended-status-f8": file(b"\x00\xf8" + END),
    # tempo without its three bytes
    "mended-tempo-short": file(meta(0x51, b"\x07") + END),
    # no time per quarter note at all
    "mended-tempo-0": file(meta(0x51, b"\0\0\0") + END),
    # bars of 0 beats
    "mended-meter-0": file(meta(0x58, b"\x00\x02\x18\x08") + END),
    # a beat of 1/2**255
    "mended-meter-power": file(meta(0x58, b"\x04\xff\x18\x08") + END),
    # eight sharps
    "mended-key": file(meta(0x59, b"\x08\x00") + END),
    # End of Track twice, once too early, with data, and with padding behind it
    "mended-end-twice": file(NOTE + END + END),
    "mended-end-early": file(END + NOTE + END),
    "mended-end-data": file(NOTE + meta(0x2F, b"\0")),
    "mended-end-padded": file(NOTE + END + b"\0" * 5),
    # End of Track is cut
    "mended-end-cut": file(NOTE + END[:3]),
    # the file ends after a note, and in a text
    "mended-cut-note": header() + chunk(NOTE, size=99),
    "mended-cut-text": header() + chunk(NOTE + meta(1, b"la " * 20)[:30], size=99),
    # no track is promised
    "mended-tracks-0": file(NOTE + END, tracks=0),
    # padding between and behind chunks, half a chunk at the end
    "mended-padding": header(tracks=2) + b"\0" + chunk(NOTE + END) + b"\0\0"
    + chunk(NOTE + END) + b"\0" * 600,
    "mended-half-chunk": file(NOTE + END) + b"XFIH\0",
    # another file behind this one
    "mended-two-files": file(NOTE + END) + file(NOTE + END),
    # a track says that it is longer than it is: the next one begins in it
    "mended-track-long": header(tracks=2) + chunk(NOTE + END, size=40)
    + chunk(NOTE + END),
    # active sensing, start, stop
    "mended-realtime": file(b"\0\xfe\0\xfa" + NOTE + b"\0\xfc" + END),
    # a volume of 255
    "mended-controller": file(b"\x00\xb0\x07\xff" + NOTE + END),
    # a key signature of mode 255
    "mended-key-mode": file(meta(0x59, b"\xfe\xff") + NOTE + END),
    # chunks of a kind nobody knows, before and after the track
    "mended-alien-chunk": header() + chunk(b"?", b"XFIH") + chunk(NOTE + END)
    + chunk(b"", b"XFKM"),
    # a RIFF container with other things in it, of a wrong size
    "mended-riff-more": riff(file(NOTE + END), b"DISP\3\0\0\0abc\0", 7),
    # everything at once
    "mended-all": riff(
        header(format=0, tracks=1) + b"\0" + chunk(b"") + chunk(b"?", b"XFIH")
        + chunk(meta(0x51) + meta(0x58) + meta(0x59) + NOTE[:4]
                + meta(6, b"A") + b"\0\xf0\1\xf7\0\x3c\0\0\xf8\0\xb0\7\xff"
                + END + meta(0x2F, b"?") + b"\0")
        + chunk(NOTE, size=99)),
    # ---- read ----
    # nothing but End of Track
    "good-silence": file(END),
    # the plainest one
    "good-note": file(NOTE + END),
    # one track for everything
    "good-format-0": file(meta(3, b"All") + NOTE + END, format=0),
    # running status, and note-on of velocity 0 as note-off
    "good-running": file(
        bytes.fromhex("00 90 3c 50  60 3c 00  00 40 50  60 40 00") + END),
    # a header with room for the future
    "good-header-long": header(extra=b"\1\2") + chunk(NOTE + END),
    # system exclusive in two packets, and an escaped song position
    "good-sysex": file(
        bytes.fromhex("00 f0 02 43 12  0a f7 02 13 f7  0a f7 03 f2 01 02")
        + NOTE + END),
    # a text of 300 bytes
    "good-long-text": file(meta(1, b"la " * 100) + NOTE + END),
    # a text of none, a name with an umlaut, a text with a NUL
    "good-texts": file(
        meta(1) + meta(3, "Grün".encode()) + meta(6, b"A\0B") + NOTE + END),
    # offs without notes, notes without offs, one key twice
    "good-unpaired": file(
        bytes.fromhex("00 80 3c 00  00 90 3c 50  0a 3c 51  0a 3c 00")
        + meta(0x2F, delta=10)),
    # events a song does not keep, the last one after the notes
    "good-controllers": file(
        bytes.fromhex("00 b0 07 64  00 e0 00 40") + NOTE
        + b"\x0a\xd0\x10" + meta(0x7F, b"\x7d", 10) + END),
    # signatures at their limits
    "good-signatures": file(
        meta(0x51, b"\xff\xff\xff") + meta(0x58, b"\xff\x06\x18\x08")
        + meta(0x59, b"\xf9\x01") + NOTE + END),
    # as long as four bytes can say
    "good-ticks": file(b"\x00\x90\x3c\x50\xff\xff\xff\x7f\x80\x3c\x00" + END),
}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: bad-midi.py DIR")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in FILES.items():
        with open(os.path.join(sys.argv[1], name + ".mid"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
