/* Input features: see context.h. SPDX-License-Identifier: MIT */
#include "nott/player/context.h"

#include <string.h>

#define NO_INTERVAL 999
#define LONGEST_RUN ((1 << (CONTEXT_RUNS - 1)) - 1)

/* The signatures of the collection, the commonest first; all others are one.
 */
static const struct {
    int beats, unit;
} meters[CONTEXT_METERS - 1] = {{4, 4}, {6, 8}, {3, 4}, {2, 4}, {9, 8},
                                {2, 2}, {3, 2}, {6, 4}, {12, 8}};

static int meter_number(int beats, int unit) {
    int k = 0;
    while (k < CONTEXT_METERS - 1 &&
           (meters[k].beats != beats || meters[k].unit != unit))
        k++;
    return k;
}

static int at_most(size_t n, int most) {
    return n < (size_t)most ? (int)n : most;
}

/* The features as the network gets them: the next `count` rows of the
 * embedding, of which number `value` is taken. With index NULL they are only
 * counted. */
struct writer {
    uint16_t *index;
    size_t n, base;
    struct context_feature *list; /* of all, also those that are off, or NULL */
    size_t listed;
};

static void put(struct writer *w, int on, enum context_meaning meaning,
                int count, int value) {
    if (w->list)
        w->list[w->listed++] =
            (struct context_feature){meaning, w->base, on ? (size_t)count : 0};
    if (!on)
        return;
    if (w->index)
        w->index[w->n] = (uint16_t)(w->base + (size_t)value);
    w->n++;
    w->base += (size_t)count;
}

static int log2_floor(int n) {
    int k = 0;
    while (n >>= 1)
        k++;
    return k;
}

/* The step that lies `lag` bars before step t + 1; -1 = before the tune. */
static ptrdiff_t step_at(const struct tune_view *v, size_t t, int lag) {
    return (ptrdiff_t)(t + 1) - (ptrdiff_t)lag * v->header.bar;
}

/* The chord of a step, -1 = unknown. */
static int chord_at(const struct context *c, const struct tune_view *v,
                    size_t t) {
    return v->chord ? v->chord[t] : c->on.unknown ? -1 : 0;
}

static int is_lag(const struct features *on, int bars) {
    for (int i = 0; i < on->lags.count; i++)
        if (on->lags.value[i] == bars)
            return 1;
    return 0;
}

/* Step t against all steps that lie whole bars before it. Likeness is a mean
 * over some 32 steps back. */
static void compare_bars(const struct context *c, struct context_state *s,
                         const struct tune_view *v, size_t t) {
    int bars = at_most(t / (size_t)v->header.bar, CONTEXT_BARS);
    s->best_lag = 0;
    for (int k = 1; k <= bars; k++) {
        size_t then = t - (size_t)k * (size_t)v->header.bar;
        int same = v->melody[then] == v->melody[t] &&
                   (!v->chord || v->chord[then] == v->chord[t]);
        int old = s->likeness[k], to = same ? 65535 : 0;
        s->run[k] = same ? (uint8_t)at_most(s->run[k] + 1u, LONGEST_RUN) : 0;
        s->likeness[k] = (uint16_t)(old + (to - old) / 32);
        if (c->on.best_lag && s->likeness[k] > s->likeness[s->best_lag] &&
            !is_lag(&c->on, k))
            s->best_lag = k;
    }
}

/* The notes of the part so far. */
static void remember_part(const struct context *c, struct context_state *s,
                          const struct tune_view *v, size_t t) {
    int part = form_bar_of(&v->header, t) / FORM_PART, m = v->melody[t];
    if (part != s->part)
        s->part_sum = s->part_notes = 0;
    s->part = part;
    if (c->pitch_class[m] < 0 || (c->hold < 0 && m == s->sounding && t))
        return;
    s->part_sum += c->low + m - c->lowest;
    s->part_notes++;
}

static void remember(const struct context *c, struct context_state *s,
                     const struct tune_view *v, size_t t) {
    if (t == 0)
        *s = (struct context_state){.sounding = v->melody[0],
                                    .interval = {NO_INTERVAL, NO_INTERVAL}};
    int m = v->melody[t], k = chord_at(c, v, t);
    if (t > 0) {
        int same = m == v->melody[t - 1];
        int goes_on = m == c->hold || (same && (c->hold < 0 || m == c->rest));
        s->duration[0] = goes_on ? s->duration[0] + 1 : 0;
        int stays = k >= 0 && k == chord_at(c, v, t - 1);
        s->duration[1] = stays ? s->duration[1] + 1 : 0;
    }
    if (t == 0)
        s->struck = -1;
    if (c->pitch_class[m] >= 0 && (c->hold >= 0 || m != s->struck)) {
        s->interval[1] = s->interval[0];
        s->interval[0] = s->struck < 0 ? NO_INTERVAL : m - s->struck;
        s->struck = m;
    }
    remember_part(c, s, v, t);
    s->sounding = m == c->hold ? s->sounding : m;
    if (c->on.lags.count || c->on.best_lag)
        compare_bars(c, s, v, t);
}

