/* The form of a tune. SPDX-License-Identifier: MIT */
#include "nott/music/form.h"

#include "handmade.h"

static struct vocabulary attack, classic;

static void find(struct form *f, const struct vocabulary *v, int phase,
                 const char *melody, const char *chords) {
    struct tune t;
    hand_tune(&t, v, phase, melody, chords);
    memset(f, 77, sizeof *f);
    hand_form(f, v, &t);
    tune_free(&t);
}

static struct form form_of_text(const char *melody) {
    struct form f;
    find(&f, &attack, 0, melody, NULL);
    return f;
}

static void check_letters(const struct form *f, const char *letters) {
    int times[26] = {0};
    assert_int_equal(form_parts(f), strlen(letters));
    for (int p = 0; letters[p]; p++) {
        assert_int_equal(f->part[p].letter, letters[p] - 'A');
        assert_int_equal(f->part[p].time, times[letters[p] - 'A']++);
    }
}

static void check_bar(const struct form *f, int bar, enum form_way way,
                      int from) {
    if (f->bar[bar].way != way || f->bar[bar].from != from)
        fail_msg("bar %d: way %d from %d, not %d from %d", bar, f->bar[bar].way,
                 f->bar[bar].from, (int)way, from);
}

static void check_same(const struct form *f, int first, int last, int from) {
    for (int b = first; b <= last; b++)
        check_bar(f, b, FORM_SAME, from);
}

/* ---- letters and bars ---- */

static void test_aabb(void **state) {
    (void)state;
    struct form f = form_of_text(HAND_A1 HAND_A2 HAND_B HAND_B);
    assert_int_equal(f.bars, 32);
    check_letters(&f, "AABB");
    for (int b = 0; b < 8; b++)
        check_bar(&f, b, FORM_NEW, 0);
    check_same(&f, 8, 14, 8);
    check_bar(&f, 15, FORM_ENDING, 8);
    for (int b = 16; b < 24; b++)
        check_bar(&f, b, FORM_NEW, 0);
    check_same(&f, 24, 31, 8);
    f = form_of_text(HAND_A1 HAND_A3 HAND_B HAND_B);
    check_letters(&f, "AABB");
    check_bar(&f, 15, FORM_NEW, 0);
}

static void test_abac(void **state) {
    (void)state;
    struct form f = form_of_text(HAND_A1 HAND_B HAND_A3 HAND_C);
    check_letters(&f, "ABAC");
    check_same(&f, 16, 22, 16);
    check_bar(&f, 23, FORM_NEW, 0);
    for (int b = 24; b < 32; b++)
        check_bar(&f, b, FORM_NEW, 0);
    f = form_of_text(HAND_B HAND_B HAND_A1 HAND_B); /* from the nearest part */
    check_letters(&f, "AABA");
    check_same(&f, 24, 31, 8 * 2);
}

/* The last part may be a shorter one. */
static void test_short_part(void **state) {
    (void)state;
    struct form f = form_of_text(HAND_A1 HAND_A7);
    assert_int_equal(f.bars, 15);
    assert_int_equal(form_part_bars(&f, 0), 8);
    assert_int_equal(form_part_bars(&f, 1), 7);
    check_letters(&f, "AA");
    check_same(&f, 8, 14, 8);
    f = form_of_text("C-D-E-F-");
    assert_int_equal(f.bars, 1);
    check_letters(&f, "A");
    assert_int_equal(form_part_bars(&f, 0), 1);
}

/* One bar, and how it comes back as the second. */
static void check_way(const char *bar, const char *again, enum form_way way) {
    char text[2 * HAND_BAR + 1];
    struct tune t;
    snprintf(text, sizeof text, "%s%s", bar, again);
    struct form f = form_of_text(text);
    check_bar(&f, 1, way, way != FORM_NEW);
    hand_tune(&t, &attack, 0, text, NULL);
    assert_int_equal(
        form_way_of(&attack, &t.frame.header, t.melody, t.steps, 1, 1), way);
    tune_free(&t);
}

