/* Input rows, what may be copied, and that nothing looks ahead.
 * SPDX-License-Identifier: MIT */
#include "nott/player/context.h"

#include "nott/nn/model.h"
#include "toydata.h"

enum { MOST_ROWS = MODEL_MAX_ACTIVE, SMALL = 14 };

static const enum encoding encodings[] = {ENCODING_ATTACK, ENCODING_CLASSIC};

static void open_context(struct context *c, enum encoding encoding,
                         struct features on) {
    struct vocabulary v;
    toy_vocabulary(&v, encoding);
    context_init(c, &on, &v);
}

/* Of vocabularies of any size. */
static void sized_context(struct context *c, int melodies, int chords,
                          struct features on) {
    struct vocabulary v = {.encoding = ENCODING_ATTACK,
                           .melody_count = melodies,
                           .chord_count = chords};
    context_init(c, &on, &v);
}

/* The rows at every step of a view: rows[n][active]; what it remembers then. */
static struct context_state all_rows(const struct context *c,
                                     const struct tune_view *v, size_t n,
                                     uint16_t *rows) {
    struct context_state s;
    memset(&s, 0x55, sizeof s); /* step 0 begins it anew */
    for (size_t t = 0; t < n; t++)
        context_input(c, &s, v, t, rows + t * c->active);
    return s;
}

/* ---- sizes ---- */

static void check_sizes(struct features on, size_t rows, size_t active) {
    struct context c;
    sized_context(&c, 35, 31, on);
    assert_int_equal(c.inputs, 66 + rows);
    assert_int_equal(c.active, 2 + active);
}

static void test_sizes(void **state) {
    (void)state;
    check_sizes((struct features){0}, 0, 0);
    check_sizes((struct features){.position = 1}, 96, 1);
    check_sizes((struct features){.meter = 1}, 10, 1);
    check_sizes((struct features){.position = 1, .meter = 1}, 106, 2);
    check_sizes((struct features){.key = 1}, 25, 1);
    check_sizes((struct features){.length = 1}, 42, 1);
    check_sizes((struct features){.sounding = 1}, 35, 1);
    check_sizes((struct features){.durations = 1}, 66, 2);
    check_sizes((struct features){.bars = 16}, 16, 1);
    check_sizes((struct features){.bars = 1}, 1, 1);
    check_sizes((struct features){.lags = {1, {3}}}, 36 + 32 + 7, 3);
    check_sizes((struct features){.lags = {2, {1, 9}}}, 2 * 75, 6);
    check_sizes((struct features){.best_lag = 1}, 75, 3);
    check_sizes((struct features){.best_lag = 1, .lags = {1, {3}}}, 2 * 75, 6);
    check_sizes((struct features){.copy = 1, .end = 1}, 0, 0);
    /* degrees in two modes, and one quality in twelve places; and none */
    check_sizes((struct features){.relative = 1}, 25 + 13 + 13, 3);
    check_sizes((struct features){.unknown = 1}, 2, 1);
    /* ways, parts, bars left, heights, notes, the pace, degrees, those now */
    const size_t form = 7 + 13 + 9 + 4 * 28 + 2 * 33 + 2 * 14 + 2 * 40;
    check_sizes((struct features){.form = 1}, form, 13);
    check_sizes((struct features){.intervals = 1}, 2 * 28, 2);
    check_sizes((struct features){.ahead = 1}, 8 * 36, 8);
    check_sizes(toy_features(), 106 + 25 + 42 + 35 + 66 + 8 + 51 + 4 * 75 + 2,
                24);
    check_sizes(toy_all_features(),
                106 + 25 + 42 + 35 + 66 + 8 + 51 + 4 * 75 + 2 + form + 56 + 288,
                47);
}

static void test_answers(void **state) {
    (void)state;
    struct context c;
    sized_context(&c, 35, 31, (struct features){.copy = 1});
    assert_int_equal(c.copies, 0); /* of nothing */
    assert_int_equal(c.end, -1);
    sized_context(&c, 35, 31, (struct features){.lags = {2, {1, 2}}});
    assert_int_equal(c.copies, 0);
    sized_context(&c, 35, 31, (struct features){.best_lag = 1, .copy = 1});
    assert_int_equal(c.copies, 1);
    sized_context(&c, 35, 31, toy_features());
    assert_int_equal(c.copies, 4);
    assert_int_equal(c.end, 31); /* the class after the last chord */
}

/* The largest vocabularies with all that there is fit the model's limits. */
static void test_largest(void **state) {
    (void)state;
    struct features on = toy_all_features();
    struct context c;
    on.bars = 64;
    on.lags = (struct conf_list){7, {1, 2, 3, 4, 8, 12, 64}};
    sized_context(&c, VOCABULARY_MAX, VOCABULARY_MAX, on);
    assert_true(c.inputs <= UINT16_MAX && c.active <= MODEL_MAX_ACTIVE);
    assert_int_equal(c.copies, MODEL_MAX_COPIES);
    struct context_feature list[CONTEXT_FEATURES];
    assert_true(context_features(&c, list) <= CONTEXT_FEATURES);
}

/* ---- one feature at a time, by hand ---- */

/* Bars of 4 steps after a pickup of 2; 5, 7 and 9 are struck. */
static const uint8_t attack[SMALL] = {5, 1, 7, 1, 1, 0, 0, 9, 1, 7, 7, 1, 0, 9};
static const uint8_t classic[SMALL] = {5, 5, 7, 7, 7, 34, 34,
                                       9, 9, 7, 7, 7, 34, 9};
static const uint8_t chord[SMALL] = {0, 0, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 3};

static struct tune_view small_tune(enum encoding encoding) {
    return (struct tune_view){
        .melody = encoding == ENCODING_ATTACK ? attack : classic,
        .chord = chord,
        .header = {.bar = 4, .phase = 2, .beats = 2, .unit = 8, .key = 7}};
}

/* With these features on, row `at` of each step is base + want[t]. */
static void check_rows(enum encoding encoding, struct features on,
                       const struct tune_view *v, size_t at, size_t base,
                       const int want[SMALL]) {
    struct context c;
    uint16_t rows[SMALL * MOST_ROWS];
    open_context(&c, encoding, on);
    all_rows(&c, v, SMALL, rows);
    for (size_t t = 0; t < SMALL; t++)
        if (rows[t * c.active + at] != base + (size_t)want[t])
            fail_msg("step %zu: row %d, wanted %zu", t, rows[t * c.active + at],
                     base + (size_t)want[t]);
}

static size_t first_free(enum encoding encoding) {
    return encoding == ENCODING_ATTACK ? 26 + 13 : 35 + 13;
}

/* The same in both encodings, for what does not look at the melody. */
static void check_both(struct features on, const struct tune_view *signs,
                       const int want[SMALL]) {
    for (int i = 0; i < 2; i++) {
        struct tune_view v = *signs;
        v.melody = small_tune(encodings[i]).melody;
        check_rows(encodings[i], on, &v, 2, first_free(encodings[i]), want);
    }
}

static void test_classes(void **state) {
    (void)state;
    static const uint8_t melody[] = {3, 9, 0, 254}, chords[] = {1, 0, 6, 254};
    struct context c;
    struct context_state s;
    struct tune_view v = {.melody = melody,
                          .chord = chords,
                          .header = {.bar = 16, .beats = 4, .unit = 4}};
    uint16_t rows[3] = {0, 0, 77};
    static const int want[][2] = {{3, 256}, {9, 255}, {0, 261}, {254, 509}};
    sized_context(&c, 255, 255, (struct features){0});
    for (size_t t = 0; t < 4; t++) {
        context_input(&c, &s, &v, t, rows);
        assert_int_equal(rows[0], want[t][0]);
        assert_int_equal(rows[1], want[t][1]);
        assert_int_equal(rows[2], 77); /* no more than `active` */
    }
}

