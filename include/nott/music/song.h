/* A piece of music in ticks: parts with notes, and the signatures over them.
 * Ticks count from the start of the piece; `ppq` of them make a quarter note.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SONG_H
#define NOTT_SONG_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"

#define SONG_TEXT_MAX 127 /* bytes of a name or text, without the NUL */

struct note {
    int64_t onset, duration; /* ticks; duration >= 0 */
    int pitch;               /* MIDI key 0..127, 60 = C4 */
    int velocity;            /* 1..127 */
    int channel;             /* 0..15 */
};

struct part { /* one track of a MIDI file, with or without notes */
    char name[SONG_TEXT_MAX + 1];
    int program;        /* General MIDI 0..127 at the start, -1 = not said */
    struct note *notes; /* owned; in order of onset, then of the file */
    size_t count, cap;
    int64_t end; /* tick of the last event other than End of Track */
};

/* The parts of the songs that we make ourselves (decode.h, perform.h): signs,
 * melody, and chords if there are some. */
enum song_part { SONG_SIGNS, SONG_MELODY, SONG_CHORDS };

#define SONG_LYRIC 5 /* MIDI's type of the texts there that name chords */

enum mark_kind {
    MARK_TEMPO, /* a = microseconds per quarter note */
    MARK_METER, /* a / b: beats per bar, note value of a beat (4 = quarter) */
    MARK_KEY,   /* a = sharps (-7..7, negative = flats), b = 1 in minor; text is
                 * tonic and mode, "A dorian", where they are known */
    MARK_TEXT,  /* text; a = MIDI text type 1..9 (1 text, 3 name, 6 marker) */
};

struct mark {
    int64_t tick;
    enum mark_kind kind;
    int part; /* index of the part whose track holds it */
    int a, b;
    char text[SONG_TEXT_MAX + 1]; /* no MIDI file has that of MARK_KEY */
};

/* What a file had that no song has, and that was left out or put right because
 * neither notes nor times depend on it: bits. */
enum song_repair {
    REPAIR_RIFF = 1 << 0,
    REPAIR_FORMAT_0 = 1 << 1,
    REPAIR_FORMAT_2 = 1 << 2,
    REPAIR_TRACKS = 1 << 3,
    REPAIR_ALIEN = 1 << 4,
    REPAIR_STRAY = 1 << 5,
    REPAIR_LENGTH = 1 << 6,
    REPAIR_EMPTY = 1 << 7,
    REPAIR_CUT = 1 << 8,
    REPAIR_NO_END = 1 << 9,
    REPAIR_EARLY_END = 1 << 10,
    REPAIR_LONG_END = 1 << 11,
    REPAIR_AFTER_END = 1 << 12,
    REPAIR_RUNNING_META = 1 << 13,
    REPAIR_RUNNING_SYSEX = 1 << 14,
    REPAIR_REALTIME = 1 << 15,
    REPAIR_DATA = 1 << 16,
    REPAIR_TEMPO = 1 << 17,
    REPAIR_METER = 1 << 18,
    REPAIR_KEY = 1 << 19,
};
#define SONG_REPAIRS     20
#define SONG_REPAIRS_MAX 640 /* holds the names of all, with their NUL */

/* Their names, in the order of the bits. */
extern const char *const song_repair_names[SONG_REPAIRS];

struct song {
    int ppq;
    unsigned repaired; /* bits of enum song_repair */
    int written; /* by people, as a score: its signs hold, whatever is heard */
    char rhythm[32];    /* "jig", where somebody has written it; else "" */
    struct part *parts; /* owned */
    size_t part_count;
    struct mark *marks; /* owned; in order of part, then of tick */
    size_t mark_count, mark_cap;
};

void song_free(struct song *s); /* leaves it zeroed; a zeroed song is empty */

/* Writes the names of what was repaired to `text` (cap >= 1 bytes), joined by
 * ", ", and returns it: "" when nothing was. What does not fit is cut. */
const char *song_repairs(const struct song *s, char *text, size_t cap);

/* How many of the n bytes of a text to keep: at most SONG_TEXT_MAX and no
 * broken UTF-8 character at the end. */
size_t song_text_fit(const char *text, size_t n);

/* Adds an empty part and returns its index, or -1 when out of memory. A name
 * that is too long is cut. */
int song_add_part(struct song *s, const char *name, int program);

/* Both put the new one in its place in the order, after its equals; this is
 * fast when it belongs last. song_add_note raises the part's `end` to the
 * note's end. ERR_MEM. */
int song_add_note(struct song *s, int part, struct note note, struct err *e);
int song_add_mark(struct song *s, struct mark mark, struct err *e);

/* Does a mark of such a song name the chord that begins there? */
int song_names_chord(const struct mark *m);

/* The mark of that kind at or before `tick` in `part` (any part if -1); NULL
 * if there is none. With several at the same tick the last one counts. */
const struct mark *song_mark_at(const struct song *s, enum mark_kind kind,
                                int part, int64_t tick);

#endif
