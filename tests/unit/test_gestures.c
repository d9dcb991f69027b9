/* What a bar is like, in numbers. SPDX-License-Identifier: MIT */
#include "nott/music/gestures.h"

#include "handmade.h"

/* The groups as gestures.c has them, one after the other: another order there
 * is another one here. */
enum {
    INTERVAL = 0,
    OCTAVE = INTERVAL + 17,
    COURSE = OCTAVE + 2,
    RECOVER = COURSE + 3,
    TONE = RECOVER + 2,
    CHANGE = TONE + 6,
    MOTION = CHANGE + 4,
    ROOT = MOTION + 12,
    DEGREE = ROOT + 13,
    PLACE = DEGREE + 12,
    ODD = PLACE + 8,
    FIRST = ODD + 1,
    NUMBER = FIRST + 13,
    WAY = NUMBER + 1,
    LIKE = WAY + 2 * FORM_WAYS,
    REST = LIKE + 15,
    CLOSE = REST + 8,
    HEIGHT = CLOSE + 13,
    LAST = HEIGHT + 5,
    ALWAYS = LAST + 2
};

static struct vocabulary attack;
static float got[GESTURES];

static void look_at(const struct vocabulary *v, const struct tune *t,
                    const struct form *f, int bar, float out[GESTURES]) {
    memset(out, 0xff, GESTURES * sizeof *out); /* no numbers */
    gestures_of_bar(v, t, f, bar, out);
    for (int k = 0; k < GESTURES; k++)
        assert_true(isfinite(out[k]));
    assert_true(out[ALWAYS] == 1);
}

/* A bar of a tune in C, with the form of that tune: to got[]. */
static void look(const char *melody, const char *chords, int bar) {
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, melody, chords);
    hand_form(&f, &attack, &t);
    look_at(&attack, &t, &f, bar, got);
    tune_free(&t);
}

/* The group has these numbers, as many as there are characters. */
static void check_group(const char *name, int at, const char *numbers) {
    for (int k = 0; numbers[k]; k++)
        if (got[at + k] != (float)(numbers[k] - '0'))
            fail_msg("%s %d: %g, not %c", name, k, (double)got[at + k],
                     numbers[k]);
}
#define CHECK(group, numbers) check_group(#group, group, numbers)

static float sum(int at, int n) {
    float total = 0;
    for (int k = 0; k < n; k++)
        total += got[at + k];
    return total;
}

#define BEFORE "C-D-E-F-G---E---A-AAG-E-" /* three bars, the last note E */

/* ---- the line ---- */

static void test_intervals(void **state) {
    (void)state;
    look("C-D-E-F-", NULL, 0); /* nothing before the first note */
    CHECK(INTERVAL, "00000000012000000");
    look(BEFORE "DE-EFEDC", NULL, 3);
    /* -2 +2 0 +1 -1 -2 -2 */
    CHECK(INTERVAL, "00000031111000000");
    look("C-------" /* -8 and below, 8 and above; octaves apart */
         "c-C-B-C-",
         NULL, 1);
    CHECK(INTERVAL, "20000000000000002");
    CHECK(OCTAVE, "11");
    look(BEFORE "--------", NULL, 3);
    assert_true(sum(INTERVAL, 17) == 0);
}

static void test_course(void **state) {
    (void)state;
    look("C-E-D-C-", NULL, 0); /* turns, goes on */
    CHECK(COURSE, "101");
    CHECK(RECOVER, "00");
    look("C-C-D-D-", NULL, 0);
    CHECK(COURSE, "020");
    look("C-F-E-c-", NULL, 0); /* a leap that turns; none after the last */
    CHECK(COURSE, "200");
    CHECK(RECOVER, "10");
    look("C-F-G---" /* one that does not; a leap is heard in the next bar */
         "c-------",
         NULL, 0);
    CHECK(RECOVER, "01");
    look("C---c---"
         "d-------",
         NULL, 1);
    CHECK(COURSE, "001");
    CHECK(RECOVER, "01");
}