static int place(int bar, int phase, size_t t) {
    static uint8_t classes[400];
    struct context c;
    struct tune_view v = {
        .melody = classes,
        .chord = classes,
        .header = {.bar = bar, .phase = phase, .beats = 4, .unit = 4}};
    uint16_t rows[400 * 4];
    sized_context(&c, 35, 31, (struct features){.position = 1, .meter = 1});
    all_rows(&c, &v, t + 1, rows);
    return rows[t * c.active + 2] - 66;
}

static void test_position(void **state) {
    (void)state;
    static const int want[SMALL] = {3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    check_both((struct features){.position = 1}, &v, want);
    assert_int_equal(place(16, 0, 0), 1); /* of the step to come */
    assert_int_equal(place(16, 0, 14), 15);
    assert_int_equal(place(16, 0, 15), 0);
    assert_int_equal(place(16, 4, 0), 13); /* in the pickup */
    assert_int_equal(place(16, 4, 3), 0);
    assert_int_equal(place(12, 11, 10), 0);
    assert_int_equal(place(1, 0, 5), 0);
    assert_int_equal(place(100, 0, 95), 0); /* longer bars wrap around */
    assert_int_equal(place(100, 0, 98), 3);
}

static int meter(int beats, int unit) {
    struct context c;
    struct context_state s;
    struct tune_view v = small_tune(ENCODING_ATTACK);
    uint16_t rows[4] = {0};
    v.header.beats = beats;
    v.header.unit = unit;
    sized_context(&c, 35, 31, (struct features){.meter = 1});
    context_input(&c, &s, &v, 0, rows);
    assert_true(rows[2] < c.inputs);
    int got = rows[2] - 66;
    sized_context(&c, 35, 31, (struct features){.position = 1, .meter = 1});
    context_input(&c, &s, &v, 0, rows);
    assert_int_equal(rows[3] - 66 - CONTEXT_POSITIONS, got);
    return got;
}

static void test_meter(void **state) {
    (void)state;
    assert_int_equal(meter(4, 4), 0);
    assert_int_equal(meter(6, 8), 1);
    assert_int_equal(meter(3, 4), 2);
    assert_int_equal(meter(12, 8), 8);
    assert_int_equal(meter(5, 4), 9); /* all others are one */
    assert_int_equal(meter(4, 8), 9);
    assert_int_equal(meter(255, 128), 9);
}

/* The pickup is the end of the bar before the first. */
static void test_bars(void **state) {
    (void)state;
    static const int of_3[SMALL] = {2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0};
    static const int of_2[SMALL] = {1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1};
    static const int of_1[SMALL] = {0};
    static const int no_pickup[SMALL] = {0, 0, 0, 1, 1, 1, 1,
                                         2, 2, 2, 2, 3, 3, 3};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    check_both((struct features){.bars = 3}, &v, of_3);
    check_both((struct features){.bars = 2}, &v, of_2);
    check_both((struct features){.bars = 1}, &v, of_1);
    v.header.phase = 0;
    check_both((struct features){.bars = 16}, &v, no_pickup);
}

static void test_key(void **state) {
    (void)state;
    for (int key = -1; key < 24; key++) {
        struct tune_view v = small_tune(ENCODING_ATTACK);
        int want[SMALL];
        v.header.key = key;
        for (size_t t = 0; t < SMALL; t++)
            want[t] = key + 1; /* 0 is the unknown one */
        check_both((struct features){.key = 1}, &v, want);
    }
}

/* Whole bars that follow after the next step, + 1. */
static void test_length(void **state) {
    (void)state;
    static const int known[SMALL] = {4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1};
    static const int unknown[SMALL] = {0};
    static const int most[SMALL] = {41, 40, 40, 40, 40, 39, 39,
                                    39, 39, 38, 38, 38, 38, 37};
    static const int beyond[SMALL] = {41, 41, 41, 41, 41, 41, 41,
                                      41, 41, 41, 41, 41, 41, 41};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    const struct features on = {.length = 1};
    v.steps = SMALL;
    check_both(on, &v, known);
    v.steps = 0;
    check_both(on, &v, unknown);
    v.steps = 2 + 40 * 4;
    check_both(on, &v, most);
    v.steps = 1 << 20;
    check_both(on, &v, beyond);
}

static void test_sounding(void **state) {
    (void)state;
    static const int want_attack[SMALL] = {5, 5, 7, 7, 7, 0, 0,
                                           9, 9, 7, 7, 7, 0, 9};
    const struct features on = {.sounding = 1};
    int want_classic[SMALL];
    for (size_t t = 0; t < SMALL; t++)
        want_classic[t] = classic[t]; /* each step tells */
    struct tune_view v = small_tune(ENCODING_ATTACK);
    check_rows(ENCODING_ATTACK, on, &v, 2, 39, want_attack);
    v = small_tune(ENCODING_CLASSIC);
    check_rows(ENCODING_CLASSIC, on, &v, 2, 48, want_classic);
}

static void test_durations(void **state) {
    (void)state;
    /* a pitch struck again is a new note; in classic that cannot be told */
    static const int note[2][SMALL] = {
        {0, 1, 0, 1, 2, 0, 1, 0, 1, 0, 0, 1, 0, 0},
        {0, 1, 0, 1, 2, 0, 1, 0, 1, 0, 1, 2, 0, 0}};
    static const int of_chord[SMALL] = {0, 1, 0, 1, 2, 3, 0,
                                        1, 0, 1, 2, 3, 4, 0};
    const struct features on = {.durations = 1};
    for (int i = 0; i < 2; i++) {
        struct tune_view v = small_tune(encodings[i]);
        size_t base = first_free(encodings[i]);
        check_rows(encodings[i], on, &v, 2, base, note[i]);
        check_rows(encodings[i], on, &v, 3, base + CONTEXT_DURATIONS, of_chord);
    }
}

/* Ages stop at 32, and begin anew after that. */
static void test_oldest(void **state) {
    (void)state;
    enum { N = 100 };
    uint8_t melody[N], chords[N];
    struct context c;
    uint16_t rows[N * 4];
    struct tune_view v = small_tune(ENCODING_ATTACK);
    v.melody = melody;
    v.chord = chords;
    for (size_t t = 0; t < N; t++) {
        melody[t] = t % 60 == 0 ? 5 : MELODY_HOLD;
        chords[t] = (uint8_t)(t / 70);
    }
    open_context(&c, ENCODING_ATTACK, (struct features){.durations = 1});
    all_rows(&c, &v, N, rows);
    for (size_t t = 0; t < N; t++) {
        size_t note = t % 60, held = t % 70;
        assert_int_equal(rows[4 * t + 2], 39 + (note < 32 ? note : 32));
        assert_int_equal(rows[4 * t + 3], 39 + 33 + (held < 32 ? held : 32));
    }
}

/* ---- how the melody moves ---- */

/* Semitones into the last pitch and into the one before, + 14; 0 = none. Where
 * each step tells its pitch, the same one again is no other note. */
static void test_intervals(void **state) {
    (void)state;
    static const int last[2][SMALL] = {
        {0, 0, 16, 16, 16, 16, 16, 16, 16, 12, 14, 14, 14, 16},
        {0, 0, 16, 16, 16, 16, 16, 16, 16, 12, 12, 12, 12, 16}};
    static const int before[2][SMALL] = {
        {0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 12, 12, 12, 14},
        {0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 12}};
    const struct features on = {.intervals = 1};
    for (int i = 0; i < 2; i++) {
        struct tune_view v = small_tune(encodings[i]);
        size_t base = first_free(encodings[i]);
        check_rows(encodings[i], on, &v, 2, base, last[i]);
        check_rows(encodings[i], on, &v, 3, base + 28, before[i]);
    }
}

/* Beyond an octave and a semitone all are one. */
static void test_wide_intervals(void **state) {
    (void)state;
    static const uint8_t melody[SMALL] = {12, 24, 12, 25, 12, 0,  25,
                                          2,  25, 25, 1,  24, 10, 2};
    static const int want[SMALL] = {0, 26, 2,  27, 1,  1, 27,
                                    1, 27, 14, 14, 13, 1, 6};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    v.melody = melody;
    check_rows(ENCODING_ATTACK, (struct features){.intervals = 1}, &v, 2,
               first_free(ENCODING_ATTACK), want);
}

/* The last pitch struck, and the chord; before there is any, what has no pitch
 * and no root. */
static void test_anchors(void **state) {
    (void)state;
    static const int struck[SMALL] = {0, 0, 7, 7, 7, 7, 7, 9, 9, 7, 7, 7, 7, 9};
    for (int i = 0; i < 2; i++) {
        struct context c;
        struct context_state s;
        uint16_t rows[MOST_ROWS];
        struct tune_view v = small_tune(encodings[i]);
        uint8_t melody[SMALL];
        open_context(&c, encodings[i], (struct features){.intervals = 1});
        memcpy(melody, v.melody, SMALL);
        melody[0] = melody[1] = (uint8_t)c.rest;
        v.melody = melody;
        for (size_t t = 0; t < SMALL; t++) {
            context_input(&c, &s, &v, t, rows);
            assert_int_equal(context_anchor(&c, &s, &v, 1, t),
                             t < 2 ? c.rest : struck[t]);
            assert_int_equal(context_anchor(&c, &s, &v, 0, t), chord[t]);
        }
        for (int k = 0; k < c.melody_count; k++)
            assert_int_equal(context_melody_from(&c, k, c.rest), -1);
        for (int k = 0; k <= c.chord_count; k++)
            assert_int_equal(context_chord_from(&c, k, 0), -1);
        v.chord = NULL;
        context_input(&c, &s, &v, 0, rows);
        assert_int_equal(context_anchor(&c, &s, &v, 0, 0), 0);
    }
}

/* ---- what is known beforehand ---- */

/* What sounds at every eighth of the coming bar; M = beyond the end. */
static void check_ahead(enum encoding encoding, int bar, int known) {
    static const uint8_t sounding[SMALL] = {5, 5, 7, 7, 7, 0, 0,
                                            9, 9, 7, 7, 7, 0, 9};
    struct tune_view v = small_tune(encoding);
    size_t M = first_free(encoding) - 13;
    v.header.bar = bar;
    v.steps = SMALL;
    v.melody_known = known;
    for (size_t i = 0; i < CONTEXT_AHEAD; i++) {
        int want[SMALL];
        for (size_t t = 0; t < SMALL; t++) {
            size_t at = t + 1 + i * (size_t)bar / 8;
            int there = known && at < SMALL;
            want[t] = !there                        ? (int)M
                      : encoding == ENCODING_ATTACK ? sounding[at]
                                                    : classic[at];
        }
        check_rows(encoding, (struct features){.ahead = 1}, &v, 2 + i,
                   M + 13 + i * (M + 1), want);
    }
}

static void test_ahead(void **state) {
    (void)state;
    static const int bars[] = {1, 3, 4, 6, 8, 12, 16};
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < sizeof bars / sizeof *bars; k++)
            for (int known = 0; known < 2; known++)
                check_ahead(encodings[i], bars[k], known);
}

