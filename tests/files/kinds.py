#!/usr/bin/env python3
"""kinds.py DIR: small MIDI files of the kinds that programs and people make.

Traditional tunes, each written in another way: with harmless faults of the
container, pickups, counts and signs of all sorts, chords that are not struck
together, many parts, no key or a wrong one, coarse ticks and human hands, or one
voice alone. DIR/expected.tsv says what is to be heard in each:

    file    its name, from its kind on
    meter, phase, bars, key    as --dump and --report say them
    mode, tempo, changes, repairs    as --report does; empty = not looked at
    notes   the melody, STEP:PITCH:LENGTH, steps from the first bar line on;
            the length may be 0 (not looked at)
    chords  of each bar; "G:8,C:8" are two of 8 steps, "?" is unknown, "*" anything

SPDX-License-Identifier: MIT"""
import os
import re
import struct
import sys

# ---- the tunes: key, sharps, mode, meter, steps of a length 1, ABC ----

TUNES = {
    "twinkle": ("C", 0, "C major", "4/4", 4, '"C"CCGG|"F"AA"C"G2|"F"FF"C"EE|"G7"DD"C"C2|"C"GG"F"FF|'
                '"C"EE"G7"D2|"C"GG"F"FF|"C"EE"G7"D2|"C"CCGG|"F"AA"C"G2|"F"FF"C"EE|"G7"DD"C"C2'),
    "grace": ("G", 1, "G major", "3/4", 4, 'D|"G"G2B/G/|B2A|"C"G2E|"G"D2D|G2B/G/|B2A|"D7"d3-|d2B|'
              '"G"d2B/G/|B2A|"C"G2E|"G"D2D|G2B/G/|"D7"B2A|"G"G3-|G2'),
    "greensleeves": ("Am", 0, "A dorian", "6/8", 2, 'A|"Am"c2d e3/2^f/2e|"G"d2B G3/2A/2B|'
                     '"Am"c2A A3/2^G/2A|"E"B2^G E2A|"Am"c2d e3/2^f/2e|"G"d2B G3/2A/2B|'
                     '"Am"c3/2B/2A "E"^G3/2^F/2^G|"Am"A3 A3|"C"g3 g3/2^f/2e|"G"d2B G3/2A/2B|'
                     '"Am"c2A A3/2^G/2A|"E"B2^G E3|"C"g3 g3/2^f/2e|"G"d2B G3/2A/2B|'
                     '"Am"c3/2B/2A "E"^G3/2^F/2^G|"Am"A3 A2'),
    "saints": ("G", 1, "G major", "4/4", 4, 'GBc|"G"d4-|dGBc|d4-|dGBc|d2B2|G2B2|"D7"A4-|A2BA|"G"G3G|'
               '"G7"B2d2|"C"dc3-|c2Bc|"G"d2B2|"D7"G2A2|"G"G4-|G'),
    "susanna": ("G", 1, "G major", "4/4", 2, 'GA|"G"B2d2d3e|d2B2G3A|B2B2A2G2|"D7"A6GA|"G"B2d2d3e|'
                'd2B2G3A|B2B2"D7"A2A2|"G"G6z2|"C"c4c4|e2e4e2|"G"d2d2B2G2|"D7"A6GA|"G"B2d2d3e|'
                'd2B2G3A|B2B2"D7"A2A2|"G"G6'),
    "auld": ("F", -1, "F major", "4/4", 2, 'C2|"F"F3FF2A2|"C7"G3FG2AG|"F"F3FA2c2|"Bb"d6d2|'
             '"F"c3AA2F2|"C7"G3FG2AG|"Bb"F3DD2C2|"F"F6d2|c3AA2F2|"C7"G3FG2d2|"F"c3AA2c2|"Bb"d6d2|'
             '"F"c3AA2F2|"C7"G3FG2AG|"Bb"F3DD2C2|"F"F6'),
    "scarborough": ("C", 0, "D dorian", "3/4", 4, '"Dm"D2D|A2A|"C"E3/2F/2E|"Dm"D3|"F"zAc|"C"d2c|'
                    '"G"ABG|"Dm"A3|z2d|"F"d2d|"F"c2A|"C"AGE|"Dm"D2A|"C"G2F|EDC|"Dm"D3'),
    "sailor": ("C", 0, "D dorian", "2/4", 2, '"Dm"AA/A/AA/A/|ADFA|"C"GG/G/GG/G/|GCEG|"Dm"AA/A/AA/A/|'
               'ABcd|"C"cAGE|"Dm"D2D2|A2A2|ADFA|"C"G2G2|GCEG|"Dm"A2A2|ABcd|"C"cAGE|"Dm"D2D2'),
    "korobeiniki": ("Am", 0, "A minor", "4/4", 2, '"E7"e2Bcd2cB|"Am"A2Ace2dc|"E7"B3cd2e2|"Am"c2A2A4|'
                    '"Dm"zd2fa2gf|"C"e3ce2dc|"E7"B2Bcd2e2|"Am"c2A2A4|"E7"e2Bcd2cB|"Am"A2Ace2dc|'
                    '"E7"B3cd2e2|"Am"c2A2A4|"Dm"zd2fa2gf|"C"e3ce2dc|"E7"B2Bcd2e2|"Am"c2A2A4'),
    "augustin": ("G", 1, "G major", "3/4", 2, '"G"d3edc|B2G2G2|"D7"A2D2D2|"G"B2G2G2|d3edc|B2G2G2|'
                 '"D7"A2D2D2|"G"G6|"D7"A2D2D2|"G"B2G2G2|"D7"A2D2D2|"G"B2G2G2|d3edc|B2G2G2|'
                 '"D7"A2D2D2|"G"G6'),
    "hornpipe": ("D", 2, "D major", "4/4", 2, '"D"dAFADAFA|"G"BABd"D"AFDF|"A7"EFGABcdB|AGFGE2AG|'
                 '"D"FADAFAdA|"G"BABd"D"AFAd|"A7"cABcefge|"D"d2d2d4|"D"f2fdA2Ad|"G"g2gfe2dB|'
                 '"A7"cABcefge|"D"fdAFD2D2|"G"BGBd"D"AFAd|"G"BGBd"D"AFAd|"A7"cABcefge|"D"d2f2d4'),
    "swallowtail": ("D", 2, "E dorian", "6/8", 2, '"Em"GEEBEE|GEEBAG|"D"FDDADD|dcdAGF|"Em"GEEBEE|'
                    'GEGB2c|"D"dcBAGF|"Em"GEEE3|Bcde2f|e2fedB|Bcde2f|"D"edBd3|"Em"Bcde2f|e2fedB|'
                    '"D"dcBAGF|"Em"GEEE3'),
    "butterfly": ("Em", 1, "E minor", "9/8", 2, 'B|"Em"B2EG2EF3|B2EG2E"D"FED|"Em"B2EG2EF3|'
                  '"G"B2dd2B"D"AFD|"Em"B2de2fg3|B2dg2e"D"dBA|"Em"B2de2fg2a|b2ag2e"B7"^dBA|'
                  '"Em"E3G2EF3|B2EG2E"D"FED|"Em"B2EG2EF3|"D"A2FD2F"Em"E2'),
    "jacques": ("F", -1, "F major", "4/4", 4, '"F"FGAF|FGAF|AB"C7"c2|"F"ABc2|c/d/c/B/AF|c/d/c/B/AF|'
                '"C7"FC"F"F2|"C7"FC"F"F2|"F"FGAF|"C7"GB"F"A2|"Bb"d2"F"c2|"C7"GB"F"F2'),
    "clair": ("D", 2, "D major", "2/2", 4, '"D"DDDE|F2"A7"E2|"D"DF"A7"EE|"D"D4|DDDE|F2"A7"E2|'
              '"D"DF"A7"EE|"D"D4|"A7"EEEE|"Em"B,2B,2|"A7"EDCB,|A,4|"D"DDDE|F2"A7"E2|"D"DF"A7"EE|'
              '"D"D4'),
    "joe": ("A", 2, "A mixolydian", "4/4", 2, '"A"e2f2g2f2|e2dcd2e2|e2f2g2fe|"G"d2B2G4|"A"e2f2g2f2|'
            'e2dcd2e2|"A"A2B2"G"d2B2|"A"A4A4|a2A2a2A2|a2gfe2c2|a2A2e2c2|"G"d2B2G4|"A"a2A2a2A2|'
            'a2gfe2c2|"A"e2c2"G"d2B2|"A"A4A4'),
    "clementine": ("F", -1, "F major", "3/4", 4, 'F/F/|"F"FCA/A/|AFF/A/|ccB/A/|"C7"G2G/A/|BBA/G/|'
                   '"F"AFF/A/|"C7"GCE/G/|"F"F2F/F/|FCA/A/|AFF/A/|ccB/A/|"C7"G2G/A/|BBA/G/|"F"AFF/A/|'
                   '"C7"GCE/G/|"F"F2'),
    "washerwoman": ("G", 1, "G major", "6/8", 2, 'd/c/|"G"BGGDGG|BGBdcB|"D7"cAADAA|cAcedc|"G"BGGDGG|'
                    'BGBdcB|"C"cBc"D7"Adc|"G"BGGG2d/c/|BdgBdg|"Em"BeBgfe|"D7"Adfadf|afdcBA|'
                    '"G"BdgBdg|"C"cegcBA|"C"cBc"D7"Adc|"G"BGGG2'),
    "godrest": ("Em", 1, "E minor", "4/4", 4, 'E|"Em"EBBA|GFED|EFGA|"B7"B3E|"Em"EBBA|GFED|EFGA|'
                '"B7"B3B|"C"cABc|"G"dBGd|"C"GEFG|"D7"A2GA|"G"B2cB|"C"cGEG|"Em"E2"Am"c/B/A|"B7"B2^DF|'
                '"Em"E4-|E3'),
    "holy": ("Bb", -2, "Bb major", "6/8", 2, '"Bb"F3/2G/2FD3|F3/2G/2FD3|"F7"c2cA3|"Bb"B2BF3|'
             '"Eb"G2GB3/2A/2G|"Bb"F3/2G/2FD3|"Eb"G2GB3/2A/2G|"Bb"F3/2G/2FD3|"F7"c2ce3/2c/2A|"Bb"B3d3|'
             'B3/2F/2D"F7"F3/2E/2C|"Bb"B,3z3'),
    "clog": ("G", 1, "G major", "2/4", 2, 'D|"G"GGBd|dcBG|"D7"FADF|"G"GABD|GGBd|dcBG|"D7"FADF|'
             '"G"G2Gd|"C"ecce|"G"dBBd|"D7"AFDA|"G"BGGd|"C"ecce|"G"dBBd|"D7"AFDF|"G"G2G'),
    "country": ("C", 0, "C major", "4/4", 2, '"C"E2G2c3B|"F"A2c2A4|"C"G2E2C2E2|"G7"D6D2|"C"E2G2c3B|'
                '"F"A2c2A2F2|"C"G2E2"G7"D2B,2|"C"C6z2|"Am"A2c2e3d|"F"c2A2F4|"C"G2c2e2c2|"G7"d6d2|'
                '"C"e2c2G2E2|"F"A2c2A2F2|"C"G2E2"G7"D2B,2|"C"C6z2'),
    "sevenths": ("C", 0, "C major", "4/4", 2, '"Dm7"D2F2A2c2|"G7"B4G2B2|"Cmaj7"E2G2c2B2|"Cmaj7"G6z2|'
                 '"Am7"A2c2e2g2|"Dm7"f4d2A2|"G7"B2d2f2d2|"Cmaj7"e6z2|"Dm7"d2f2a2f2|"G7"f4d2B2|'
                 '"Cmaj7"c2e2g2e2|"Am7"c6A2|"Dm7"A2F2D2F2|"G7"G2B2d2f2|"Cmaj7"e2c2G2E2|"Cmaj7"C6z2'),
    "minor": ("Gm", -2, "G minor", "3/4", 2, '"Gm"G2B2d2|d3cB2|"Cm"c2e2g2|"Gm"g4d2|"Cm"e3dc2|'
              '"Gm"d2B2G2|"D7"A2c2^F2|"Gm"G6|"Bb"B2d2f2|"F"f3ec2|"Bb"d2f2b2|"D7"a4^f2|"Gm"g2d2B2|'
              '"Cm"e2c2G2|"D7"A2d2^F2|"Gm"G6'),
}

