#!/usr/bin/env python3
"""accompany.py KIND IN.mid... OUT: the same tunes, accompanied in another way.

IN are MIDI files of three tracks (signs, melody, block chords). KIND is
    boomchuck   the lowest note, an octave lower, and the chord on the beats in turn,
                or on the eighths where it lasts no two beats
    arpeggio    one note after the other, a sixteenth each
    held        the same, each note held until the chord ends
    strum       struck one after the other, 20 ticks apart
    nobass      without the lowest note, but with its octave on top
    staccato    struck on every beat, a quarter of it long
    spread      every voice in a track of its own
    offbeat     on the second eighth of every beat
SPDX-License-Identifier: MIT"""
import os
import sys

import mido


def notes_of(track):
    """(onset, end, pitch) in ticks."""
    tick, on, out = 0, {}, []
    for m in track:
        tick += m.time
        if m.type == "note_on" and m.velocity:
            on.setdefault(m.note, []).append(tick)
        elif m.type in ("note_on", "note_off") and on.get(m.note):
            out.append((on[m.note].pop(0), tick, m.note))
    return sorted(out)


def chords_of(track):
    """[onset, end, pitches] of notes that begin together."""
    out = []
    for on, off, pitch in notes_of(track):
        if out and out[-1][0] == on:
            out[-1][1] = max(out[-1][1], off)
            out[-1][2].append(pitch)
        else:
            out.append([on, off, [pitch]])
    return out


def play(kind, on, off, pitches, beat):
    """The notes of one chord, [(voice, onset, end, pitch)]."""
    low, rest = pitches[0], pitches[1:]
    eighth = beat // 2
    if kind == "boomchuck":
        out = []
        unit = beat if off - on > 3 * beat // 2 else eighth
        for i, t in enumerate(range(on, off, unit)):
            end = min(t + unit, off)
            if i % 2 == 0:
                out.append((0, t, end, low - 12))
            else:
                out += [(0, t, end, p) for p in pitches]
        return out
    if kind in ("arpeggio", "held"):
        turn = pitches + rest[-2:0:-1] if len(pitches) > 2 else pitches
        return [(0, t, off if kind == "held" else min(t + beat // 4, off), turn[i % len(turn)])
                for i, t in enumerate(range(on, off, beat // 4))]
    if kind == "strum":
        return [(0, on + 20 * i, off, p) for i, p in enumerate(pitches)]
    if kind == "nobass":
        return [(0, on, off, p) for p in rest + [low + 12]]
    if kind == "staccato":
        return [(0, t, min(t + beat // 4, off), p) for t in range(on, off, beat) for p in pitches]
    if kind == "spread":
        return [(i, on, off, p) for i, p in enumerate(pitches)]
    if kind == "offbeat":
        return [(0, t + eighth, min(t + beat, off), p)
                for t in range(on, off, beat) if t + eighth < off for p in pitches]
    raise SystemExit(f"accompany.py: no kind {kind}")


def write_track(notes, channel):
    events = []
    for on, off, pitch in notes:
        if off > on:
            events += [(on, 1, pitch), (off, 0, pitch)]
    track, now = mido.MidiTrack(), 0
    for tick, is_on, pitch in sorted(events):
        track.append(mido.Message("note_on" if is_on else "note_off", note=pitch, channel=channel,
                                  velocity=75 if is_on else 0, time=tick - now))
        now = tick
    return track


def main(kind, files, out):
    os.makedirs(out, exist_ok=True)
    for path in files:
        midi = mido.MidiFile(path)
        beat, voices = midi.ticks_per_beat, {}
        for on, off, pitches in chords_of(midi.tracks[2]):
            for voice, a, b, pitch in play(kind, on, off, sorted(pitches), beat):
                voices.setdefault(voice, []).append((a, b - 1, pitch))
        new = mido.MidiFile(ticks_per_beat=beat)
        new.tracks += [midi.tracks[0], midi.tracks[1]]
        for voice in sorted(voices):
            new.tracks.append(write_track(voices[voice], 1 + voice))
        new.save(os.path.join(out, os.path.basename(path)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:-1], sys.argv[-1])
