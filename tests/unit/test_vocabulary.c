/* The meaning of classes, and how they are made.
 * SPDX-License-Identifier: MIT */
#include "nott/music/vocabulary.h"

#include "music.h"

static void test_attack_classes(void **state) {
    (void)state;
    struct vocabulary v = music_attack(); /* 55 .. 84 in 32 classes */
    assert_int_equal(vocabulary_rest(&v), 0);
    assert_int_equal(vocabulary_pitch(&v, 0), -1);
    assert_int_equal(vocabulary_pitch(&v, MELODY_HOLD), -1);
    assert_int_equal(vocabulary_pitch(&v, 2), 55);
    assert_int_equal(vocabulary_pitch(&v, 31), 84);
    assert_int_equal(vocabulary_pitch(&v, 32), -1);
    assert_int_equal(vocabulary_melody(&v, 54), -1);
    assert_int_equal(vocabulary_melody(&v, 55), 2);
    assert_int_equal(vocabulary_melody(&v, 84), 31);
    assert_int_equal(vocabulary_melody(&v, 85), -1);
    assert_int_equal(vocabulary_melody_goes_on(&v, 0), 0);
    assert_int_equal(vocabulary_melody_goes_on(&v, MELODY_HOLD), MELODY_HOLD);
    assert_int_equal(vocabulary_melody_goes_on(&v, 7), MELODY_HOLD);
}

static void test_classic_classes(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    assert_int_equal(vocabulary_rest(&v), 34);
    assert_int_equal(vocabulary_pitch(&v, 0), 55);
    assert_int_equal(vocabulary_pitch(&v, 33), 88);
    assert_int_equal(vocabulary_pitch(&v, 34), -1);
    assert_int_equal(vocabulary_melody(&v, 54), -1);
    assert_int_equal(vocabulary_melody(&v, 55), 0);
    assert_int_equal(vocabulary_melody(&v, 88), 33);
    assert_int_equal(vocabulary_melody(&v, 89), -1);
    for (int k = 0; k < 35; k++)
        assert_int_equal(vocabulary_melody_goes_on(&v, k), k);
}

static void check_name(const struct vocabulary *v, int class,
                       const char *want) {
    char name[16];
    vocabulary_melody_name(v, class, name);
    assert_string_equal(name, want);
}

static void test_names(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    check_name(&v, 0, "rest");
    check_name(&v, 1, "hold");
    check_name(&v, 7, "C4");
    check_name(&v, 2, "G3");
    check_name(&v, 25, "F#5");
    v = music_classic();
    check_name(&v, 5, "C4");
    check_name(&v, 34, "rest");
    v.low = 0;
    check_name(&v, 0, "C-1");
}

static int class_of(const struct vocabulary *v, const char *name) {
    uint16_t set;
    int root;
    assert_int_equal(chord_parse(name, &set, &root, NULL), 0);
    return vocabulary_chord(v, set, root);
}

static void test_chords(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    for (int k = 0; k < v.chord_count; k++)
        assert_int_equal(class_of(&v, v.chords[k].name), k);
    assert_int_equal(class_of(&v, "D7"), 3);    /* D */
    assert_int_equal(class_of(&v, "Em7"), 4);   /* not G */
    assert_int_equal(class_of(&v, "Gmaj7"), 5); /* not G7 */
    assert_int_equal(class_of(&v, "F#1"), 0);   /* like nothing here */
    music_class(&v, "C6", "C6");
    music_class(&v, "Am7", "Am7");
    assert_int_equal(class_of(&v, "C6"), 7); /* the same set: by the root */
    assert_int_equal(class_of(&v, "Am7"), 8);
    v = music_attack();
    music_class(&v, "Am", "Am");
    music_class(&v, "C6", "C6");
    assert_int_equal(class_of(&v, "Am7"), 8); /* the set before the root */
}

/* ---- building ---- */

#define POOL 8

struct built {
    struct chord_pool pool;
    struct vocabulary v;
    int map[POOL];
};

/* The pool: 1 G, 2 G an octave up, 3 D7, 4 D, 5 C with E below, 6 C E, 7 Em. */
static void build(struct built *b, enum encoding encoding, size_t min_count,
                  const size_t *counts) {
    struct chord high = music_chord("G"), low = music_chord("C"),
                 two = {.pitch = {60, 64}, .voices = 2};
    struct chord list[POOL - 1] = {music_chord("G"), high, music_chord("D7"),
                                   music_chord("D"), low,  two,
                                   music_chord("Em")};
    for (int i = 0; i < 3; i++)
        list[1].pitch[i] = (uint8_t)(list[1].pitch[i] + 12);
    for (int i = 0; i < 3; i++) /* C E G to E G C */
        list[4].pitch[i] =
            (uint8_t)(i < 2 ? low.pitch[i + 1] : low.pitch[0] + 12);
    b->pool = (struct chord_pool){0};
    for (int i = 0; i < POOL - 1; i++)
        assert_int_equal(chord_pool_find(&b->pool, &list[i], NULL), i + 1);
    assert_int_equal(vocabulary_build(&b->v, encoding, &b->pool, counts,
                                      min_count, 60, 64, b->map, NULL),
                     0);
    chord_pool_free(&b->pool);
}

static void check_map(const struct built *b, const int *want) {
    for (int i = 0; i < POOL; i++)
        if (b->map[i] != want[i])
            fail_msg("chord %d: class %d, wanted %d", i, b->map[i], want[i]);
}