/* Bars of two steps: seven, in two parts were there more of them. */
static const struct form small_form = {
    .bars = 7,
    .bar = {{FORM_NEW, 0, 3, FORM_NONE, FORM_NONE},
            {FORM_ENDING, 1, 2, FORM_NONE, FORM_NONE},
            {FORM_SAME, 2, 31, FORM_NONE, FORM_NONE},
            {FORM_RHYTHM, 3, 0, 7, FORM_NONE},
            {FORM_START, 1, 1, FORM_NONE, FORM_NONE},
            {FORM_MOVED, 5, 4, FORM_NONE, FORM_NONE},
            {FORM_NEW, 0, 2, FORM_NONE, FORM_NONE}},
    .part = {{2, 1, 57, 78, 66}}};

/* Row `at` of the form, whose number is want[] in the bars of small_form. */
static void check_form(enum encoding encoding, size_t at, size_t rows,
                       const int want[8]) {
    static const int bar_of[SMALL] = {0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6};
    struct tune_view v = small_tune(encoding);
    const struct features on = {.form = 1};
    size_t base = first_free(encoding) + rows;
    int known[SMALL], other[SMALL];
    v.header.bar = 2;
    v.form = &small_form;
    for (size_t t = 0; t < SMALL; t++)
        known[t] = want[bar_of[t]];
    check_rows(encoding, on, &v, 2 + at, base, known);
    struct form shorter = small_form;
    shorter.bars = 6; /* after its end it is unknown; its pace is another */
    v.form = &shorter;
    for (size_t t = 0; t < SMALL; t++)
        other[t] = bar_of[t] < 6 ? known[t] : want[7];
    if (at != 2 && at != 8)
        check_rows(encoding, on, &v, 2 + at, base, other);
    v.form = NULL;
    for (size_t t = 0; t < SMALL; t++)
        other[t] = want[7];
    check_rows(encoding, on, &v, 2 + at, base, other);
}

static void test_form(void **state) {
    (void)state;
    /* the eighth is what stands where there is no form */
    static const int way[8] = {1, 5, 6, 2, 4, 3, 1, 0};
    static const int part[8] = {8, 8, 8, 8, 8, 8, 8, 0};
    static const int left[8] = {7, 6, 5, 4, 3, 2, 1, 0};
    static const int notes[8] = {4, 3, 32, 1, 2, 5, 3, 0};
    static const int pace[8] = {7, 7, 7, 7, 7, 7, 7, 0}; /* 43 in 7 bars */
    static const int note[8] = {8, 8, 8, 8, 0, 0, 0, 0};
    static const int root[8] = {13, 13, 13, 13, 0, 0, 0, 0};
    for (int i = 0; i < 2; i++) {
        enum encoding x = encodings[i];
        size_t heights = 7 + 13 + 9, after = heights + 4 * 28;
        check_form(x, 0, 0, way);
        check_form(x, 1, 7, part);
        check_form(x, 2, 7 + 13, left);
        check_form(x, 7, after, notes);
        check_form(x, 8, after + 33, pace);
        check_form(x, 9, after + 2 * 33, note);
        check_form(x, 10, after + 2 * 33 + 14, root);
    }
}

/* Letters and times beyond those that there are rows for are the last ones. */
static void test_form_beyond(void **state) {
    (void)state;
    const struct form f = {.bars = 3, .part = {{9, 7, 54, 127, 90}}};
    int want[SMALL];
    struct tune_view v = small_tune(ENCODING_ATTACK);
    v.form = &f;
    for (size_t t = 0; t < SMALL; t++)
        want[t] = t < 13 ? 12 : 0;
    check_rows(ENCODING_ATTACK, (struct features){.form = 1}, &v, 3, 39 + 7,
               want);
}

/* Semitones, + 14, of the last pitch above the lowest, the highest and the mean
 * of its part, and of the mean so far above that: 58 60 62 60 60 62 in attack,
 * 60 62 64 62 64 in classic. */
