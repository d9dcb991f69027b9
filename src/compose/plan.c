/* What a new tune starts from: see plan.h. SPDX-License-Identifier: MIT */
#include "nott/compose/plan.h"

#include <string.h>

#include "nott/music/arrange.h"
#include "nott/music/encode.h"

#define SLOWEST 10 /* tempo that is one */

/* Chances of a tune that plays every part twice, and of others: of training
 * tunes of 32 bars 65 in 100 do, of new ones then 74, as of those kept aside.
 */
#define CHANCES_TWICE 3
#define CHANCES_OTHER 2

/* What an opening is to be like. */
struct signs {
    int beats, unit; /* 0 = any */
    int key;         /* TUNE_KEY_UNKNOWN = any */
    int minor;       /* 0 or 1, -1 = either */
    int bars;        /* of its tune, 0 = any */
    int low, high;   /* pitches that its tune stays within, 0 = any */
};

/* The tune stays within the wanted range, as far as that is known. */
static int range_fits(const struct checkpoint *m, size_t i,
                      const struct signs *y) {
    int low =
        vocabulary_pitch(&m->origin.vocabulary, m->origin.openings[i].melody);
    int high = low;
    if (!y->high)
        return 1;
    if (m->origin.forms)
        form_range(&m->origin.forms[i], &low, &high);
    return low < 0 || (low >= y->low && high <= y->high);
}

static int opening_fits(const struct checkpoint *m, size_t i,
                        const struct signs *y) {
    const struct tune_header *h = &m->origin.openings[i].header;
    const struct form *f = m->origin.forms;
    return (!f || (y->bars ? f[i].bars == y->bars : f[i].bars > 0)) &&
           (!y->beats || (h->beats == y->beats && h->unit == y->unit)) &&
           (y->key < 0 || h->key == y->key) &&
           (y->minor < 0 ||
            (h->key >= 0 && tune_is_minor(h->key) == y->minor)) &&
           range_fits(m, i, y);
}

/* How many chances an opening has: none if it does not fit, and more if its
 * tune plays every part twice, as a session does. */
static size_t chances(const struct checkpoint *m, size_t i,
                      const struct signs *y) {
    const struct form *f = m->origin.forms ? &m->origin.forms[i] : NULL;
    int twice = f && f->bars % (2 * FORM_PART) == 0;
    for (int p = 0; f && p < form_parts(f); p++)
        twice &= f->part[p].letter == p / 2;
    return !opening_fits(m, i, y) ? 0 : twice ? CHANCES_TWICE : CHANCES_OTHER;
}

static size_t count_chances(const struct checkpoint *m, const struct signs *y) {
    size_t all = 0;
    for (size_t i = 0; i < m->origin.opening_count; i++)
        all += chances(m, i, y);
    return all;
}

/* Asks for less: any length, then another key of the same mode, then any key. 0
 * = there is no less. */
static int relax(struct signs *y) {
    if (y->bars) {
        y->bars = 0;
    } else if (y->key >= 0) {
        y->minor = tune_is_minor(y->key);
        y->key = TUNE_KEY_UNKNOWN;
    } else if (y->minor >= 0) {
        y->minor = -1;
    } else {
        return 0;
    }
    return 1;
}

/* The time signatures that there are, that of each tune once. */
static void list_meters(const struct checkpoint *m, struct buf *out) {
    const struct opening *all = m->origin.openings;
    for (size_t i = 0; i < m->origin.opening_count; i++) {
        const struct tune_header *h = &all[i].header;
        size_t k = 0;
        while (k < i && (all[k].header.beats != h->beats ||
                         all[k].header.unit != h->unit))
            k++;
        if (k == i)
            buf_printf(out, "%s%d/%d", out->len ? ", " : "", h->beats, h->unit);
    }
}