/* Row 0 is that there is none. */
static int interval_row(int semitones) {
    int most = CONTEXT_INTERVALS;
    return semitones == NO_INTERVAL ? 0
           : semitones < -most      ? 1
           : semitones > most       ? 2 * most + 1
                                    : 1 + most + semitones;
}

static int bars_left(const struct tune_view *v, size_t t) {
    if (!v->steps)
        return 0;
    size_t left = t + 2 < v->steps ? v->steps - (t + 2) : 0;
    return 1 + at_most(left / (size_t)v->header.bar, CONTEXT_LENGTHS - 2);
}

/* ---- classes as they are in a key or a chord ---- */

static int above(int pitch_class, int root) {
    return (pitch_class - root + 12) % 12;
}

int context_melody_in_key(const struct context *c, int melody, int key) {
    int pitch = c->pitch_class[melody];
    return pitch < 0 || key < 0
               ? -1
               : 12 * tune_is_minor(key) + above(pitch, tune_tonic(key));
}

int context_chord_in_key(const struct context *c, int chord, int key) {
    int root = c->root[chord];
    return root < 0 || key < 0
               ? -1
               : c->quality[chord] * 12 + above(root, tune_tonic(key));
}

int context_melody_in_chord(const struct context *c, int melody, int chord) {
    int pitch = c->pitch_class[melody];
    return pitch < 0 || chord < 0 || c->root[chord] < 0
               ? -1
               : c->quality[chord] * 12 + above(pitch, c->root[chord]);
}

int context_melody_from(const struct context *c, int melody, int from) {
    int most = 2 * CONTEXT_INTERVALS, by = melody - from;
    if (c->pitch_class[melody] < 0 || c->pitch_class[from] < 0)
        return -1;
    return by < -most ? 0 : by > most ? 2 * most : most + by;
}

int context_chord_from(const struct context *c, int chord, int from) {
    return c->root[chord] < 0 || c->root[from] < 0
               ? -1
               : c->quality[chord] * 12 + above(c->root[chord], c->root[from]);
}

int context_anchor(const struct context *c, const struct context_state *s,
                   const struct tune_view *tune, int melody, size_t t) {
    if (!melody)
        return tune->chord ? tune->chord[t] : 0;
    return s->struck < 0 ? c->rest : s->struck;
}

int context_chords_in_key(const struct context *c) {
    return c->qualities * 12;
}

int context_melodies_in_chord(const struct context *c) {
    return c->qualities * 12;
}

/* The set of a chord with its root moved to C, which is its quality. */
static uint16_t shape(const struct chord_class *c) {
    return chord_rotate(c->set, -c->root);
}

static void name_classes(struct context *c, const struct vocabulary *v) {
    uint16_t shapes[VOCABULARY_MAX + 1];
    memset(c->pitch_class, -1, sizeof c->pitch_class);
    memset(c->root, -1, sizeof c->root);
    for (int k = v->melody_count; k-- > 0;)
        if (vocabulary_pitch(v, k) >= 0) {
            c->lowest = k;
            c->low = vocabulary_pitch(v, k);
            c->pitch_class[k] = (int8_t)(c->low % 12);
        }
    for (int k = 0; k < v->chord_count; k++) {
        if (v->chords[k].root < 0)
            continue;
        int q = 0;
        shapes[c->qualities] = shape(&v->chords[k]);
        while (shapes[q] != shape(&v->chords[k]))
            q++;
        c->qualities += q == c->qualities;
        c->quality[k] = (uint8_t)q;
        c->root[k] = (int8_t)v->chords[k].root;
    }
}

/* Row 0 of each is that there is nothing. */
static void put_relative(const struct context *c, const struct context_state *s,
                         const struct tune_view *v, size_t t,
                         struct writer *w) {
    int on = c->on.relative, chord = v->chord ? v->chord[t] : 0;
    put(w, on, MEANS_NUMBER, CONTEXT_MELODIES_IN_KEY + 1,
        1 + context_melody_in_key(c, s->sounding, v->header.key));
    put(w, on, MEANS_KIND, context_chords_in_key(c) + 1,
        1 + context_chord_in_key(c, chord, v->header.key));
    put(w, on, MEANS_KIND, context_melodies_in_chord(c) + 1,
        1 + context_melody_in_chord(c, s->sounding, chord));
}