static void test_heights(void **state) {
    (void)state;
    static const int want[2][4][SMALL] = {
        {{15, 15, 17, 17, 17, 17, 17, 19, 19, 17, 17, 17, 17, 19},
         {2, 2, 4, 4, 4, 4, 4, 6, 6, 4, 4, 4, 4, 6},
         {11, 11, 13, 13, 13, 13, 13, 15, 15, 13, 13, 13, 13, 15},
         {11, 11, 12, 12, 12, 12, 12, 13, 13, 13, 13, 13, 13, 13}},
        {{17, 17, 19, 19, 19, 19, 19, 21, 21, 19, 19, 19, 19, 21},
         {4, 4, 6, 6, 6, 6, 6, 8, 8, 6, 6, 6, 6, 8},
         {13, 13, 15, 15, 15, 15, 15, 17, 17, 15, 15, 15, 15, 17},
         {13, 13, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 15, 15}}};
    const struct form f = {.bars = 7, .part = {{0, 0, 57, 70, 61}}};
    static const int none[SMALL] = {0};
    const struct form silent = {.bars = 7};
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < 4; k++) {
            struct tune_view v = small_tune(encodings[i]);
            size_t base = first_free(encodings[i]) + 7 + 13 + 9 + 28 * k;
            const struct features on = {.form = 1};
            v.header.bar = 2;
            v.form = &f;
            check_rows(encodings[i], on, &v, 5 + k, base, want[i][k]);
            v.form = &silent; /* without a pitch, and unknown */
            check_rows(encodings[i], on, &v, 5 + k, base, none);
            v.form = NULL;
            check_rows(encodings[i], on, &v, 5 + k, base, none);
        }
}

/* Before the first note nothing has a height; with a part the mean begins anew,
 * which in bars of one step is at step 10. After the last bar there is none. */
static void test_heights_begin(void **state) {
    (void)state;
    static const uint8_t melody[SMALL] = {0, 0, 7, 1, 1, 9, 1,
                                          1, 9, 1, 7, 9, 1, 1};
    static const int low[SMALL] = {0,  0,  17, 17, 17, 19, 19,
                                   19, 19, 21, 19, 21, 21, 0};
    static const int mean[SMALL] = {0,  0,  13, 13, 13, 14, 14,
                                    14, 14, 0,  12, 13, 13, 0};
    const struct form f = {.bars = 12,
                           .part = {{0, 0, 57, 70, 61}, {1, 0, 55, 70, 62}}};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    v.header.bar = 1;
    v.melody = melody;
    v.form = &f;
    const struct features on = {.form = 1};
    check_rows(ENCODING_ATTACK, on, &v, 5, 39 + 29, low);
    check_rows(ENCODING_ATTACK, on, &v, 8, 39 + 29 + 3 * 28, mean);
}

/* In the last bar of a phrase: before its middle, there, and after it. */
static void test_rest_now(void **state) {
    (void)state;
    static const int note[SMALL] = {[10] = 8, [11] = 21, [12] = 34};
    static const int root[SMALL] = {[10] = 13, [11] = 26, [12] = 39};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    const struct features on = {.form = 1};
    size_t base = 39 + 7 + 13 + 9 + 4 * 28 + 2 * 33 + 2 * 14;
    v.header.bar = 3;
    v.form = &small_form;
    check_rows(ENCODING_ATTACK, on, &v, 2 + 11, base, note);
    check_rows(ENCODING_ATTACK, on, &v, 2 + 12, base + 40, root);
}

/* The last lag is that of the form, where a bar comes back by it. */
static void test_form_lag(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct context c;
        struct context_state s;
        struct tune_view v = small_tune(ENCODING_ATTACK);
        v.header.bar = 2;
        v.form = &small_form;
        open_context(&c, ENCODING_ATTACK,
                     (struct features){.best_lag = 1, .copy = 1, .form = on});
        for (size_t t = 0; t < SMALL; t++) {
            uint16_t rows[MOST_ROWS];
            int16_t copy;
            int bar = form_bar_of(&v.header, t + 1);
            context_input(&c, &s, &v, t, rows);
            context_copies(&c, &s, &v, v.melody, t, &copy);
            int from = on ? small_form.bar[bar].from : 0;
            from = from ? from : s.best_lag;
            assert_int_equal(copy,
                             from ? attack[t + 1 - 2 * (size_t)from] : -1);
            assert_int_equal(rows[2], 39 + (from ? copy : 26));
        }
    }
}

/* ---- lags ---- */

/* What lag 1 finds: the step three before the given one, none at first. */
static void test_lag_classes(void **state) {
    (void)state;
    const struct features on = {.lags = {2, {1, 3}}};
    for (int i = 0; i < 2; i++) {
        struct tune_view v = small_tune(encodings[i]);
        size_t base = first_free(encodings[i]), M = base - 13;
        int one[SMALL], three[SMALL], harmony[SMALL];
        for (int t = 0; t < SMALL; t++) {
            one[t] = t < 3 ? (int)M : v.melody[t - 3];
            harmony[t] = t < 3 ? 13 : chord[t - 3];
            three[t] = t < 11 ? (int)M : v.melody[t - 11];
        }
        check_rows(encodings[i], on, &v, 2, base, one);
        check_rows(encodings[i], on, &v, 3, base + M + 1, harmony);
        check_rows(encodings[i], on, &v, 5, base + M + 1 + 14 + 7, three);
    }
}

/* Bars of 4 that all are the same, but for a chord at 100 and a note at 150. */
static void repeated(uint8_t *melody, uint8_t *chords, size_t n) {
    for (size_t t = 0; t < n; t++) {
        melody[t] = (uint8_t)(t % 4 ? 2 + t % 4 : 1);
        chords[t] = (uint8_t)(t % 4 / 2);
    }
    chords[100]++;
    melody[150]++;
}

/* By hand: floor(log2(1 + run)), where each run that is worth a row begins. */
static void test_runs(void **state) {
    (void)state;
    enum { N = 240 };
    static const struct {
        size_t from;
        int row;
    } want[] = {{0, 0},   {4, 1},   {6, 2},   {10, 3},  {18, 4},  {34, 5},
                {66, 6},  {100, 0}, {101, 1}, {103, 2}, {104, 0}, {105, 1},
                {107, 2}, {111, 3}, {119, 4}, {135, 5}, {150, 0}, {151, 1},
                {153, 2}, {154, 0}, {155, 1}, {157, 2}, {161, 3}, {169, 4},
                {185, 5}, {217, 6}, {N, 0}};
    uint8_t melody[N], chords[N];
    uint16_t rows[N * 5];
    struct context c;
    struct tune_view v = small_tune(ENCODING_ATTACK);
    repeated(melody, chords, N);
    v.melody = melody;
    v.chord = chords;
    open_context(&c, ENCODING_ATTACK, (struct features){.lags = {1, {1}}});
    all_rows(&c, &v, N, rows);
    for (size_t t = 0, k = 0; t < N; t++) {
        k += t == want[k + 1].from;
        if (rows[5 * t + 4] != 39 + 27 + 14 + want[k].row)
            fail_msg("step %zu: %d, wanted %d", t,
                     rows[5 * t + 4] - 39 - 27 - 14, want[k].row);
    }
}

/* ---- tunes at random ---- */

/* A tune that mostly repeats what was one or two bars before. */
struct sketch {
    uint8_t *melody, *chord; /* owned */
    size_t steps;
    struct tune_view view;
};