/* Says which of the signs it is that no tune has. */
static int no_opening(const struct checkpoint *m, const struct signs *y,
                      struct err *e) {
    struct signs meter = {y->beats, y->unit, TUNE_KEY_UNKNOWN, -1, 0, 0, 0};
    struct buf there = {0};
    if (count_chances(m, &meter))
        return err_set(e, ERR_USAGE,
                       "no training tune %s stays within this range",
                       y->beats ? "in this meter" : "at all");
    list_meters(m, &there);
    err_set(e, ERR_USAGE, "no training tune is in %d/%d, only in %s", y->beats,
            y->unit, there.data ? (const char *)there.data : "none");
    buf_free(&there);
    return -1;
}

/* One of the openings that fit best. */
static int draw_opening(size_t *drawn, const struct checkpoint *m,
                        struct signs wanted, struct rng *rng, struct err *e) {
    struct signs y = wanted;
    size_t fit = count_chances(m, &y), i = 0;
    while (!fit && relax(&y))
        fit = count_chances(m, &y);
    if (!fit)
        return no_opening(m, &wanted, e);
    size_t at = rng_below(rng, fit);
    for (; at >= chances(m, i, &y); i++)
        at -= chances(m, i, &y);
    *drawn = i;
    return 0;
}

/* Semitones, the fewest, from the key of an opening to the wanted one. */
static int find_shift(const struct opening *o, int key) {
    if (key < 0 || o->header.key < 0)
        return 0;
    int up = (tune_tonic(key) - tune_tonic(o->header.key) + 12) % 12;
    return up > 6 ? up - 12 : up;
}

/* An opening in another key; an unknown one leaves it as it is. */
static struct opening move_opening(const struct checkpoint *m,
                                   const struct opening *o, int key,
                                   int shift) {
    const struct vocabulary *v = &m->origin.vocabulary;
    struct opening y = *o;
    y.header.key = key < 0 ? o->header.key : key;
    if (!shift)
        return y;
    int pitch = vocabulary_pitch(v, o->melody);
    int moved = pitch < 0 ? -1 : vocabulary_melody(v, pitch + shift);
    const struct chord_class *c = &v->chords[o->chord];
    y.melody = moved >= 0 ? moved : pitch < 0 ? o->melody : vocabulary_rest(v);
    y.chord = c->root < 0 ? o->chord
                          : vocabulary_chord(v, chord_rotate(c->set, shift),
                                             (c->root + shift + 12) % 12);
    return y;
}

static struct tune_frame frame_of(const struct checkpoint *m,
                                  const struct plan *p, const struct tune *like,
                                  const struct opening *o) {
    struct tune_frame f = {.header = like ? like->frame.header : o->header,
                           .steps_per_quarter = m->origin.steps_per_quarter,
                           .performance = p->performance};
    if (p->keep_tempo && like && like->frame.performance.tempo > 0)
        f.performance.tempo = like->frame.performance.tempo;
    if (f.performance.tempo < SLOWEST)
        f.performance.tempo = arrange_tempo(p->rhythm ? p->rhythm : "",
                                            f.header.beats, f.header.unit);
    return f;
}

/* The tune whose length is taken when none is asked for. */
static size_t length(const struct plan *p, const struct tune_frame *f,
                     const struct form *form) {
    const struct tune *given = p->melody ? p->melody : p->chords;
    if (p->rework)
        return p->rework->steps;
    if (p->steps)
        return p->steps;
    if (!p->bars && given)
        return given->steps;
    size_t bars = p->bars && !p->letters ? (size_t)p->bars
                  : form->bars           ? (size_t)form->bars
                                         : PLAN_MOST_BARS;
    return (size_t)f->header.phase + bars * (size_t)f->header.bar;
}

/* Nothing says how long the tune is to be. */
static int is_endless(const struct plan *p) {
    return !p->bars && !p->steps && !p->melody && !p->chords;
}

int plan_is_open(const struct plan *p, const struct checkpoint *m) {
    return is_endless(p) && !p->chord_text && !p->letters && !m->origin.forms;
}

