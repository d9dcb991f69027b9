/* Form before notes: see outline.h. SPDX-License-Identifier: MIT */
#include "nott/compose/outline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "nott/music/chord.h"

#define LEAST_SLACK 1 /* notes in a bar */
#define ENOUGH      8 /* tunes to draw from, of those most alike */

/* A form in the making. */
struct draft {
    struct form *f;
    const struct origin *o;
    const struct opening *opening;
    const struct form *base; /* the opening's */
    int shift;               /* of its ranges, semitones */
    struct rng *rng;
};

/* ---- the parts ---- */

static void set_part(struct form *f, int p, int letter) {
    f->part[p] = (struct form_part){.letter = (uint8_t)letter};
    for (int q = 0; q < p; q++)
        f->part[p].time += f->part[q].letter == letter;
}

/* Letters are taken in the order in which they come: BBA is AAB. */
static int set_letters(struct form *f, const char *letters, struct err *e) {
    char seen[FORM_PARTS + 1] = "";
    size_t n = strlen(letters);
    for (size_t p = 0; p < n && n <= FORM_PARTS; p++) {
        char c[2] = {(char)toupper((unsigned char)letters[p])};
        if (c[0] < 'A' || c[0] > 'Z')
            n = 0;
        if (!strchr(seen, c[0]))
            seen[strlen(seen)] = c[0];
        set_part(f, (int)p, (int)(strchr(seen, c[0]) - seen));
    }
    f->bars = (int)n * FORM_PART;
    return n && n <= FORM_PARTS
               ? 0
               : err_set(e, ERR_USAGE,
                         "form \"%s\": not 1 to %d letters like AABB", letters,
                         FORM_PARTS);
}

/* As in the opening's tune; of more or fewer bars every part comes twice. */
static void set_usual_letters(struct draft *d, int bars) {
    struct form *f = d->f;
    f->bars = bars && bars < FORM_BARS ? bars
              : bars                   ? FORM_BARS
                                       : d->base->bars;
    for (int p = 0; p < form_parts(f); p++)
        set_part(f, p,
                 f->bars == d->base->bars ? d->base->part[p].letter : p / 2);
}

/* The last part before p with a letter, -1 = there is none. */
static int find_part(const struct form *f, int p, int letter) {
    while (--p >= 0 && f->part[p].letter != letter)
        ;
    return p;
}

static uint8_t moved(uint8_t pitch, int shift) {
    int p = pitch + shift;
    return (uint8_t)(!pitch || p < 1 ? pitch : p > 127 ? 127 : p);
}

static void set_ranges(struct draft *d) {
    int parts = form_parts(d->base);
    for (int p = 0; p < form_parts(d->f); p++) {
        struct form_part *y = &d->f->part[p];
        int like = p < parts && d->base->part[p].letter == y->letter
                       ? p
                       : find_part(d->base, parts, y->letter);
        like = like < 0 ? parts - 1 : like;
        if (like < 0)
            continue;
        const struct form_part *x = &d->base->part[like];
        y->low = moved(x->low, d->shift);
        y->high = moved(x->high, d->shift);
        y->mean = moved(x->mean, d->shift);
    }
}

/* ---- models for parts ---- */

static const struct form_bar *last_bar(const struct form *f, int p) {
    return &f->bar[p * FORM_PART + form_part_bars(f, p) - 1];
}

/* Does part p come to rest on the tonic? */
static int rests(const struct form *f, int p) {
    return last_bar(f, p)->note == 0;
}

/* What a part is to be like, `last` with -1 for either: whether it is the first
 * of the tune, or the last, which ends otherwise, whether it comes back, and
 * then whether it came to rest on the tonic before, and with how many notes:
 * that it did not, or had too many, is why its ending changes. */
struct want {
    int first, last, twice, again, rested, notes, bars;
    int place; /* in the new tune, 0 = the first part */
    int alike; /* the whole tune has the letters of the new one */
    int slack; /* by how many notes in a bar it may differ */
};

/* Does part p come once more at once? Then it may rest on the tonic; one that
 * another part answers mostly does not. */
static int comes_twice(const struct form *f, int p) {
    return p + 1 < form_parts(f) && f->part[p + 1].letter == f->part[p].letter;
}

static int part_suits(const struct form *f, int q, const struct want *w) {
    if ((q == 0) != w->first ||
        (w->last >= 0 && (q == form_parts(f) - 1) != w->last) ||
        (f->part[q].time > 0) != w->again || form_part_bars(f, q) != w->bars)
        return 0;
    if (!w->again && w->twice >= 0 && comes_twice(f, q) != w->twice)
        return 0;
    int before = w->again ? find_part(f, q, f->part[q].letter) : -1;
    return before < 0 ||
           (rests(f, before) == w->rested &&
            abs(last_bar(f, before)->notes - w->notes) <= w->slack);
}

