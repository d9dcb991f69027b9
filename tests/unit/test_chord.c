/* Chord names, roots, voicings and the names of 2016.
 * SPDX-License-Identifier: MIT */
#include "nott/music/chord.h"

#include <stdlib.h>

#include "music.h"

static const char *const roots[12] = {"C",  "C#", "D",  "Eb", "E",  "F",
                                      "F#", "G",  "G#", "A",  "Bb", "B"};

/* The set of an interval list over a root. */
static uint16_t set_over(int root, const int *steps, int n) {
    uint16_t set = 0;
    for (int i = 0; i < n; i++)
        set = (uint16_t)(set | 1u << ((root + steps[i]) % 12));
    return set;
}

static void check_quality(const char *suffix, const int *steps, int n) {
    for (int root = 0; root < 12; root++) {
        char want[CHORD_NAME], got[CHORD_NAME];
        uint16_t set = set_over(root, steps, n), parsed;
        int parsed_root;
        snprintf(want, sizeof want, "%s%s", roots[root], suffix);
        for (int i = 0; i < n; i++) { /* every inversion */
            int bass = (root + steps[i]) % 12;
            chord_name(set, bass, got);
            assert_string_equal(got, want);
            assert_int_equal(chord_root(set, bass), root);
        }
        assert_int_equal(chord_parse(want, &parsed, &parsed_root, NULL), 0);
        assert_int_equal(parsed, set);
        assert_int_equal(parsed_root, root);
    }
}

static void test_triads(void **state) {
    (void)state;
    check_quality("", (const int[]){0, 4, 7}, 3);
    check_quality("m", (const int[]){0, 3, 7}, 3);
    check_quality("dim", (const int[]){0, 3, 6}, 3);
}

static void test_sevenths(void **state) {
    (void)state;
    check_quality("7", (const int[]){0, 4, 7, 10}, 4);
    check_quality("maj7", (const int[]){0, 4, 7, 11}, 4);
}

static void check_name(int bass, const char *spelt, const char *want) {
    char got[CHORD_NAME];
    uint16_t set;
    int root;
    assert_int_equal(chord_parse(spelt, &set, &root, NULL), 0);
    chord_name(set, bass, got);
    assert_string_equal(got, want);
}

static void test_bass_decides(void **state) {
    (void)state;
    check_name(0, "C+E+G+A", "C6");
    check_name(9, "C+E+G+A", "Am7");
    check_name(2, "D+F+A+B", "Dm6");
    check_name(11, "D+F+A+B", "Bm7b5");
    check_name(0, "C+F+G", "Csus4");
    check_name(5, "C+F+G", "Fsus2");
    for (int bass = 0; bass < 12; bass += 4) { /* every note is a root */
        char want[CHORD_NAME];
        snprintf(want, sizeof want, "%saug", roots[bass]);
        check_name(bass, "C+E+G#", want);
    }
    for (int bass = 0; bass < 12; bass += 3) {
        char want[CHORD_NAME];
        snprintf(want, sizeof want, "%sdim7", roots[bass]);
        check_name(bass, "C+Eb+F#+A", want);
    }
}

static void test_odd_names(void **state) {
    (void)state;
    char name[CHORD_NAME];
    chord_name(0, -1, name);
    assert_string_equal(name, "N.C.");
    assert_int_equal(chord_root(0, -1), -1);
    chord_name(1 << 7, 7, name);
    assert_string_equal(name, "G1");
    check_name(7, "G+D", "G5");
    check_name(2, "D+E+F", "D+E+F");
    check_name(5, "D+E+F", "F+D+E"); /* from its lowest note */
}

static void test_round_trip(void **state) {
    (void)state;
    for (int set = 1; set < 4096; set++)
        for (int bass = 0; bass < 12; bass++) {
            char name[CHORD_NAME], again[CHORD_NAME];
            uint16_t parsed;
            int root;
            if (!(set & 1 << bass))
                continue;
            chord_name((uint16_t)set, bass, name);
            assert_int_equal(chord_parse(name, &parsed, &root, NULL), 0);
            assert_int_equal(parsed, set);
            assert_int_equal(root, chord_root((uint16_t)set, bass));
            chord_name(parsed, root, again);
            assert_string_equal(again, name);
        }
}