static void test_tones(void **state) {
    (void)state;
    look("C-DEGAG-", "C", 0); /* C on the line, G mid-bar; D E A G */
    CHECK(TONE, "101022");
    look("D---D---", "C", 0);
    CHECK(TONE, "010100");
    look("D---D---", "N.C.", 0);
    CHECK(TONE, "000000");
    look("D---D---", NULL, 0);
    CHECK(TONE, "000000");
}

static void test_places(void **state) {
    (void)state;
    look("C-DEGAG-", "C", 0);
    CHECK(PLACE, "10111110");
    CHECK(ODD, "2"); /* the fourth and the sixth of the 16ths */
    CHECK(NUMBER, "6");
    CHECK(DEGREE, "101010020100");
    look("........", "C", 0);
    assert_true(sum(PLACE, 8) + sum(DEGREE, 12) + got[NUMBER] == 0);
}

/* ---- chords ---- */

static void test_chords(void **state) {
    (void)state;
    look(BEFORE "C---D---", "| C | C | C | G |", 3);
    CHECK(CHANGE, "1000");
    CHECK(MOTION, "000000010000");
    CHECK(ROOT, "0000000100000");
    look(BEFORE "C---D---", "| C | C | C | C G |", 3);
    CHECK(CHANGE, "0100");
    CHECK(ROOT, "1000000000000");
    look(BEFORE "C---D---", "| C | C | G | N.C. |", 3);
    CHECK(CHANGE, "1000"); /* to none: there is no motion of the root */
    assert_true(sum(MOTION, 12) == 0);
    CHECK(ROOT, "0000000000001");
    look(BEFORE "C---D---", NULL, 3);
    assert_true(sum(CHANGE, ALWAYS - CHANGE) > 0);
    assert_true(sum(CHANGE, 4) + sum(MOTION, 12) + sum(ROOT, 13) == 0);
}

/* Changes on another beat, and off the beats, in 4/4. */
static void test_changes_between(void **state) {
    (void)state;
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, "C-D-E-F-C-D-E-F-", "C");
    t.frame.header.bar = 16;
    t.frame.header.beats = 4;
    memset(t.chord + 4, 2, 3); /* G on the second beat, D on the 16th 7 */
    memset(t.chord + 7, 3, 9);
    hand_form(&f, &attack, &t);
    look_at(&attack, &t, &f, 0, got);
    CHECK(CHANGE, "0011");
    CHECK(MOTION, "000000020000");
    tune_free(&t);
}

/* ---- what comes back ---- */

static void test_ways(void **state) {
    (void)state;
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, BEFORE "C-D-E-F-", "C");
    hand_form(&f, &attack, &t);
    static const struct {
        enum form_way way;
        int from, came;
    } list[] = {{FORM_SAME, 3, 1},   {FORM_ENDING, 3, 1}, {FORM_RHYTHM, 3, 1},
                {FORM_RHYTHM, 2, 0}, {FORM_SAME, 2, 0},   {FORM_MOVED, 1, 0}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        f.bar[3].way = (uint8_t)list[i].way;
        f.bar[3].from = (uint8_t)list[i].from;
        look_at(&attack, &t, &f, 3, got);
        for (int k = 0; k < FORM_WAYS; k++) {
            int it = k == (int)list[i].way;
            assert_true(got[WAY + 2 * k] == (it && list[i].came));
            assert_true(got[WAY + 2 * k + 1] == (it && !list[i].came));
        }
        assert_true(sum(LIKE, 15) == 0);
    }
    tune_free(&t);
}

/* A new bar that is like others after all. */
static void test_likeness(void **state) {
    (void)state;
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, BEFORE "C-D-E-F-", "C");
    hand_form(&f, &attack, &t);
    f.bar[3].way = FORM_NEW;
    f.bar[3].from = 0;
    look_at(&attack, &t, &f, 3, got);
    assert_true(sum(WAY, 2 * FORM_WAYS) == 0);
    assert_true(got[LIKE + 0] == 0 && got[LIKE + 2] == 0); /* one before */
    /* A-AAG-E- and C-D-E-F-: the three holds of eight steps */
    assert_near_value((double)got[LIKE + 1], 3 / 8.0, 1e-6, 0);
    CHECK(LIKE + 6, "111"); /* three before */
    assert_true(sum(LIKE + 9, 6) == 0);
    tune_free(&t);
}

