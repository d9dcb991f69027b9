/* Forms that are drawn before the notes. SPDX-License-Identifier: MIT */
#include "nott/compose/outline.h"

#include "handmade.h"

enum { MOST = 40 };

/* Of a model, what forms are drawn from. */
static struct vocabulary attack;
static struct opening openings[MOST];
static struct form forms[MOST];
static struct checkpoint model = {
    .origin = {.openings = openings, .forms = forms}};

static void forget_all(void) {
    model.origin.opening_count = 0;
}

/* A training tune more; its meter is beats/4 in a key, whatever its bars. */
static void know(const char *melody, int beats, int key) {
    struct tune t;
    size_t i = model.origin.opening_count++;
    assert_true(i < MOST);
    hand_tune(&t, &attack, 0, melody, "C G");
    t.frame.header.key = key;
    hand_form(&forms[i], &attack, &t);
    openings[i] = (struct opening){.header = t.frame.header};
    openings[i].header.beats = beats;
    tune_free(&t);
}

/* Six tunes with parts that come back from those of the same letter alone. */
static void know_six(void) {
    forget_all();
    know(HAND_A1 HAND_A3 HAND_B HAND_B, 2, 0);
    know(HAND_A1 HAND_A1 HAND_B HAND_B, 2, 7);
    know(HAND_C HAND_C HAND_A1 HAND_A2, 2, 2);
    know(HAND_B HAND_A2 HAND_B HAND_C, 2, 0);
    know(HAND_A1 HAND_B, 2, 12 + 2);
    know(HAND_A1 HAND_A1 HAND_B HAND_B HAND_C HAND_C, 3, 0);
}

/* Toy tunes of any bars and signs, which have nothing in common. */
static void know_toys(void) {
    struct dataset d;
    forget_all();
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 3);
    for (size_t s = 0; s < d.tunes; s++) {
        struct tune t;
        assert_ok(dataset_tune(&d, s, &t, e));
        size_t i = model.origin.opening_count++;
        hand_form(&forms[i], &d.vocabulary, &t);
        openings[i] = (struct opening){.header = t.frame.header};
        tune_free(&t);
    }
    dataset_free(&d);
}

static struct form draw(size_t opening, int bars, const char *letters,
                        uint64_t seed) {
    const struct outline wanted = {
        .opening = opening, .bars = bars, .letters = letters};
    struct form f;
    struct rng r;
    rng_seed(&r, seed, 0);
    memset(&f, 77, sizeof f);
    assert_ok(outline_draw(&f, &model, &wanted, &r, e));
    return f;
}

static void check_letters(const struct form *f, const char *letters) {
    char text[FORM_PARTS + 1];
    outline_letters(f, text);
    assert_string_equal(text, letters);
}

/* ---- what holds of all of them ---- */

static void check_bar(const struct form *f, int b) {
    const struct form_bar *y = &f->bar[b], *source = y - y->from;
    assert_true(y->way < FORM_WAYS && y->notes <= FORM_NOTES);
    assert_true(y->note <= FORM_NONE && y->chord <= FORM_NONE);
    assert_true((y->way == FORM_NEW) == (y->from == 0));
    assert_true(y->from <= b);
    if (y->way == FORM_SAME || y->way == FORM_MOVED || y->way == FORM_RHYTHM)
        assert_int_equal(y->notes, source->notes);
    if (y->way == FORM_SAME && source->note != FORM_NONE) {
        assert_int_equal(y->note, source->note);
        if (b < f->bars - 1 || y->note != 0)
            assert_int_equal(y->chord, source->chord);
    }
    if (b == f->bars - 1 && y->note == 0) /* it ends on the triad */
        assert_true(y->chord == 0 || y->chord == FORM_NONE);
}

static void check_form(const struct form *f) {
    int times[26] = {0};
    for (int b = 0; b < f->bars; b++)
        check_bar(f, b);
    for (int p = 0; p < form_parts(f); p++) {
        const struct form_part *y = &f->part[p];
        assert_true(y->letter < 26);
        assert_int_equal(y->time, times[y->letter]++);
        assert_true(y->letter == 0 || times[y->letter - 1]);
        assert_true(y->low <= y->mean && y->mean <= y->high);
    }
}

