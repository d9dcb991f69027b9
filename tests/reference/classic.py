#!/usr/bin/python3
"""The 2016 ("classic") encoding of the Nottingham tunes, written again independently of nott.

usage: classic.py MIDI_DIR TABLE.tsv OUT.txt

Reads MIDI_DIR/{train,valid,test}/*.mid in byte order of the file names, and writes three lines
per kept tune: "split/name T" (name without .mid), T melody classes, T chord class names.
A summary goes to standard output. SPDX-License-Identifier: MIT

The rule. All times are integers in ticks from the start of the track; one step is 120 ticks, and
round(t) = floor((t + 60) / 120) is the nearest step, halves up. PPQ and tempo are not looked at.

 1. Files. A file is kept if it has exactly 3 tracks: the second is the melody, the third the
    harmony. (Rule 6 refuses some more.)
 2. Notes, for each track alone; channels are ignored, a pitch is the key. A note-on with
    velocity > 0 starts the pitch, unless it sounds already: then it is ignored. A note-off, or a
    note-on with velocity 0, ends the pitch if it sounds, and is ignored otherwise. A note still
    sounding at the end of the track is dropped (there is none).
 3. Length. T = round(the larger of the two tracks' last ticks). A track's last tick is that of
    its last event other than End-of-Track; meta events count.
 4. Note to steps, with s = round(on), e = round(off).
     a. off - on > 60 and s < e: the note COVERS steps s .. e-1.
     b. otherwise it only VOTES:
         on > 120*s             off - on votes for step s
         else off <= 120*e      off - on votes for step e-1
         else                   120*s - on votes for step s-1, off - 120*s for step s
    Votes of the same pitch for the same step add up. A vote of 0 is no vote, and steps
    outside 0 .. T-1 are dropped.
 5. The pitch set of a step is all pitches that cover it. Only if there is none, it is the pitch
    with the most votes; pitches with equally many all belong to the set. Without votes it is
    empty.
 6. If a melody set of any step has two pitches or more, the whole file is refused.
 7. Melody class: 34 for the empty set, else pitch - 55 (0..33; nothing else occurs).
 8. Chord class: NONE for the empty set. Else sort the set by pitch, write each pitch mod 12,
    separated by spaces (a class may occur twice), and look this key up in the table. The class
    PREVIOUS stands for the class of the step before in the same tune (NONE at step 0).
 9. Count the classes over every step of the kept tunes of all three splits, after PREVIOUS has
    been replaced. A class with less than 64 steps becomes NONE. (Replacing PREVIOUS before or
    after that is the same.)

Where the data leave a choice open. In these 1022 files no harmony note votes, none of the votes
falls outside 0 .. T-1, no step has only votes of 0, PREVIOUS never comes at step 0 or after
NONE, and no class is so rare that it matters whether the PREVIOUS steps are counted. Equal votes
occur in the melody only, and every one refuses its file by rule 6.

What they do tell apart. Breaking equal votes, or ignoring votes, would keep four more files
(train/hpps_simple_chords_25, train/reels_simple_chords_306, test/jigs_simple_chords_71,
test/reels_simple_chords_113). Among the kept ones votes matter in two only,
train/ashover_simple_chords_21 and valid/jigs_simple_chords_76, and rounding halves to even in
these and valid/jigs_simple_chords_340: the summary below stays the same then, so compare classes.
Counting End-of-Track as an event would give 514,514 steps instead of 514,509.
"""
import sys
from collections import Counter, defaultdict
from pathlib import Path

import mido

SPLITS = ("train", "valid", "test")
STEP = 120
RARE = 64


