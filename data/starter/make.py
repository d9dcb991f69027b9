#!/usr/bin/env python3
"""Build the starter collection: ABC files to MIDI files in one zip archive.

usage: make.py OUT.zip

Every .abc file in this script's own folder goes through abc2midi (package
abcmidi); a warning or an error from it stops the build.  The archive holds

    starter/train/<stem>.mid   starter/valid/<stem>.mid   starter/test/<stem>.mid

and comes out the same, byte for byte, from the same files and the same
versions of abc2midi and zlib: names sorted, one fixed time stamp, one file
mode.  It is written under a temporary name and then renamed, so a failed
build leaves no half-written archive behind.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

# The split, about 80/10/10, is fixed here by name: a tune added later goes
# to the training part and leaves the other two as they are.  Both lists
# hold tunes in 4/4, 6/8, 3/4 and 2/4.
VALID = {
    "hornpipes-off-to-california",      # 4/4, G
    "jigs-out-on-the-ocean",            # 6/8, G
    "jigs-the-swallowtail-jig",         # 6/8, E dorian
    "polkas-egans-polka",               # 2/4, D
    "reels-the-silver-spear",           # 4/4, D
    "waltzes-amazing-grace",            # 3/4, F
}
TEST = {
    "hornpipes-the-boys-of-bluehill",   # 4/4, D
    "jigs-haste-to-the-wedding",        # 6/8, D
    "polkas-the-rakes-of-mallow",       # 2/4, G
    "reels-soldiers-joy",               # 4/4, D
    "reels-the-star-of-munster",        # 4/4, A dorian
    "waltzes-the-south-wind",           # 3/4, G
}


def die(message):
    sys.stderr.write("make.py: %s\n" % message)
    sys.exit(1)


def part_of(stem):
    """The part of the collection a tune belongs to."""
    if stem in VALID:
        return "valid"
    return "test" if stem in TEST else "train"


def to_midi(stem, folder):
    """Run abc2midi on one tune; return the bytes of the MIDI file."""
    out = os.path.join(folder, stem + ".mid")
    run = subprocess.run(
        ["abc2midi", os.path.join(HERE, stem + ".abc"), "-o", out],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = run.stdout.decode("utf-8", "replace")
    trouble = [s for s in said.splitlines() if re.search(r"Warning|Error", s)]
    if trouble:
        die("%s.abc: %s" % (stem, trouble[0]))
    if run.returncode or not os.path.exists(out):
        die("%s.abc: abc2midi failed" % stem)
    with open(out, "rb") as f:
        return f.read()


def write_zip(path, entries):
    """Write {name: bytes} as a zip that depends on nothing else."""
    with zipfile.ZipFile(path, "w") as z:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3                  # Unix, for the mode
            info.external_attr = 0o100644 << 16
            z.writestr(info, entries[name],
                       compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)


def main():
    if len(sys.argv) != 2:
        die("usage: make.py OUT.zip")
    out = sys.argv[1]
    if not shutil.which("abc2midi"):
        die("abc2midi: not found (install abcmidi)")

    stems = sorted(n[:-4] for n in os.listdir(HERE) if n.endswith(".abc"))
    missing = sorted((VALID | TEST) - set(stems))
    if missing or VALID & TEST:
        die("bad split: " + ", ".join(missing or sorted(VALID & TEST)))

    with tempfile.TemporaryDirectory() as folder:
        entries = {"starter/%s/%s.mid" % (part_of(s), s): to_midi(s, folder)
                   for s in stems}
    part = out + ".part"
    try:
        write_zip(part, entries)
        os.replace(part, out)
    except OSError as e:
        if os.path.exists(part):
            os.remove(part)
        die("%s: %s" % (out, e.strerror))


if __name__ == "__main__":
    main()