static void check_parse(const char *name, const char *same) {
    uint16_t set, other;
    int root, other_root;
    assert_int_equal(chord_parse(name, &set, &root, NULL), 0);
    assert_int_equal(chord_parse(same, &other, &other_root, NULL), 0);
    assert_int_equal(set, other);
    assert_int_equal(root, other_root);
}

static void test_parse(void **state) {
    (void)state;
    uint16_t set;
    int root;
    check_parse("Gmaj", "G");
    check_parse("GM", "G");
    check_parse("Amin", "Am");
    check_parse("Db", "C#");
    check_parse("Bb7", "A#7");
    check_parse("Cb", "B");
    check_parse("B#m", "Cm");
    assert_int_equal(chord_parse("N.C.", &set, &root, NULL), 0);
    assert_int_equal(set, 0);
    assert_int_equal(root, -1);
    assert_int_equal(chord_parse("D7", &set, &root, NULL), 0);
    assert_int_equal(set, 1 << 2 | 1 << 6 | 1 << 9 | 1 << 0);
}

static void test_parse_refuses(void **state) {
    (void)state;
    static const char *const bad[] = {"",      " ",   "H",   "g",     "C ",
                                      " C",    "C##", "Cm ", "C+",    "C+E+",
                                      "C+E+x", "7",   "C7x", "N.C",   "C++E",
                                      "\xff",  "#",   "bC",  "Cmajx", "C+E G"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        uint16_t set;
        int root;
        if (chord_parse(bad[i], &set, &root, &e) == 0)
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(e.code, ERR_FORMAT);
    }
}

/* Names as people write them, and the plain ones that they mean. */
static void test_read(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"G", "G"},
        {"Am", "Am"},
        {"D7", "D7"},
        {"Bb", "Bb"},
        {"F#m", "F#m"},
        {"Cb", "B"},
        {"H", "B"},
        {"Hm", "Bm"},
        {"H7", "B7"},
        {"B", "B"},
        {"C-", "Cm"},
        {"Bb-7", "Bbm7"},
        {"Cmin", "Cm"},
        {"Cmi7", "Cm7"},
        {"CM", "C"},
        {"CM7", "Cmaj7"},
        {"Cma7", "Cmaj7"},
        {"CΔ", "Cmaj7"},
        {"Cmaj7", "Cmaj7"},
        {"Gmaj9", "Gmaj7"},
        {"C9", "C9"},
        {"C11", "C7"},
        {"C13", "C7"},
        {"Cm9", "Cm7"},
        {"Cm11", "Cm7"},
        {"D7(b9)", "D7"},
        {"D7b9", "D7"},
        {"D7#9", "D7"},
        {"C7#11", "C7"},
        {"C7(b13)", "C7"},
        {"C7 (b9, b13)", "C7"},
        {"C6", "C6"},
        {"C6/9", "C6"},
        {"C69", "C6"},
        {"Cm6/9", "Cm6"},
        {"Cm6", "Cm6"},
        {"Cadd9", "Cadd9"},
        {"Cmadd9", "Cm"},
        {"C7add11", "C7"},
        {"C(add9)", "C"},
        {"C2", "C"},
        {"C4", "C"},
        {"Csus", "Csus4"},
        {"Csus2/G", "Csus2"},
        {"C5/G", "C5"},
        {"Cadd9/E", "Cadd9"},
        {"C7-5", "C+E+F#+Bb"},
        {"C7-9", "C7"},
        {"C7+9", "C7"},
        {"C-9", "Cm7"},
        {"CMaj7", "Cmaj7"},
        {"CMin", "Cm"},
        {"Cadd(9)", "C"},
        {"Csus4", "Csus4"},
        {"C7sus4", "C7sus4"},
        {"C7sus", "C7sus4"},
        {"C9sus4", "C7sus4"},
        {"Cdim", "Cdim"},
        {"Co", "Cdim"},
        {"C°", "Cdim"},
        {"Cdim7", "Cdim7"},
        {"C°7", "Cdim7"},
        {"Cø", "Cm7b5"},
        {"Cø7", "Cm7b5"},
        {"Cm7b5", "Cm7b5"},
        {"C-7b5", "Cm7b5"},
        {"Caug", "Caug"},
        {"C+", "Caug"},
        {"C5", "C5"},
        {"C#5", "C#5"},
        {"G(#5)", "Gaug"},
        {"G/B", "G"},
        {"Am/G", "Am"},
        {"F#m7b5/C", "F#m7b5"},
        {"C6/9/E", "C6"},
        {"D7/F#", "D7"},
        {"G/Bb", "G"},
        {"N.C.", "N.C."},
        {"NC", "N.C."},
        {"n.c.", "N.C."},
        {"NONE", "N.C."},
        {"D+F#+A", "D"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        uint16_t set = 0xfff, want;
        int root = 77, want_root;
        struct err e = {0};
        assert_int_equal(chord_parse(list[i][1], &want, &want_root, NULL), 0);
        if (chord_read(list[i][0], &set, &root, &e))
            fail_msg("%s", e.text);
        if (set != want || root != want_root)
            fail_msg("%s: set %x over %d, wanted %s", list[i][0], set, root,
                     list[i][1]);
        assert_int_equal(e.code, ERR_NONE);
    }
}