/* The first such part, -1 = none. In a tune of the same letters it is the one
 * in the same place. */
static int find_suitable(const struct form *f, const struct want *w) {
    if (w->alike)
        return w->place < form_parts(f) && part_suits(f, w->place, w) ? w->place
                                                                      : -1;
    for (int q = 0; q < form_parts(f); q++)
        if (part_suits(f, q, w))
            return q;
    return -1;
}

static int same_letters(const struct form *a, const struct form *b) {
    int p = 0, parts = form_parts(a);
    while (p < parts && a->part[p].letter == b->part[p].letter)
        p++;
    return p == parts && parts == form_parts(b);
}

static int tune_suits(const struct draft *d, size_t i, const struct want *w) {
    const struct tune_header *a = &d->o->openings[i].header;
    const struct tune_header *b = &d->opening->header;
    const struct form *f = &d->o->forms[i];
    return a->bar == b->bar && a->beats == b->beats && a->unit == b->unit &&
           tune_is_minor(a->key) == tune_is_minor(b->key) &&
           abs(form_pace(f) - form_pace(d->base)) <= w->slack &&
           (!w->alike || same_letters(f, d->f)) && find_suitable(f, w) >= 0;
}

static size_t count_models(const struct draft *d, const struct want *w) {
    size_t fit = 0;
    for (size_t i = 0; i < d->o->opening_count; i++)
        fit += (size_t)tune_suits(d, i, w);
    return fit;
}

/* Asks for less: other letters, then another pace. 0 = there is no less. */
static int relax(struct want *w) {
    if (w->alike)
        w->alike = 0;
    else if (2 * w->slack > FORM_NOTES)
        return 0;
    else
        w->slack *= 2;
    return 1;
}

/* A training tune with such a part, of the same letters and of like pace if
 * there are several. */
static const struct form *draw_model(const struct draft *d, struct want *w) {
    size_t fit = 0, i = 0;
    w->slack = LEAST_SLACK;
    w->alike = 1;
    do
        fit = count_models(d, w);
    while (fit < ENOUGH && relax(w));
    if (!fit)
        return NULL;
    size_t wanted = rng_below(d->rng, fit);
    for (; !tune_suits(d, i, w) || wanted; i++)
        wanted -= (size_t)tune_suits(d, i, w);
    return &d->o->forms[i];
}

/* ---- bars ---- */

/* Where bar b of the new tune comes back from, if bar `model` of another one
 * is what it is made after; 0 = there is no such bar. */
static int find_source(const struct form *f, int b, const struct form *like,
                       int model) {
    int p = b / FORM_PART, q = model / FORM_PART;
    int source = model - like->bar[model].from, from = source / FORM_PART;
    if (from == q)
        return like->bar[model].from;
    int letter = like->part[from].letter == like->part[q].letter
                     ? f->part[p].letter
                     : like->part[from].letter;
    int there = find_part(f, p, letter);
    return there < 0 ? 0 : b - (there * FORM_PART + source % FORM_PART);
}

/* What comes back whole, or in its rhythm, has the notes that are there. */
static void set_bar(struct form *f, int b, const struct form *like, int model) {
    struct form_bar *y = &f->bar[b];
    *y = like->bar[model];
    int from = y->from ? find_source(f, b, like, model) : 0;
    y->from = (uint8_t)from;
    if (!from) {
        y->way = FORM_NEW;
        return;
    }
    const struct form_bar *source = &f->bar[b - from];
    if (y->way == FORM_SAME || y->way == FORM_MOVED || y->way == FORM_RHYTHM)
        y->notes = source->notes;
    if (y->way == FORM_SAME && source->note != FORM_NONE) {
        y->note = source->note;
        y->chord = source->chord;
    }
}

/* Part p comes back whole. */
static void repeat_part(struct form *f, int p) {
    int from = find_part(f, p, f->part[p].letter);
    for (int i = 0; i < form_part_bars(f, p); i++) {
        struct form_bar *y = &f->bar[p * FORM_PART + i];
        *y = f->bar[from * FORM_PART + i];
        y->way = FORM_SAME;
        y->from = (uint8_t)((p - from) * FORM_PART);
    }
}

/* Part p is new, and no tune has such a part: as many notes as elsewhere, and
 * nobody says where it rests. */
static void leave_open(struct draft *d, int p) {
    for (int i = 0; i < form_part_bars(d->f, p); i++)
        d->f->bar[p * FORM_PART + i] =
            (struct form_bar){.notes = (uint8_t)form_pace(d->base),
                              .note = FORM_NONE,
                              .chord = FORM_NONE};
}