/* ---- where phrases and parts end ---- */

static void test_rest(void **state) {
    (void)state;
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, BEFORE "C---D---", "C C C G");
    hand_form(&f, &attack, &t);
    look_at(&attack, &t, &f, 3, got);
    CHECK(REST, "10100000");
    CHECK(CLOSE, "0010000000000");
    f.bar[3].note = 0; /* planned otherwise */
    look_at(&attack, &t, &f, 3, got);
    CHECK(REST, "01100000");
    f.bar[3].chord = 0;
    look_at(&attack, &t, &f, 3, got);
    CHECK(REST, "01010000");
    look_at(&attack, &t, &f, 2, got); /* no end of a phrase */
    assert_true(sum(REST, 8) + sum(CLOSE, 13) == 0);
    tune_free(&t);
    look(HAND_A3, "C", 7); /* the end of a part */
    CHECK(REST, "00001010");
    CHECK(CLOSE, "1000000000000");
    look(HAND_A1, "C", 7); /* which rests on a rest, as planned */
    CHECK(REST, "00001010");
    CHECK(CLOSE, "0000000000001");
}

static void test_first(void **state) {
    (void)state;
    look(HAND_A1, "C", 4);
    CHECK(FIRST, "1000000000000");
    look(HAND_A1, "C", 3);
    assert_true(sum(FIRST, 13) == 0);
    look(BEFORE "C---D---.-G-A-B-", "C", 4); /* the first that is struck */
    CHECK(FIRST, "0000000100000");
    look(BEFORE "C---D---........", "C", 4);
    assert_true(sum(FIRST, 13) == 0);
}

static void test_height(void **state) {
    (void)state;
    look("C---C---c---c---", NULL, 0); /* C to c is the range of the part */
    CHECK(HEIGHT, "10000");
    look("C---C---c---c---", NULL, 1);
    CHECK(HEIGHT, "00001");
    look("C---C---c---c---F---G---", NULL, 2);
    CHECK(HEIGHT, "00100");
    look("C---C---c---c---........", NULL, 2);
    CHECK(HEIGHT, "00000");
}

static void test_last(void **state) {
    (void)state;
    look("C-D-E-F-C---CDE-", "C", 1); /* two after the middle, no leap */
    CHECK(LAST, "20");
    look("C-D-E-F-C---c---", "C", 1);
    CHECK(LAST, "01");
    look("C-D-E-F-C---c---", "C", 0); /* not the last bar */
    CHECK(LAST, "00");
}

/* ---- all bars of all tunes ---- */

static int struck(const struct vocabulary *v, const struct tune *t, size_t k) {
    return vocabulary_pitch(v, t->melody[k]) >= 0 &&
           !(k &&
             t->melody[k] == vocabulary_melody_goes_on(v, t->melody[k - 1]));
}

static void check_sums(const struct vocabulary *v, const struct tune *t,
                       const struct form *f, int b) {
    const struct tune_header *h = &t->frame.header;
    size_t from = (size_t)(h->phase + b * h->bar), to = from + (size_t)h->bar;
    int notes = 0, before = 0;
    for (size_t k = 0; k < to && k < t->steps; k++) {
        notes += k >= from && struck(v, t, k);
        before += k < from && struck(v, t, k);
    }
    int first = notes && !before;
    assert_true(got[NUMBER] == (float)notes);
    assert_true(sum(PLACE, 8) == (float)notes);
    assert_true(sum(INTERVAL, 17) == (float)(notes - first));
    assert_true(sum(DEGREE, 12) == (float)(h->key < 0 ? 0 : notes));
    assert_true(sum(HEIGHT, 5) == (float)(notes > 0));
    assert_true(sum(ROOT, 13) == (float)(t->has_chords != 0));
    assert_true(sum(TONE, 6) <= (float)(t->has_chords ? notes : 0));
    if (f->bar[b].way == FORM_NEW)
        assert_true(sum(WAY, 2 * FORM_WAYS) == 0);
    else /* it is the form of this tune */
        assert_true(got[WAY + 2 * f->bar[b].way] == 1);
    int ends = b % FORM_PHRASE == FORM_PHRASE - 1 &&
               from + (size_t)h->bar / 2 < t->steps;
    assert_true(sum(CLOSE, 13) == (float)ends);
    assert_true(sum(REST, 8) == (float)(2 * ends));
    for (int odd = 1; odd < 8; odd += 2) /* all is as planned */
        assert_true(got[REST + odd] == 0);
}

