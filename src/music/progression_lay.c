/* A progression in classes and steps: see progression.h.
 * SPDX-License-Identifier: MIT */
#include "nott/music/progression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progression_word.h"

/* ---- classes ---- */

/* The root and notes of a chord in a key. */
static int root_in(const struct progression_chord *c, int key) {
    int tonic = key < 0 ? 0 : tune_tonic(key);
    return progression_word_is_numeral(c)
               ? (tonic + c->up[tune_is_minor(key)] + 12) % 12
               : c->root;
}

static uint16_t set_in(const struct progression_chord *c, int key) {
    return progression_word_is_numeral(c)
               ? chord_rotate(c->set, root_in(c, key))
               : c->set;
}

/* The class of exactly these notes over a root; 0 = there is none. */
static int class_of(const struct vocabulary *v, unsigned over, int root) {
    uint16_t set = chord_rotate((uint16_t)over, root);
    int class = vocabulary_chord(v, set, root);
    return v->chords[class].set == set ? class : 0;
}

/* The third that a fifth alone has in a key. */
static unsigned third_in(int root, int key) {
    unsigned scale = chord_rotate(TUNE_MAJOR_SCALE, tune_scale_tonic(key));
    unsigned over = chord_rotate((uint16_t)scale, -root);
    return over & OVER_MAJOR_THIRD ? OVER_MAJOR_THIRD : OVER_MINOR_THIRD;
}

static int count_notes(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

/* The class with most notes of a set, and of such the one with fewest others; 0
 * = none has any. vocabulary_chord wants two, or the root. */
static int most_common(const struct vocabulary *v, uint16_t set) {
    int best = 0, most = 0;
    for (int k = 1; k < v->chord_count; k++) {
        unsigned own = v->chords[k].set;
        int common = count_notes(own & set),
            score = common ? 16 * common - count_notes(own) : 0;
        if (score > most) {
            most = score;
            best = k;
        }
    }
    return best;
}

/* The class that a chord is played as; 0 = nothing is like it. */
static int nearest(const struct vocabulary *v, uint16_t set, int root,
                   int key) {
    unsigned over = chord_rotate(set, -root);
    unsigned plain = over & OVER_THIRDS ? over & ~OVER_SECOND : over;
    int class = class_of(v, over, root);
    if (!class)
        class = class_of(v, plain, root);
    if (!class)
        class = class_of(v, plain & ~OVER_TRIAD, root);
    if (!class && key >= 0 && !(over & ~(1u | OVER_FIFTH)))
        class = class_of(v, over | OVER_FIFTH | third_in(root, key), root);
    if (!class && progression_word_is_diminished(over) &&
        !(over & OVER_SEVENTH))
        class = class_of(v, 1u | OVER_MAJOR_THIRD | OVER_FIFTH | OVER_SEVENTH,
                         (root + 8) % 12);
    if (!class)
        class = vocabulary_chord(v, set, root);
    return class ? class : most_common(v, set);
}

static int chord_class(const struct progression_chord *c,
                       const struct vocabulary *v, int key) {
    return c->set ? nearest(v, set_in(c, key), root_in(c, key), key) : 0;
}

/* The name of a chord: as it is written, and of a numeral what it is. */
static void full_name(const struct progression_chord *c, int key,
                      char name[2 * PROGRESSION_WORD + 4]) {
    char as[CHORD_NAME];
    chord_name(set_in(c, key), root_in(c, key), as);
    if (progression_word_is_numeral(c))
        snprintf(name, 2 * PROGRESSION_WORD + 4, "%s (%s)", c->text, as);
    else
        snprintf(name, 2 * PROGRESSION_WORD + 4, "%s", c->text);
}

static int has_line(const struct buf *b, const char *line) {
    size_t n = strlen(line);
    const char *p = b->data ? (const char *)b->data : "";
    while (*p && strncmp(p, line, n) != 0) {
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return *p != 0;
}

void progression_report(const struct progression *p, const struct vocabulary *v,
                        int key, struct buf *told) {
    for (size_t i = 0; i < p->chord_count; i++) {
        const struct progression_chord *c = &p->chords[i];
        int class = chord_class(c, v, key);
        if (!c->set || v->chords[class].set == set_in(c, key))
            continue;
        char name[2 * PROGRESSION_WORD + 4], line[160];
        full_name(c, key, name);
        snprintf(line, sizeof line, "the model has no %s; %s is played\n", name,
                 v->chords[class].name);
        if (!has_line(told, line))
            buf_printf(told, "%s", line);
    }
}

/* ---- steps ---- */

/* The longest part of a bar of which it has as many as chords: a beat, a unit
 * of the meter, a step. */
static size_t part_of(const struct tune_header *h, size_t chords) {
    size_t bar = (size_t)h->bar, beat = (size_t)tune_beat_steps(h),
           unit = bar / (size_t)h->beats;
    return bar / beat >= chords           ? beat
           : unit && bar / unit >= chords ? unit
                                          : 1;
}

/* The number of the chord that sounds so many steps into a bar: they share its
 * parts, and longer ones come first. */
static size_t chord_at(const struct tune_header *h, size_t chords, size_t at) {
    size_t part = part_of(h, chords), parts = (size_t)h->bar / part;
    size_t i = at / part * chords / parts;
    return i < chords ? i : chords - 1;
}

/* Classes of all chords, or that a bar is too full. */
static int find_classes(const struct progression *p, const struct vocabulary *v,
                        const struct tune_header *h, int *class,
                        struct err *e) {
    for (size_t i = 0; i < p->chord_count; i++) {
        const struct progression_chord *c = &p->chords[i];
        char name[2 * PROGRESSION_WORD + 4];
        class[i] = chord_class(c, v, h->key);
        if (!c->set || class[i])
            continue;
        full_name(c, h->key, name);
        return err_set(e, ERR_USAGE,
                       "chords: bar %d: the model knows nothing like %s",
                       c->bar, name);
    }
    for (size_t b = 0; b < p->bar_count; b++)
        if (p->bars[b].count > (size_t)h->bar)
            return err_set(
                e, ERR_USAGE, "chords: bar %d: %zu chords in %d steps",
                p->chords[p->bars[b].first].bar, p->bars[b].count, h->bar);
    return 0;
}

int progression_lay(const struct progression *p, const struct vocabulary *v,
                    const struct tune_header *h, uint8_t *chord, size_t steps,
                    struct err *e) {
    size_t phase = (size_t)h->phase, bar = (size_t)h->bar;
    int *class = calloc(p->chord_count + 1, sizeof *class);
    int rc = class ? find_classes(p, v, h, class, e)
                   : err_set(e, ERR_MEM, "chords: out of memory");
    for (size_t k = 0; rc == 0 && k < steps; k++) {
        size_t from = k < phase ? 0 : k - phase;
        struct progression_bar b = p->bars[from / bar % p->bar_count];
        size_t i = b.first + chord_at(h, b.count, from % bar);
        chord[k] = (uint8_t)(k < phase ? 0 : class[i]);
    }
    free(class);
    return rc;
}