/* Part p after a part of another tune. */
static void set_bars(struct form *f, int p, const struct form *like, int q) {
    for (int i = 0; i < form_part_bars(f, p); i++)
        set_bar(f, p * FORM_PART + i, like, q * FORM_PART + i);
}

/* A part of `like` that comes back as part p does: of the same letter, if there
 * is one. */
static int find_return(const struct form *like, const struct form *f, int p,
                       const struct want *w) {
    for (int q = 0; q < form_parts(like) && !w->alike; q++)
        if (part_suits(like, q, w) && like->part[q].letter == f->part[p].letter)
            return q;
    return find_suitable(like, w);
}

/* `returns` is the tune by which parts have come back so far, NULL = none. */
static void fill_part(struct draft *d, int p, const struct form **returns) {
    struct form *f = d->f;
    struct want w = {.place = p,
                     .first = p == 0,
                     .last = p == form_parts(f) - 1,
                     .twice = comes_twice(f, p),
                     .again = f->part[p].time > 0,
                     .bars = form_part_bars(f, p),
                     .slack = LEAST_SLACK};
    if (w.again) {
        int before = find_part(f, p, f->part[p].letter);
        w.rested = rests(f, before);
        w.notes = last_bar(f, before)->notes;
    }
    w.alike = *returns && same_letters(*returns, f);
    const struct form *like =
        w.again && *returns && find_suitable(*returns, &w) >= 0
            ? *returns
            : draw_model(d, &w);
    if (!like) { /* what ends a tune will do in its middle, and so on */
        w.last = w.twice = -1;
        like = draw_model(d, &w);
    }
    if (w.again)
        *returns = like;
    if (like)
        set_bars(f, p, like,
                 w.again ? find_return(like, f, p, &w)
                         : find_suitable(like, &w));
    else if (w.again)
        repeat_part(f, p);
    else
        leave_open(d, p);
}

static void fill_parts(struct draft *d) {
    const struct form *returns = NULL;
    for (int p = 0; p < form_parts(d->f); p++)
        fill_part(d, p, &returns);
}

/* A tune that ends on the tonic ends on its triad, whatever was written: a
 * dominant under the last note is heard as a mistake. */
static void end_on_triad(struct form *f) {
    struct form_bar *last = f->bars ? &f->bar[f->bars - 1] : NULL;
    if (last && last->note == 0 && last->chord != FORM_NONE)
        last->chord = 0;
}

int outline_draw(struct form *f, const struct checkpoint *m,
                 const struct outline *wanted, struct rng *rng, struct err *e) {
    struct draft d = {f,
                      &m->origin,
                      &m->origin.openings[wanted->opening],
                      &m->origin.forms[wanted->opening],
                      wanted->shift,
                      rng};
    memset(f, 0, sizeof *f);
    if (wanted->letters && set_letters(f, wanted->letters, e))
        return -1;
    if (!wanted->letters)
        set_usual_letters(&d, wanted->bars);
    set_ranges(&d);
    fill_parts(&d);
    end_on_triad(f);
    return 0;
}

/* ---- to be read ---- */

void outline_letters(const struct form *f, char text[FORM_PARTS + 1]) {
    int p = 0;
    for (; p < form_parts(f); p++)
        text[p] = (char)('A' + f->part[p].letter);
    text[p] = '\0';
}

static void print_bar(const struct form *f, int b, struct buf *out) {
    static const char marks[FORM_WAYS][2] = {"", "r", "m", "s", "e", ""};
    static const char *const degrees[FORM_NONE + 1] = {
        "I", "bII", "II", "bIII", "III", "IV", "bV",
        "V", "bVI", "VI", "bVII", "VII", "-"};
    const struct form_bar *y = &f->bar[b];
    if (y->way == FORM_NEW)
        buf_printf(out, " .");
    else
        buf_printf(out, " %d%s", b - y->from + 1, marks[y->way]);
    if (b % FORM_PHRASE == FORM_PHRASE - 1)
        buf_printf(out, " [%s/%s]", degrees[y->note], degrees[y->chord]);
}

void outline_print(const struct form *f, struct buf *out) {
    for (int p = 0; p < form_parts(f); p++) {
        const struct form_part *y = &f->part[p];
        buf_printf(out, "%c%d  %3d  %s%d-%s%d ", 'A' + y->letter, y->time + 1,
                   p * FORM_PART + 1, chord_pitch_class_name(y->low),
                   y->low / 12 - 1, chord_pitch_class_name(y->high),
                   y->high / 12 - 1);
        for (int i = 0; i < form_part_bars(f, p); i++)
            print_bar(f, p * FORM_PART + i, out);
        buf_printf(out, "\n");
    }
}