static int lag_count(const struct features *on) {
    return on->lags.count + on->best_lag;
}

/* The bar of step t + 1 in the form, NULL where there is none. */
static const struct form_bar *form_bar(const struct context *c,
                                       const struct tune_view *v, size_t t,
                                       int *bar) {
    *bar = form_bar_of(&v->header, t + 1);
    return c->on.form && v->form && *bar < v->form->bars ? &v->form->bar[*bar]
                                                         : NULL;
}

/* Lag i in bars; the last one is where the form says that the bar comes back
 * from, else the best one, 0 where there is none. */
static int lag_number(const struct context *c, const struct context_state *s,
                      const struct tune_view *v, size_t t, int i) {
    int bar;
    if (i < c->on.lags.count)
        return c->on.lags.value[i];
    const struct form_bar *y = form_bar(c, v, t, &bar);
    return y && y->from ? y->from : s->best_lag;
}

static void put_lags(const struct context *c, const struct context_state *s,
                     const struct tune_view *v, size_t t, struct writer *w) {
    for (int i = 0; i < lag_count(&c->on); i++) {
        int lag = lag_number(c, s, v, t, i);
        ptrdiff_t then = lag ? step_at(v, t, lag) : -1;
        put(w, 1, MEANS_MELODY, c->melody_count + 1,
            then < 0 ? c->melody_count : v->melody[then]);
        int chord = then < 0 ? -1 : chord_at(c, v, (size_t)then);
        put(w, 1, MEANS_CHORD, c->chord_count + 1,
            chord < 0 ? c->chord_count : chord);
        put(w, 1, MEANS_NUMBER, CONTEXT_RUNS, log2_floor(1 + s->run[lag]));
    }
}

/* Where the melody is in the range of its part, and how far its notes so far
 * are from where they lie on average. */
static void put_height(const struct context *c, const struct context_state *s,
                       const struct form_part *part, int number,
                       struct writer *w) {
    int on = c->on.form, rows = 2 * CONTEXT_INTERVALS + 2;
    int there = part && part->low && s->struck >= 0;
    int pitch = there ? c->low + s->struck - c->lowest : 0;
    int begun = there && s->part_notes && s->part == number;
    int mean = begun ? s->part_sum / s->part_notes : 0;
    put(w, on, MEANS_NUMBER, rows,
        interval_row(there ? pitch - part->low : NO_INTERVAL));
    put(w, on, MEANS_NUMBER, rows,
        interval_row(there ? pitch - part->high : NO_INTERVAL));
    put(w, on, MEANS_NUMBER, rows,
        interval_row(there ? pitch - part->mean : NO_INTERVAL));
    put(w, on, MEANS_NUMBER, rows,
        interval_row(mean ? mean - part->mean : NO_INTERVAL));
}

/* In the bar in which a phrase rests: on what, and whether that is still to
 * come, is now, or was. */
static void put_rest(const struct context *c, const struct form_bar *rest,
                     const struct tune_view *v, size_t t, struct writer *w) {
    const int degrees = FORM_NONE + 1;
    int bar = v->header.bar, place = (int)(t + 1) - v->header.phase;
    place = place < 0 ? 0 : place % bar;
    int when = place < bar / 2 ? 0 : place == bar / 2 ? 1 : 2;
    put(w, c->on.form, MEANS_NUMBER, 3 * degrees + 1,
        rest ? 1 + when * degrees + rest->note : 0);
    put(w, c->on.form, MEANS_NUMBER, 3 * degrees + 1,
        rest ? 1 + when * degrees + rest->chord : 0);
}

