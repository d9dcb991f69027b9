/* The written form of a tune: see score.h. SPDX-License-Identifier: MIT */
#include "nott/score/score.h"

#include <stdlib.h>
#include <string.h>

const char *const score_mode_names[SCORE_MODES] = {
    "major", "dorian", "phrygian", "lydian", "mixolydian", "minor", "locrian"};

void score_free(struct score *s) {
    free(s->items);
    *s = (struct score){0};
}

int score_add(struct score *s, const struct score_item *item, struct err *e) {
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        struct score_item *items = realloc(s->items, cap * sizeof *items);
        if (!items)
            return err_set(e, ERR_MEM, "score: out of memory");
        s->items = items;
        s->cap = cap;
    }
    s->items[s->count++] = *item;
    return 0;
}

/* ---- keys and pitches ---- */

/* Sharps of the major key on each letter. */
static const int letter_sharps[7] = {0, 2, 4, -1, 1, 3, 5};

/* How many sharps each mode has more than the major one on its tonic. */
static const int mode_sharps[SCORE_MODES] = {0, -2, -4, 1, -1, -3, -5};

/* Letters from F on, each a fifth above the one before: F C G D A E B. */
static const int fifths_order[7] = {3, 0, 4, 1, 5, 2, 6};

int score_key_sign(struct score_key *k) {
    memset(k->sign, 0, sizeof k->sign);
    if (k->letter < 0)
        return 0;
    int n = letter_sharps[k->letter] + 7 * k->alter + mode_sharps[k->mode];
    for (int i = 0; i < n && i < 7; i++)
        k->sign[fifths_order[i]] = 1;
    for (int i = 0; i < -n && i < 7; i++)
        k->sign[fifths_order[6 - i]] = -1;
    return n < -7 || n > 7 ? -1 : 0;
}

struct score_pitch score_fifth(int fifths) {
    int place = fifths + 1; /* from F */
    int turns = place / 7 - (place % 7 < 0);
    return (struct score_pitch){
        .letter = (signed char)fifths_order[place - 7 * turns],
        .alter = (signed char)turns};
}

struct score_key score_key_of(int sharps, enum score_mode mode) {
    struct score_pitch tonic = score_fifth(sharps - mode_sharps[mode]);
    struct score_key k = {.letter = tonic.letter,
                          .alter = tonic.alter,
                          .mode = (signed char)mode};
    score_key_sign(&k);
    return k;
}

int score_key_sharps(const struct score_key *k) {
    int n = 0;
    for (int i = 0; i < 7; i++)
        n += k->sign[i];
    return n;
}

int score_letter_class(int letter) {
    static const int classes[7] = {0, 2, 4, 5, 7, 9, 11};
    return classes[letter];
}

int score_pitch_midi(const struct score_pitch *p) {
    return 12 * (p->octave + 1) + score_letter_class(p->letter) + p->alter;
}

/* ---- lengths ---- */

int64_t score_common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* ---- meters ---- */

int score_is_compound(struct score_meter m) {
    return m.unit >= 8 && m.beats > 3 && m.beats % 3 == 0;
}

int64_t score_bar_length(struct score_meter m) {
    return m.unit ? (int64_t)SCORE_WHOLE * m.beats / m.unit : 0;
}

int64_t score_beat_length(struct score_meter m) {
    if (!m.unit)
        return SCORE_WHOLE / 4;
    int64_t unit = SCORE_WHOLE / m.unit;
    if (m.beats % 3 == 0 && m.unit >= 8)
        return 3 * unit;
    if (m.beats % 2 == 0 && m.unit == 4 && m.beats > 2)
        return 2 * unit;
    return unit < SCORE_WHOLE / 4 ? SCORE_WHOLE / 4 : unit;
}

/* ---- symbols ---- */

int score_tempo_fits(double quarters) {
    return quarters >= 4 && quarters <= 10000;
}

int score_is_silence(const char *symbol) {
    return strcmp(symbol, "N.C.") == 0;
}

/* ---- comparing ---- */

static int same_key(const struct score_key *a, const struct score_key *b) {
    return a->letter == b->letter &&
           (a->letter < 0 || (a->alter == b->alter && a->mode == b->mode)) &&
           memcmp(a->sign, b->sign, sizeof a->sign) == 0;
}

static int same_note(const struct score_item *a, const struct score_item *b) {
    int same =
        a->note.length == b->note.length && a->note.count == b->note.count &&
        a->note.tied == b->note.tied && a->note.grace == b->note.grace &&
        a->note.hidden == b->note.hidden && a->note.actual == b->note.actual &&
        a->note.normal == b->note.normal && a->note.group == b->note.group;
    for (int i = 0; same && i < a->note.count; i++)
        same = a->note.pitch[i].letter == b->note.pitch[i].letter &&
               a->note.pitch[i].octave == b->note.pitch[i].octave &&
               a->note.pitch[i].alter == b->note.pitch[i].alter &&
               a->note.pitch[i].shown == b->note.pitch[i].shown;
    return same;
}

static int same_item(const struct score_item *a, const struct score_item *b) {
    if (a->kind != b->kind)
        return 0;
    switch (a->kind) {
    case SCORE_NOTE:
    case SCORE_REST:
        return same_note(a, b);
    case SCORE_KEY:
        return same_key(&a->key, &b->key);
    case SCORE_METER:
        return a->meter.beats == b->meter.beats &&
               a->meter.unit == b->meter.unit;
    case SCORE_TEMPO:
        return a->tempo == b->tempo;
    case SCORE_BAR:
        return a->bar == b->bar;
    case SCORE_ENDING:
        return a->endings == b->endings;
    default:
        return strcmp(a->text, b->text) == 0;
    }
}

size_t score_differs(const struct score *a, const struct score *b) {
    if (strcmp(a->title, b->title) || strcmp(a->composer, b->composer) ||
        strcmp(a->rhythm, b->rhythm) || strcmp(a->parts, b->parts) ||
        !same_key(&a->key, &b->key) || a->meter.beats != b->meter.beats ||
        a->meter.unit != b->meter.unit || a->tempo != b->tempo)
        return 0;
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (!same_item(&a->items[i], &b->items[i]))
            return i;
    if (a->count == b->count)
        return SIZE_MAX;
    return a->count < b->count ? a->count : b->count;
}
