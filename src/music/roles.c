/* Who plays what: see roles.h. SPDX-License-Identifier: MIT */
#include "roles.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DRUMS 9  /* channel 10, counted from 0 */
#define SLACK 32 /* notes within a 32nd of a quarter begin together */

static const char *const role_names[] = {"melody", "chords",
                                         "melody and chords", "drums"};

void roles_free(struct roles *r) {
    for (size_t i = 0; i < r->count; i++)
        free(r->voices[i].part.notes);
    free(r->voices);
    free(r->melody.notes);
    free(r->top.notes);
    free(r->chords.notes);
    *r = (struct roles){.main = -1};
}

/* ---- voices ---- */

/* The notes of p on a channel (-1 = any but the drums') as a voice, if there
 * are some. */
static int add_voice(struct roles *r, const struct part *p, int track,
                     int channel) {
    struct voice v = {.part = *p, .track = track, .channel = channel + 1};
    v.part.notes = malloc((p->count + 1) * sizeof *v.part.notes);
    v.part.count = 0;
    if (!v.part.notes)
        return -1;
    for (size_t i = 0; i < p->count; i++)
        if (channel < 0 ? p->notes[i].channel != DRUMS
                        : p->notes[i].channel == channel)
            v.part.notes[v.part.count++] = p->notes[i];
    v.role = channel == DRUMS ? ROLE_DRUMS : ROLE_CHORDS;
    if (v.part.count)
        r->voices[r->count++] = v;
    else
        free(v.part.notes);
    return 0;
}

static int has_tones(const struct part *p) {
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].channel != DRUMS)
            return 1;
    return 0;
}

/* One voice a track, and one for its drums; channels where one track has all
 * but drums. */
static int list_voices(struct roles *r, const struct song *s) {
    size_t with_tones = 0;
    for (size_t i = 0; i < s->part_count; i++)
        with_tones += (size_t)has_tones(&s->parts[i]);
    r->voices = calloc(16 * s->part_count + 1, sizeof *r->voices);
    if (!r->voices)
        return -1;
    for (size_t i = 0; i < s->part_count; i++) {
        const struct part *p = &s->parts[i];
        int together = with_tones > 1;
        if (together && add_voice(r, p, (int)i + 1, -1))
            return -1;
        for (int channel = 0; channel < 16; channel++)
            if ((!together || channel == DRUMS) &&
                add_voice(r, p, (int)i + 1, channel))
                return -1;
    }
    return 0;
}

/* ---- evidence ---- */

/* The notes from i on that begin together; where they end. */
static size_t group_end(const struct part *p, size_t i, int64_t slack) {
    size_t k = i + 1;
    while (k < p->count && p->notes[k].onset - p->notes[i].onset <= slack)
        k++;
    return k;
}

/* Notes of a group that are more than another's octave. */
static int distinct(const struct part *p, size_t from, size_t to) {
    unsigned classes = 0;
    int n = 0;
    for (size_t i = from; i < to; i++) {
        unsigned bit = 1u << (p->notes[i].pitch % 12);
        n += !(classes & bit);
        classes |= bit;
    }
    return n;
}

static void weigh(struct voice *v, int ppq, int64_t end) {
    const struct part *p = &v->part;
    int64_t sounding = 0, covered = 0;
    size_t groups = 0, notes = 0;
    double pitch = 0;
    for (size_t i = 0, to; i < p->count; i = to) {
        to = group_end(p, i, ppq / SLACK);
        groups++;
        notes += (size_t)distinct(p, i, to);
    }
    for (size_t i = 0; i < p->count; i++) {
        int64_t on = p->notes[i].onset, off = on + p->notes[i].duration;
        pitch += p->notes[i].pitch;
        if (off > covered) {
            sounding += off - (on > covered ? on : covered);
            covered = off;
        }
    }
    v->at_once = (double)notes / (double)groups;
    v->coverage = end > 0 ? (double)sounding / (double)end : 0;
    v->pitch = pitch / (double)p->count;
}

static int has_word(const char *name, const char *const *words) {
    char small[SONG_TEXT_MAX + 1];
    size_t n = 0;
    for (; name[n] && n < SONG_TEXT_MAX; n++)
        small[n] = (char)tolower((unsigned char)name[n]);
    small[n] = 0;
    for (; *words; words++) {
        const char *at = strstr(small, *words);
        if (at && (at == small || !isalpha((unsigned char)at[-1])))
            return 1;
    }
    return 0;
}

/* A name of many words is the tune's ("The Girl I Left Behind Me"). */
static int is_title(const char *name) {
    int words = 0;
    for (const char *p = name; *p; p++)
        words += *p != ' ' && (p == name || p[-1] == ' ');
    return words > 3;
}

/* 1 for names of melodies, by how their words begin, -1 for those of other
 * voices. */
static int named_melody(const char *name) {
    static const char *const for_it[] = {"melod",  "vocal",    "voice",  "lead",
                                         "solo",   "tune",     "sopran", "sing",
                                         "fiddle", "violin 1", NULL};
    static const char *const against[] = {
        "chord", "accomp", "guitar", "piano", "harmon", "rhythm", "strum",
        "pad",   "bass",   "bridge", "fill",  "comp",   "back",   "tenor",
        "alto",  "cello",  "viola",  "left",  "drum",   "perc",   NULL};
    if (is_title(name))
        return 0;
    return has_word(name, against) ? -1 : has_word(name, for_it);
}

/* How much speaks for a voice as the melody. A name counts most, then that
 * notes come one at a time, then how much it plays and how high. */
static double melody_score(const struct voice *v) {
    double single = v->at_once < 3 ? (3 - v->at_once) / 2 : 0;
    double played = v->coverage < 0.5 ? 2 * v->coverage : 1;
    return 1.5 * named_melody(v->part.name) + 1.5 * single + played +
           (v->pitch - 60) / 12;
}

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

