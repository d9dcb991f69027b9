#!/usr/bin/env python3
"""Check the ABC files of the starter collection.

usage: check.py [FOLDER]        (the folder of this script if none is given)

Reads just as much ABC as the collection uses, and reports for every file:
missing or unexpected header fields; bars of the wrong length; a pickup and
the last bar of a part that do not make up one bar; a full bar without a
chord symbol on its first beat; chords off the beat, outside the known
vocabulary, or not ending on the tonic; parts not 8 or 16 bars long.
Prints `N tunes, N problems`; exits 1 if there are problems.
"""
import os
import re
import sys
from fractions import Fraction

# kind: prefix of the file name, R: field, meter, length of a bar and of a
# beat in eighths (the unit note length), abc2midi chord pattern
KINDS = {
    "reels": ("reel", "4/4", 8, 2, "cccc"),
    "jigs": ("jig", "6/8", 6, 3, "cc"),
    "hornpipes": ("hornpipe", "4/4", 8, 2, "cccc"),
    "waltzes": ("waltz", "3/4", 6, 2, "ccc"),
    "polkas": ("polka", "2/4", 4, 2, "cc"),
    "slip": ("slip jig", "9/8", 9, 3, "ccc"),
}
FIELDS = ["X", "T", "C", "R", "M", "L", "Q", "K"]
KEYS = {"C", "F", "G", "D", "A", "Am", "Bm", "Dm", "Em",
        "Ador", "Ddor", "Edor", "Dmix"}
CHORDS = {"C", "D", "F", "G", "A", "Bb", "Am", "Bm", "Dm", "Em",
          "A7", "B7", "C7", "D7", "E7", "G7"}

# one item of music: a chord symbol, a triplet mark, or a note or rest
TOKEN = re.compile(
    r'"(?P<chord>[^"]*)"'
    r"|(?P<triplet>\(3)"
    r"|[\^_=]?[A-Ga-gz][,']*(?P<num>\d*)(?P<den>/\d*)?")


def read_bar(text, say):
    """The length of one bar in eighths, and its chords [(place, name)]."""
    at, pos, chords, triplet = Fraction(0), 0, [], 0
    text = text.replace(" ", "")
    while pos < len(text):
        m = TOKEN.match(text, pos)
        if not m:
            say("cannot read %r" % text[pos:])
            break
        pos = m.end()
        if m.group("chord") is not None:
            chords.append((at, m.group("chord")))
        elif m.group("triplet"):
            triplet = 3
        else:
            length = Fraction(int(m.group("num") or 1))
            if m.group("den"):
                length /= int(m.group("den")[1:] or 2)
            if triplet:                         # three in the time of two
                triplet, length = triplet - 1, length * Fraction(2, 3)
            at += length
    if triplet:
        say("unfinished triplet")
    return at, chords


def check_part(text, full, beat, say):
    """One part, without its opening `|:`.

    Returns the length of its pickup, the lengths of its last bar the first
    and the second time through, and the name of its last chord.
    """
    if not re.search(r"(:\||\|\])$", text):
        say("part does not end with a repeat mark")
    body = re.sub(r"(:\||\|\])$", "", text)
    split = re.fullmatch(r"(.*)\|1 ?(.*):\|2 ?(.*)", body)
    if split:
        common, first, second = split.groups()
        if not text.endswith("|]"):
            say("second ending does not end with |]")
    else:
        if not text.endswith(":|"):
            say("part is not repeated")
        common, _, first = body.rpartition("|")
        second = first
    bars = [read_bar(b, say) for b in common.split("|")]
    pickup = bars.pop(0)[0] if bars[0][0] < full else Fraction(0)
    ends = [read_bar(b, say) for b in (first, second)]
    if len(bars) + 1 not in (8, 16):
        say("part of %d bars" % (len(bars) + 1))
    for i, (length, _) in enumerate(bars, 1):
        if length != full:
            say("bar %d is %s eighths long" % (i, length))
    for i, (length, chords) in enumerate(bars + ends, 1):
        if not chords or chords[0][0] != 0:
            say("bar %d does not begin with a chord" % i)
        for at, name in chords:
            if name not in CHORDS:
                say("bar %d: unknown chord %s" % (i, name))
            if at % beat:
                say("bar %d: chord %s off the beat" % (i, name))
    return pickup, ends[0][0], ends[1][0], (ends[1][1] or [(0, "")])[-1][1]


def check_file(path, say):
    with open(path, encoding="ascii") as f:
        lines = f.read().splitlines()
    kind = KINDS.get(os.path.basename(path).split("-")[0])
    if not kind:
        return say("unknown kind of tune in the file name")
    rhythm, meter, full, beat, pattern = kind

    head = [(s[0], s[2:]) for s in lines if re.match(r"[A-Za-z]:", s)]
    if [k for k, _ in head] != FIELDS:
        return say("header is not " + " ".join(k + ":" for k in FIELDS))
    field = dict(head)
    for k, v in (("X", "1"), ("C", "trad."), ("R", rhythm), ("M", meter),
                 ("L", "1/8"), ("Q", "1/4=120")):
        if field[k] != v:
            say("%s: is %r, not %r" % (k, field[k], v))
    if not field["T"]:
        say("no title")
    if field["K"] not in KEYS:
        say("unknown key " + field["K"])
    if "%%MIDI gchord " + pattern not in lines:
        say("no line `%%MIDI gchord " + pattern + "`")
    if rhythm == "hornpipe" and "%%MIDI ratio 1 1" not in lines:
        say("no line `%%MIDI ratio 1 1`")       # else abc2midi swings

    music = "".join(s for s in lines
                    if not re.match(r"[A-Za-z]:|%", s)).strip()
    if not music.startswith("|:"):
        return say("music does not begin with |:")
    parts = [check_part(p.strip(), full, beat,
                        lambda s, n=n: say("part %d: %s" % (n, s)))
             for n, p in enumerate(music.split("|:")[1:], 1)]
    if len(parts) not in (1, 2):
        say("%d parts" % len(parts))
    for n, (pickup, first, second, _) in enumerate(parts, 1):
        if (first + pickup) % full or not 0 < first <= full:
            say("part %d: pickup and last bar are not one bar" % n)
        last = n == len(parts)
        after = 0 if last else parts[n][0]      # the next part's pickup
        # the tune may end with the short bar or with a filled one
        if (second + after) % full and not (last and second == first):
            say("part %d: last bar does not fit what follows" % n)
    tonic = re.match(r"([A-G]b?)(.*)", field["K"])
    want = tonic.group(1) + ("m" if tonic.group(2) in ("m", "dor") else "")
    if parts[-1][3] != want:
        say("ends on %s, not on the tonic %s" % (parts[-1][3], want))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else here
    names = sorted(n for n in os.listdir(folder) if n.endswith(".abc"))
    problems = []
    for name in names:
        if not re.fullmatch(r"[a-z0-9-]+\.abc", name):
            problems.append(name + ": bad file name")
        try:
            check_file(os.path.join(folder, name),
                       lambda s, n=name: problems.append(n + ": " + s))
        except UnicodeDecodeError:
            problems.append(name + ": not ASCII")
    for p in problems:
        print(p)
    print("%d tunes, %d problems" % (len(names), len(problems)))
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