PITCH = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
CHORDS = {"": (0, 4, 7), "7": (0, 4, 7, 10), "m": (0, 3, 7), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11)}


def tones(chord):
    """Pitch classes from the root on."""
    root, flat, kind = re.match(r"([A-G])(b?)(.*)$", chord).groups()
    return [(PITCH[root] - len(flat) + k) % 12 for k in CHORDS[kind]]


def over(low, pitch):
    """The pitch of this class from low on."""
    return low + (pitch - low) % 12


class Tune:
    """melody: (step, length, pitch); chords: the same with names, cut at bar lines."""

    def __init__(self, name):
        self.key, self.sharps, self.mode, self.meter, unit, abc = TUNES[name]
        beats, of = map(int, self.meter.split("/"))
        self.bar = beats * 16 // of
        signs = dict.fromkeys("FCGDAEB"[:max(self.sharps, 0)], 1)
        signs.update(dict.fromkeys("BEADGCF"[:max(-self.sharps, 0)], -1))
        now, melody, names, lines, tied = 0, [], [], [], False
        for bar in abc.split("|"):
            local = dict(signs)
            lines.append(now)
            for chord, sign, letter, comma, n, half, tie in re.findall(
                    r'"([^"]+)"|([\^_=]?)([A-Ga-gz])(,*)(\d*)(/?2?)(-?)', bar):
                if chord:
                    names.append((now, chord))
                    continue
                length = unit * int(n or 1) // (2 if half else 1)
                if letter != "z":
                    if sign:
                        local[letter] = {"^": 1, "_": -1, "=": 0}[sign]
                    pitch = (60 + PITCH[letter.upper()] + local.get(letter, signs.get(letter.upper(), 0)) +
                             12 * letter.islower() - 12 * len(comma))
                    if tied:
                        melody[-1] = (melody[-1][0], melody[-1][1] + length, pitch)
                    else:
                        melody.append((now, length, pitch))
                    tied = bool(tie)
                now += length
        self.melody, self.end = melody, now
        self.pickup = lines[1] if lines[1] < self.bar else 0
        self.bars = len(lines) - bool(self.pickup)
        self.chords = []
        cuts = sorted({s for s, _ in names} | {s for s in lines if s >= names[0][0]} | {now})
        for a, b in zip(cuts, cuts[1:]):
            self.chords.append((a, b - a, [n for s, n in names if s <= a][-1]))

    def raised(self, by, names, key, sharps):
        """In another key: pitches higher by `by`, chords renamed."""
        self.melody = [(s, n, p + by) for s, n, p in self.melody]
        self.chords = [(s, n, names[c]) for s, n, c in self.chords]
        self.key, self.sharps, self.mode = key, sharps, key + " major"
        return self


