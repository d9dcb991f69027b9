#!/usr/bin/env python3
"""Takes the chords of some tunes of a sequence file away, so that they are
unknown:  hide-chords.py IN.seq OUT.seq WHICH...

WHICH is train, valid or test, a number N (every Nth training tune), or all.
With "drop" before them these tunes lose their split instead: they go to test.
SPDX-License-Identifier: MIT"""
import json
import struct
import sys

WIDTH = {"I64": 8, "I16": 2, "U8": 1, "I8": 1}


def read(path):
    b = open(path, "rb").read()
    (n,) = struct.unpack("<Q", b[:8])
    head, data = json.loads(b[8:8 + n]), b[8 + n:]
    texts = head.pop("__metadata__")
    texts.pop("sha256", None)  # it would be that of another file
    arrays = {}
    for name, a in head.items():
        lo, hi = a["data_offsets"]
        arrays[name] = [a["dtype"], a["shape"], bytearray(data[lo:hi])]
    return texts, arrays


def write(path, texts, arrays):
    head, at, data = {"__metadata__": texts}, 0, b""
    for name, (kind, shape, body) in sorted(
            arrays.items(), key=lambda a: -WIDTH[a[1][0]]):
        head[name] = {"dtype": kind, "shape": shape,
                      "data_offsets": [at, at + len(body)]}
        at += len(body)
        data += bytes(body)
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def chosen(split, which):
    number, out = 0, []
    for s in split:
        name = ("train", "valid", "test")[s]
        number += name == "train"
        out.append("all" in which or name in which or any(
            w.isdigit() and name == "train" and number % int(w) == 0
            for w in which))
    return out


def main(source, target, which):
    texts, arrays = read(source)
    split, chord = arrays["split"][2], arrays["chord"][2]
    offset = struct.unpack("<%dq" % (len(split) + 1), arrays["offset"][2])
    hide = chosen(split, which)
    if which[0] == "drop":
        arrays["split"][2] = bytearray(
            2 if h else s for h, s in zip(hide, split))
    else:
        for s, h in enumerate(hide):
            if h:
                chord[offset[s]:offset[s + 1]] = bytes(
                    offset[s + 1] - offset[s])
        arrays["has_chords"] = [
            "U8", [len(split)], bytearray(not h for h in hide)]
    write(target, texts, arrays)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