static void sketch_init(struct sketch *k, const struct context *c, size_t steps,
                        struct rng *r) {
    static const int bars[] = {1, 3, 4, 12, 16, 100};
    int bar = bars[rng_below(r, 6)];
    size_t back = (size_t)bar * (1 + rng_below(r, 2));
    *k = (struct sketch){malloc(steps), malloc(steps), steps, {0}};
    assert_true(k->melody && k->chord);
    for (size_t t = 0; t < steps; t++) {
        int again = back <= t && rng_below(r, 40);
        k->melody[t] =
            again ? k->melody[t - back]
                  : (uint8_t)(rng_below(r, 2)
                                  ? 1
                                  : rng_below(r, (size_t)c->melody_count));
        k->chord[t] = again ? k->chord[t - back]
                            : (uint8_t)rng_below(r, (size_t)c->chord_count);
    }
    k->view =
        (struct tune_view){.melody = k->melody,
                           .chord = k->chord,
                           .header = {.bar = bar,
                                      .phase = (int)rng_below(r, (size_t)bar),
                                      .beats = 1 + (int)rng_below(r, 12),
                                      .unit = 8,
                                      .key = (int)rng_below(r, 25) - 1},
                           .steps = rng_below(r, 2) ? steps : 0};
}

static void sketch_free(struct sketch *k) {
    free(k->melody);
    free(k->chord);
}

/* A form of any bars, of which some come back if `back`. */
static void sketch_form(struct form *f, int back, struct rng *r) {
    *f = (struct form){.bars = (int)rng_below(r, FORM_BARS + 1)};
    for (int b = 0; b < f->bars; b++) {
        struct form_bar *y = &f->bar[b];
        *y = (struct form_bar){.notes = (uint8_t)rng_below(r, FORM_NOTES + 1),
                               .note = (uint8_t)rng_below(r, FORM_NONE + 1),
                               .chord = (uint8_t)rng_below(r, FORM_NONE + 1)};
        if (back && b && rng_below(r, 3)) {
            y->way = (uint8_t)(1 + rng_below(r, FORM_WAYS - 1));
            y->from = (uint8_t)(1 + rng_below(r, (size_t)b));
        }
    }
    for (int p = 0; p < form_parts(f); p++)
        f->part[p] = (struct form_part){.letter = (uint8_t)rng_below(r, 6),
                                        .time = (uint8_t)rng_below(r, 6),
                                        .low = (uint8_t)rng_below(r, 128),
                                        .high = (uint8_t)rng_below(r, 128),
                                        .mean = (uint8_t)rng_below(r, 128)};
}

/* For how long the steps up to t have been those of `lag` steps before. */
static int run_at(const struct sketch *k, size_t t, size_t lag) {
    int n = 0;
    while (lag <= t && k->melody[t] == k->melody[t - lag] &&
           k->chord[t] == k->chord[t - lag]) {
        n++;
        if (t-- == 0)
            break;
    }
    return n;
}

/* Runs of several lags at once against counting them at each step. */
static void test_runs_counted(void **state) {
    (void)state;
    const struct features on = {.lags = {4, {1, 2, 3, 8}}};
    struct rng r;
    size_t seen[CONTEXT_RUNS] = {0};
    rng_seed(&r, 1, 0);
    for (int tune = 0; tune < 60; tune++) {
        struct context c;
        struct sketch k;
        uint16_t rows[300 * MOST_ROWS];
        open_context(&c, encodings[tune % 2], on);
        sketch_init(&k, &c, 300, &r);
        all_rows(&c, &k.view, 300, rows);
        size_t M = (size_t)c.melody_count, base = M + 13, each = M + 1 + 14 + 7;
        for (size_t t = 0; t < 300; t++)
            for (size_t i = 0; i < 4; i++) {
                size_t lag = (size_t)(on.lags.value[i] * k.view.header.bar);
                int run = run_at(&k, t, lag), row = 0;
                while (row < 6 && 2 << row <= run + 1)
                    row++;
                assert_int_equal(rows[t * c.active + 2 + 3 * i + 2],
                                 base + i * each + M + 15 + (size_t)row);
                seen[row]++;
            }
        sketch_free(&k);
    }
    for (size_t i = 0; i < CONTEXT_RUNS; i++)
        assert_true(seen[i] > 100);
}

/* ---- classes as they are in a key or over a chord ---- */

static int chord_named(const struct vocabulary *v, const char *name) {
    for (int k = 0; k < v->chord_count; k++)
        if (strcmp(v->chords[k].name, name) == 0)
            return k;
    fail_msg("no chord %s", name);
    return -1;
}

static void test_degrees(void **state) {
    (void)state;
    struct vocabulary v;
    struct context c;
    toy_vocabulary(&v, ENCODING_ATTACK);
    context_init(&c, &(struct features){.relative = 1}, &v);
    int d4 = vocabulary_melody(&v, 62), g = chord_named(&v, "G");
    int am = chord_named(&v, "Am"), g7 = chord_named(&v, "G7");
    assert_int_equal(context_melody_in_key(&c, d4, 0), 2);       /* C */
    assert_int_equal(context_melody_in_key(&c, d4, 7), 7);       /* G */
    assert_int_equal(context_melody_in_key(&c, d4, 12 + 4), 22); /* Em */
    assert_int_equal(context_melody_in_key(&c, d4, -1), -1);
    assert_int_equal(context_melody_in_key(&c, MELODY_HOLD, 0), -1);
    assert_int_equal(context_melody_in_key(&c, vocabulary_rest(&v), 0), -1);
    /* qualities in the order in which they are met: major, minor, seventh */
    assert_int_equal(context_chord_in_key(&c, g, 7), 0);
    assert_int_equal(context_chord_in_key(&c, g, 0), 7);
    assert_int_equal(context_chord_in_key(&c, am, 7), 12 + 2);
    assert_int_equal(context_chord_in_key(&c, g7, 12 + 4), 24 + 3);
    assert_int_equal(context_chord_in_key(&c, 0, 7), -1); /* no chord */
    assert_int_equal(context_chord_in_key(&c, g, -1), -1);
    assert_int_equal(context_chords_in_key(&c), 36);
    assert_int_equal(context_melody_in_chord(&c, d4, g), 7);
    assert_int_equal(context_melody_in_chord(&c, d4, am), 12 + 5);
    assert_int_equal(context_melody_in_chord(&c, d4, 0), -1);
    assert_int_equal(context_melody_in_chord(&c, d4, -1), -1);
    assert_int_equal(context_melodies_in_chord(&c), 36);
}

/* Distances and motions of roots, with a kind of chord. */
static void test_distances(void **state) {
    (void)state;
    struct vocabulary v;
    struct context c;
    toy_vocabulary(&v, ENCODING_ATTACK);
    context_init(&c, &(struct features){.relative = 1}, &v);
    int d4 = vocabulary_melody(&v, 62), a4 = vocabulary_melody(&v, 69);
    int g = chord_named(&v, "G"), am = chord_named(&v, "Am");
    int g7 = chord_named(&v, "G7");
    assert_int_equal(context_melody_from(&c, d4, d4), 26);
    assert_int_equal(context_melody_from(&c, a4, d4), 33);
    assert_int_equal(context_melody_from(&c, d4, a4), 19);
    assert_int_equal(context_melody_from(&c, MELODY_HOLD, a4), -1);
    assert_int_equal(context_melody_from(&c, a4, MELODY_HOLD), -1);
    assert_int_equal(context_chord_from(&c, g, g), 0);
    assert_int_equal(context_chord_from(&c, am, g), 12 + 2);
    assert_int_equal(context_chord_from(&c, g7, am), 24 + 10);
    assert_int_equal(context_chord_from(&c, am, g7), 12 + 2);
    assert_int_equal(context_chord_from(&c, 0, g), -1);
    assert_int_equal(context_chord_from(&c, g, 0), -1);
    assert_int_equal(context_chord_from(&c, v.chord_count, g), -1); /* end */
    sized_context(&c, 90, 3, (struct features){.relative = 1});
    assert_int_equal(context_melody_from(&c, 29, 2), 52);
    assert_int_equal(context_melody_from(&c, 28, 2), 52);
    assert_int_equal(context_melody_from(&c, 27, 2), 51);
    assert_int_equal(context_melody_from(&c, 2, 28), 0);
    assert_int_equal(context_melody_from(&c, 2, 89), 0);
    assert_int_equal(CONTEXT_DISTANCES, 53);
}

