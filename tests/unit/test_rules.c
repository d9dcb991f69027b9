/* Rules of composing. SPDX-License-Identifier: MIT */
#include "compose/rules.h"

#include "toydata.h"

static struct checkpoint model; /* only its classes matter here */
static uint8_t melody[64], chord[64], barred[VOCABULARY_MAX + 1];

/* Two bars of 4/4 after a pickup of 4 steps, in D, nothing but holds. */
static struct sampled in_d(struct tune *t) {
    memset(melody, MELODY_HOLD, sizeof melody);
    memset(chord, 0, sizeof chord);
    *t = (struct tune){
        .melody = melody,
        .chord = chord,
        .steps = 36,
        .frame = {.steps_per_quarter = 4,
                  .header = {
                      .bar = 16, .phase = 4, .beats = 4, .unit = 4, .key = 2}}};
    return (struct sampled){.tune = t, .from = 1};
}

static int pitch(int midi) {
    return vocabulary_melody(&model.origin.vocabulary, midi);
}

static int is_barred(int class) {
    assert_true(class >= 0);
    return barred[class];
}

static void check(const struct sampling *how, const struct sampled *s,
                  enum model_output k, size_t t, int sounding) {
    memset(barred, 77, sizeof barred);
    rules_bar(&model, how, s, k, t, sounding, barred);
    for (size_t c = 0; c < model.model.config.classes[k]; c++)
        assert_true(barred[c] <= 1);
}

static size_t count_barred(enum model_output k) {
    size_t n = 0;
    for (size_t c = 0; c < model.model.config.classes[k]; c++)
        n += barred[c];
    return n;
}