static void test_build_attack(void **state) {
    (void)state;
    struct built b;
    build(&b, ENCODING_ATTACK, 10,
          (const size_t[]){100, 6, 7, 9, 10, 10, 0, 50});
    assert_int_equal(b.v.encoding, ENCODING_ATTACK);
    assert_int_equal(b.v.low, 60);
    assert_int_equal(b.v.melody_count, 7);
    assert_int_equal(b.v.chord_count, 5); /* in the order of their roots */
    assert_string_equal(b.v.chords[0].name, "N.C.");
    assert_int_equal(b.v.chords[0].root, -1);
    assert_int_equal(b.v.chords[0].set, 0);
    assert_string_equal(b.v.chords[1].name, "C");
    assert_string_equal(b.v.chords[2].name, "D");
    assert_string_equal(b.v.chords[3].name, "Em");
    assert_string_equal(b.v.chords[4].name, "G");         /* 6 and 7 make 13 */
    assert_int_equal(b.v.chords[4].voicing.pitch[0], 67); /* the commoner */
    assert_int_equal(b.v.chords[4].root, 7);
    assert_int_equal(b.v.chords[1].voicing.pitch[0], 52); /* as played */
    assert_int_equal(b.v.chords[1].root, 0);
    /* D7 is rare and goes to D, C E was not counted and goes to C */
    check_map(&b, (const int[]){0, 4, 4, 2, 2, 1, 1, 3});
}

static void test_build_classic(void **state) {
    (void)state;
    struct built b;
    build(&b, ENCODING_CLASSIC, 10,
          (const size_t[]){100, 6, 7, 9, 10, 10, 99, 50});
    assert_int_equal(b.v.low, CLASSIC_LOW);
    assert_int_equal(b.v.melody_count, CLASSIC_PITCHES + 1);
    assert_int_equal(b.v.chord_count, 5);
    assert_string_equal(b.v.chords[0].name, "NONE");
    assert_string_equal(b.v.chords[1].name, "CM");
    assert_string_equal(b.v.chords[2].name, "DM");
    assert_string_equal(b.v.chords[3].name, "Em");
    assert_string_equal(b.v.chords[4].name, "GM");
    /* rare ones are NONE, not like another; so are two notes */
    check_map(&b, (const int[]){0, 4, 4, 0, 2, 1, 0, 3});
}

static void test_classic_keeps(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    struct chord_pool pool = {0};
    struct chord keeps = {.pitch = {49, 53, 56, 59}, .voices = 4};
    int map[2];
    assert_int_equal(chord_pool_find(&pool, &keeps, NULL), 1);
    vocabulary_map(&v, &pool, map);
    assert_int_equal(map[0], 0);
    assert_int_equal(map[1], -1);
    chord_pool_free(&pool);
}

static void test_too_many(void **state) {
    (void)state;
    struct chord_pool pool = {0};
    struct vocabulary v;
    struct err e = {0};
    size_t counts[400];
    int map[400];
    for (int set = 1; pool.count < 400; set++) {
        struct chord c =
            music_voicing((uint16_t)set, chord_root((uint16_t)set, -1));
        assert_true(chord_pool_find(&pool, &c, NULL) > 0);
    }
    for (int i = 0; i < 400; i++)
        counts[i] = i < 255 ? 5 : 4;
    assert_int_equal(vocabulary_build(&v, ENCODING_ATTACK, &pool, counts, 5, 60,
                                      64, map, &e),
                     0);
    assert_int_equal(v.chord_count, VOCABULARY_MAX);
    assert_int_equal(vocabulary_build(&v, ENCODING_ATTACK, &pool, counts, 4, 60,
                                      64, map, &e),
                     0);
    assert_int_equal(v.chord_count, VOCABULARY_MAX); /* of 399 chords */
    for (int i = 1; i < 255; i++)
        assert_true(map[i] > 0 &&
                    v.chords[map[i]].set == chord_set(&pool.list[i]));
    counts[399] = 6; /* those that come last are not left out for that */
    counts[398] = 6;
    assert_int_equal(vocabulary_build(&v, ENCODING_ATTACK, &pool, counts, 1, 60,
                                      64, map, &e),
                     0);
    assert_int_equal(v.chord_count, VOCABULARY_MAX);
    assert_int_equal(v.chords[map[399]].set, chord_set(&pool.list[399]));
    assert_int_equal(v.chords[map[398]].set, chord_set(&pool.list[398]));
    chord_pool_free(&pool);
}

static void test_differs(void **state) {
    (void)state;
    struct vocabulary a = music_attack(), b = a;
    assert_int_equal(vocabulary_differs(&a, &b), 0);
    b.low++;
    assert_int_equal(vocabulary_differs(&a, &b), 1);
    b = a;
    b.melody_count--;
    assert_int_equal(vocabulary_differs(&a, &b), 1);
    b = a;
    b.chord_count--;
    assert_int_equal(vocabulary_differs(&a, &b), 1);
    b = a;
    b.encoding = ENCODING_CLASSIC;
    assert_int_equal(vocabulary_differs(&a, &b), 1);
    b = a;
    snprintf(b.chords[3].name, CHORD_NAME, "Dx");
    assert_int_equal(vocabulary_differs(&a, &b), 1);
    b = a;
    b.chords[3].voicing.pitch[0]++; /* means the same */
    assert_int_equal(vocabulary_differs(&a, &b), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attack_classes),
        cmocka_unit_test(test_classic_classes),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_chords),
        cmocka_unit_test(test_build_attack),
        cmocka_unit_test(test_build_classic),
        cmocka_unit_test(test_classic_keeps),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