/* All that a tune moved by some semitones changes is where it is: its degrees
 * stay. */
static void test_degrees_move_along(void **state) {
    (void)state;
    struct vocabulary v;
    struct context c;
    toy_vocabulary(&v, ENCODING_CLASSIC);
    context_init(&c, &(struct features){.relative = 1}, &v);
    int up[] = {0, 2, 7}; /* C, D, G are all there */
    const char *names[] = {"C", "D", "G"};
    for (int i = 0; i < 3; i++) {
        int note = vocabulary_melody(&v, 64 + up[i]);
        int triad = chord_named(&v, names[i]);
        assert_int_equal(context_melody_in_key(&c, note, up[i]), 4);
        assert_int_equal(context_chord_in_key(&c, triad, up[i]), 0);
        assert_int_equal(context_melody_in_chord(&c, note, triad), 4);
    }
}

/* All features in their order, and one by one. */
enum { ALONE = 13 };

static void alone(struct features on[ALONE], size_t size[ALONE],
                  const struct features *all) {
    memset(on, 0, ALONE * sizeof *on);
    on[0].position = 1;
    on[1].meter = 1;
    on[2].bars = all->bars;
    on[3].key = 1;
    on[4].length = 1;
    on[5].sounding = 1;
    on[6].relative = 1;
    on[7].durations = 1;
    on[8].lags.count = all->lags.count;
    on[8].best_lag = all->best_lag; /* it is none of those */
    memcpy(on[8].lags.value, all->lags.value, sizeof all->lags.value);
    on[9].unknown = 1;
    on[10].form = 1;
    on[11].intervals = 1;
    on[12].ahead = 1;
    size[6] = 3;
    size[7] = 2;
    size[8] = 3 * (size_t)(all->lags.count + all->best_lag);
    size[10] = 13;
    size[11] = 2;
    size[12] = CONTEXT_AHEAD;
}

/* Together they say what they say alone, each in rows of its own: no row is on
 * twice, none is out of range. */
static void check_together(enum encoding encoding, struct rng *r) {
    struct context all;
    struct sketch k;
    struct features on[ALONE];
    size_t size[ALONE] = {1, 1, 1, 1, 1, 1, [9] = 1}, at = 2, base;
    uint16_t rows[120 * MOST_ROWS], some[120 * MOST_ROWS];
    struct features every = toy_all_features();
    struct form form;
    open_context(&all, encoding, every);
    sketch_init(&k, &all, 120, r);
    sketch_form(&form, 0, r); /* no bar says where the last lag is */
    k.view.form = &form;
    k.view.steps = 120;
    k.view.melody_known = 1;
    all_rows(&all, &k.view, 120, rows);
    alone(on, size, &every);
    base = first_free(encoding);
    for (size_t i = 0; i < ALONE; i++) {
        struct context c;
        open_context(&c, encoding, on[i]);
        assert_int_equal(c.active, 2 + size[i]);
        all_rows(&c, &k.view, 120, some);
        for (size_t t = 0; t < 120; t++)
            for (size_t j = 0; j < size[i]; j++) {
                int row = some[t * c.active + 2 + j];
                assert_true((size_t)row < c.inputs);
                assert_int_equal(rows[t * all.active + at + j],
                                 (size_t)row - first_free(encoding) + base);
            }
        at += size[i];
        base += c.inputs - first_free(encoding);
    }
    assert_int_equal(at, all.active);
    assert_int_equal(base, all.inputs);
    for (size_t i = 0; i < 120 * all.active; i++) { /* of a step they rise */
        assert_true(rows[i] < all.inputs);
        if (i % all.active)
            assert_true(rows[i] > rows[i - 1]);
    }
    sketch_free(&k);
}

static void test_together(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 2, 0);
    for (int tune = 0; tune < 40; tune++)
        check_together(encodings[tune % 2], &r);
}

/* ---- copies ---- */

static void test_copies(void **state) {
    (void)state;
    const struct features on = {.lags = {2, {1, 3}}, .copy = 1, .end = 1};
    struct context c;
    struct context_state s;
    uint16_t rows[MOST_ROWS];
    struct tune_view v = small_tune(ENCODING_ATTACK);
    open_context(&c, ENCODING_ATTACK, on);
    assert_int_equal(c.end, 13);
    for (size_t t = 0; t < SMALL; t++) {
        int16_t copy[3] = {5, 5, 99};
        context_input(&c, &s, &v, t, rows);
        context_copies(&c, &s, &v, v.melody, t, copy);
        assert_int_equal(copy[0], t < 3 ? -1 : attack[t - 3]);
        assert_int_equal(copy[1], t < 11 ? -1 : attack[t - 11]);
        context_copies(&c, &s, &v, v.chord, t, copy);
        assert_int_equal(copy[0], t < 3 ? -1 : chord[t - 3]);
        assert_int_equal(copy[1], t < 11 ? -1 : chord[t - 11]);
        assert_int_equal(copy[2], 99); /* no more than `copies` */
    }
    struct features off = on;
    int16_t untouched = 99;
    off.copy = 0;
    open_context(&c, ENCODING_ATTACK, off);
    context_copies(&c, &s, &v, v.melody, SMALL - 1, &untouched);
    assert_int_equal(untouched, 99);
}

/* ---- unknown chords ---- */

/* One row of two says so. */
static void test_unknown(void **state) {
    (void)state;
    static const int known[SMALL] = {0};
    static const int not_known[SMALL] = {1, 1, 1, 1, 1, 1, 1,
                                         1, 1, 1, 1, 1, 1, 1};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    check_both((struct features){.unknown = 1}, &v, known);
    v.chord = NULL;
    check_both((struct features){.unknown = 1}, &v, not_known);
}

/* Where they are looked at, unknown chords are nothing: class 0, no degree, no
 * duration, none at a lag, none to copy. */
static void test_unknown_is_nothing(void **state) {
    (void)state;
    static const int none[SMALL] = {0};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    v.chord = NULL;
    size_t first = first_free(ENCODING_ATTACK);
    check_rows(ENCODING_ATTACK, (struct features){.unknown = 1}, &v, 1, 26,
               none);
    check_rows(ENCODING_ATTACK, (struct features){.durations = 1, .unknown = 1},
               &v, 3, first + 33, none);
    const struct features degrees = {.relative = 1, .unknown = 1};
    struct context c;
    open_context(&c, ENCODING_ATTACK, degrees);
    size_t chords = first + 25, over = chords + 1;
    check_rows(ENCODING_ATTACK, degrees, &v, 3, chords, none);
    check_rows(ENCODING_ATTACK, degrees, &v, 4,
               over + (size_t)context_chords_in_key(&c), none);
    int before[SMALL];
    for (size_t t = 0; t < SMALL; t++)
        before[t] = 13;
    check_rows(ENCODING_ATTACK,
               (struct features){.lags = {1, {1}}, .unknown = 1}, &v, 3,
               first + 27, before);
    struct context_state s;
    uint16_t rows[MOST_ROWS];
    open_context(&c, ENCODING_ATTACK,
                 (struct features){.lags = {1, {1}}, .copy = 1, .unknown = 1});
    for (size_t t = 0; t < SMALL; t++) {
        int16_t copy = 5;
        context_input(&c, &s, &v, t, rows);
        context_copies(&c, &s, &v, v.chord, t, &copy);
        assert_int_equal(copy, -1);
        context_copies(&c, &s, &v, v.melody, t, &copy);
        assert_int_equal(copy, t < 3 ? -1 : attack[t - 3]);
    }
}