# ---- MIDI ----

def vlq(n):
    out = [n & 127]
    while n > 127:
        n >>= 7
        out.insert(0, 128 | n & 127)
    return bytes(out)


class Track:
    """Events at steps, which need not be whole. Of one moment come first what
    is put with 0 (names, signs, texts), then ends of notes, then notes."""

    def __init__(self, name=None, channel=0, program=None):
        self.channel, self.events = channel, []
        if name:
            self.meta(0, 3, name)
        if program is not None:
            self.put(0, bytes([0xC0 | channel, program]))

    def put(self, step, data, order=0):
        self.events.append((step, order, len(self.events), data))
        return self

    def meta(self, step, kind, data):
        data = data if isinstance(data, bytes) else data.encode("latin-1")
        return self.put(step, bytes([255, kind]) + vlq(len(data)) + data)

    def meter(self, step, meter):
        beats, of = map(int, meter.split("/"))
        return self.meta(step, 0x58, bytes([beats, of.bit_length() - 1, 24, 8]))

    def sharps(self, step, sharps, minor=0):
        return self.meta(step, 0x59, bytes([sharps & 255, minor]))

    def tempo(self, step, per_minute):
        return self.meta(step, 0x51, (60000000 // per_minute).to_bytes(3, "big"))

    def note(self, on, off, pitch, channel=None):
        channel = self.channel if channel is None else channel
        self.put(max(on, 0), bytes([0x90 | channel, pitch, 80]), 2)
        return self.put(off, bytes([0x80 | channel, pitch, 64]), 1)

    def chord(self, on, off, pitches):
        for p in pitches:
            self.note(on, off, p)

    def later(self, steps):
        """Everything but names and programs at the beginning."""
        self.events = [(s if d[:2] == b"\xff\x03" or d[0] & 0xF0 == 0xC0 else s + steps, o, n, d)
                       for s, o, n, d in self.events]
        return self

    def body(self, ppq=480, end=True, running=False, over_all=False):
        """running: statuses left out, over_all: also after metas and the like."""
        out, now, last = b"", 0, None
        for step, _, _, data in sorted(self.events):
            tick = round(step * ppq / 4)
            if running and data[0] & 0xF0 == 0x80:  # ends as strikes of no force
                data = bytes([data[0] | 0x10, data[1], 0])
            out += vlq(tick - now) + (data[1:] if running and data[0] == last else data)
            if data[0] < 0xF0 or not over_all:
                last = data[0] if data[0] < 0xF0 else None
            now = tick
        return out + (b"\0\xff\x2f\0" if end else b"")


def merged(tracks):
    one = Track()
    for t in tracks:
        for step, order, _, data in sorted(t.events):
            one.put(step, data, order)
    return one


def chunk(body, kind=b"MTrk", size=None):
    return kind + struct.pack(">I", len(body) if size is None else size) + body


def head(tracks, format=1, ppq=480, extra=b""):
    return b"MThd" + struct.pack(">IHHH", 6 + len(extra), format, tracks, ppq) + extra


def whole(bodies, **how):
    how.setdefault("tracks", len(bodies))
    return head(**how) + b"".join(map(chunk, bodies))


# ---- parts ----

def signs(t, meter=True, key=True, tempo=None, name=None):
    s = Track(name)
    if meter:
        s.meter(0, t.meter)
    if key:
        s.sharps(0, t.sharps, int(t.mode.endswith("minor")))
    return s.tempo(0, tempo) if tempo else s


def tune_of(t, name=None, channel=0, program=None, up=0, gate=1.0, longer=0.0, at=lambda s: s):
    """The melody: gate is the share of each note that sounds."""
    track = Track(name, channel, program)
    for s, n, p in t.melody:
        track.note(at(s), at(s) + (at(s + n) - at(s)) * gate + longer, p + up)
    return track


def close(chord, low=48):
    return sorted(over(low, p) for p in tones(chord))


def block(t, name=None, channel=1, low=48, every=0, gate=1.0, roll=0.0, late=0, bass=None, program=None):
    """Chords struck together, or one string `roll` steps after the other."""
    track = Track(name, channel, program)
    for s, n, chord in t.chords:
        for k in range(s, s + n, every or n):
            length = min(every or n, s + n - k)
            pitches = ([over(bass, tones(chord)[0])] if bass else []) + close(chord, low)
            for i, p in enumerate(pitches):
                if late < length:
                    track.note(k + late + i * roll, k + late + length * gate, p)
    return track


def oompah(t, beat=4, name=None, channel=1, gate=0.6, bass=None):
    """The root, or the fifth in turn, on the strong beat and the chord on the others."""
    track, last, fifth = Track(name, channel), None, False
    for s, n, chord in t.chords:
        for k in range(s, s + n, beat):
            if k == s or t.bar == 16 and (k - t.pickup) % 16 == 8:
                fifth, last = chord == last and not fifth, chord
                (bass or track).note(k, k + beat * gate, over(36, tones(chord)[2 if fifth else 0]))
            else:
                track.chord(k, k + beat * gate, close(chord, 55))
    return track


def broken(t, order, step=2, name=None, channel=1, gate=1.0, hold=False, low=43):
    """One tone after the other: order counts root, third, fifth, and on an octave up."""
    track = Track(name, channel)
    for s, n, chord in t.chords:
        root = over(low, tones(chord)[0])
        ladder = [root + (p - root) % 12 for p in tones(chord)[:3]]
        ladder += [p + 12 for p in ladder]
        for i, k in enumerate(range(s, s + n, step)):
            p = ladder[order[(i if hold else (k - t.pickup) // step) % len(order)]]
            track.note(k, s + n if hold else k + step * gate, p)
    return track


def drums(t, name="Drums", channel=9, first=None, bars=None):
    track = Track(name, channel)
    for b in range(bars or t.bars):
        for k in range(0, t.bar, 2):
            at = (t.pickup if first is None else first) + b * t.bar + k
            for pitch in [42] + [36] * (k % 8 == 0) + [38] * (k % 8 == 4):
                track.note(at, at + 1, pitch)
    return track


def by_hand(i, most):
    """How much too late, or too early, the hand is."""
    return (i * 7919 % 101 - 50) * most / 50


# ---- the files ----

ROWS = []


def write(name, t, data, **heard):
    """heard: what is not as the tune says. chords={"G7": "G"} renames; spare=1:
    lengths of notes are not looked at; lead: chords of bars before the tune."""
    if isinstance(data, list):
        data = whole([track.body() for track in data])
    with open(os.path.join(sys.argv[1], name if "." in name else name + ".mid"), "wb") as f:
        f.write(data)
    chords, lead = heard.pop("chords", {}), heard.pop("lead", [])
    if isinstance(chords, dict):
        bars = [[] for _ in range(t.bars)]
        for s, n, c in t.chords:
            if s >= t.pickup:
                bars[(s - t.pickup) // t.bar].append((chords.get(c, c), n))
        chords = " ".join(lead + [b[0][0] if len(b) == 1 else ",".join(f"{c}:{n}" for c, n in b) for b in bars])
    else:
        chords = " ".join([chords] * t.bars)
    first, spare = len(lead) * t.bar - t.pickup, heard.pop("spare", 0)
    melody = heard.pop("melody", t.melody)
    row = {"file": name.split(".")[0], "meter": t.meter, "phase": t.pickup, "bars": t.bars + len(lead),
           "key": t.key, "mode": "", "tempo": "", "changes": "", "repairs": "",
           "notes": " ".join(f"{s + first}:{p}:{0 if spare else n}" for s, n, p in melody),
           "chords": chords}
    assert set(heard) <= set(row), heard
    row.update(heard)
    if not ROWS:
        ROWS.append(list(row))
    ROWS.append([str(x) for x in row.values()])


def parts(t, **how):
    return [signs(t, **how), tune_of(t, "Melody"), block(t, "Chords")]


def containers():
    def put(name, tune, fault, repairs="", ppq=480):
        """repairs: what --report calls the mending; * is anything."""
        t = Tune(tune)
        write("container-" + name, t, fault(t, [p.body(ppq) for p in parts(t, tempo=110)]), repairs=repairs)

    def retold(change):
        """The parts changed before they are written."""
        def fault(t, _):
            tracks = parts(t, tempo=110)
            return whole(change(tracks) or [p.body() for p in tracks])
        return fault

    def riff(_, bodies):
        data = whole(bodies)
        inside = b"RMIDdata" + struct.pack("<I", len(data)) + data
        return b"RIFF" + struct.pack("<I", len(inside)) + inside

    def macbinary(_, bodies):
        data, frame = whole(bodies), bytearray(128)
        frame[1:10], frame[65:73], frame[122] = b"\x08Auld.mid", b"MidiTTTT", 129
        frame[83:87] = struct.pack(">I", len(data))
        return bytes(frame) + data + b"\0" * (-len(data) % 128)

    def running(between):
        def change(tracks):
            for k in (1, 9, 17):
                tracks[1].put(4 * k, between)
            return [p.body(running=True, over_all=True) for p in tracks]
        return retold(change)

    def clock(tracks):
        tracks[1].put(5, b"\xf8").put(17, b"\xfe").put(33, b"\xf8")

    def let_go(tracks):
        for track in tracks[1:]:
            track.events = [e for e in track.events if e[1] != 1 or e[0] < 192]
        for track in tracks:
            track.put(192, b"\xff\x06\x03end", 9)

    def packets(tracks):
        tracks[1].put(0, b"\xf0\x04\x7e\x7f\x09\x01").put(0.1, b"\xf7\x01\xf7")
        tracks[1].put(0.2, b"\xf7\x03\xf1\x10\xf4")

    def odd_metas(tracks):
        for data in (b"\x01\x80\x80\x80\x05hello", b"\x00\x00", b"\x20\x01\x03", b"\x21\x01\x00",
                     b"\x54\x05\x60\0\x03\0\0", b"\x4b\x02ab", b"\x7f\x03\0\0\x41", b"\x51\x03\0\0\0"):
            tracks[0].put(0, b"\xff" + data)

    def sign(data, drop):
        """Another sign in the place of one."""
        def change(tracks):
            tracks[0].events = [e for e in tracks[0].events if e[3][1] != drop]
            tracks[0].put(0, data)
        return retold(change)

    put("more-after-the-end", "twinkle", lambda t, b: whole(b) + b"\r\n", "bytes outside the chunks")
    put("header-of-8-bytes", "grace", lambda t, b: whole(b, extra=b"\0\x2a", ppq=192), ppq=192)
    put("other-chunks", "susanna", lambda t, b: head(3) + chunk(b[0]) + chunk(bytes(9), b"XFIH") +
        chunk(b[1]) + chunk(b"\1\2abc", b"XFKM") + chunk(b[2]) + chunk(b"CASM....", b"CASM"), "unknown chunk")
    put("macbinary", "auld", macbinary, "bytes outside the chunks")
    put("chunks-too-long", "augustin", lambda t, b: head(3) + b"".join(chunk(x, size=len(x) + 3) for x in b),
        "chunk length")
    put("no-end-of-track", "sailor", lambda t, b: whole([b[0]] + [x[:-4] for x in b[1:]]), "no End of Track")
    put("more-in-the-track", "clementine", lambda t, b: whole([x + bytes(11) for x in b], ppq=96),
        "bytes after End of Track", ppq=96)
    put("odd-metas", "hornpipe", retold(odd_metas), "bad tempo")
    put("sysex-in-packets", "washerwoman", retold(packets))
    put("not-let-go", "minor", retold(let_go))
    put("meter-of-2-bytes", "augustin", sign(b"\xff\x58\x02\x03\x02", 0x58), "bad time signature")
    put("meter-0-4", "twinkle", sign(b"\xff\x58\x04\0\2\x18\x08", 0x58), "bad time signature")
    put("key-mode-255", "grace", sign(b"\xff\x59\2\xfe\xff", 0x59), "bad key signature")
    put("clock-and-sensing", "country", retold(clock), "*")
    put("running-over-lyrics", "twinkle", running(b"\xff\x05\x02la"), "*")
    put("running-over-sysex", "jacques", running(b"\xf0\x03\x7d\1\xf7"), "*")
    put("more-tracks-said", "auld", lambda t, b: whole(b, tracks=9), "track count")
    put("fewer-tracks-said", "hornpipe", lambda t, b: whole(b, tracks=1), "track count")
    put("empty-track", "country", lambda t, b: whole([b[0], b"", b[1], b[2]]), "*")
    put("format-0-of-3-tracks", "susanna", lambda t, b: whole(b, format=0), "*")
    put("riff", "saints", riff, "*")
    put("riff-suffix.rmi", "saints", riff, "*")
    put("karaoke-suffix.kar", "grace", lambda t, b: whole(b))
    put("SHOUTED.MID", "country", lambda t, b: whole(
        [merged(parts(t)).body(running=True)], format=0, tracks=0), "track count")
    put("format-2-of-1-track", "korobeiniki", lambda t, b: whole([merged(parts(t)).body()], format=2), "*")


def frames():
    def put(name, t, tracks, **heard):
        write("frame-" + name, t, tracks, **heard)

    def set_off(t, steps, *rest, **how):
        """Melody and chords that begin later than the file."""
        return [signs(t, **how), tune_of(t, "Melody").later(steps), block(t, "Chords").later(steps)] + list(rest)

    t = Tune("greensleeves")
    first = signs(t, meter=False).meter(0, "1/8").meter(2, "6/8")
    put("pickup-as-bar-of-1-8", t, [first, tune_of(t, "Flute"), block(t, "Guitar", every=6)])
    t = Tune("auld")
    first = signs(t, meter=False).meter(0, "1/4").meter(4, "4/4")
    put("pickup-as-bar-of-1-4", t, [first, tune_of(t), block(t)])
    put("pickup-padded", t, set_off(t, 12))
    put("setup-bar-then-pickup", t, set_off(t, 28))
    t = Tune("susanna")
    tracks = set_off(t, 12)
    tracks[2].chord(12, 16, (50, 54, 57))
    put("pickup-padded-chord-in-it", t, tracks)
    t = Tune("clementine")
    put("pickup-without-padding", t, [signs(t), tune_of(t), oompah(t, gate=0.5)])
    t = Tune("butterfly")
    put("pickup-padded-9-8", t, set_off(t, 16))
    t = Tune("clog")
    tracks = [signs(t), tune_of(t, "Clog"), oompah(t, 2, "Guitar")]
    tracks[2].chord(0, 1.6, (50, 54, 57))
    put("pickup-with-chord-2-4", t, tracks)
    beat = Track("Drums", 9)
    for b in range(0, 8 * t.bars + 8, 8):
        for k, pitch in ((0, 36), (2, 42), (4, 38), (6, 42)):
            beat.note(b + k, b + k + 0.5, pitch)
    put("drums-under-the-pickup", t, [signs(t), tune_of(t).later(6), block(t, every=2, gate=0.5).later(6), beat])

    t = Tune("saints")
    beat = drums(t).later(20)
    for b in range(8):
        beat.note(4 * b, 4 * b + 0.5, 37 if b < 4 else 42)
    put("two-bars-counted", t, [signs(t, tempo=180), tune_of(t, "Trumpet").later(20),
                                block(t, "Banjo", every=4, gate=0.5).later(20), beat], tempo=180)
    t = Tune("jacques")
    tracks = set_off(t, 16)
    for b in range(4):
        tracks[1].note(4 * b, 4 * b + 0.5, 31, 9)
    put("sticks-in-the-melody", t, tracks)
    t = Tune("augustin")
    tracks = set_off(t, 16, meter=False)
    tracks[0].meter(0, "4/4").meter(16, "3/4")
    put("counted-in-4-4", t, tracks)
    put("meter-after-a-tick", t, [signs(t, meter=False).meter(1 / 120, "3/4"), tune_of(t), block(t)])
    put("waltz-without-meter", t, [signs(t, meter=False), tune_of(t, "Akkordeon"), oompah(t, name="Tuba")])
    t = Tune("grace")
    put("4-4-until-the-first-bar", t, [signs(t, meter=False).meter(0, "4/4").meter(4, "3/4"), tune_of(t), block(t)])
    t = Tune("clair")
    put("cut-time", t, parts(t))
    t = Tune("minor")
    first = signs(t, meter=False)
    for b in range(t.bars):
        first.meter(b * t.bar, "3/4")
    put("meter-in-each-bar", t, [first, tune_of(t), block(t, every=4)])
    t = Tune("swallowtail")
    put("meter-in-the-third-track", t, [Track("Swallowtail").tempo(0, 120), tune_of(t, "Fiddle"),
                                        block(t, "Bouzouki", every=6).meter(0, "6/8")], key="Em")
    t = Tune("holy")
    put("meter-of-the-melody", t, [signs(t, meter=False).meter(0, "4/4"), tune_of(t).meter(0, "6/8"),
                                   block(t, every=6)])
    t = Tune("clementine")
    first = signs(t, meter=False)
    for step, meter in ((0, "1/4"), (4, "3/4"), (88, "2/4"), (96, "1/4"), (100, "3/4"), (184, "2/4")):
        first.meter(step, meter)
    put("bars-split-at-the-repeat", t, [first, tune_of(t), block(t, every=4)])
    t = Tune("twinkle")
    first = signs(t, meter=False).meter(0, "4/4").meter(64, "3/4").meter(112, "4/4")
    put("meter-changes", t, [first, tune_of(t), block(t)], changes=2)
    t = Tune("washerwoman")
    track = Track("Guitar", 1)
    for s, n, chord in t.chords:
        for k in range(s, s + n - 3, 6):
            track.note(k, k + 3, over(40, tones(chord)[0]))
            track.chord(k + 4, k + 5.8, close(chord, 52))
    put("jig-under-4-4", t, [signs(t, meter=False).meter(0, "4/4"), tune_of(t, "Fiddle"), track])
    t = Tune("susanna")
    tracks = [signs(t), tune_of(t, "Vocals").later(60), block(t, "Guitar", every=4, gate=0.7).later(60)]
    for k in range(0, 64, 4):
        tracks[2].chord(k, k + 2.8, close("D7" if 32 <= k < 48 else "G"))
    put("vamp-before-the-pickup", t, tracks, phase=0, lead=["G", "G", "D7", "G"])

    t = Tune("country")
    bass = Track("Bass", 2, 32)
    put("oompah-in-two-tracks", t, [signs(t), tune_of(t), oompah(t, name="Piano", bass=bass), bass])
    put("offbeat-chords", t, [signs(t), tune_of(t), block(t, every=4, late=2, gate=0.5)])


def chords():
    triads = {c + "7": c for c in "ABCDEFG"}  # no seventh is played

    def put(name, t, *tracks, **heard):
        write("chords-" + name, t, [signs(t), tune_of(t, "Melody")] + list(tracks), **heard)

    t = Tune("country")
    put("staccato", t, block(t, every=4, gate=0.25))
    put("arpeggio", t, broken(t, (0, 1, 2, 1)), chords=triads)
    put("arpeggio-held", t, broken(t, (0, 1, 2, 1), hold=True), chords=triads)
    put("alberti-bass", t, broken(t, (0, 2, 1, 2), step=1), chords=triads)
    put("strum", t, block(t, every=4, gate=0.9, roll=25 / 120))
    voices = []
    for i in range(3):
        voice = Track(channel=1 + i)
        for s, n, chord in t.chords:
            voice.note(s, s + n, close(chord)[:3][i])
        voices.append(voice)
    put("one-voice-a-track", t, *voices)
    guitar = Track("Guitar", 1, 25)
    for s, n, chord in t.chords:
        thumb, fingers = [over(40, tones(chord)[k]) for k in (0, 2)], close(chord, 52)
        pattern = [thumb[0], fingers[1], thumb[1], fingers[2], thumb[0], fingers[0], thumb[1], fingers[2]]
        for i, k in enumerate(range(s, s + n, 2)):
            guitar.note(k, k + 1.9, pattern[i % 8])
    put("picked-guitar", t, guitar, chords={"G7": "*"})
    bass, banjo = Track("Bass", 2, 32), Track("Banjo", 3, 105)
    for s, n, chord in t.chords:
        third = over(55, tones(chord)[1])
        for k in range(s, s + n, 8):
            bass.note(k, k + 7, over(33, tones(chord)[0]))
            banjo.chord(k + 4, k + 6, (third, over(third, tones(chord)[2])))
    put("root-and-dyads", t, banjo, bass, chords=triads)
    bass, piano, strings = Track("Bass", 2), Track("Piano", 3), Track("Strings", 4)
    for i, (s, n, chord) in enumerate(t.chords):
        for k in range(s, s + n, 8):
            bass.note(k, k + 6, over(36, tones(chord)[0])).note(k + 4, k + 7, over(36, tones(chord)[2]))
            piano.chord(k + 2 + abs(by_hand(i, 0.2)), k + 4, close(chord, 60))
        strings.chord(s, s + n - 0.1, close(chord, 64))
    write("chords-band.mid", t, [signs(t, name="Band"), bass, piano, drums(t), block(t, "Guitar", 5, 55, 4),
                                 strings, tune_of(t, "Melody", 5)])
    t = Tune("augustin")
    put("accordion", t, oompah(t, name="Left hand"))
    t = Tune("holy")
    put("broken-6-8", t, broken(t, (0, 2, 3, 4, 3, 2)), chords=triads)
    t = Tune("susanna")
    guitar = Track("Guitar", 1, 25)
    for i, (s, n, chord) in enumerate(t.chords):
        strings = [over(40, tones(chord)[0])] + close(chord, 52)
        for k, end in ((0, 4), (4, 6), (6, 10), (10, 12), (12, 14), (14, 16)):
            if k < n:
                for j, p in enumerate(strings[:0:-1] if k in (6, 10, 14) else strings):
                    guitar.note(s + k + (abs(by_hand(7 * i + k, 8)) + 10 * j) / 120, s + min(n, end), p)
    put("strum-up-and-down", t, guitar)
    t = Tune("godrest")
    piano = Track("Piano", 1)
    for s, n, chord in t.chords:
        first = over(43, tones(chord)[1])
        piano.chord(s, s + n, [over(first, p) for p in tones(chord)])
    put("first-inversions", t, piano)
    t = Tune("minor")
    harp = Track("Harp", 1, 46)
    for s, n, chord in t.chords:
        root = over(43, tones(chord)[0])
        third, fifth = (root + (p - root) % 12 for p in tones(chord)[1:3])
        harp.put(s, b"\xb1\x40\x7f", 3).put(s + n - 0.05, b"\xb1\x40\0")
        for k, p in enumerate([root, fifth, root + 12, third + 12, fifth + 12, root + 24][:n // 2]):
            harp.note(s + 2 * k, s + 2 * k + 0.5, p)
    put("harp-with-pedal", t, harp, chords=triads)
    t = Tune("auld")
    right, left = Track("Piano"), Track("Piano")
    for s, n, p in t.melody:
        right.note(s, s + n, p)
        chord = [c for a, k, c in t.chords if a <= s < a + k]
        if chord and (s - t.pickup) % 8 == 0:
            right.chord(s, s + n, [q for q in range(p - 3, p - 15, -1) if q % 12 in tones(chord[0])][:2])
    for s, n, chord in t.chords:
        for k in range(s, s + n, 8):
            left.chord(k, min(k + 8, s + n), (over(36, tones(chord)[0]), over(48, tones(chord)[0])))
    write("chords-under-the-melody", t, [signs(t), right, left], chords={"C7": "*"})
    t = Tune("joe")
    strings = Track("Strings", 1, 48)
    for s, n, chord in t.chords:
        strings.chord(s, min(s + n + 0.6, t.end), close(chord, 50))
    write("chords-pads-overlap", t, [signs(t, key=False), tune_of(t, "Fiddle"), strings], mode=t.mode)


def roles():
    def put(name, t, *tracks, **heard):
        write("roles-" + name, t, [signs(t)] + list(tracks), **heard)

    def bass_of(t, name="Bass"):
        bass = Track(name, 2, 33)
        for s, n, chord in t.chords:
            for i, k in enumerate(range(s, s + n, 4)):
                bass.note(k, k + 3.9, over(40, tones(chord)[i % 3]))
        return bass

    def high(t, low, step, turn, name=None, program=73):
        """A busy voice above the melody."""
        track = Track(name, 4, program)
        for s, n, chord in t.chords:
            for i, k in enumerate(range(s, s + n, step)):
                track.note(k, k + step - 0.1, close(chord, low)[turn[i % len(turn)]])
        return track

    t = Tune("country")
    put("flute-over-voice", t, high(t, 84, 4, (0, 1, 2), "Fl\xfbte"), block(t, "Cordes", low=52, every=8),
        tune_of(t, "Voix", 3))
    flute = Track("Flute", 3, 73).note(80, 84, 91).note(96, 100, 93)
    put("voice-below-flute", t, tune_of(t, "Vocal"), block(t, "Guitar"), flute)
    octaves = tune_of(t)
    for s, n, p in t.melody:
        octaves.note(s, s + n, p - 12)
    put("melody-in-octaves", t, octaves, block(t, low=36))
    first, second = Track("Flute", 0, 73), Track("Violin", 2, 40)
    for s, n, p in t.melody:
        (first if s < 128 else second).note(s, s + n - 0.1, p)
    put("one-after-the-other", t, first, second, block(t, "Guitar", every=4, gate=0.8))
    t = Tune("twinkle")
    write("roles-one-track-one-channel", t, whole([merged(parts(t)).body()], format=0))
    t = Tune("minor")
    put("held-melody", t, tune_of(t, "Track 1", longer=2.5), block(t, "Track 2", every=4))
    put("chords-first", t, block(t, "Gtr", 0, every=4), tune_of(t, "Track 2", 1, longer=0.45))
    t = Tune("susanna")
    put("bass-and-drums", t, tune_of(t, "Melody"), bass_of(t), drums(t), chords={"D7": "D"})
    t = Tune("godrest")
    put("melody-lowest", t, block(t, "Strings", low=60), tune_of(t, "Gesang (Bass)", 2, up=-24),
        melody=[(s, n, p - 24) for s, n, p in t.melody])
    behind = Track("Backing Vox", 2, 53)
    for s, n, chord in t.chords:
        behind.chord(s, s + n - 0.1, close(chord, 67)[:2])
    put("lead-under-backing", t, behind, block(t, "Gtr", every=4, gate=0.7), tune_of(t, "Lead Vox", 3))
    t = Tune("hornpipe")
    put("two-in-unison", t, tune_of(t, "Fiddle"), tune_of(t, "Accordion", 2), block(t, "Guitar", 3, every=4, bass=40))
    fiddle = tune_of(t, "Fiddle", gate=0.95)
    for s, n, chord in t.chords:
        if chord != "A7":
            fiddle.note(s, s + n - 0.05, 57 if chord == "D" else 55)
    put("drone-in-the-melody", t, fiddle, block(t, "Piano", every=8, bass=36))
    t = Tune("clementine")
    below, scale = Track("Trumpet 2", 1, 56), [(5 + k) % 12 for k in (0, 2, 4, 5, 7, 9, 11)]
    for s, n, p in t.melody:
        below.note(s, s + n - 0.2, [q for q in range(p - 1, p - 12, -1) if q % 12 in scale][1])
    put("second-voice-first", t, below, tune_of(t, "Trumpet 1", program=56), oompah(t, name="Guitarron", channel=2))
    t = Tune("saints")
    voice, bass, strings = tune_of(t), Track(channel=2, program=32), Track(channel=3, program=48)
    for i, (s, n, p) in enumerate(t.melody):
        voice.meta(s, 5, ("Oh ", "when ", "the ", "saints ")[i % 4])
    for s, n, chord in t.chords:
        for k in range(s, s + n, 4):
            bass.note(k, k + 4, over(36, tones(chord)[(k - s) // 4 % 2 * 2]))
        strings.note(s, s + n, close(chord, 79)[0])
    write("roles-one-track-many-channels", t, whole([merged([signs(t)] + [p.later(4) for p in (
        voice, bass, block(t, every=4, gate=0.6), drums(t, None), strings)]).body()], format=0))
    t = Tune("sailor")
    put("drums-by-name", t, drums(t, "Drum Kit", 3), tune_of(t, "Tin Whistle", up=12),
        block(t, "Guitar", 2, every=4, gate=0.9), melody=[(s, n, p + 12) for s, n, p in t.melody])
    t = Tune("auld")
    words = Track("Words").meta(0, 1, "@KMIDI KARAOKE FILE").meta(0, 1, "@TAuld Lang Syne")
    for i, (s, n, p) in enumerate(t.melody):
        words.meta(s + 12, 1, ("\\Should ", "auld ", "ac", "quain", "tance ", "be ", "for", "got ")[i % 8])
    put("karaoke.kar", t, words, high(t, 81, 2, (0, 1, 2, 1), "Track 5", 71).later(12),
        block(t, "Track 3", 2, every=4, gate=0.8).later(12), tune_of(t, "Track 4", 3).later(12), drums(t).later(12))
    t = Tune("swallowtail")
    click = Track("Click")
    for k in range(0, t.bars * 12, 6):
        click.note(k, k + 0.3, 91 if k % 12 else 96)
    put("metronome", t, click, tune_of(t, "Melody", 1), block(t, "Chords", 2, every=6))
    t = Tune("scarborough")
    write("roles-piano-with-rests", t, whole(
        [merged([signs(t), tune_of(t), block(t, channel=0, low=45)]).body()], format=0))


def keys():
    def put(name, t, sharps=None, minor=0, first=None, **heard):
        first = first or (signs(t, key=False) if sharps is None else signs(t, key=False).sharps(0, sharps, minor))
        write("key-" + name, t, [first, tune_of(t), block(t)], mode=t.mode, **heard)

    put("none", Tune("auld"))
    put("none-minor", Tune("korobeiniki"))
    put("c-by-default", Tune("grace"), 0)
    put("minor-as-major", Tune("godrest"), 1)
    put("sharps-9", Tune("hornpipe"), 9, repairs="bad key signature")
    put("sign-not-transposed", Tune("auld").raised(2, {"F": "G", "C7": "D7", "Bb": "C"}, "G", 1), -1)
    t = Tune("auld")
    put("sign-after-the-pickup", t, first=signs(t, key=False).sharps(0, 0).sharps(4, -1))
    t = Tune("holy")
    write("key-of-a-clarinet", t, [signs(t), tune_of(t, "Clarinet in Bb").sharps(0, 0),
                                   block(t, "Piano").sharps(0, -2)], mode=t.mode)
    t = Tune("minor")
    write("key-voice-alone-c-by-default", t, [signs(t, key=False).sharps(0, 0), tune_of(t)], mode=t.mode, chords="?")


def grids():
    def put(name, t, tracks, ppq=480, **heard):
        write("grid-" + name, t, whole([p.body(ppq) for p in tracks], ppq=ppq), **heard)

    t = Tune("twinkle")
    t.melody = [(s, n // 2, p) for s, n, p in t.melody]
    for ppq in (2, 4):
        put(f"{ppq}-ticks-with-rests", t, parts(t), ppq)
    t = Tune("minor")
    put("10-ticks", t, parts(t), 10)
    t = Tune("hornpipe")

    def swung(step):
        return step // 4 * 4 + (0, 4 / 3, 8 / 3, 10 / 3)[step % 4]
    put("swung", t, [signs(t), tune_of(t, at=swung), block(t, every=4, gate=0.9)], 192,
        melody=[(round(swung(s)), round(swung(s + n)) - round(swung(s)), p) for s, n, p in t.melody])
    pipes = tune_of(t)
    for s, n, p in t.melody[1:]:
        if s % 8 == 0:
            pipes.note(s - 0.2, s, p + 2)
    put("grace-notes", t, [signs(t), pipes, block(t)])
    t = Tune("country")
    for name, off in (("by-hand", lambda i: by_hand(i, 4 / 30)), ("behind", lambda i: abs(by_hand(i, 7 / 30)))):
        hand, other = Track("Melody"), Track("Chords", 1)
        for i, (s, n, p) in enumerate(t.melody):
            hand.note(s + off(i), s + n * 0.85, p)
        for i, (s, n, chord) in enumerate(t.chords):
            for j, p in enumerate(close(chord)):
                other.note(s + off(5 * i + j), s + n * 0.97, p)
        put(name, t, [signs(t), hand, other], 120, spare=1)
    t = Tune("jacques")
    first = signs(t, meter=False, tempo=100)
    put("off-every-line", t, [first] + [p.later(1337 / 120) for p in parts(t)[1:]], tempo=100)


def alone():
    def put(name, t, first=None, voice=None, *rest, **heard):
        write("alone-" + name, t, [first or signs(t), voice or tune_of(t, "Melody")] + list(rest), **heard)

    def named(track, t, kind, names=lambda c: c, late=0):
        last = None
        for s, n, chord in t.chords:
            if chord != last:
                track.meta(s + late, kind, names(chord))
            last = chord
        return track

    put("melody", Tune("twinkle"), chords="?")
    t = Tune("washerwoman")
    put("pickup-padded", t, signs(t, tempo=90), tune_of(t).later(10), chords="?", tempo=90)
    t = Tune("hornpipe")
    put("parts-a-and-b", t, signs(t).meta(0, 6, "A").meta(128, 6, "B"), chords="?")
    t = Tune("grace")
    voice, words = tune_of(t, "Voice"), "A ma zing grace how sweet the sound that saved Am I now Em or D".split()
    for i, (s, n, p) in enumerate(t.melody):
        voice.meta(s, 5, words[i % len(words)])
    put("words-like-chords", t, None, voice.later(8), chords="?")
    t = Tune("country")
    put("chords-as-text", t, None, named(tune_of(t), t, 1))
    put("chords-as-markers", t, named(signs(t), t, 6))
    t = Tune("sevenths")
    slashed = {"G7": "G7/F", "Am7": "Am7/E"}
    put("chords-as-lyrics", t, None, named(tune_of(t), t, 5, lambda c: slashed.get(c, c)), chords="*")
    t = Tune("clementine")
    put("chords-in-their-track", t, None, tune_of(t, "Voice").later(8),
        named(Track("Chords").meta(0, 1, "N.C."), t, 1, late=8))
    t = Tune("saints")
    put("chords-in-brackets", t, named(signs(t).meta(0, 6, "Strophe"), t, 1, "[{}]".format, 4), tune_of(t).later(4))
    t = Tune("godrest")
    put("chords-of-germany", t, None, named(tune_of(t, "Gesang"), t, 1, lambda c: c.replace("B", "H")))
    t = Tune("minor")
    others = {"Gm": "Gmin", "Cm": "C-", "D7": "D7(b9)", "Bb": "Bbmaj7", "F": "Fadd9"}
    put("chords-spelt-otherwise", t, named(signs(t), t, 6, others.get), chords={"Bb": "*", "F": "*"})


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    for kind in (containers, frames, chords, roles, keys, grids, alone):
        kind()
    # what has no melody is no tune; expected.tsv does not have it
    t = Tune("country")
    os.makedirs(os.path.join(sys.argv[1], "no-tune"), exist_ok=True)
    with open(os.path.join(sys.argv[1], "no-tune", "chords.mid"), "wb") as f:
        f.write(whole([p.body() for p in (signs(t), block(t, "Chords"))]))
    with open(os.path.join(sys.argv[1], "expected.tsv"), "w") as f:
        f.writelines("\t".join(row) + "\n" for row in ROWS)


if __name__ == "__main__":
    main()
