/* What a bar is like: see gestures.h. SPDX-License-Identifier: MIT */
#include "nott/music/gestures.h"

#include <stdlib.h>
#include <string.h>

#define LEAP 5 /* semitones, from which on a turn is expected */

/* The groups of gestures, one after the other. */
enum {
    INTERVAL = 0,               /* -8 and below .. 8 and above */
    OCTAVE = INTERVAL + 17,     /* down, up */
    COURSE = OCTAVE + 2,        /* turns, repeats, goes on */
    RECOVER = COURSE + 3,       /* after a leap: turns, does not */
    TONE = RECOVER + 2,         /* on the bar line, mid-bar, elsewhere: a chord
                                 * tone, another note */
    CHANGE = TONE + 6,          /* chord: on the bar line, mid-bar, on another
                                 * beat, off the beats */
    MOTION = CHANGE + 4,        /* of its root, 0..11 semitones */
    ROOT = MOTION + 12,         /* degree of the chord on the bar line, none */
    DEGREE = ROOT + 13,         /* of the notes struck */
    PLACE = DEGREE + 12,        /* eighths of the bar in which they are */
    ODD = PLACE + 8,            /* struck between the eighths of the grid */
    FIRST = ODD + 1,            /* degree of the first note of a phrase */
    NUMBER = FIRST + 13,        /* of notes, as a number */
    WAY = NUMBER + 1,           /* for each planned way: it came, it did not */
    LIKE = WAY + 2 * FORM_WAYS, /* a new bar like that 1, 2, 3, 4, 8 before: in
                                 * rhythm, in part, whole */
    REST = LIKE + 15,           /* at the end of a phrase: note, chord as
                                 * planned, not so; both again for the last bar
                                 * of a part */
    CLOSE = REST + 8,           /* degree of the note that phrase rests on */
    HEIGHT = CLOSE + 13, /* mean in the range of the part: fifths of it */
    LAST = HEIGHT + 5,   /* the last bar: notes struck after its middle,
                          * a leap into the last note */
    ALWAYS = LAST + 2,
    USED = ALWAYS + 1
};
_Static_assert(USED == GESTURES, "all of them are counted");

struct bar {
    const struct vocabulary *v;
    const struct tune *t;
    const struct form *f;
    int number, bar;
    size_t from, to;
    float *out;
};

static int struck(const struct bar *x, size_t k) {
    return vocabulary_struck(x->v, x->t->melody, k);
}

static int degree(const struct bar *x, int pitch_class) {
    int d = tune_degree(x->t->frame.header.key, pitch_class);
    return d < 0 ? FORM_NONE : d;
}

static int root_at(const struct bar *x, size_t k) {
    return x->t->has_chords ? x->v->chords[x->t->chord[k]].root : -1;
}

/* ---- the line ---- */

static void add_interval(struct bar *x, int d) {
    int clipped = d < -8 ? -8 : d > 8 ? 8 : d;
    x->out[INTERVAL + 8 + clipped] += 1;
    if (abs(d) == 12)
        x->out[OCTAVE + (d > 0)] += 1;
}

static void add_course(struct bar *x, int before, int now) {
    int turn = before * now < 0;
    x->out[COURSE + (turn ? 0 : before * now == 0 ? 1 : 2)] += 1;
    if (abs(before) >= LEAP)
        x->out[RECOVER + !turn] += 1;
}

/* The two pitches struck before the bar, the later one last; -1 = none. */
static void pitches_before(const struct bar *x, int last[2]) {
    int n = 0;
    last[0] = last[1] = -1;
    for (size_t k = x->from; k-- > 0 && n < 2;) {
        int p = struck(x, k);
        if (p >= 0)
            last[1 - n++] = p;
    }
}

static void add_tone(struct bar *x, size_t k, int pitch) {
    int place = (int)(k - x->from);
    int where = place == 0 ? 0 : place == x->bar / 2 ? 1 : 2;
    const struct chord_class *c = &x->v->chords[x->t->chord[k]];
    if (x->t->has_chords && c->root >= 0)
        x->out[TONE + 2 * where + !(c->set >> (pitch % 12) & 1)] += 1;
}

static int notes_in(struct bar *x) {
    int last[2], notes = 0, sum = 0;
    int eighth = x->t->frame.steps_per_quarter / 2;
    const struct form_part *part = &x->f->part[x->number / FORM_PART];
    pitches_before(x, last);
    for (size_t k = x->from; k < x->to; k++) {
        int p = struck(x, k), place = (int)(k - x->from);
        if (p < 0)
            continue;
        if (last[1] >= 0)
            add_interval(x, p - last[1]);
        if (last[0] >= 0)
            add_course(x, last[1] - last[0], p - last[1]);
        add_tone(x, k, p);
        if (degree(x, p % 12) < 12)
            x->out[DEGREE + degree(x, p % 12)] += 1;
        x->out[PLACE + place * 8 / x->bar] += 1;
        x->out[ODD] += eighth > 1 && place % eighth;
        last[0] = last[1];
        last[1] = p;
        sum += p;
        notes++;
    }
    int wide = part->high - part->low + 1;
    if (notes && part->high) {
        int fifth = 5 * (sum / notes - part->low) / wide;
        x->out[HEIGHT + (fifth < 0 ? 0 : fifth > 4 ? 4 : fifth)] = 1;
    }
    return notes;
}