static void test_read_refuses(void **state) {
    (void)state;
    static const char *const list[] = {
        "",      " ",      "h",      "am",  "Dame", "Hello", "A tune", "G/",
        "G/x",   "G/Bm",   "/G",     "J",   "Gb#",  "C7x",   "Cmaj8",  "[G]",
        "Verse", "Chorus", "Bridge", "n.c", "N.C",  "G|D",   "Intro",  "Fine"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        uint16_t set;
        int root;
        struct err e = {0};
        if (chord_read(list[i], &set, &root, &e) != -1)
            fail_msg("\"%s\" is read as set %x", list[i], set);
        assert_int_equal(e.code, ERR_FORMAT);
        assert_int_equal(chord_read(list[i], &set, &root, NULL), -1);
    }
}

static void test_set(void **state) {
    (void)state;
    struct chord c = {.pitch = {43, 55, 59, 62}, .voices = 4};
    assert_int_equal(chord_set(&c), 1 << 7 | 1 << 11 | 1 << 2);
    c.voices = 0;
    assert_int_equal(chord_set(&c), 0);
}

static void test_add(void **state) {
    (void)state;
    struct chord c = {0};
    static const int pitches[] = {62, 55, 59, 55, 62};
    for (int i = 0; i < 5; i++)
        chord_add(&c, pitches[i]);
    assert_int_equal(c.voices, 3);
    assert_int_equal(c.pitch[0], 55);
    assert_int_equal(c.pitch[1], 59);
    assert_int_equal(c.pitch[2], 62);
    for (int p = 70; p < 90; p++)
        chord_add(&c, p);
    assert_int_equal(c.voices, CHORD_VOICES);
    assert_int_equal(c.pitch[CHORD_VOICES - 1], 78); /* the top is cut */
}

static int likeness(const char *a, const char *b) {
    uint16_t set_a, set_b;
    int root_a, root_b;
    assert_int_equal(chord_parse(a, &set_a, &root_a, NULL), 0);
    assert_int_equal(chord_parse(b, &set_b, &root_b, NULL), 0);
    return chord_likeness(set_a, root_a, set_b, root_b);
}

static void test_likeness(void **state) {
    (void)state;
    int best = likeness("D7", "D");
    for (int root = 0; root < 12; root++)
        for (int minor = 0; minor < 2; minor++) {
            char name[CHORD_NAME];
            snprintf(name, sizeof name, "%s%s", roots[root], minor ? "m" : "");
            if (strcmp(name, "D") != 0)
                assert_true(likeness("D7", name) < best);
        }
    assert_true(likeness("D7", "F#dim") < best);
    assert_true(likeness("Am7", "Am") > likeness("Am7", "C"));
    assert_int_equal(likeness("C", "F#"), 0); /* nothing in common */
    assert_int_equal(likeness("C", "N.C."), 0);
}

