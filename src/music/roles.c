/* Who plays what: see roles.h. SPDX-License-Identifier: MIT */
#include "roles.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static const char *const role_names[] = {
    "melody", "chords", "melody and chords", "second melody", "drums"};

void roles_free(struct roles *r) {
    for (size_t i = 0; i < r->count; i++)
        free(r->voices[i].part.notes);
    free(r->voices);
    free(r->melody.notes);
    free(r->top.notes);
    free(r->chords.notes);
    free(r->names.notes);
    *r = (struct roles){0};
}

static int by_onset(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    if (x->pitch != y->pitch)
        return x->pitch - y->pitch;
    if (x->duration != y->duration)
        return x->duration < y->duration ? -1 : 1;
    return x->velocity - y->velocity;
}

static void add_notes(struct part *to, const struct part *from) {
    memcpy(to->notes + to->count, from->notes,
           from->count * sizeof *from->notes);
    to->count += from->count;
    to->end = from->end > to->end ? from->end : to->end;
}

static void sort_notes(struct part *p) {
    if (p->count)
        qsort(p->notes, p->count, sizeof *p->notes, by_onset);
}

/* ---- the upper line ---- */

/* Voices with fewer notes at once than this play one at a time, with more they
 * play chords too, and with many, hardly anything else: a hymn, an
 * accompaniment. */
#define SINGLE  1.1
#define MIXED   1.25
#define CHORDAL 2.7

static size_t highest(const struct part *p, size_t from, size_t to) {
    size_t high = from;
    for (size_t k = from; k < to; k++)
        if (p->notes[k].pitch > p->notes[high].pitch)
            high = k;
    return high;
}

/* Halfway between the upper notes of all onsets of several and the others. */
static double middle_pitch(const struct part *p, int ppq) {
    double upper = 0, lower = 0;
    size_t groups = 0, others = 0;
    for (size_t i = 0, to; i < p->count; i = to) {
        to = voices_onset_end(p, i, ppq);
        size_t high = highest(p, i, to);
        for (size_t k = i; k < to && to - i > 1; k++)
            if (k != high) {
                lower += p->notes[k].pitch;
                others++;
            }
        upper += to - i > 1 ? p->notes[high].pitch : 0;
        groups += to - i > 1;
    }
    return others ? (upper / (double)groups + lower / (double)others) / 2 : 0;
}

/* Is a note below the line, whose last one is `top`? So it is where that sounds
 * over half of it, and where it leaps down to what accompanies. */
static int is_below(const struct note *top, const struct note *n,
                    double middle) {
    if (!top || top->pitch <= n->pitch)
        return 0;
    int covered = 2 * (top->onset + top->duration - n->onset) >= n->duration;
    return covered || (n->pitch < middle && top->pitch - n->pitch > 7);
}

/* Where nearly all onsets are chords, one with as many notes as others has its
 * note of the line too, however low. */
static int is_full(const struct voice *v, size_t notes) {
    double mean = (double)v->part.count / (double)v->onsets;
    return v->at_once > CHORDAL && (double)notes > mean - 0.25;
}

/* Parts the notes of a voice into its upper line and what lies below. In a
 * voice of one note at a time all are the line, however long they are held. */
static void part_top(struct roles *r, const struct voice *v, int ppq) {
    const struct part *p = &v->part;
    const struct note *top = NULL;
    double middle = v->at_once > MIXED ? middle_pitch(p, ppq) : 0;
    for (size_t i = 0, to; i < p->count; i = to) {
        to = voices_onset_end(p, i, ppq);
        size_t high = highest(p, i, to);
        int under =
            v->at_once >= SINGLE &&
            is_below(top, &p->notes[high], is_full(v, to - i) ? 0 : middle);
        for (size_t k = i; k < to; k++)
            if (k == high && !under)
                r->top.notes[r->top.count++] = p->notes[k];
            else
                r->chords.notes[r->chords.count++] = p->notes[k];
        if (!under)
            top = &p->notes[high];
        r->doubled += !under && to - i > 1;
    }
}

/* Notes of the line end where the next one begins. */
static void cut_line(struct part *line) {
    for (size_t i = 0; i + 1 < line->count; i++) {
        struct note *n = &line->notes[i];
        int64_t most = line->notes[i + 1].onset - n->onset;
        n->duration = n->duration < most ? n->duration : most > 0 ? most : 0;
    }
}

/* ---- the melody ---- */

/* The best voice for the melody: of a track, or (0) of any but `other`, unless
 * there is none but that. */