static void test_no_rules(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {0};
    struct sampled s = in_d(&t);
    check(&how, &s, OUT_MELODY, 35, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    check(&how, &s, OUT_CHORD, 35, pitch(60));
    assert_int_equal(count_barred(OUT_CHORD), 1); /* the end */
    assert_int_equal(is_barred(model.context.end), 1);
    s.may_end = 1;
    check(&how, &s, OUT_CHORD, 35, pitch(60));
    assert_int_equal(count_barred(OUT_CHORD), 0);
}

/* The last bar has the steps 20..35, its middle is 28. */
static void test_cadence(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1};
    struct sampled s = in_d(&t);
    check(&how, &s, OUT_MELODY, 27, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    check(&how, &s, OUT_MELODY, 28, pitch(60)); /* C sounds: D must be struck */
    assert_int_equal(is_barred(pitch(62)) + is_barred(pitch(74)), 0);
    assert_int_equal(count_barred(OUT_MELODY),
                     model.origin.vocabulary.melody_count - 2);
    check(&how, &s, OUT_MELODY, 28, pitch(62)); /* D sounds: it may go on */
    assert_int_equal(is_barred(MELODY_HOLD), 0);
    assert_int_equal(is_barred(vocabulary_rest(&model.origin.vocabulary)), 0);
    assert_int_equal(is_barred(pitch(60)), 1);
    check(&how, &s, OUT_MELODY, 29, pitch(60)); /* after it, too */
    assert_int_equal(is_barred(MELODY_HOLD), 0);
    assert_int_equal(is_barred(pitch(60)), 1);
    check(&how, &s, OUT_CHORD, 27, 0);
    assert_int_equal(count_barred(OUT_CHORD), 1);
    check(&how, &s, OUT_CHORD, 28, 0);
    for (int c = 0; c < model.origin.vocabulary.chord_count; c++)
        assert_int_equal(barred[c],
                         model.origin.vocabulary.chords[c].root != 2);
}

static void test_other_meters(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1};
    struct sampled s = in_d(&t);
    t.frame.header.bar = 12; /* 6/8 after the pickup: 4, 16, 28 .. 35 */
    t.frame.header.beats = 6;
    t.frame.header.unit = 8;
    check(&how, &s, OUT_MELODY, 33, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    check(&how, &s, OUT_MELODY, 34, pitch(60));
    assert_true(count_barred(OUT_MELODY) > 0);
    t.frame.header.beats = 3; /* 3/4: the second beat, 32 */
    t.frame.header.unit = 4;
    check(&how, &s, OUT_MELODY, 31, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    check(&how, &s, OUT_MELODY, 32, pitch(60));
    assert_true(count_barred(OUT_MELODY) > 0);
}

static void test_no_cadence(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1};
    struct sampled s = in_d(&t);
    t.frame.header.key = -1;
    check(&how, &s, OUT_MELODY, 30, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    s = in_d(&t);
    s.may_end = 1; /* who knows which bar is the last */
    check(&how, &s, OUT_MELODY, 30, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    s = in_d(&t);
    t.steps = 15; /* no whole bar */
    check(&how, &s, OUT_MELODY, 14, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    s = in_d(&t);
    t.frame.header.key = 12 + 10; /* no chord on B flat here */
    check(&how, &s, OUT_CHORD, 30, 0);
    assert_int_equal(count_barred(OUT_CHORD), 1);
}

static void test_limits(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.melody_repeat_max = 4, .chord_repeat_max = 3};
    struct sampled s = in_d(&t);
    melody[9] = (uint8_t)pitch(60); /* held to 12: four steps */
    check(&how, &s, OUT_MELODY, 12, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    check(&how, &s, OUT_MELODY, 13, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 1);
    assert_int_equal(is_barred(MELODY_HOLD), 1);
    memset(chord + 5, 2, 3);
    check(&how, &s, OUT_CHORD, 7, 0);
    assert_int_equal(barred[2], 0);
    check(&how, &s, OUT_CHORD, 8, 0);
    assert_int_equal(barred[2], 1);
}

/* ---- where there is a form ---- */

/* Of two bars, whose phrase rests on a degree. */
static struct form two_bars(int low, int high, int note) {
    struct form f = {.bars = 2};
    f.part[0] = (struct form_part){0, 0, (uint8_t)low, (uint8_t)high,
                                   (uint8_t)((low + high) / 2)};
    f.bar[0].note = FORM_NONE;
    f.bar[1].note = (uint8_t)note;
    return f;
}

static void check_range(int low, int high) {
    const struct vocabulary *v = &model.origin.vocabulary;
    for (int c = 0; c < v->melody_count; c++) {
        int p = vocabulary_pitch(v, c);
        assert_int_equal(barred[c], p >= 0 && (p < low || p > high));
    }
}

/* No note beyond those of the form, nor beyond those that are asked for; where
 * they have none in common, what is asked for counts. */
static void test_range(void **state) {
    (void)state;
    static const int list[][6] = {
        /* form, asked for, what is left */
        {62, 74, 0, 0, 62, 74},   {62, 74, 60, 76, 62, 74},
        {62, 74, 65, 72, 65, 72}, {62, 74, 65, 78, 65, 74},
        {62, 74, 74, 78, 74, 74}, {62, 74, 75, 78, 75, 78},
        {62, 74, 55, 60, 55, 60}, {0, 0, 60, 70, 60, 70},
        {0, 0, 0, 0, 0, 127}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const int *x = list[i];
        struct tune t;
        struct form f = two_bars(x[0], x[1], 2);
        struct sampling how = {.low = x[2], .high = x[3]};
        struct sampled s = in_d(&t);
        s.form = &f;
        check(&how, &s, OUT_MELODY, 9, pitch(60));
        check_range(x[4], x[5]);
        s.form = NULL;
        check(&how, &s, OUT_MELODY, 9, pitch(60));
        check_range(x[2], x[3] ? x[3] : 127);
        check(&how, &s, OUT_CHORD, 9, pitch(60));
        assert_int_equal(count_barred(OUT_CHORD), 1);
    }
}

/* It says where the tune ends: the note sounds in the middle of the last bar,
 * over its chord; after it no other note is struck if it is the tonic; and no
 * leap leads there. */
static void test_cadence_of_form(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1};
    struct sampled s = in_d(&t);
    struct form rests = two_bars(0, 0, 0), other = two_bars(0, 0, 7);
    s.form = &rests;
    check(&how, &s, OUT_MELODY, 27, pitch(60));
    assert_int_equal(count_barred(OUT_MELODY), 0);
    for (size_t k = 28; k < 36; k++) {
        check(&how, &s, OUT_MELODY, k, pitch(60));
        assert_int_equal(is_barred(pitch(62)), 0);
        assert_int_equal(is_barred(pitch(64)), 1);
        assert_int_equal(is_barred(MELODY_HOLD), k == 28);
        check(&how, &s, OUT_MELODY, k, pitch(62));
        assert_int_equal(is_barred(MELODY_HOLD), 0);
        check(&how, &s, OUT_MELODY, k, pitch(68)); /* a fifth is too far */
        assert_int_equal(is_barred(pitch(62)), 0);
        assert_int_equal(is_barred(pitch(74)), 0);
        check(&how, &s, OUT_MELODY, k, pitch(69));
        assert_int_equal(is_barred(pitch(62)), 1);
        assert_int_equal(is_barred(pitch(74)), 0);
    }
    s.form = &other;
    for (size_t k = 26; k < 36; k++) {
        check(&how, &s, OUT_MELODY, k, pitch(60));
        assert_int_equal(is_barred(pitch(57)), 0);
        assert_int_equal(is_barred(pitch(69)), k == 28); /* a leap */
        assert_int_equal(is_barred(pitch(62)), k == 28);
    }
}

/* If nobody knows its chord, it is one of the tonic, to the end. */
static void test_chords_of_form(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1};
    struct sampled s = in_d(&t);
    struct form f = two_bars(0, 0, 0);
    s.form = &f;
    for (int known = 0; known < 2; known++)
        for (size_t k = 26; k < 36; k++) {
            f.bar[1].chord = known ? 7 : FORM_NONE;
            check(&how, &s, OUT_CHORD, k, 0);
            const struct vocabulary *v = &model.origin.vocabulary;
            int must = !known && k >= 28;
            for (int c = 0; c < v->chord_count; c++)
                assert_int_equal(is_barred(c), must && v->chords[c].root != 2);
        }
}

/* The tonic is nowhere in the range: something may come all the
 * same, but nothing beyond it. */
static void test_cadence_out_of_range(void **state) {
    (void)state;
    struct tune t;
    struct sampling how = {.cadence = 1, .low = 64, .high = 72};
    struct sampled s = in_d(&t);
    check(&how, &s, OUT_MELODY, 28, pitch(65));
    check_range(64, 72);
}

static int set_up(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{40, SPLIT_TRAIN}};
    struct dataset d;
    struct features on = toy_features();
    struct model_config c = {.cell = CELL_GRU,
                             .heads = HEADS_FACTORED,
                             .layers = 1,
                             .hidden = 2,
                             .project = 2};
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 1);
    assert_ok(toy_model(&model, &d, &c, &on, e));
    dataset_free(&d);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rules),
        cmocka_unit_test(test_cadence),
        cmocka_unit_test(test_other_meters),
        cmocka_unit_test(test_no_cadence),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_cadence_of_form),
        cmocka_unit_test(test_chords_of_form),
        cmocka_unit_test(test_cadence_out_of_range),
    };
    return cmocka_run_group_tests_name("rules", tests, set_up, tear_down);
}
