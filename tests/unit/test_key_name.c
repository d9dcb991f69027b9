/* Keys by their names. SPDX-License-Identifier: MIT */
#include "nott/music/key_name.h"

#include "toydata.h"

#include "nott/music/tune.h"

static void check_parse(const char *text, const char *want) {
    char name[TUNE_KEY_NAME];
    struct err why = {0};
    int key = 77;
    if (key_name_parse(text, &key, &why))
        fail_msg("%s", why.text);
    tune_key_name(key, name);
    if (strcmp(name, want) != 0)
        fail_msg("'%s' is %s, wanted %s", text, name, want);
}

static void test_typed(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"G", "G"},
        {"g", "G"},
        {"Em", "Em"},
        {"em", "Em"},
        {"E m", "Em"},
        {"F#m", "F#m"},
        {"f# minor", "F#m"},
        {"F#min", "F#m"},
        {"F# MINOR", "F#m"},
        {"f\u266f", "F#"},
        {"Bb", "Bb"},
        {"bb", "Bb"},
        {"BB", "Bb"},
        {"B", "B"},
        {"b", "B"},
        {"bm", "Bm"},
        {"bbm", "Bbm"},
        {"b minor", "Bm"},
        {"Bb major", "Bb"},
        {"B\u266d major", "Bb"},
        {"B flat", "Bb"},
        {"b-flat major", "Bb"},
        {"F sharp minor", "F#m"},
        {"fsharp minor", "F#m"},
        {"a-minor", "Am"},
        {"  D  ", "D"},
        {"\tD\tmajor ", "D"},
        {"D dorian", "Dm"},
        {"Ador", "Am"},
        {"ADOR", "Am"},
        {"E dor", "Em"},
        {"E phrygian", "Em"},
        {"F lydian", "F"},
        {"A mixolydian", "A"},
        {"Gmix", "G"},
        {"gmix", "G"},
        {"D mixo", "D"},
        {"C ionian", "C"},
        {"A aeolian", "Am"},
        {"B locrian", "Bm"},
        {"Cb", "B"},
        {"B#", "C"},
        {"E#m", "Fm"},
        {"Gmaj", "G"},
        {"amin", "Am"},
        {"amix", "A"},
        {"bmix", "B"},
        {"ab", "G#"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_parse(list[i][0], list[i][1]);
}

static void test_every_key(void **state) {
    (void)state;
    for (int key = 0; key < TUNE_KEYS; key++) {
        char name[TUNE_KEY_NAME];
        int again;
        tune_key_name(key, name);
        assert_ok(key_name_parse(name, &again, e));
        assert_int_equal(again, key);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const list[] = {
        "",          " ",       "H",    "D7",           "Gmm",
        "X",         "GM",      "a M",  "G major key",  "m",
        "#",         "minor",   "G##",  "Gbb",          "G/B",
        "Gsus4",     "G modal", "\xff", "G\xff",        "G\xe2",
        "G\xe2\x99", "\u266dB", "G,",   "Am|",          "\x1b[2J",
        "-",         "G\nm",    "1",    "C major minor"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        int key = 77;
        assert_refused(key_name_parse(list[i], &key, e), ERR_USAGE);
        assert_int_equal(key, 77);
    }
    char many[5000];
    int key;
    memset(many, ' ', sizeof many);
    memcpy(many, "G", 1);
    many[sizeof many - 1] = 0;
    assert_refused(key_name_parse(many, &key, e), ERR_USAGE);
    memset(many, 'm', sizeof many - 1);
    assert_refused(key_name_parse(many, &key, e), ERR_USAGE);
    assert_int_equal(key_name_parse("?", &key, NULL), -1);
}

/* What is wrong is shown, and what would be right. */
static void test_message(void **state) {
    (void)state;
    struct err why = {0};
    int key;
    assert_int_equal(key_name_parse("Q", &key, &why), -1);
    assert_string_equal(why.text,
                        "'Q' is no key such as G, Em, F# minor, Bb major, "
                        "A dorian or Gmix");
}

static void check_read(const char *text, int letter, int alter, int mode,
                       const char *rest) {
    struct key_name k;
    const char *p = text;
    assert_int_equal(key_name_read(&k, &p), 0);
    assert_int_equal(k.letter, letter);
    assert_int_equal(k.alter, alter);
    assert_int_equal(k.mode, mode);
    assert_string_equal(p, rest);
}

/* Inside a field of ABC. */
static void test_read(void **state) {
    (void)state;
    check_read("C", 0, 0, 0, "");
    check_read("Bb Dorian ^f", 6, -1, 1, " ^f");
    check_read("F#m clef=bass", 3, 1, 5, " clef=bass");
    check_read("D exp _b", 1, 0, 0, " exp _b");
    check_read("AM", 5, 0, 5, "");
    check_read("G  mixolydianish", 4, 0, 4, "");
    check_read("Aloc", 5, 0, 6, "");
    static const char *const none[] = {"", "clef=bass", "a", "h", "H", " C"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct key_name k;
        const char *p = none[i];
        assert_int_equal(key_name_read(&k, &p), -1);
        assert_ptr_equal(p, none[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed),   cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_message),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