/* dst[0..n) takes what src has on the same side of its first bar line. */
static void lay(uint8_t *dst, size_t n, int phase, const uint8_t *src,
                size_t src_steps, int src_phase, int silent) {
    for (size_t i = 0; i < n; i++) {
        int64_t at = (int64_t)i - phase + src_phase;
        int there = at >= 0 && at < (int64_t)src_steps;
        dst[i] = there ? src[at] : (uint8_t)silent;
    }
}

/* Puts the primer's bars at the start; returns how many steps they fill. */
static int lay_primer(struct tune *t, const struct checkpoint *m,
                      const struct plan *p, size_t *from, struct err *e) {
    size_t n = (size_t)t->frame.header.phase +
               (size_t)p->primer_bars * (size_t)t->frame.header.bar;
    const struct tune *src = p->primer;
    if (src->frame.header.bar != t->frame.header.bar)
        return err_set(e, ERR_USAGE,
                       "the bars of the primer have %d steps, those of the "
                       "given tune %d",
                       src->frame.header.bar, t->frame.header.bar);
    size_t end =
        n + (size_t)src->frame.header.phase - (size_t)t->frame.header.phase;
    if (n == 0)
        return err_set(e, ERR_USAGE, "a primer of 0 bars has no pickup");
    if (n >= t->steps || end > src->steps)
        return err_set(e, ERR_USAGE,
                       "a primer of %d bars does not fit: it has %zu steps, "
                       "the tune %zu",
                       p->primer_bars, src->steps, t->steps);
    lay(t->melody, n, t->frame.header.phase, src->melody, src->steps,
        src->frame.header.phase, vocabulary_rest(&m->origin.vocabulary));
    lay(t->chord, n, t->frame.header.phase, src->chord, src->steps,
        src->frame.header.phase, 0);
    *from = n;
    return 0;
}

/* The chord of the first step. Chords are found for a melody that is given
 * alone, and this is where they begin. */
static int first_chord(const struct checkpoint *m, const struct tune *like,
                       const struct opening *o) {
    if (!like)
        return o->chord;
    return like->has_chords
               ? like->chord[0]
               : tune_first_chord(&m->origin.vocabulary, &like->frame.header);
}

static int lay_given(struct tune *t, const struct checkpoint *m,
                     const struct plan *p, struct err *e) {
    int phase = t->frame.header.phase;
    if (p->melody)
        lay(t->melody, t->steps, phase, p->melody->melody, p->melody->steps,
            p->melody->frame.header.phase,
            vocabulary_rest(&m->origin.vocabulary));
    if (p->chords)
        lay(t->chord, t->steps, phase, p->chords->chord, p->chords->steps,
            p->chords->frame.header.phase, 0);
    if (p->rework) {
        memcpy(t->melody, p->rework->melody, t->steps);
        memcpy(t->chord, p->rework->chord, t->steps);
    }
    if (p->chord_text)
        return tune_set_chords(t, &m->origin.vocabulary, p->chord_text, e);
    return 0;
}

/* ---- the form ---- */

/* Bars that are to have a form; 0 = as the form wants. `h` is NULL before the
 * signs are known. */
static int wanted_bars(const struct plan *p, const struct tune_header *h) {
    const struct tune *given = p->rework   ? p->rework
                               : p->melody ? p->melody
                                           : p->chords;
    if (p->steps)
        return h ? (int)tune_bars(h, p->steps) : 0;
    if (p->letters)
        return FORM_PART * (int)strlen(p->letters);
    return p->bars || !given
               ? p->bars
               : (int)tune_bars(&given->frame.header, given->steps);
}

/* Those that are asked for, or of the tune that the signs come from, for whose
 * form the opening is. */
static struct signs signs_of(const struct plan *p, const struct tune *like) {
    const struct tune_header *h = like ? &like->frame.header : NULL;
    int bars = wanted_bars(p, h);
    return h ? (struct signs){h->beats, h->unit, h->key, -1, bars, 0, 0}
             : (struct signs){p->beats, p->unit, p->key, -1,
                              bars,     p->low,  p->high};
}