/* ---- parts ---- */

static int by_onset(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->onset != y->onset)
        return x->onset < y->onset ? -1 : 1;
    return x->pitch - y->pitch;
}

/* A voice whose mean onset has more notes than this plays chords too. */
#define MIXED 1.25
/* And one with this many, hardly anything else: a hymn, an accompaniment. */
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
        to = group_end(p, i, ppq / SLACK);
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

/* Parts the notes of a voice into its upper line and what lies below. In a
 * voice of one note at a time all are the line, however long they are held. */
static void part_top(struct roles *r, const struct voice *v, int ppq) {
    const struct part *p = &v->part;
    const struct note *top = NULL;
    int single = v->at_once < 1.1;
    double middle = v->at_once > MIXED ? middle_pitch(p, ppq) : 0;
    for (size_t i = 0, to; i < p->count; i = to) {
        to = group_end(p, i, ppq / SLACK);
        size_t high = highest(p, i, to);
        int under = !single && is_below(top, &p->notes[high], middle);
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

static int is_alone(const struct voice *v, const struct roles *r) {
    for (size_t i = 0; i < r->count; i++)
        if (r->voices[i].role != ROLE_DRUMS && &r->voices[i] != v)
            return 0;
    return 1;
}

/* The melody as it is played, or its upper line where the voice has nobody else
 * to accompany it; its lower notes accompany where they are more than octaves
 * and a double stop here and there. */
static void take_melody(struct roles *r, struct voice *v, int ppq) {
    int mixed = v->at_once > MIXED, alone = is_alone(v, r);
    r->melody_track = v->track;
    v->role = mixed ? ROLE_BOTH : ROLE_MELODY;
    part_top(r, v, ppq);
    cut_line(&r->top);
    r->melody.end = r->top.end = v->part.end;
    r->chords.count = mixed ? r->chords.count : 0;
    r->chords.end = mixed ? v->part.end : 0;
    const struct part *own = mixed && alone ? &r->top : &v->part;
    memcpy(r->melody.notes, own->notes, own->count * sizeof *own->notes);
    r->melody.count = own->count;
    if (alone && v->at_once > CHORDAL) { /* the line is part of its chords */
        memcpy(r->chords.notes, v->part.notes,
               v->part.count * sizeof *v->part.notes);
        r->chords.count = v->part.count;
        r->main = (int)(v - r->voices);
    }
}

static size_t note_count(const struct roles *r) {
    size_t n = 1;
    for (size_t i = 0; i < r->count; i++)
        n += r->voices[i].part.count;
    return n;
}

/* The notes of all that accompanies, and which voice plays most of them. */
static void gather_chords(struct roles *r, int track) {
    size_t most = 0;
    for (size_t i = 0; i < r->count; i++) {
        struct voice *v = &r->voices[i];
        if (v->role != ROLE_CHORDS || (track && v->track != track))
            continue;
        memcpy(r->chords.notes + r->chords.count, v->part.notes,
               v->part.count * sizeof *v->part.notes);
        r->chords.count += v->part.count;
        if (v->at_once > 1.5 && v->part.count > most) {
            most = v->part.count;
            r->main = (int)i;
        }
        if (v->part.end > r->chords.end)
            r->chords.end = v->part.end;
    }
    if (r->chords.count)
        qsort(r->chords.notes, r->chords.count, sizeof *r->chords.notes,
              by_onset);
}

static int split_parts(struct roles *r, struct voice *melody, int chords,
                       int ppq, struct err *e) {
    size_t n = note_count(r);
    r->melody.notes = malloc(n * sizeof *r->melody.notes);
    r->top.notes = malloc(n * sizeof *r->top.notes);
    r->chords.notes = malloc(n * sizeof *r->chords.notes);
    if (!r->melody.notes || !r->top.notes || !r->chords.notes)
        return err_set(e, ERR_MEM, "tracks: out of memory");
    if (melody)
        take_melody(r, melody, ppq);
    gather_chords(r, chords);
    if (r->main >= 0)
        r->chord_track = r->voices[r->main].track;
    else if (r->chords.count)
        r->chord_track = chords ? chords : r->melody_track;
    for (size_t i = 0; i < r->count && r->main < 0; i++)
        if (r->voices[i].role == ROLE_CHORDS && r->chords.count)
            r->chord_track = r->voices[i].track;
    return 0;
}

int roles_find(struct roles *r, const struct song *s, int melody, int chords,
               struct err *e) {
    *r = (struct roles){.main = -1};
    if (list_voices(r, s))
        return err_set(e, ERR_MEM, "tracks: out of memory");
    int64_t end = 0;
    for (size_t i = 0; i < r->count; i++)
        end = r->voices[i].part.end > end ? r->voices[i].part.end : end;
    for (size_t i = 0; i < r->count; i++) {
        weigh(&r->voices[i], s->ppq, end);
        r->voices[i].score = melody_score(&r->voices[i]);
    }
    return split_parts(r, best_melody(r, melody, chords), chords, s->ppq, e);
}

void roles_tell(const struct roles *r, struct buf *out) {
    for (size_t i = 0; i < r->count; i++) {
        const struct voice *v = &r->voices[i];
        buf_printf(out, "  track %d", v->track);
        if (v->channel)
            buf_printf(out, " channel %d", v->channel);
        buf_printf(out,
                   " \"%s\": %s; %zu notes, %.1f at once, mean pitch %.0f, "
                   "sounds in %.0f %%, %.1f for a melody\n",
                   v->part.name, role_names[v->role], v->part.count, v->at_once,
                   v->pitch, 100 * v->coverage, v->score);
    }
}
