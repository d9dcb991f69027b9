#!/usr/bin/env python3
"""Writes what fuzz targets begin with, a folder for each that needs some:
seeds.py BUILD DIR

Texts and MIDI files stand here or are made by the scripts of the other tests;
containers (.seq, .safetensors) are made by their targets themselves.
SPDX-License-Identifier: MIT"""
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
NONE = hashlib.sha256(b"").hexdigest()
ABC = hashlib.sha256(b"abc").hexdigest()

ABC_TUNES = {
    "repeats": 'X:1\nT:One\nM:4/4\nL:1/8\nK:G\n|:"G"G2AB "D7"c2BA|1 "G"G8:|2 G6D2||\n'
               'P:B\n"Em"[EG]2{a}e>d (3Bcd B2|"Am7"A4-A2z2:|\n',
    "fields": 'X:2\nT:Zwei\nC:Anon\nR:slip jig\nM:9/8\nL:1/8\nQ:3/8=90\nP:A2B\nK:Ddor\n'
              'P:A\n[M:6/8]D2F A3|[K:Bb]B2d [L:1/16]f4 e2|!trill!x2 y z6|]\nP:B\n^f__G =c2|\n'
              'w: no-thing\n%%MIDI program 1\n',
    "voices": 'X:3\nM:C|\nL:1/4\nK:HP\nV:1\nA/B//c3/2 d<e & F4|\nV:2\nA,,4 a\'\'|\n',
    "book": "X:1\nK:C\nCDEF|GABc|\n\nX:2\nM:3/4\nK:A\n|::a3|ZX2|:|\n",
}
CHORDS = ["F#m7b5/C", "Gmaj9", "Bb-7", "Hm", "N.C.", "C+E+G", "Asus4", "Co7", "E7#9", "Db6"]
PROGRESSIONS = [
    "D G A7 D", "|: Am | F G | C | % :|", "ii7-V7-I", "bVII V/ii I-vi-IV-V",
    "F#m7 Bb/D N.C. | / / | C-7, am e\u266d", "I vii\u00b0 III #VI | | [: x",
]
WORDS = [
    "train.rate=0.002", "model.lags=1 2 4", "sample.temperature=1.5", "model.cell=gru",
    "Bb major", "F#m", "Ador", "fiddle", "74", "Double jigs", "3/8", "D4-B5",
    "data.sequences=x", "run.dir=", "train.batch=1e3",
]
MANIFESTS = {
    "sound": "%s\na.mid\t0\t%s\ntrain/b.mid\t3\t%s\n" % (NONE, NONE, ABC),
    "counted": "%s\t2\na.mid\t0\t%s\ntrain/b.mid\t3\t%s\n" % (NONE, NONE, ABC),
    "cut-line": "%s\t2\na.mid\t0\t%s\n" % (NONE, NONE),
    "other": "%s\na.mid\t1\t%s\n" % (ABC, NONE),
    "missing": "%s\nc.mid\t0\t%s\n../../x\t3\t%s\n" % (NONE, NONE, ABC),
    "cut": "%s\na.mid\t0" % NONE,
}


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def script(name, folder):
    os.makedirs(folder, exist_ok=True)
    subprocess.run([sys.executable, os.path.join(ROOT, "tests/files", name), folder], check=True)


def small(folder, most):
    """Leaves the files of at most so many bytes."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.getsize(path) > most:
            os.remove(path)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: seeds.py BUILD DIR")
    build, out = sys.argv[1:]
    for name in ("midi", "encode", "song", "judge"):
        script("bad-midi.py", os.path.join(out, name))
    for name in ("abc", "song", "judge"):
        for key, text in ABC_TUNES.items():
            write(os.path.join(out, name), key + ".abc", text)
        for key in ("jigs-the-kesh", "polkas-john-ryans-polka"):
            with open(os.path.join(ROOT, "data/starter", key + ".abc"), "rb") as f:
                write(os.path.join(out, name), key + ".abc", f.read())
    script("bad-zip.py", os.path.join(out, "archive"))
    small(os.path.join(out, "archive"), 4096)
    for name, texts in (("chord", CHORDS), ("progression", PROGRESSIONS), ("words", WORDS)):
        for i, text in enumerate(texts):
            write(os.path.join(out, name), "%02d" % i, text)
    for key, text in MANIFESTS.items():
        write(os.path.join(out, "manifest"), key, text)
    for key in ("minute", "reference"):
        with open(os.path.join(ROOT, "configs", key + ".ini"), "rb") as f:
            write(os.path.join(out, "conf"), key, f.read())
    songs = os.path.join(out, "encode")
    subprocess.run([os.path.join(build, "rnn-sample"), "--config",
                    os.path.join(ROOT, "models/nottingham"), "--seed", "3", "--bars", "8",
                    "--force", "-o", os.path.join(songs, "composed.mid")],
                   check=True, stderr=subprocess.DEVNULL)
    for name in ("song", "judge", "midi"):
        with open(os.path.join(songs, "composed.mid"), "rb") as f:
            write(os.path.join(out, name), "composed.mid", f.read())
    for name in os.listdir(out):
        if name != "archive":
            small(os.path.join(out, name), 16384)


if __name__ == "__main__":
    main()