/* Bars come back from their part, or from one with its letter. */
static void check_sources(const struct form *f) {
    for (int b = 0; b < f->bars; b++) {
        int p = b / FORM_PART, q = (b - f->bar[b].from) / FORM_PART;
        assert_int_equal(f->part[p].letter, f->part[q].letter);
        if (f->part[p].time == 0) /* nothing to come back from before it */
            assert_int_equal(p, q);
    }
}

static const char *const some_letters[] = {
    "A",    "AA",       "AB",       "AABB",     "ABAC",     "ABCD",
    "AAAA", "AABBCCDD", "AABACABA", "ABCDEFGH", "ABABABAB", "AABBAABBAABBAABB"};
#define SOME (sizeof some_letters / sizeof *some_letters)

static void test_letters(void **state) {
    (void)state;
    know_six();
    for (size_t i = 0; i < SOME; i++)
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct form f = draw(seed % 6, 0, some_letters[i], seed);
            assert_int_equal(f.bars, FORM_PART * (int)strlen(some_letters[i]));
            check_letters(&f, some_letters[i]);
            check_form(&f);
            check_sources(&f);
        }
}

/* In the order in which they come, whatever their size. */
static void test_other_letters(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"aabb", "AABB"}, {"BBA", "AAB"}, {"xYxz", "ABAC"}, {"Z", "A"}};
    know_six();
    for (size_t i = 0; i < 4; i++) {
        struct form f = draw(0, 0, list[i][0], 1),
                    g = draw(0, 0, list[i][1], 1);
        check_letters(&f, list[i][1]);
        assert_memory_equal(&f, &g, sizeof f);
    }
}

static void test_bad_letters(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "1",
                                      "AA1B",
                                      "A B",
                                      "AABB ",
                                      "A-B",
                                      "\xc3\x84",
                                      "AABBAABBAABBAABBA",
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"};
    know_six();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct outline wanted = {.letters = bad[i]};
        struct form f;
        struct rng r;
        rng_seed(&r, 1, 0);
        assert_refused(outline_draw(&f, &model, &wanted, &r, e), ERR_USAGE);
    }
}

/* ---- lengths ---- */

static void check_bars(int opening, int bars, uint64_t seed) {
    struct form f = draw((size_t)opening, bars, NULL, seed);
    const struct form *base = &forms[opening];
    int want = bars ? bars : base->bars;
    assert_int_equal(f.bars, want < FORM_BARS ? want : FORM_BARS);
    check_form(&f);
    for (int p = 0; p < form_parts(&f); p++)
        assert_int_equal(f.part[p].letter,
                         f.bars == base->bars ? base->part[p].letter : p / 2);
}

static void test_bars(void **state) {
    (void)state;
    know_six();
    for (int bars = 0; bars < FORM_BARS + 30; bars++)
        for (int opening = 0; opening < 6; opening++)
            check_bars(opening, bars, (uint64_t)bars);
    know_toys();
    for (int bars = 0; bars < FORM_BARS + 30; bars++)
        for (int opening = 0; opening < (int)TOY_TUNES; opening++)
            check_bars(opening, bars, (uint64_t)bars);
}

/* The range of a part is that of such a part of the opening's tune. */
static void test_ranges(void **state) {
    (void)state;
    know_six();
    struct form f = draw(0, 0, "AABBAC", 1);
    static const int like[] = {0, 1, 2, 3, 1, 3}; /* parts of that tune */
    for (int p = 0; p < 6; p++) {
        const struct form_part *y = &forms[0].part[like[p]];
        assert_int_equal(f.part[p].low, y->low);
        assert_int_equal(f.part[p].high, y->high);
        assert_int_equal(f.part[p].mean, y->mean);
    }
}

/* A tune that is moved has its ranges moved; nothing else changes. */
static void test_shift(void **state) {
    (void)state;
    know_six();
    struct form f = draw(0, 0, NULL, 1);
    for (int shift = -5; shift <= 6; shift++) {
        const struct outline wanted = {.shift = shift};
        struct form g;
        struct rng r;
        rng_seed(&r, 1, 0);
        assert_ok(outline_draw(&g, &model, &wanted, &r, e));
        assert_memory_equal(f.bar, g.bar, sizeof f.bar);
        for (int p = 0; p < 4; p++) {
            assert_int_equal(g.part[p].low, f.part[p].low + shift);
            assert_int_equal(g.part[p].high, f.part[p].high + shift);
            assert_int_equal(g.part[p].mean, f.part[p].mean + shift);
        }
    }
}