/* What comes after the bar may be anything: it is not looked at. */
static void check_blind(const struct vocabulary *v, const struct tune *t,
                        const struct form *f, int b) {
    const struct tune_header *h = &t->frame.header;
    size_t to = (size_t)(h->phase + (b + 1) * h->bar);
    float other[GESTURES];
    struct tune u = *t;
    u.melody = malloc(t->steps);
    u.chord = malloc(t->steps);
    for (size_t k = 0; k < t->steps; k++) {
        u.melody[k] = k < to ? t->melody[k] : (uint8_t)(2 + k % 20);
        u.chord[k] = k < to ? t->chord[k] : (uint8_t)(k % 3);
    }
    look_at(v, &u, f, b, other);
    assert_memory_equal(got, other, sizeof got);
    free(u.melody);
    free(u.chord);
}

static void all_tunes(enum encoding encoding, int hidden) {
    struct dataset d;
    toy_dataset(&d, encoding, toy_tunes, TOY_TUNES, 7);
    for (size_t s = 0; s < d.tunes; s++) {
        struct tune t;
        struct form f;
        if (hidden)
            toy_hide_chords(&d, s);
        assert_ok(dataset_tune(&d, s, &t, e));
        hand_form(&f, &d.vocabulary, &t);
        for (int b = 0; b < f.bars; b++) {
            look_at(&d.vocabulary, &t, &f, b, got);
            check_sums(&d.vocabulary, &t, &f, b);
            check_blind(&d.vocabulary, &t, &f, b);
        }
        tune_free(&t);
    }
    dataset_free(&d);
}

static void test_all_tunes(void **state) {
    (void)state;
    for (int hidden = 0; hidden < 2; hidden++) {
        all_tunes(ENCODING_ATTACK, hidden);
        all_tunes(ENCODING_CLASSIC, hidden);
    }
}

/* The last bar may be cut: what is there is looked at. */
static void test_cut_bar(void **state) {
    (void)state;
    look("C-D-E-F-C-D-E", "C", 1);
    CHECK(NUMBER, "3");
    CHECK(LAST, "00");
    look("C-D-E-F-C-D-", "C", 1);
    CHECK(NUMBER, "2");
    look(BEFORE "C-D-", "C", 3); /* its middle is not there */
    assert_true(sum(REST, 8) + sum(CLOSE, 13) == 0);
}

/* A form that was read may have more bars than the tune. */
static void test_no_bar(void **state) {
    (void)state;
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, "C-D-E-F-C-D-E-F-", "C");
    hand_form(&f, &attack, &t);
    for (int bar = f.bars; bar < f.bars + 3; bar++) {
        f.bar[bar] = f.bar[0];
        look_at(&attack, &t, &f, bar, got);
        assert_true(sum(0, GESTURES) == 1);
    }
    tune_free(&t);
}

static int set_up(void **state) {
    (void)state;
    toy_vocabulary(&attack, ENCODING_ATTACK);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_course),
        cmocka_unit_test(test_tones),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_chords),
        cmocka_unit_test(test_changes_between),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_likeness),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_height),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_all_tunes),
        cmocka_unit_test(test_cut_bar),
        cmocka_unit_test(test_no_bar),
    };
    return cmocka_run_group_tests_name("gestures", tests, set_up, NULL);
}