static struct voice *best_melody(const struct roles *r, int track, int other) {
    struct voice *best = NULL;
    for (size_t i = 0; i < r->count; i++) {
        struct voice *v = &r->voices[i];
        if (v->role == ROLE_DRUMS || (track && v->track != track) ||
            (!track && v->track == other))
            continue;
        if (!best || v->score > best->score)
            best = v;
    }
    return best || track || !other ? best : best_melody(r, other, 0);
}

static int is_alone(const struct voice *v, const struct roles *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->voices[i].role != ROLE_DRUMS && &r->voices[i] != v)
            return 0;
    return 1;
}

/* Does the upper line of chords move no more than chords do? Then it is no
 * tune: the voice accompanies one that is not there. */
static int is_accompaniment(const struct voice *v, int ppq) {
    const struct part *p = &v->part;
    size_t moves = 0;
    int last = -1; /* the first note moves too */
    for (size_t i = 0, to; i < p->count; i = to) {
        to = voices_onset_end(p, i, ppq);
        int pitch = p->notes[highest(p, i, to)].pitch;
        moves += pitch != last;
        last = pitch;
    }
    return v->at_once > CHORDAL &&
           (double)(moves - 1) * ppq < 0.4 * (double)p->end;
}

/* Double stops on one or two strings are drones, and no harmony. */
static int has_harmony(const struct part *p) {
    return voices_classes(p, 0, p->count) > 3;
}

/* The melody as it is played, or its upper line where the voice has nobody else
 * to accompany it; its lower notes accompany where they are more than octaves
 * and a double stop here and there. */
/* What is written as one voice is one, double stops and all. */
static void take_melody(struct roles *r, struct voice *v, int ppq,
                        int written) {
    int mixed = v->at_once > MIXED && !written, alone = is_alone(v, r);
    r->melody_track = v->track;
    v->role = mixed ? ROLE_BOTH : ROLE_MELODY;
    part_top(r, v, ppq);
    cut_line(&r->top);
    r->melody.end = r->top.end = v->part.end;
    if (!mixed || (alone && !has_harmony(&r->chords)))
        r->chords.count = 0;
    r->chords.end = mixed ? v->part.end : 0;
    const struct part *own = (mixed && alone) || written ? &r->top : &v->part;
    memcpy(r->melody.notes, own->notes, own->count * sizeof *own->notes);
    r->melody.count = own->count;
    if (alone && v->at_once > CHORDAL &&
        !written) { /* the line is part of its chords */
        r->chords.count = 0;
        add_notes(&r->chords, &v->part);
        r->main = &v->part;
        r->at_once = v->at_once;
    }
}

/* A stretch in which a part sounds without a break. */
struct span {
    int64_t from, to;
    size_t next; /* the first note after it */
};

static int next_span(const struct part *p, struct span *s) {
    if (s->next == p->count)
        return 0;
    s->from = s->to = p->notes[s->next].onset;
    for (; s->next < p->count && p->notes[s->next].onset <= s->to; s->next++) {
        const struct note *n = &p->notes[s->next];
        int64_t end = n->onset + n->duration;
        s->to = end > s->to ? end : s->to;
    }
    return 1;
}

/* How much of the time in which a sounds b does so too. */
static double overlap(const struct part *a, const struct part *b) {
    struct span x = {0}, y = {0};
    int64_t both = 0, all = 0;
    int more = next_span(b, &y);
    while (next_span(a, &x)) {
        all += x.to - x.from;
        while (more && y.from < x.to) {
            int64_t from = x.from > y.from ? x.from : y.from;
            int64_t to = x.to < y.to ? x.to : y.to;
            both += to > from ? to - from : 0;
            if (y.to > x.to)
                break;
            more = next_span(b, &y);
        }
    }
    return all > 0 ? (double)both / (double)all : 1;
}

#define HANDS 16 /* that a tune goes through at most */

/* Voices that play the tune where the melody's is silent. */
static void pass_on(struct roles *r, const struct voice *melody) {
    int hands = melody->at_once < SINGLE ? HANDS : 0;
    for (size_t i = 0; i < r->count && hands; i++) {
        struct voice *v = &r->voices[i];
        double far = v->pitch - melody->pitch;
        if (v->role != ROLE_CHORDS || v->at_once >= SINGLE || far > 12 ||
            far < -12 || 8 * v->onsets < melody->onsets ||
            overlap(&v->part, &r->melody) > 0.05)
            continue;
        hands--;
        v->role = ROLE_MELODY;
        add_notes(&r->melody, &v->part);
        add_notes(&r->top, &v->part);
        sort_notes(&r->melody);
        sort_notes(&r->top);
        cut_line(&r->top);
    }
}

/* ---- the accompaniment ---- */