/* ---- what is drawn ---- */

static void test_seed(void **state) {
    (void)state;
    int differ = 0;
    know_six();
    struct form first = draw(0, 0, "AABB", 0);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct form f = draw(0, 0, "AABB", seed);
        struct form g = draw(0, 0, "AABB", seed);
        assert_memory_equal(&f, &g, sizeof f);
        differ += memcmp(&f, &first, sizeof f) != 0;
    }
    assert_true(differ > 5);
}

/* Marks the parts of the last tune: the chord of their first phrase says which,
 * from `first` on. */
static void mark_parts(int first) {
    struct form *f = &forms[model.origin.opening_count - 1];
    for (int p = 0; p < form_parts(f); p++)
        f->bar[p * FORM_PART + 3].chord = (uint8_t)(first + p);
}

/* How often part p of 60 forms is after the part so marked. */
static int count_marked(const char *letters, int p, int mark) {
    int count = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct form f = draw(0, 0, letters, seed);
        count += f.bar[p * FORM_PART + 3].chord == mark;
    }
    return count;
}

/* So many tunes ABCA, marked 0, 1, 2, and ten of other letters, marked from 6
 * on. */
static void know_letters(int alike) {
    static const char *const other[] = {HAND_A1 HAND_B HAND_A1 HAND_B,
                                        HAND_A1 HAND_B HAND_C,
                                        HAND_A1 HAND_B HAND_C HAND_A1 HAND_A1};
    forget_all();
    for (int i = 0; i < alike + 10; i++) {
        know(i < alike ? HAND_A1 HAND_B HAND_C HAND_A1 : other[i % 3], 2, 0);
        mark_parts(i < alike ? 0 : 6);
    }
}

/* Where there are enough tunes of the same letters, parts are after those, each
 * after that in the same place. */
static void test_same_letters(void **state) {
    (void)state;
    for (int alike = 8; alike < 11; alike++) {
        know_letters(alike);
        for (int p = 0; p < 3; p++)
            assert_int_equal(count_marked("ABCA", p, p), 60);
    }
}

/* Where there are not, any first part may be the first one, and any that stands
 * within a tune any other one: of each tune that is the second. */
static void test_few_of_same_letters(void **state) {
    (void)state;
    for (int alike = 6; alike < 8; alike++) {
        know_letters(alike);
        for (int p = 0; p < 3; p++) {
            int place = p > 0, count = count_marked("ABCA", p, place);
            assert_in_range(count, 10, 40); /* of 16 tunes 6, of 17 7 */
            assert_int_equal(count_marked("ABCA", p, 6 + place), 60 - count);
        }
    }
}

/* Tunes AABB whose first part ends with a bar of two notes, which comes back
 * with another ending, and as many where it has some more and is new. In how
 * many of 60 forms does it come back as in a tune of the other kind? */
static int count_mixed(int of_each, int more) {
    int mixed = 0, many = 0;
    forget_all();
    for (int i = 0; i < 2 * of_each; i++) {
        know(i % 2 ? HAND_A1 HAND_A3 HAND_B HAND_B
                   : HAND_A1 HAND_A2 HAND_B HAND_B,
             2, 0);
        assert_int_equal(forms[i].bar[7].notes, 2);
        forms[i].bar[7].notes = (uint8_t)(i % 2 ? 2 + more : 2);
    }
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct form f = draw(0, 0, "AABB", seed);
        int is_many = f.bar[7].notes == 2 + more;
        many += is_many;
        mixed += is_many != (f.bar[15].way == FORM_NEW);
    }
    assert_in_range(many, 15, 45);
    return mixed;
}

/* What a part is like when it comes back is as in a tune whose part had about
 * as many notes in its last bar, if there are enough of them: with too many to
 * rest on, it ends otherwise. */
static void test_endings(void **state) {
    (void)state;
    assert_int_equal(count_mixed(8, 2), 0);
    assert_int_equal(count_mixed(8, 8), 0);
    assert_in_range(count_mixed(8, 1), 15, 45);
    assert_in_range(count_mixed(7, 2), 15, 45);
}

