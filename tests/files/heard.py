#!/usr/bin/env python3
"""heard.py EXPECTED.tsv DUMP REPORT.tsv KIND: is it heard as it is written?

Holds what midi2seq made of the files of kinds.py, of those whose name begins
with KIND, against EXPECTED.tsv. Every difference is a line; the status is 1.

heard.py alike A.dump B.dump: shares of the steps of A that have the same chord,
and the same melody, in B; tunes are found by name.
SPDX-License-Identifier: MIT"""
import csv
import re
import sys

PITCH = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def melody_of(tokens):
    """(step, pitch, length) of the notes."""
    notes, step, sounds = [], 0, False
    for token in tokens:
        what, _, times = token.partition(":")
        for _ in range(int(times or 1)):
            if what == "hold":
                if sounds:
                    notes[-1][2] += 1
            else:
                sounds = what != "rest"
                if sounds:
                    letter, sign, octave = re.match(r"([A-G])([#b]?)(-?\d+)$", what).groups()
                    sign = {"#": 1, "b": -1, "": 0}[sign]
                    notes.append([step, 12 * int(octave) + 12 + PITCH[letter] + sign, 1])
            step += 1
    return [tuple(n) for n in notes]


def read_dump(path):
    tunes = {}
    for line in open(path):
        if line[0] != " ":
            name, steps, meter, key, phase = re.match(
                r"(\S+) \w+ (\d+) steps (\S+) key (\S+) bar \d+ phase (\d+)", line).groups()
            tune = tunes[name] = {"steps": int(steps), "meter": meter, "key": key, "phase": phase,
                                  "tokens": [], "chords": []}
        else:
            melody, chords = line.split("|")
            tune["tokens"] += melody.split()
            for token in chords.split():
                name, _, times = token.partition(":")
                tune["chords"] += [name] * int(times or 1)
    for tune in tunes.values():
        tune["notes"] = melody_of(tune["tokens"])
    return tunes


def differences(row, tune, report):
    beats, of = map(int, row["meter"].split("/"))
    phase, bar = int(row["phase"]), beats * 16 // of
    for what in ("meter", "key", "phase"):
        if tune[what] != row[what]:
            yield f"{what} is {tune[what]}, not {row[what]}"
    bars = (tune["steps"] - int(tune["phase"])) / bar
    if not int(row["bars"]) - 1 < bars <= int(row["bars"]):
        yield f"{bars:g} bars, not {row['bars']}"
    for column, cell in (("mode", "mode"), ("tempo", "tempo"), ("changes", "meter_changes"),
                         ("repairs", "repairs")):
        if row[column] == "*" and not report[cell] or row[column] not in ("", "*", report[cell]):
            yield f"{cell} is \"{report[cell]}\", not \"{row[column]}\""
    expected = [tuple(map(int, n.split(":"))) for n in row["notes"].split()]
    notes = [(s - phase, p, n) for s, p, n in tune["notes"]]
    for i, note in enumerate(expected):
        got = notes[i] if i < len(notes) else None
        if not got or got[:2] != note[:2] or note[2] and got[2] != note[2]:
            yield f"note {i + 1} is {got}, not {note} (step, pitch, length)"
            break
    if len(notes) != len(expected):
        yield f"{len(notes)} notes, not {len(expected)}"
    for b, chords in enumerate(row["chords"].split()):
        step = phase + b * bar
        for part in chords.split(","):
            chord, _, length = part.partition(":")
            heard = tune["chords"][step:step + int(length or bar)]
            step += int(length or bar)
            if chord != "*" and set(heard) != {chord}:
                yield f"chord of bar {b + 1} is {' '.join(dict.fromkeys(heard))}, not {chord}"


def main(expected, dump, report, kind):
    tunes = read_dump(dump)
    reports = {r["file"]: r for r in csv.DictReader(open(report), delimiter="\t", quoting=csv.QUOTE_NONE)}
    rows = [r for r in csv.DictReader(open(expected), delimiter="\t") if r["file"].startswith(kind + "-")]
    bad = not rows
    for row in rows:
        name = row["file"]
        if name not in tunes:
            print(f"{name}: refused: {reports[name]['reason'] if name in reports else 'not there'}")
            bad = True
            continue
        for difference in differences(row, tunes[name], reports[name]):
            print(f"{name}: {difference}")
            bad = True
    sys.exit(bad)


def alike(first, second):
    steps = chords = notes = 0
    other = read_dump(second)
    for name, tune in read_dump(first).items():
        twin = other.get(name, {"chords": [], "notes": []})
        steps += tune["steps"]
        chords += sum(a == b for a, b in zip(tune["chords"], twin["chords"]))
        notes += tune["steps"] * (tune["notes"] == twin["notes"])
    print(f"{chords / steps:.4f} {notes / steps:.4f}")


if __name__ == "__main__":
    alike(*sys.argv[2:]) if sys.argv[1] == "alike" else main(*sys.argv[1:])