/* Does a voice move with the melody, note by note? */
static int moves_along(const struct voice *v, const struct part *melody,
                       int ppq) {
    size_t with = 0;
    for (size_t i = 0; i < v->part.count; i++)
        with +=
            voices_note_at(melody, v->part.notes[i].onset, ppq) < melody->count;
    return v->at_once < SINGLE && 10 * with >= 9 * v->part.count &&
           10 * v->part.count >= 7 * melody->count;
}

/* Second melodies, if anybody else accompanies. */
static void find_seconds(struct roles *r, int ppq) {
    size_t others = 0;
    for (size_t i = 0; i < r->count; i++) {
        struct voice *v = &r->voices[i];
        if (v->role == ROLE_CHORDS && moves_along(v, &r->melody, ppq))
            v->role = ROLE_SECOND;
        others += v->role == ROLE_CHORDS;
    }
    for (size_t i = 0; i < r->count && !others; i++)
        if (r->voices[i].role == ROLE_SECOND)
            r->voices[i].role = ROLE_CHORDS;
}

/* The notes of all that accompanies, and which voice plays most of them. */
static void gather_chords(struct roles *r, int track) {
    for (size_t i = 0; i < r->count; i++) {
        const struct voice *v = &r->voices[i];
        if (v->role != ROLE_CHORDS || (track && v->track != track))
            continue;
        add_notes(&r->chords, &v->part);
        if (v->at_once > 1.5 && (!r->main || v->part.count > r->main->count)) {
            r->main = &v->part;
            r->at_once = v->at_once;
            r->chord_track = v->track;
        }
        if (!r->main)
            r->chord_track = v->track;
    }
    if (r->chords.count && !r->chord_track)
        r->chord_track = r->melody_track;
    sort_notes(&r->chords);
}

/* Names that stand over nearly every note and say what it is: "G A B c". */
static int name_notes(const struct roles *r, int ppq) {
    size_t names = 0, same = 0;
    const struct part *p = &r->names;
    for (size_t i = 0, to; i < p->count; i = to, names++) {
        to = voices_onset_end(p, i, ppq);
        size_t k = voices_note_at(&r->top, p->notes[i].onset, ppq);
        same += k < r->top.count &&
                (r->top.notes[k].pitch - p->notes[i].pitch) % 12 == 0;
    }
    return 2 * names > r->top.count && 10 * same >= 8 * names;
}

static void take_names(struct roles *r, int part) {
    r->chords.count = 0;
    add_notes(&r->chords, &r->names);
    r->main = &r->names;
    r->at_once = 3;
    r->chord_track = part + 1;
    r->named = 1;
}

/* ---- all of it ---- */

static int open_parts(struct roles *r, struct err *e) {
    size_t n = r->names.count + 1;
    for (size_t i = 0; i < r->count; i++)
        n += r->voices[i].part.count;
    r->melody.notes = malloc(n * sizeof *r->melody.notes);
    r->top.notes = malloc(n * sizeof *r->top.notes);
    r->chords.notes = malloc(n * sizeof *r->chords.notes);
    return r->melody.notes && r->top.notes && r->chords.notes
               ? 0
               : err_set(e, ERR_MEM, "tracks: out of memory");
}

int roles_find(struct roles *r, const struct song *s, int melody, int chords,
               struct err *e) {
    int part;
    *r = (struct roles){0};
    if (voices_list(&r->voices, &r->count, s))
        return err_set(e, ERR_MEM, "tracks: out of memory");
    int named = names_find(&r->names, &part, s, e);
    if (named < 0 || open_parts(r, e))
        return -1;
    struct voice *v = best_melody(r, melody, chords);
    if (v && !melody && is_alone(v, r) && is_accompaniment(v, s->ppq))
        v = NULL;
    if (v) {
        take_melody(r, v, s->ppq, s->written);
        if (!melody)
            pass_on(r, v);
    }
    if (!chords)
        find_seconds(r, s->ppq);
    gather_chords(r, chords);
    if (named && !chords && !name_notes(r, s->ppq))
        take_names(r, part);
    return 0;
}

void roles_tell(const struct roles *r, struct buf *out) {
    for (size_t i = 0; i < r->count; i++) {
        const struct voice *v = &r->voices[i];
        buf_printf(out, "  track %d", v->track);
        if (v->channel)
            buf_printf(out, " channel %d", v->channel);
        buf_printf(out, " \"");
        buf_add_text(out, v->part.name);
        buf_printf(out,
                   "\": %s; %zu notes, %.1f at once, mean pitch %.0f, "
                   "sounds in %.0f %%, %.1f for a melody\n",
                   role_names[v->role], v->part.count, v->at_once, v->pitch,
                   100 * v->coverage, v->score);
    }
    if (r->named)
        buf_printf(out, "  track %d: chords by name in its texts\n",
                   r->chord_track);
}