/* ---- chords ---- */

static void add_change(struct bar *x, size_t k) {
    int place = (int)(k - x->from), beat = tune_beat_steps(&x->t->frame.header);
    int where = place == 0            ? 0
                : place == x->bar / 2 ? 1
                : place % beat == 0   ? 2
                                      : 3;
    int old = root_at(x, k - 1), new = root_at(x, k);
    x->out[CHANGE + where] += 1;
    if (old >= 0 && new >= 0)
        x->out[MOTION + (new - old + 12) % 12] += 1;
}

static void add_chords(struct bar *x) {
    if (!x->t->has_chords)
        return;
    x->out[ROOT + degree(x, root_at(x, x->from))] = 1;
    for (size_t k = x->from ? x->from : 1; k < x->to; k++)
        if (x->t->chord[k] != x->t->chord[k - 1])
            add_change(x, k);
}

/* ---- what comes back ---- */

static void add_likeness(struct bar *x) {
    static const int lags[5] = {1, 2, 3, 4, 8};
    for (int i = 0; i < 5; i++) {
        size_t back = (size_t)(lags[i] * x->bar);
        size_t n = x->to - x->from, same = 0;
        int rhythm = 1;
        if (lags[i] > x->number)
            return;
        for (size_t k = x->from; k < x->to; k++) {
            same += x->t->melody[k] == x->t->melody[k - back];
            rhythm &= (struck(x, k) < 0) == (struck(x, k - back) < 0);
        }
        x->out[LIKE + 3 * i] = rhythm != 0;
        x->out[LIKE + 3 * i + 1] = (float)same / (float)n;
        x->out[LIKE + 3 * i + 2] = same == n;
    }
}

static void add_form(struct bar *x, int notes) {
    const struct form_bar *plan = &x->f->bar[x->number];
    x->out[NUMBER] = (float)notes;
    if (plan->way == FORM_NEW) {
        add_likeness(x);
        return;
    }
    int came = form_way_of(x->v, &x->t->frame.header, x->t->melody, x->to,
                           x->number, plan->from);
    x->out[WAY + 2 * plan->way + (came < plan->way)] = 1;
}

/* ---- where phrases and parts end ---- */

static void add_rest(struct bar *x) {
    size_t middle = x->from + (size_t)x->bar / 2;
    const struct form_bar *plan = &x->f->bar[x->number];
    int at = x->number % FORM_PART == FORM_PART - 1 ? REST + 4 : REST;
    if (middle >= x->to)
        return;
    int pitch =
        vocabulary_pitch(x->v, vocabulary_sounding(x->v, x->t->melody, middle));
    int note = degree(x, pitch < 0 ? -1 : pitch % 12);
    x->out[at + (note != plan->note)] = 1;
    x->out[at + 2 + (degree(x, root_at(x, middle)) != plan->chord)] = 1;
    x->out[CLOSE + note] = 1;
}

static void add_last(struct bar *x) {
    int last[2] = {-1, -1};
    for (size_t k = x->from; k < x->to; k++) {
        int p = struck(x, k);
        if (p < 0)
            continue;
        x->out[LAST] += (int)(k - x->from) > x->bar / 2;
        last[0] = last[1];
        last[1] = p;
    }
    x->out[LAST + 1] = last[0] >= 0 && abs(last[1] - last[0]) >= 7;
}

static void add_first(struct bar *x) {
    for (size_t k = x->from; k < x->to; k++)
        if (struck(x, k) >= 0) {
            x->out[FIRST + degree(x, struck(x, k) % 12)] = 1;
            return;
        }
}

void gestures_of_bar(const struct vocabulary *v, const struct tune *t,
                     const struct form *f, int b, float out[GESTURES]) {
    const struct tune_header *h = &t->frame.header;
    size_t from = (size_t)h->phase + (size_t)b * (size_t)h->bar;
    size_t to =
        from + (size_t)h->bar < t->steps ? from + (size_t)h->bar : t->steps;
    struct bar x = {v, t, f, b, h->bar, from, to, out};
    memset(out, 0, GESTURES * sizeof *out);
    out[ALWAYS] = 1;
    if (from >= t->steps)
        return;
    int notes = notes_in(&x);
    add_chords(&x);
    add_form(&x, notes);
    if (b % FORM_PHRASE == 0)
        add_first(&x);
    if (b % FORM_PHRASE == FORM_PHRASE - 1)
        add_rest(&x);
    if (b == f->bars - 1)
        add_last(&x);
}