/* What is there already is not as the drawn form says but as it is. */
static void hear_given(struct form *f, const struct checkpoint *m,
                       const struct plan *p, const struct tune *t) {
    const struct vocabulary *v = &m->origin.vocabulary;
    const struct tune_header *h = &t->frame.header;
    struct form given;
    const uint8_t *chord = p->melody || !t->has_chords ? NULL : t->chord;
    form_of(&given, v, h, t->melody, chord, t->steps);
    if (p->melody || p->rework) {
        *f = given;
        return;
    }
    for (int b = 0; p->primer && b < p->primer_bars && b < f->bars; b++)
        f->bar[b] = given.bar[b];
    for (int b = 0; (p->chords || p->chord_text) && b < f->bars; b++)
        f->bar[b].chord = given.bar[b].chord;
}

/* The steps of a tune that is begun, and from where they are to be played. */
static int fill(struct tune *t, const struct checkpoint *m,
                const struct plan *p, const struct tune *like,
                const struct opening *o, size_t *from, struct err *e) {
    t->melody[0] = (uint8_t)(like ? like->melody[0] : o->melody);
    t->chord[0] = (uint8_t)first_chord(m, like, o);
    /* a model that has never heard a chord goes on without */
    t->has_chords = m->origin.vocabulary.chord_count > 1;
    *from = 1;
    return (p->primer && lay_primer(t, m, p, from, e)) || lay_given(t, m, p, e)
               ? -1
               : 0;
}

static int check_length(const struct plan *p, const struct checkpoint *m,
                        struct err *e) {
    if (plan_is_open(p, m) && m->context.end < 0)
        return err_set(e, ERR_USAGE,
                       "sample.bars: this model has not learnt where tunes "
                       "end; say how many");
    if (is_endless(p) && p->chord_text && !p->letters)
        return err_set(e, ERR_USAGE,
                       "sample.bars: over chords that come again and again a "
                       "tune has no end; say how many");
    if (p->letters && !m->origin.forms)
        return err_set(e, ERR_USAGE, "this model has learnt nothing of forms");
    return 0;
}

int plan_tune(struct tune *t, const struct checkpoint *m, const struct plan *p,
              struct rng *rng, size_t *from, struct form *form, struct err *e) {
    const struct tune *like = p->rework   ? p->rework
                              : p->melody ? p->melody
                              : p->chords ? p->chords
                                          : p->primer;
    struct signs y = signs_of(p, like);
    struct err none = {0};
    size_t number = 0;
    form->bars = 0;
    int found = draw_opening(&number, m, y, rng, like ? &none : e) == 0;
    if (check_length(p, m, e) || (!like && !found))
        return -1;
    const struct opening *drawn = &m->origin.openings[number];
    int shift = find_shift(drawn, y.key);
    struct opening o = move_opening(m, drawn, y.key, shift);
    struct tune_frame f = frame_of(m, p, like, &o);
    struct outline wanted = {number, shift, wanted_bars(p, &f.header),
                             p->letters};
    int has_form = found && m->origin.forms;
    if (p->letters && !has_form)
        return err_set(e, ERR_USAGE,
                       "form: no training tune has the time signature %d/%d",
                       f.header.beats, f.header.unit);
    if (has_form && outline_draw(form, m, &wanted, rng, e))
        return -1;
    size_t steps = length(p, &f, form);
    if (form->bars > (int)tune_bars(&f.header, steps)) /* of a few steps */
        form->bars = (int)tune_bars(&f.header, steps);
    if (steps < 2 || steps > PLAN_MOST_STEPS)
        return err_set(e, ERR_USAGE, "a tune of %zu steps: not in 2..%d", steps,
                       PLAN_MOST_STEPS);
    if (tune_init(t, steps, e))
        return -1;
    t->frame = f;
    if (fill(t, m, p, like, &o, from, e)) {
        tune_free(t);
        return -1;
    }
    if (has_form)
        hear_given(form, m, p, t);
    return 0;
}
