/* What a new tune starts from: see plan.h. SPDX-License-Identifier: MIT */
#include "nott/compose/plan.h"

#include "nott/music/arrange.h"
#include "nott/music/encode.h"

#define SLOWEST 10 /* tempo that is one */

static int opening_fits(const struct opening *o, const struct plan *p) {
    const struct tune_header *h = &o->header;
    return (!p->beats || (h->beats == p->beats && h->unit == p->unit)) &&
           (p->key < 0 || h->key == p->key);
}

/* One of the openings that fit, each with the same chance. */
static const struct opening *draw_opening(const struct checkpoint *m,
                                          const struct plan *p, struct rng *rng,
                                          struct err *e) {
    size_t fit = 0;
    const struct opening *all = m->origin.openings;
    for (size_t i = 0; i < m->origin.opening_count; i++)
        fit += (size_t)opening_fits(&all[i], p);
    if (!fit) {
        err_set(e, ERR_USAGE,
                "no training tune has this time signature and key");
        return NULL;
    }
    size_t wanted = rng_below(rng, fit), i = 0;
    for (; !opening_fits(&all[i], p) || wanted; i++)
        wanted -= (size_t)opening_fits(&all[i], p);
    return &all[i];
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
static size_t length(const struct plan *p, const struct tune_frame *f) {
    const struct tune *given = p->melody ? p->melody : p->chords;
    if (p->steps)
        return p->steps;
    if (!p->bars && given)
        return given->steps;
    size_t bars = plan_is_open(p) ? PLAN_MOST_BARS : (size_t)p->bars;
    return (size_t)f->header.phase + bars * (size_t)f->header.bar;
}

/* Nothing says how long the tune is to be. */
static int is_endless(const struct plan *p) {
    return !p->bars && !p->steps && !p->melody && !p->chords;
}

int plan_is_open(const struct plan *p) {
    return is_endless(p) && !p->chord_text;
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
    if (p->chord_text)
        return tune_set_chords(t, &m->origin.vocabulary, p->chord_text, e);
    return 0;
}

int plan_tune(struct tune *t, const struct checkpoint *m, const struct plan *p,
              struct rng *rng, size_t *from, struct err *e) {
    const struct tune *like = p->melody   ? p->melody
                              : p->chords ? p->chords
                                          : p->primer;
    struct plan any = {.key = TUNE_KEY_UNKNOWN};
    if (plan_is_open(p) && m->context.end < 0)
        return err_set(e, ERR_USAGE,
                       "sample.bars: this model has not learnt where tunes "
                       "end; say how many");
    if (is_endless(p) && p->chord_text)
        return err_set(e, ERR_USAGE,
                       "sample.bars: over chords that come again and again a "
                       "tune has no end; say how many");
    const struct opening *o = draw_opening(m, like ? &any : p, rng, e);
    if (!o)
        return -1;
    struct tune_frame f = frame_of(m, p, like, o);
    size_t steps = length(p, &f);
    if (steps < 2 || steps > ENCODE_MAX_STEPS)
        return err_set(e, ERR_USAGE, "a tune of %zu steps: not in 2..%d", steps,
                       ENCODE_MAX_STEPS);
    if (tune_init(t, steps, e))
        return -1;
    t->frame = f;
    t->melody[0] = (uint8_t)(like ? like->melody[0] : o->melody);
    t->chord[0] = (uint8_t)first_chord(m, like, o);
    /* a model that has never heard a chord goes on without */
    t->has_chords = m->origin.vocabulary.chord_count > 1;
    *from = 1;
    if ((p->primer && lay_primer(t, m, p, from, e)) || lay_given(t, m, p, e)) {
        tune_free(t);
        return -1;
    }
    return 0;
}