static void check_classic(int line, char *text) {
    char name[CHORD_NAME] = "", *rest = NULL;
    char *classes = strtok_r(text, "\t", &rest);
    const char *want = strtok_r(NULL, "\t", &rest);
    struct chord c = {0};
    int last = 35;
    assert_non_null(want);
    for (char *end = classes; *classes; classes = end) {
        int pc = (int)strtol(classes, &end, 10);
        last++; /* the next pitch of that class */
        last += ((pc - last) % 12 + 12) % 12;
        assert_true(c.voices < CHORD_VOICES);
        c.pitch[c.voices++] = (uint8_t)last;
    }
    const char *got = chord_classic(&c, name);
    if (strcmp(got ? got : "PREVIOUS", want) != 0)
        fail_msg("line %d: %s, wanted %s", line, got ? got : "PREVIOUS", want);
}

static void test_classic_table(void **state) {
    (void)state;
    FILE *in = fopen("tests/reference/classic_chords.txt", "r");
    if (!in)
        fail_msg("classic_chords.txt is missing (run from the top level)");
    char text[200];
    int sets = 0;
    for (int line = 1; fgets(text, sizeof text, in); line++)
        if (text[0] >= '0' && text[0] <= '9') {
            check_classic(line, text);
            sets++;
        }
    fclose(in);
    assert_int_equal(sets, 112);
}

static void test_classic_none(void **state) {
    (void)state;
    struct chord c = {0};
    char name[CHORD_NAME];
    assert_string_equal(chord_classic(&c, name), "NONE");
}

static void test_pool(void **state) {
    (void)state;
    struct chord_pool p = {0};
    struct chord none = {0}, g = music_chord("G"), d = music_chord("D");
    assert_int_equal(chord_pool_find(&p, &g, NULL), 1);
    assert_int_equal(chord_pool_find(&p, &none, NULL), 0);
    assert_int_equal(chord_pool_find(&p, &d, NULL), 2);
    assert_int_equal(chord_pool_find(&p, &g, NULL), 1);
    g.pitch[0] += 12; /* other pitches are another chord */
    assert_int_equal(chord_pool_find(&p, &g, NULL), 3);
    for (int i = 0; i < 500; i++) {
        struct chord c = {
            .pitch = {(uint8_t)(i % 100), (uint8_t)(110 + i / 100)},
            .voices = 2};
        assert_int_equal(chord_pool_find(&p, &c, NULL), 4 + i);
    }
    assert_int_equal(p.count, 504);
    assert_int_equal(chord_pool_find(&p, &d, NULL), 2);
    chord_pool_free(&p);
    assert_int_equal(p.count, 0);
    chord_pool_free(&p);
}

static void test_pitch_class_names(void **state) {
    (void)state;
    for (int pc = -12; pc < 24; pc++)
        assert_string_equal(chord_pitch_class_name(pc), roots[(pc + 12) % 12]);
}

/* Each has a number of its own, whatever their count. */
static void test_large_pool(void **state) {
    (void)state;
    struct chord_pool pool = {0};
    for (int again = 0; again < 2; again++)
        for (int i = 0; i < 20000; i++) {
            struct chord c = {0};
            for (int bit = 0; bit < 15; bit++)
                if ((i + 1) >> bit & 1 && c.voices < CHORD_VOICES)
                    chord_add(&c, 40 + bit);
            int n = chord_pool_find(&pool, &c, NULL);
            assert_memory_equal(pool.list[n].pitch, c.pitch, c.voices);
            assert_int_equal(pool.list[n].voices, c.voices);
            assert_true(again || n <= i + 1);
        }
    struct chord none = {0};
    assert_int_equal(chord_pool_find(&pool, &none, NULL), 0);
    assert_true(pool.count > 19000 && pool.count <= 20001);
    chord_pool_free(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triads),
        cmocka_unit_test(test_sevenths),
        cmocka_unit_test(test_bass_decides),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_likeness),
        cmocka_unit_test(test_classic_table),
        cmocka_unit_test(test_classic_none),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_large_pool),
        cmocka_unit_test(test_pitch_class_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