def to_step(tick):
    return (tick + STEP // 2) // STEP


def read_track(track):
    """Return the notes (on, off, pitch) and the last tick (rules 2 and 3)."""
    now = last = 0
    started, notes = {}, []
    for event in track:
        now += event.time
        if event.type != "end_of_track":
            last = now
        if event.type == "note_on" and event.velocity > 0:
            started.setdefault(event.note, now)
        elif event.type in ("note_on", "note_off") and event.note in started:
            notes.append((started.pop(event.note), now, event.note))
    return notes, last


def pitch_sets(notes, length):
    """Return the ascending pitches of every step (rules 4 and 5)."""
    covering = defaultdict(set)
    votes = defaultdict(Counter)
    for on, off, pitch in notes:
        s, e = to_step(on), to_step(off)
        if off - on > STEP // 2 and s < e:
            for step in range(s, e):
                covering[step].add(pitch)
        elif on > STEP * s:
            votes[s][pitch] += off - on
        elif off <= STEP * e:
            votes[e - 1][pitch] += off - on
        else:
            votes[s - 1][pitch] += STEP * s - on
            votes[s][pitch] += off - STEP * s
    sets = []
    for step in range(length):
        chosen = covering[step]
        most = max(votes[step].values(), default=0)
        if not chosen and most > 0:
            chosen = {p for p, n in votes[step].items() if n == most}
        sets.append(sorted(chosen))
    return sets


def read_table(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]
    return {key: (name, int(steps)) for key, name, steps in rows}


def chord_names(sets, table, seen):
    names, previous = [], "NONE"
    for pitches in sets:
        name = "NONE"
        if pitches:
            key = " ".join(str(p % 12) for p in pitches)
            name = table[key][0]
            seen[key] += 1
        if name == "PREVIOUS":
            name = previous
        names.append(name)
        previous = name
    return names


def repeats(sequence):
    return sum(a == b for a, b in zip(sequence, sequence[1:]))


def main(midi_dir, table_path, out_path):
    table, seen = read_table(Path(table_path)), Counter()
    tunes = []
    for split in SPLITS:
        for path in sorted(Path(midi_dir, split).glob("*.mid")):
            tracks = mido.MidiFile(path).tracks
            if len(tracks) != 3:
                continue
            (melody, end1), (harmony, end2) = read_track(tracks[1]), read_track(tracks[2])
            length = to_step(max(end1, end2))
            melody = pitch_sets(melody, length)
            if any(len(pitches) > 1 for pitches in melody):
                continue
            melody = [pitches[0] - 55 if pitches else 34 for pitches in melody]
            if not all(0 <= c <= 34 for c in melody):
                sys.exit(f"{path}: melody pitch out of range")
            chords = chord_names(pitch_sets(harmony, length), table, seen)
            tunes.append((split, path.stem, melody, chords))

    count = Counter(name for tune in tunes for name in tune[3])
    kept = {name for name in count if count[name] >= RARE} | {"NONE"}
    tunes = [(split, name, melody, [c if c in kept else "NONE" for c in chords])
             for split, name, melody, chords in tunes]
    with open(out_path, "w") as out:
        for split, name, melody, chords in tunes:
            print(f"{split}/{name} {len(melody)}", file=out)
            print(*melody, file=out)
            print(*chords, file=out)

    for split in SPLITS:
        lengths = [len(tune[2]) for tune in tunes if tune[0] == split]
        print(f"{split}: {len(lengths)} tunes, {sum(lengths)} steps")
    steps = sum(len(tune[2]) for tune in tunes)
    print(f"all: {len(tunes)} tunes, {steps} steps, {steps / len(tunes):.2f} per tune")
    test = [tune for tune in tunes if tune[0] == "test"]
    scored = sum(len(tune[2]) - 1 for tune in test)
    for voice, column in (("melody", 2), ("chord", 3)):
        same = sum(repeats(tune[column]) for tune in test)
        print(f"test {voice} same as previous: {same} of {scored} = {100 * same / scored:.2f} %")
    final = Counter(name for tune in tunes for name in tune[3])
    print(f"chord classes: {len(kept)}:", *(f"{n}={k}" for n, k in final.most_common()))
    wrong = sum(seen[key] != steps for key, (_, steps) in table.items())
    print(f"table: {len(table)} pitch class sets, {wrong} with another count of steps than here")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: classic.py MIDI_DIR TABLE.tsv OUT.txt")
    main(*sys.argv[1:])