/* Runs and the best lag go by the melody alone, as where the chords are always
 * the same. */
static void test_unknown_likeness(void **state) {
    (void)state;
    static const uint8_t same[SMALL] = {0};
    static const uint8_t other[SMALL] = {0, 1, 2, 3,  4,  5,  6,
                                         7, 8, 9, 10, 11, 12, 0};
    const struct features on = {
        .lags = {2, {1, 3}}, .best_lag = 1, .unknown = 1};
    struct tune_view v = small_tune(ENCODING_ATTACK);
    struct context c;
    struct context_state a, b, d;
    uint16_t rows[SMALL * MOST_ROWS];
    open_context(&c, ENCODING_ATTACK, on);
    v.chord = other;
    d = all_rows(&c, &v, SMALL, rows);
    v.chord = same;
    a = all_rows(&c, &v, SMALL, rows);
    v.chord = NULL;
    b = all_rows(&c, &v, SMALL, rows);
    assert_memory_equal(a.run, b.run, sizeof a.run);
    assert_memory_equal(a.likeness, b.likeness, sizeof a.likeness);
    assert_int_equal(a.best_lag, b.best_lag);
    assert_memory_not_equal(d.likeness, b.likeness, sizeof b.likeness);
}

/* A model that has not the feature takes them for no chord from end to end. */
static void test_unknown_to_older_models(void **state) {
    (void)state;
    static const uint8_t silent[SMALL] = {0};
    struct features on = toy_features();
    struct tune_view v = small_tune(ENCODING_ATTACK);
    struct context c;
    uint16_t a[SMALL * MOST_ROWS], b[SMALL * MOST_ROWS];
    on.unknown = 0;
    on.lags = (struct conf_list){2, {1, 2}};
    open_context(&c, ENCODING_ATTACK, on);
    v.chord = silent;
    struct context_state s = all_rows(&c, &v, SMALL, a);
    v.chord = NULL;
    all_rows(&c, &v, SMALL, b);
    assert_memory_equal(a, b, SMALL * c.active * sizeof *a);
    int16_t copy[3];
    context_copies(&c, &s, &v, v.chord, SMALL - 1, copy);
    assert_int_equal(copy[0], 0);
}

/* ---- the best lag ---- */

/* Bars of one step, in which the notes come again after so many. */
enum { TURNS = 300 };

struct turning {
    uint8_t melody[TURNS], chord[TURNS];
    struct tune_view view;
};

/* Steps from..to-1 come again after `period`, in classes from `first` on. */
static void turn(struct turning *x, size_t from, size_t to, size_t period,
                 int first) {
    for (size_t t = from; t < to; t++) {
        x->melody[t] = (uint8_t)((size_t)first + (t - from) % period);
        x->chord[t] = (uint8_t)(t % 2);
    }
    x->view = (struct tune_view){
        .melody = x->melody,
        .chord = x->chord,
        .header = {.bar = 1, .beats = 1, .unit = 4, .key = -1}};
}

/* The best lag at each step, by the state; and that copies and rows are the
 * classes that lie so many steps before the next one, or none. */
static void find_best_lags(struct features on, const struct turning *x,
                           int best[TURNS]) {
    struct context c;
    struct context_state s;
    size_t last = (size_t)on.lags.count; /* the best one comes after the lags */
    on.copy = 1;
    sized_context(&c, 255, 31, on);
    assert_int_equal(c.copies, last + 1);
    for (size_t t = 0; t < TURNS; t++) {
        uint16_t rows[MOST_ROWS];
        int16_t melody[MODEL_MAX_COPIES], chords[MODEL_MAX_COPIES];
        context_input(&c, &s, &x->view, t, rows);
        context_copies(&c, &s, &x->view, x->melody, t, melody);
        context_copies(&c, &s, &x->view, x->chord, t, chords);
        best[t] = s.best_lag;
        size_t then = t + 1 - (size_t)s.best_lag;
        size_t base = 255 + 31 + last * (256 + 32 + 7);
        assert_int_equal(melody[last], s.best_lag ? x->melody[then] : -1);
        assert_int_equal(chords[last], s.best_lag ? x->chord[then] : -1);
        const uint16_t *row = rows + 2 + 3 * last;
        assert_int_equal(row[0], base + (s.best_lag ? x->melody[then] : 255));
        assert_int_equal(row[1],
                         base + 256 + (s.best_lag ? x->chord[then] : 31));
    }
}

/* Nothing comes again at first; then the shortest way back is most like, and
 * the next one where that is a lag already. */
static void test_best_lag_none_at_first(void **state) {
    (void)state;
    static const struct {
        struct features on;
        int first; /* the best lag, from the step of its number on */
    } list[] = {{{.best_lag = 1}, 6},
                {{.best_lag = 1, .lags = {1, {6}}}, 12},
                {{.best_lag = 1, .lags = {2, {6, 12}}}, 18},
                {{.best_lag = 1, .lags = {2, {1, 12}}}, 6}};
    struct turning x;
    turn(&x, 0, TURNS, 6, 2);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        int best[TURNS];
        find_best_lags(list[i].on, &x, best);
        for (int t = 0; t < TURNS; t++)
            assert_int_equal(best[t], t < list[i].first ? 0 : list[i].first);
    }
}

/* By hand: steps 4..19 bring the likeness of distance 4 16 times 1/32 nearer to
 * 65535, which gives 26096; from step 20 on it loses 1/32 each time. Distance
 * 6 gains from step 26 on, 2047, 4031, 5953 and so on: at step 33 it has 14695
 * against 16737, at step 34 16283 against 16214. */
static void test_best_lag_changes(void **state) {
    (void)state;
    struct turning x;
    int best[TURNS];
    turn(&x, 0, 20, 4, 2);
    turn(&x, 20, TURNS, 6, 100);
    find_best_lags((struct features){.best_lag = 1}, &x, best);
    for (int t = 0; t < TURNS; t++)
        assert_int_equal(best[t], t < 4 ? 0 : t < 34 ? 4 : 6);
}

/* One wrong chord does not shake it, though it ends the run. */
static void test_best_lag_holds(void **state) {
    (void)state;
    struct turning x;
    int best[TURNS];
    turn(&x, 0, TURNS, 10, 2);
    x.chord[60] = 7;
    find_best_lags((struct features){.best_lag = 1}, &x, best);
    for (int t = 10; t < TURNS; t++)
        assert_true(best[t] == 10 || (t >= 60 && best[t] == 20));
    assert_int_equal(best[60], 10);
    assert_int_equal(best[61], 10);
}

/* 128 bars back it looks, and no further. */
static void test_best_lag_longest(void **state) {
    (void)state;
    struct turning x;
    int best[TURNS];
    turn(&x, 0, TURNS, 128, 2);
    find_best_lags((struct features){.best_lag = 1}, &x, best);
    for (int t = 0; t < TURNS; t++)
        assert_int_equal(best[t], t < 128 ? 0 : 128);
    turn(&x, 0, TURNS, 129, 2);
    find_best_lags((struct features){.best_lag = 1}, &x, best);
    for (int t = 0; t < TURNS; t++)
        assert_int_equal(best[t], 0);
}