/* Where there is but one tune, its own parts serve. */
static void test_one_tune(void **state) {
    (void)state;
    forget_all();
    know(HAND_A1 HAND_A2 HAND_B HAND_B, 2, 0);
    struct form f = draw(0, 0, NULL, 1);
    assert_int_equal(f.bars, 32);
    check_letters(&f, "AABB");
    check_form(&f);
    for (int b = 0; b < 15; b++) {
        assert_int_equal(f.bar[b].from, b < 8 ? 0 : 8);
        assert_int_equal(f.bar[b].notes, forms[0].bar[b].notes);
    }
    assert_int_equal(f.bar[15].way, FORM_ENDING);
    assert_int_equal(f.bar[15].from, 8);
    for (size_t i = 0; i < SOME; i++) {
        f = draw(0, 0, some_letters[i], i);
        check_form(&f);
        check_sources(&f);
    }
}

/* Nor does a tune in another meter or mode serve. A part that comes back comes
 * back whole then, and one that is new has bars of which nothing is known. */
static void test_no_other_suits(void **state) {
    (void)state;
    forget_all();
    know(HAND_A1, 2, 0); /* in which no part comes back, and only one comes */
    know(HAND_A1 HAND_A2 HAND_B HAND_B, 3, 0);
    know(HAND_A1 HAND_A2 HAND_B HAND_B, 2, 12);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct form f = draw(0, 0, "AABB", seed);
        check_letters(&f, "AABB");
        check_form(&f);
        for (int b = 0; b < 8; b++)
            assert_int_equal(f.bar[b].notes, forms[0].bar[b].notes);
        for (int b = 8; b < 32; b++) {
            int again = b < 16 || b >= 24;
            assert_int_equal(f.bar[b].way, again ? FORM_SAME : FORM_NEW);
            assert_int_equal(f.bar[b].from, again ? 8 : 0);
            if (b < 16)
                continue;
            assert_int_equal(f.bar[b].notes, form_pace(&forms[0]));
            assert_int_equal(f.bar[b].note, FORM_NONE);
            assert_int_equal(f.bar[b].chord, FORM_NONE);
        }
    }
}

/* A part that comes back later than in the tune that it is made after comes
 * back from its own letter all the same. */
static void test_far_returns(void **state) {
    (void)state;
    forget_all();
    know(HAND_A1 HAND_A1 HAND_B HAND_B, 2, 0);
    struct form f = draw(0, 0, "ABBA", 3);
    check_form(&f);
    for (int b = 16; b < 32; b++) {
        assert_int_equal(f.bar[b].way, FORM_SAME);
        assert_int_equal(f.bar[b].from, b < 24 ? 8 : 24);
    }
}

/* ---- to be read ---- */

static void test_print(void **state) {
    (void)state;
    struct form f = {.bars = 18};
    struct buf text = {0};
    for (int p = 0; p < 3; p++)
        f.part[p] = (struct form_part){p == 2, p == 1, 60, 74, 66};
    for (int b = 0; b < 18; b++)
        f.bar[b] = (struct form_bar){.note = 2, .chord = 7};
    f.bar[3].note = f.bar[3].chord = FORM_NONE;
    for (int b = 8; b < 14; b++) {
        f.bar[b].from = 8;
        f.bar[b].way = (uint8_t)(b - 8);
    }
    f.bar[8].from = 0;
    outline_print(&f, &text);
    buf_add(&text, "", 1);
    assert_string_equal((const char *)text.data,
                        "A1    1  C4-D5  . . . . [-/-] . . . . [II/V]\n"
                        "A2    9  C4-D5  . 2r 3m 4s [II/V] 5e 6 . . [II/V]\n"
                        "B1   17  C4-D5  . .\n");
    buf_free(&text);
    check_letters(&f, "AAB");
    f.bars = 0;
    check_letters(&f, "");
    outline_print(&f, &text);
    assert_int_equal(text.len, 0);
    buf_free(&text);
}

static int set_up(void **state) {
    (void)state;
    toy_vocabulary(&attack, ENCODING_ATTACK);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_other_letters),
        cmocka_unit_test(test_bad_letters),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_same_letters),
        cmocka_unit_test(test_few_of_same_letters),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_one_tune),
        cmocka_unit_test(test_no_other_suits),
        cmocka_unit_test(test_far_returns),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests_name("outline", tests, set_up, NULL);
}