/* Row 0 of each number is that the form is unknown. */
static void put_form(const struct context *c, const struct context_state *s,
                     const struct tune_view *v, size_t t, struct writer *w) {
    static const struct form_part no_part;
    int on = c->on.form, n;
    const struct form_bar *y = form_bar(c, v, t, &n), *rest = NULL;
    const struct form_part *part = y ? &v->form->part[n / FORM_PART] : &no_part;
    int last = n / FORM_PHRASE * FORM_PHRASE + FORM_PHRASE - 1;
    if (y && last < v->form->bars)
        rest = &v->form->bar[last];
    int letter = at_most(part->letter, CONTEXT_LETTERS - 1);
    int time = at_most(part->time, CONTEXT_TIMES - 1);
    int left = y ? form_part_bars(v->form, n / FORM_PART) - n % FORM_PART : 0;
    put(w, on, MEANS_NUMBER, FORM_WAYS + 1, y ? 1 + y->way : 0);
    put(w, on, MEANS_NUMBER, CONTEXT_LETTERS * CONTEXT_TIMES + 1,
        y ? 1 + letter * CONTEXT_TIMES + time : 0);
    put(w, on, MEANS_NUMBER, FORM_PART + 1, left);
    put_height(c, s, y ? part : NULL, n / FORM_PART, w);
    put(w, on, MEANS_NUMBER, FORM_NOTES + 2, y ? 1 + y->notes : 0);
    put(w, on, MEANS_NUMBER, FORM_NOTES + 2, y ? 1 + form_pace(v->form) : 0);
    put(w, on, MEANS_NUMBER, FORM_NONE + 2, rest ? 1 + rest->note : 0);
    put(w, on, MEANS_NUMBER, FORM_NONE + 2, rest ? 1 + rest->chord : 0);
    put_rest(c, rest && n == last ? rest : NULL, v, t, w);
}

static void put_ahead(const struct context *c, const struct context_state *s,
                      const struct tune_view *v, size_t t, struct writer *w) {
    size_t bar = (size_t)v->header.bar, k = t + 1;
    int sounding = s->sounding;
    for (size_t i = 0; i < CONTEXT_AHEAD; i++) {
        size_t at = t + 1 + i * bar / CONTEXT_AHEAD;
        int there = c->on.ahead && v->melody_known && at < v->steps;
        for (; there && k <= at; k++)
            sounding = v->melody[k] == c->hold ? sounding : v->melody[k];
        put(w, c->on.ahead, MEANS_MELODY, c->melody_count + 1,
            there ? sounding : c->melody_count);
    }
}

/* The number of the bar of the step to come, modulo `bars`; the pickup is the
 * end of a bar before the first. */
static int bar_number(size_t from_line, size_t bar, int bars) {
    size_t modulus = bars > 0 ? (size_t)bars : 1;
    return (int)((from_line / bar + modulus - 1) % modulus);
}

/* The one list of all features, in the order of the embedding's rows. */
static void list_features(const struct context *c,
                          const struct context_state *s,
                          const struct tune_view *v, size_t t,
                          struct writer *w) {
    const struct features *on = &c->on;
    const struct tune_header *h = &v->header;
    size_t bar = (size_t)h->bar, from_line = t + 1 + bar - (size_t)h->phase;
    put(w, 1, MEANS_MELODY, c->melody_count, v->melody[t]);
    put(w, 1, MEANS_CHORD, c->chord_count, v->chord ? v->chord[t] : 0);
    put(w, on->position, MEANS_NUMBER, CONTEXT_POSITIONS,
        (int)(from_line % bar % CONTEXT_POSITIONS));
    put(w, on->meter, MEANS_NUMBER, CONTEXT_METERS,
        meter_number(h->beats, h->unit));
    put(w, on->bars, MEANS_NUMBER, on->bars,
        bar_number(from_line, bar, on->bars));
    put(w, on->key, MEANS_NUMBER, CONTEXT_KEYS, context_key(h->key));
    put(w, on->length, MEANS_NUMBER, CONTEXT_LENGTHS, bars_left(v, t));
    put(w, on->sounding, MEANS_MELODY, c->melody_count, s->sounding);
    put_relative(c, s, v, t, w);
    for (int k = 0; k < 2; k++)
        put(w, on->durations, MEANS_NUMBER, CONTEXT_DURATIONS,
            at_most((size_t)s->duration[k], CONTEXT_DURATIONS - 1));
    put_lags(c, s, v, t, w);
    put(w, on->unknown, MEANS_NUMBER, 2, !v->chord);
    put_form(c, s, v, t, w);
    for (int k = 0; k < 2; k++)
        put(w, on->intervals, MEANS_NUMBER, 2 * CONTEXT_INTERVALS + 2,
            interval_row(s->interval[k]));
    put_ahead(c, s, v, t, w);
}

void context_input(const struct context *c, struct context_state *s,
                   const struct tune_view *v, size_t t, uint16_t *index) {
    struct writer w = {.index = index};
    remember(c, s, v, t);
    list_features(c, s, v, t, &w);
}

int context_key(int key) {
    return key - TUNE_KEY_UNKNOWN;
}

void context_copies(const struct context *c, const struct context_state *s,
                    const struct tune_view *tune, const uint8_t *voice,
                    size_t t, int16_t *copy) {
    int silent = c->on.unknown ? -1 : 0; /* in place of a voice */
    for (size_t i = 0; i < c->copies; i++) {
        int lag = lag_number(c, s, tune, t, (int)i);
        ptrdiff_t then = lag ? step_at(tune, t, lag) : -1;
        copy[i] = then < 0 ? -1 : voice ? voice[then] : silent;
    }
}