/* Against finding it anew at each step, and its run against counting. */
static void test_best_lag_found(void **state) {
    (void)state;
    const struct features on = {.best_lag = 1, .copy = 1, .lags = {2, {1, 3}}};
    struct rng r;
    size_t seen = 0, none = 0;
    rng_seed(&r, 5, 0);
    for (int tune = 0; tune < 30; tune++) {
        struct context c;
        struct context_state s;
        struct sketch k;
        open_context(&c, encodings[tune % 2], on);
        sketch_init(&k, &c, 300, &r);
        size_t M = (size_t)c.melody_count, base = c.inputs - CONTEXT_RUNS;
        for (size_t t = 0; t < 300; t++) {
            uint16_t rows[MOST_ROWS];
            int16_t copy[MODEL_MAX_COPIES];
            int want =
                toy_best_lag(&on, k.melody, k.chord, k.view.header.bar, t);
            size_t back = (size_t)(want * k.view.header.bar);
            int run = want ? run_at(&k, t, back) : 0, row = 0;
            while (row < 6 && 2 << row <= run + 1)
                row++;
            context_input(&c, &s, &k.view, t, rows);
            context_copies(&c, &s, &k.view, k.melody, t, copy);
            int class = want ? k.melody[t + 1 - back] : -1;
            assert_int_equal(copy[2], class);
            assert_int_equal(rows[8],
                             base - 14 - M - 1 + (want ? (size_t) class : M));
            assert_int_equal(rows[10], base + (size_t)row);
            seen += want != 0;
            none += want == 0;
        }
        sketch_free(&k);
    }
    assert_true(seen > 1000 && none > 1000);
}

/* ---- nothing looks ahead ---- */

/* Rows and copies at step t of tunes that are the same up to t alone. */
static void check_past(const struct context *c, const struct sketch *k,
                       size_t t, struct rng *r) {
    struct sketch other = {malloc(k->steps), malloc(k->steps), k->steps,
                           k->view};
    uint16_t rows[80 * MOST_ROWS], again[80 * MOST_ROWS];
    int16_t copy[2][2][MODEL_MAX_COPIES];
    assert_true(other.melody && other.chord);
    for (size_t i = 0; i < k->steps; i++) {
        int after = i > t;
        other.melody[i] = after ? (uint8_t)rng_below(r, (size_t)c->melody_count)
                                : k->melody[i];
        other.chord[i] =
            after ? (uint8_t)rng_below(r, (size_t)c->chord_count) : k->chord[i];
    }
    other.view.melody = other.melody;
    other.view.chord = other.chord;
    struct context_state s = all_rows(c, &k->view, t + 1, rows);
    struct context_state s2 = all_rows(c, &other.view, t + 1, again);
    assert_memory_equal(rows, again, (t + 1) * c->active * sizeof *rows);
    context_copies(c, &s, &k->view, k->melody, t, copy[0][0]);
    context_copies(c, &s, &k->view, k->chord, t, copy[0][1]);
    context_copies(c, &s2, &other.view, other.melody, t, copy[1][0]);
    context_copies(c, &s2, &other.view, other.chord, t, copy[1][1]);
    for (int voice = 0; voice < 2; voice++)
        assert_memory_equal(copy[0][voice], copy[1][voice],
                            c->copies * sizeof(int16_t));
    sketch_free(&other);
}

static void test_no_look_ahead(void **state) {
    (void)state;
    struct rng r;
    size_t found = 0;
    rng_seed(&r, 3, 0);
    for (int tune = 0; tune < 40; tune++) {
        struct context c;
        struct sketch k;
        struct form form;
        open_context(&c, encodings[tune % 2], toy_all_features());
        sketch_init(&k, &c, 80, &r);
        sketch_form(&form, 1, &r);
        k.view.form = tune % 3 ? &form : NULL;
        for (size_t t = 0; t < 79; t++) {
            check_past(&c, &k, t, &r);
            found += toy_best_lag(&c.on, k.melody, k.chord, k.view.header.bar,
                                  t) != 0;
        }
        sketch_free(&k);
    }
    assert_in_range(found, 300, 40 * 79 - 300); /* and steps without */
}

/* Where the melody is known beforehand it is looked at for a bar, and then the
 * chords are not. */
static void test_looks_a_bar_ahead(void **state) {
    (void)state;
    struct rng r;
    size_t seen = 0;
    rng_seed(&r, 6, 0);
    for (int tune = 0; tune < 40; tune++) {
        struct context c;
        struct sketch k;
        open_context(&c, encodings[tune % 2], toy_all_features());
        sketch_init(&k, &c, 80, &r);
        k.view.steps = 80;
        k.view.melody_known = 1;
        size_t bar = (size_t)k.view.header.bar;
        for (size_t t = 0; t + 1 + bar < 80; t++) {
            uint8_t melody[80], chords[80];
            uint16_t rows[80 * MOST_ROWS], again[80 * MOST_ROWS];
            struct tune_view v = k.view;
            for (size_t i = 0; i < 80; i++) {
                melody[i] =
                    i <= t + bar
                        ? k.melody[i]
                        : (uint8_t)rng_below(&r, (size_t)c.melody_count);
                chords[i] = i <= t
                                ? k.chord[i]
                                : (uint8_t)rng_below(&r, (size_t)c.chord_count);
            }
            v.melody = melody;
            v.chord = chords;
            size_t all = (t + 1) * c.active * sizeof *rows;
            all_rows(&c, &k.view, t + 1, rows);
            all_rows(&c, &v, t + 1, again);
            assert_memory_equal(rows, again, all);
            melody[t + 1] = melody[t + 1] == 5 ? 6 : 5;
            all_rows(&c, &v, t + 1, again);
            seen += memcmp(rows, again, all) != 0;
        }
        sketch_free(&k);
    }
    assert_true(seen > 800);
}

/* Nor is anything read that is not there yet: the arrays end with step t, so
 * that the sanitizers see what goes beyond. */
static void test_reads_no_further(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 4, 0);
    for (size_t n = 1; n < 70; n++) {
        struct context c;
        struct sketch k;
        uint16_t rows[80 * MOST_ROWS];
        int16_t copy[MODEL_MAX_COPIES];
        struct form form;
        open_context(&c, encodings[n % 2], toy_all_features());
        sketch_init(&k, &c, n, &r);
        sketch_form(&form, 1, &r);
        k.view.form = &form;
        k.view.melody_known = n % 3 == 0; /* then it is there to its end */
        k.view.steps = k.view.melody_known ? n : 1000;
        struct context_state s = all_rows(&c, &k.view, n, rows);
        context_copies(&c, &s, &k.view, k.melody, n - 1, copy);
        for (size_t i = 0; i < c.copies; i++)
            assert_true(copy[i] >= -1 && copy[i] < c.melody_count);
        sketch_free(&k);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_degrees),
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_degrees_move_along),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_meter),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_sounding),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_oldest),
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_wide_intervals),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_form_beyond),
        cmocka_unit_test(test_heights),
        cmocka_unit_test(test_heights_begin),
        cmocka_unit_test(test_rest_now),
        cmocka_unit_test(test_form_lag),
        cmocka_unit_test(test_lag_classes),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_runs_counted),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_unknown_is_nothing),
        cmocka_unit_test(test_unknown_likeness),
        cmocka_unit_test(test_unknown_to_older_models),
        cmocka_unit_test(test_best_lag_none_at_first),
        cmocka_unit_test(test_best_lag_changes),
        cmocka_unit_test(test_best_lag_holds),
        cmocka_unit_test(test_best_lag_longest),
        cmocka_unit_test(test_best_lag_found),
        cmocka_unit_test(test_no_look_ahead),
        cmocka_unit_test(test_looks_a_bar_ahead),
        cmocka_unit_test(test_reads_no_further),
    };
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