static void test_ways(void **state) {
    (void)state;
    check_way("C-D-E-F-", "C-D-E-F-", FORM_SAME);
    check_way("C-D-E-F-", "C-D-G-G-", FORM_ENDING);
    check_way("C-D-E-F-", "G-G-E-F-", FORM_START);
    check_way("C-D-E-F-", "D-E-F-G-", FORM_MOVED); /* E F is a semitone */
    check_way("D-E-F-G-", "C-D-E-F-", FORM_MOVED);
    check_way("C-D-E-F-", "c-d-e-f-", FORM_MOVED);
    check_way("C-D-E-F-", "G-G-G-G-", FORM_RHYTHM);
    check_way("C-D-E-F-", "E-F-E-D-", FORM_RHYTHM);
    check_way("C---D---", "D---E---", FORM_RHYTHM); /* two notes are few */
    check_way("C-D-E-F-", "DE--F-G-", FORM_NEW);
    check_way("C-D-E-F-", "........", FORM_NEW);
    check_way("C.D.E.F.", "G-G-G-G-", FORM_RHYTHM); /* by what is struck */
    check_way("........", "........", FORM_SAME);
}

/* Of equal ways: that from the place a part before, then that from a phrase
 * before, then the nearest; but a better one goes first. */
static void test_nearness(void **state) {
    (void)state;
    struct form f = form_of_text("C-D-E-F-"
                                 "G---E---"
                                 "C-D-E-F-"
                                 "DE--D--C"
                                 "C-D-E-F-");
    check_bar(&f, 2, FORM_SAME, 2);
    check_bar(&f, 4, FORM_SAME, 4);
    f = form_of_text("C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "C-D-E-F-"
                     "D-E-F-G-");
    check_bar(&f, 1, FORM_SAME, 1);
    check_bar(&f, 2, FORM_SAME, 2);
    check_bar(&f, 3, FORM_SAME, 2);
    check_bar(&f, 5, FORM_SAME, 4);
    check_bar(&f, 8, FORM_SAME, 8);
    check_bar(&f, 9, FORM_MOVED, 8);
}

/* ---- pickups, and how much is there ---- */

/* Bars are counted from the bar line: the pickup changes none of them. */
static void test_pickup(void **state) {
    (void)state;
    struct form f, with;
    find(&f, &attack, 0, HAND_A1 HAND_A2 HAND_B HAND_B, "C G");
    find(&with, &attack, 3, ".GA" HAND_A1 HAND_A2 HAND_B HAND_B, "C G");
    assert_memory_equal(&f, &with, sizeof f);
    find(&with, &attack, 7, "c-c-c-c" HAND_A1 HAND_A2 HAND_B HAND_B, "C G");
    assert_memory_equal(&f, &with, sizeof f);
}

