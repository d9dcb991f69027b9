/* Songs in memory: see song.h. SPDX-License-Identifier: MIT */
#include "nott/music/song.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const song_repair_names[SONG_REPAIRS] = {
    "RIFF container",
    "format 0 with several tracks",
    "format 2",
    "track count",
    "unknown chunk",
    "bytes outside the chunks",
    "chunk length",
    "empty track",
    "cut short",
    "no End of Track",
    "early End of Track",
    "End of Track with data",
    "bytes after End of Track",
    "running status over a meta event",
    "running status over system exclusive",
    "real-time message",
    "data byte above 127",
    "bad tempo",
    "bad time signature",
    "bad key signature",
};

const char *song_repairs(const struct song *s, char *text, size_t cap) {
    size_t n = 0;
    text[0] = 0;
    for (int i = 0; i < SONG_REPAIRS; i++)
        if (s->repaired >> i & 1 && n < cap)
            n += (size_t)snprintf(text + n, cap - n, "%s%s", n ? ", " : "",
                                  song_repair_names[i]);
    return text;
}

void song_free(struct song *s) {
    for (size_t i = 0; i < s->part_count; i++)
        free(s->parts[i].notes);
    free(s->parts);
    free(s->marks);
    *s = (struct song){0};
}

/* Returns p, moved if need be, with room for one more element of `size` bytes
 * after `count`; NULL when out of memory, and then p is still valid. */
static void *grow(void *p, size_t *cap, size_t count, size_t size) {
    if (count < *cap)
        return p;
    size_t more = *cap ? *cap * 2 : 16;
    if (more > SIZE_MAX / 2 / size)
        return NULL;
    void *q = realloc(p, more * size);
    if (q)
        *cap = more;
    return q;
}

size_t song_text_fit(const char *text, size_t n) {
    if (n <= SONG_TEXT_MAX)
        return n;
    size_t cut = SONG_TEXT_MAX;
    while (cut > SONG_TEXT_MAX - 3 && (text[cut] & 0xc0) == 0x80)
        cut--;
    /* Four trailing bytes in a row are not UTF-8: nothing to keep whole. */
    return (text[cut] & 0xc0) == 0x80 ? SONG_TEXT_MAX : cut;
}

int song_add_part(struct song *s, const char *name, int program) {
    size_t n = s->part_count;
    if (n >= INT_MAX)
        return -1;
    /* No field holds a capacity: it is the power of two at or above n. */
    if ((n & (n - 1)) == 0) {
        struct part *p = realloc(s->parts, (n ? n * 2 : 1) * sizeof *p);
        if (!p)
            return -1;
        s->parts = p;
    }
    struct part *part = &s->parts[n];
    *part = (struct part){.program = program};
    memcpy(part->name, name, song_text_fit(name, strlen(name)));
    s->part_count++;
    return (int)n;
}

int song_add_note(struct song *s, int part, struct note note, struct err *e) {
    assert(part >= 0 && (size_t)part < s->part_count);
    struct part *p = &s->parts[part];
    struct note *v = grow(p->notes, &p->cap, p->count, sizeof *v);
    if (!v)
        return err_set(e, ERR_MEM, "notes: out of memory");
    p->notes = v;
    size_t at = p->count;
    while (at > 0 && v[at - 1].onset > note.onset)
        at--;
    memmove(v + at + 1, v + at, (p->count - at) * sizeof *v);
    v[at] = note;
    p->count++;
    if (p->end < note.onset + note.duration)
        p->end = note.onset + note.duration;
    return 0;
}

static int mark_before(const struct mark *a, const struct mark *b) {
    return a->part != b->part ? a->part < b->part : a->tick < b->tick;
}

int song_add_mark(struct song *s, struct mark mark, struct err *e) {
    assert(mark.part >= 0 && (size_t)mark.part < s->part_count);
    struct mark *v = grow(s->marks, &s->mark_cap, s->mark_count, sizeof *v);
    if (!v)
        return err_set(e, ERR_MEM, "marks: out of memory");
    s->marks = v;
    size_t at = s->mark_count;
    while (at > 0 && mark_before(&mark, &v[at - 1]))
        at--;
    memmove(v + at + 1, v + at, (s->mark_count - at) * sizeof *v);
    v[at] = mark;
    s->mark_count++;
    return 0;
}

const struct mark *song_mark_at(const struct song *s, enum mark_kind kind,
                                int part, int64_t tick) {
    const struct mark *best = NULL;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind != kind || m->tick > tick)
            continue;
        if (part >= 0 && m->part != part)
            continue;
        if (!best || m->tick >= best->tick)
            best = m;
    }
    return best;
}

int song_names_chord(const struct mark *m) {
    return m->kind == MARK_TEXT && m->part == SONG_MELODY && m->a == SONG_LYRIC;
}