/* What the features are, found with a tune of one step; `list` may be NULL. */
static struct writer survey(const struct context *c,
                            struct context_feature *list) {
    const uint8_t none = 0;
    const struct tune_view v = {
        .melody = &none,
        .chord = &none,
        .header = {.bar = 1, .beats = 4, .unit = 4, .key = TUNE_KEY_UNKNOWN}};
    struct context_state s = {0};
    struct writer w = {.list = list};
    list_features(c, &s, &v, 0, &w);
    return w;
}

size_t context_features(const struct context *c,
                        struct context_feature list[CONTEXT_FEATURES]) {
    return survey(c, list).listed;
}

void context_init(struct context *c, const struct features *on,
                  const struct vocabulary *v) {
    int attack = v->encoding == ENCODING_ATTACK;
    *c = (struct context){.on = *on,
                          .melody_count = v->melody_count,
                          .chord_count = v->chord_count,
                          .hold = attack ? MELODY_HOLD : -1,
                          .rest = vocabulary_rest(v),
                          .copies = on->copy ? (size_t)lag_count(on) : 0,
                          .end = on->end ? v->chord_count : -1};
    name_classes(c, v);
    struct writer w = survey(c, NULL);
    c->inputs = w.base;
    c->active = w.n;
}

/* ---- settings ---- */

#define AT(field) offsetof(struct features, field)
/* A feature that an older model lacks is off in it. */
/* clang-format off */
static const struct conf_row rows[] = {
    {"model", "position", NULL, CONF_INTEGER, AT(position), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees the place in the bar of the step it predicts"},
    {"model", "meter", NULL, CONF_INTEGER, AT(meter), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees the time signature"},
    {"model", "bars", NULL, CONF_INTEGER, AT(bars), "16", "0", 0, 64,
     NULL, 0, "the network sees the number of the bar, modulo this; 0 = it does not"},
    {"model", "key", NULL, CONF_INTEGER, AT(key), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees the key"},
    {"model", "length", NULL, CONF_INTEGER, AT(length), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees how many bars are left, where that is known"},
    {"model", "sounding", NULL, CONF_INTEGER, AT(sounding), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees the pitch that sounds"},
    {"model", "durations", "ages", CONF_INTEGER, AT(durations), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees how long note and chord have lasted"},
    {"model", "relative", NULL, CONF_INTEGER, AT(relative), "1", "0", 0, 1,
     NULL, 0, "1 = the network sees, and answers in, degrees above the tonic and above "
     "the chord's root as well as pitches"},
    {"model", "lags", NULL, CONF_LIST, AT(lags), "1 2 3 4 8 12 16", "", 1, 64,
     NULL, 0, "the network sees what was played so many bars before, and for how long "
     "that has been repeated; empty = nothing"},
    {"model", "best_lag", "match", CONF_INTEGER, AT(best_lag), "1", "0", 0, 1,
     NULL, 0, "1 = one lag more, that at which the tune is most like itself of late"},
    {"model", "copy", NULL, CONF_INTEGER, AT(copy), "1", "0", 0, 1,
     NULL, 0, "1 = the network may also copy what was played at the lags"},
    {"model", "end", NULL, CONF_INTEGER, AT(end), "1", "0", 0, 1,
     NULL, 0, "1 = the network learns where a tune ends"},
    {"model", "unknown_chords", NULL, CONF_INTEGER, AT(unknown), "1", "0", 0, 1,
     NULL, CONF_OMIT, "1 = the network sees whether a tune's chords are known, "
     "if there are training tunes without"},
    {"model", "intervals", NULL, CONF_INTEGER, AT(intervals), "0", "0", 0, 1,
     NULL, CONF_OMIT, "1 = the network sees how the melody has moved, and answers in "
     "distances as well"},
    {"model", "ahead", NULL, CONF_INTEGER, AT(ahead), "0", "0", 0, 1,
     NULL, CONF_OMIT, "1 = where the melody is given, the network sees the coming bar of it"},
    {"model", "form", NULL, CONF_INTEGER, AT(form), "0", "0", 0, 1,
     NULL, CONF_OMIT, "1 = the network is told the form before the notes: which bars come "
     "back, the range of the parts, where phrases rest"},
};
/* clang-format on */

const struct conf_group context_settings = {rows, sizeof rows / sizeof *rows,
                                            CONF_GRID};