static void test_bar_of(void **state) {
    (void)state;
    struct tune_header h = {.bar = 8, .phase = 3, .beats = 2, .unit = 4};
    static const int want[][2] = {{0, 0},  {2, 0},  {3, 0},  {10, 0},
                                  {11, 1}, {18, 1}, {19, 2}, {3 + 800, 100}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(form_bar_of(&h, (size_t)want[i][0]), want[i][1]);
    h.phase = 0;
    assert_int_equal(form_bar_of(&h, 0), 0);
    assert_int_equal(form_bar_of(&h, 8), 1);
}

/* A last bar counts from its half on. */
static void test_cut_bar(void **state) {
    (void)state;
    static const int bars[] = {2, 2, 2, 2, 3, 3, 3, 3, 3};
    for (size_t more = 0; more <= 8; more++)
        for (int phase = 0; phase < 3; phase++) {
            struct tune t;
            struct form f;
            hand_tune(&t, &attack, phase,
                      &"GG"
                       "C-D-E-F-"
                       "G---E---"
                       "C-D-E-G-"[2 - phase],
                      NULL);
            t.steps = (size_t)phase + 16 + more;
            hand_form(&f, &attack, &t);
            assert_int_equal(f.bars, bars[more]);
            if (bars[more] == 3) /* as far as it is there */
                check_bar(&f, 2, more <= 6 ? FORM_SAME : FORM_ENDING, 2);
            tune_free(&t);
        }
}

static void test_no_bars(void **state) {
    (void)state;
    int low = 77, high = 77;
    struct form f = form_of_text("C-D");
    assert_int_equal(f.bars, 0);
    assert_int_equal(form_parts(&f), 0);
    assert_int_equal(form_pace(&f), 0);
    form_range(&f, &low, &high);
    assert_int_equal(low + high, 0);
    find(&f, &attack, 7, "C-D-", "C"); /* no bar line */
    assert_int_equal(f.bars, 0);
    find(&f, &attack, 4, "C-D-", "C"); /* and nothing after it */
    assert_int_equal(f.bars, 0);
}

/* What lies beyond 128 bars has no form. */
static void test_long(void **state) {
    (void)state;
    enum { BARS = FORM_BARS + 12 };
    static char text[BARS * HAND_BAR + 1];
    static const char part[] = HAND_A1;
    for (size_t k = 0; k < BARS * HAND_BAR; k++)
        text[k] = part[k % (sizeof part - 1)];
    struct form f = form_of_text(text);
    assert_int_equal(f.bars, FORM_BARS);
    check_letters(&f, "AAAAAAAAAAAAAAAA");
    check_same(&f, 8, FORM_BARS - 1, 8);
}

/* ---- notes, ranges and rests ---- */

static void test_notes(void **state) {
    (void)state;
    int low, high;
    struct form f = form_of_text(HAND_A1 HAND_B);
    static const int notes[] = {4, 2, 5, 4, 5, 5, 4, 2};
    for (int b = 0; b < 8; b++)
        assert_int_equal(f.bar[b].notes, notes[b]);
    assert_int_equal(f.part[0].low, 60);
    assert_int_equal(f.part[0].high, 69);
    assert_int_equal(f.part[1].low, 64);
    assert_int_equal(f.part[1].high, 77);
    form_range(&f, &low, &high);
    assert_int_equal(low, 60);
    assert_int_equal(high, 77);
    f = form_of_text("C-E-F---"   /* 60 64 65 */
                     "--------"); /* held: no note */
    assert_int_equal(f.bar[1].notes, 0);
    assert_int_equal(f.part[0].mean, 63);
    assert_int_equal(form_pace(&f), 2); /* 1.5 */
    f = form_of_text("........");
    form_range(&f, &low, &high);
    assert_int_equal(f.part[0].low + f.part[0].high + f.part[0].mean, 0);
    assert_int_equal(low + high, 0);
}

static void check_range(const struct tune *t, int bar, int bars, int low,
                        int high, int mean) {
    struct form_part y = form_range_of(&attack, &t->frame.header, t->melody,
                                       t->steps, bar, bars);
    assert_int_equal(y.letter + y.time, 0);
    assert_int_equal(y.low, low);
    assert_int_equal(y.high, high);
    assert_int_equal(y.mean, mean);
}

/* Of a part it is what the form says, whatever comes before the bar line. */
static void test_range_of_parts(void **state) {
    (void)state;
    for (int phase = 0; phase < 5; phase += 4) {
        struct tune t;
        struct form f;
        hand_tune(&t, &attack, phase,
                  &"ffff" HAND_A1 HAND_B HAND_C HAND_A7[4 - phase], NULL);
        hand_form(&f, &attack, &t);
        assert_int_equal(form_parts(&f), 4);
        for (int p = 0; p < 4; p++) {
            const struct form_part *y = &f.part[p];
            assert_true(y->low);
            check_range(&t, p * FORM_PART, form_part_bars(&f, p), y->low,
                        y->high, y->mean);
        }
        tune_free(&t);
    }
}

/* Any bars have one; what is held into them is not struck there. */
static void test_range_of_bars(void **state) {
    (void)state;
    struct tune t;
    hand_tune(&t, &attack, 3,
              ".fC"
              "C-D-E-F-" /* 60 62 64 65 */
              "G---A---" /* 67 69 */
              "----...." /* A still */
              "e-dd----" /* 76 74 74 */
              "--C-",    /* 60 */
              NULL);
    check_range(&t, 0, 1, 60, 65, 63); /* 62.75 */
    check_range(&t, 1, 1, 67, 69, 68);
    check_range(&t, 0, 2, 60, 69, 65); /* 64.5 */
    check_range(&t, 2, 1, 0, 0, 0);
    check_range(&t, 1, 2, 67, 69, 68);
    check_range(&t, 2, 2, 74, 76, 75); /* 74.67 */
    check_range(&t, 3, 2, 60, 76, 71);
    check_range(&t, 4, 1, 60, 60, 60);
    check_range(&t, 3, 9, 60, 76, 71); /* as far as it is there */
    check_range(&t, 1, 0, 0, 0, 0);
    tune_free(&t);
}

/* A bar has 31 notes at most, however many there are. */
static void test_many_notes(void **state) {
    (void)state;
    uint8_t melody[40];
    struct form f;
    struct tune_header h = {.bar = 40, .beats = 5, .unit = 2};
    memset(melody, vocabulary_melody(&attack, 60), sizeof melody);
    form_of(&f, &attack, &h, melody, NULL, sizeof melody);
    assert_int_equal(f.bars, 1);
    assert_int_equal(f.bar[0].notes, FORM_NOTES);
}

static void check_rest(const char *melody, const char *chords, int key,
                       int note, int chord) {
    struct tune t;
    struct form f;
    hand_tune(&t, &attack, 0, melody, chords);
    t.frame.header.key = key;
    hand_form(&f, &attack, &t);
    assert_int_equal(f.bar[3].note, note);
    assert_int_equal(f.bar[3].chord, chord);
    for (int b = 0; b < 3; b++) { /* a phrase rests at its end alone */
        assert_int_equal(f.bar[b].note, FORM_NONE);
        assert_int_equal(f.bar[b].chord, FORM_NONE);
    }
    tune_free(&t);
}

#define THREE "C-D-E-F-G---E---A-AAG-E-"

static void test_rests(void **state) {
    (void)state;
    check_rest(THREE "C---D---", "C C C G", 0, 2, 7);
    check_rest(THREE "C---D---", "C C C G", 2, 0, 5);       /* in D */
    check_rest(THREE "C---D---", "C C C Am", 12 + 9, 5, 0); /* in A minor */
    check_rest(THREE "E-------", "C", 0, 4, 0);             /* sounds still */
    check_rest(THREE "--------", "C", 0, 4, 0); /* from the bar before */
    check_rest(THREE "C-..D---", "C", 0, 2, 0);
    check_rest(THREE "C---...D", "C", 0, FORM_NONE, 0);
    check_rest(THREE "C---D---", "C C C N.C.", 0, 2, FORM_NONE);
    check_rest(THREE "C---D---", NULL, 0, 2, FORM_NONE);
    check_rest(THREE "C---D---", "C", TUNE_KEY_UNKNOWN, FORM_NONE, FORM_NONE);
}

/* ---- classic ---- */

/* Notes are where the pitch changes; all else is as in the attack encoding. */
static void test_classic(void **state) {
    (void)state;
    struct form f;
    find(&f, &classic, 3, ".GA" HAND_A1 HAND_A2 HAND_B HAND_B, "C G");
    assert_int_equal(f.bars, 32);
    check_letters(&f, "AABB");
    check_same(&f, 8, 14, 8);
    check_bar(&f, 15, FORM_ENDING, 8);
    check_same(&f, 24, 31, 8);
    assert_int_equal(f.bar[0].notes, 4);
    assert_int_equal(f.bar[2].notes, 3); /* A-AAG-E- */
    assert_int_equal(f.bar[3].note, 2);
    assert_int_equal(f.bar[3].chord, 7);
    assert_int_equal(f.bar[7].note, FORM_NONE);
    assert_int_equal(f.part[0].low, 60);
    assert_int_equal(f.part[0].high, 69);
}

static int set_up(void **state) {
    (void)state;
    toy_vocabulary(&attack, ENCODING_ATTACK);
    toy_vocabulary(&classic, ENCODING_CLASSIC);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aabb),
        cmocka_unit_test(test_abac),
        cmocka_unit_test(test_short_part),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_nearness),
        cmocka_unit_test(test_pickup),
        cmocka_unit_test(test_bar_of),
        cmocka_unit_test(test_cut_bar),
        cmocka_unit_test(test_no_bars),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_many_notes),
        cmocka_unit_test(test_rests),
        cmocka_unit_test(test_range_of_parts),
        cmocka_unit_test(test_range_of_bars),
        cmocka_unit_test(test_classic),
    };
    return cmocka_run_group_tests_name("form", tests, set_up, NULL);
}
