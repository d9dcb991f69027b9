/* The sequence file: what comes back, and files that make no sense.
 * SPDX-License-Identifier: MIT */
#include "nott/data/dataset.h"

#include <stdlib.h>
#include <unistd.h>

#include "music.h"
#include "nott/base/file.h"
#include "scratch.h"

#define TUNES 3
#define STEPS 10

/* Three tunes of 4, 2 and 4 steps. */
static void fill(struct dataset *d, const struct vocabulary *v) {
    static const int64_t offset[TUNES + 1] = {0, 4, 6, 10};
    static const char *const names[] = {"train/a \"b\"", "valid/\xc3\xa9", ""};
    assert_int_equal(dataset_init(d, TUNES, STEPS, NULL), 0);
    d->vocabulary = *v;
    d->steps_per_quarter = 12;
    memset(d->source_sha256, 'a', 64);
    for (int s = 0; s < TUNES; s++) {
        d->split[s] = (uint8_t)s;
        d->bar[s] = 32767;
        d->phase[s] = (int16_t)(100 * s);
        d->meter[2 * s] = (uint8_t)(3 + s);
        d->meter[2 * s + 1] = 8;
        d->key[s] = (int8_t)(s == 0 ? -1 : 23);
        d->names[s] = strdup(names[s]);
    }
    memcpy(d->offset, offset, sizeof offset);
    for (int k = 0; k < STEPS; k++) {
        d->melody[k] = (uint8_t)(k == 9 ? v->melody_count - 1 : k);
        d->chord[k] = (uint8_t)(k % v->chord_count);
    }
}

static void check_there_and_back(const struct vocabulary *v) {
    struct dataset d, back;
    struct buf first = {0}, second = {0};
    fill(&d, v);
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(file_read(&first, path, 100000, NULL), 0);
    assert_int_equal(dataset_load(&back, path, NULL), 0);
    music_check_same(&d, &back);
    assert_int_equal(music_save(&back, path, NULL), 0);
    assert_int_equal(file_read(&second, path, 100000, NULL), 0);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    buf_free(&first);
    buf_free(&second);
    dataset_free(&d);
    dataset_free(&back);
    assert_null(back.melody);
    assert_int_equal(back.tunes, 0);
    dataset_free(&back);
}

static void test_attack(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    check_there_and_back(&v);
}

static void test_classic(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    check_there_and_back(&v);
}

/* The file has the array only if there is something to say. */
static void test_unknown_chords(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    struct dataset d, back;
    struct tensors file;
    struct tune t;
    fill(&d, &v);
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(tensors_load(&file, path, NULL), 0);
    assert_null(tensors_find(&file, "has_chords"));
    tensors_free(&file);
    d.has_chords[1] = 0; /* two steps */
    memset(d.chord + 4, 0, 2);
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(dataset_load(&back, path, NULL), 0);
    music_check_same(&d, &back);
    assert_true(dataset_chords(&back, 0) == back.chord);
    assert_null(dataset_chords(&back, 1));
    assert_true(dataset_chords(&back, 2) == back.chord + 6);
    assert_int_equal(dataset_chordless(&back, SPLITS), 1);
    assert_int_equal(dataset_chordless(&back, SPLIT_TRAIN), 0);
    assert_int_equal(dataset_chordless(&back, SPLIT_VALID), 1);
    for (size_t s = 0; s < TUNES; s++) {
        assert_int_equal(dataset_tune(&back, s, &t, NULL), 0);
        assert_int_equal(t.has_chords, s != 1);
        tune_free(&t);
    }
    dataset_free(&d);
    dataset_free(&back);
}

static void refuse_chords(uint8_t has, uint8_t chord) {
    struct vocabulary v = music_attack();
    struct dataset d, back;
    struct err e = {0};
    fill(&d, &v);
    d.has_chords[0] = 0;
    memset(d.chord, 0, 4);
    d.has_chords[2] = has;
    memset(d.chord + 6, chord, 4);
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(dataset_load(&back, path, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    dataset_free(&d);
}

/* A tune cannot have chords and not have them. */
static void test_unknown_chords_refused(void **state) {
    (void)state;
    refuse_chords(0, 1);
    refuse_chords(2, 0);
}

/* ---- files that make no sense ---- */

static void check_load(int want, const char *what) {
    struct dataset d;
    struct err e = {0};
    memset(&d, 0xa5, sizeof d);
    int rc = dataset_load(&d, path, &e);
    if (rc != want)
        fail_msg("%s: %s", what, rc ? e.text : "was taken");
    if (rc) {
        assert_int_equal(e.code, ERR_FORMAT);
        if (strncmp(e.text, path, strlen(path)) != 0)
            fail_msg("%s: '%s' does not name the file", what, e.text);
        assert_null(d.melody);
        assert_null(d.names);
    }
    dataset_free(&d);
}

static struct dataset d; /* of the tests that follow */

static void renew(void) {
    struct vocabulary v = music_attack();
    dataset_free(&d);
    fill(&d, &v);
}

static void check_saved(int want, const char *what) {
    assert_int_equal(music_save(&d, path, NULL), 0);
    check_load(want, what);
    renew();
}

static void test_classes_out_of_range(void **state) {
    (void)state;
    renew();
    check_saved(0, "untouched");
    d.melody[9] = (uint8_t)d.vocabulary.melody_count;
    check_saved(-1, "melody");
    d.chord[0] = (uint8_t)d.vocabulary.chord_count;
    check_saved(-1, "chord");
    d.chord[0] = 255;
    check_saved(-1, "chord 255");
    dataset_free(&d);
}

static void test_offsets(void **state) {
    (void)state;
    static const int64_t bad[][TUNES + 1] = {
        {1, 4, 6, 10},         {0, 6, 4, 10},
        {0, 4, 6, 9},          {0, 4, 6, 11},
        {0, 4, 4, 10},         {0, 4, 5, 10},
        {0, -4, 6, 10},        {0, INT64_MAX, INT64_MIN, 10},
        {0, 4, INT64_MIN, 10}, {0, INT64_MAX, -5, 10},
        {-10, 4, 6, 10},       {0, 12, 14, 10}};
    renew();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char what[32];
        snprintf(what, sizeof what, "offsets %zu", i);
        memcpy(d.offset, bad[i], sizeof bad[i]);
        check_saved(-1, what);
    }
    dataset_free(&d);
}

static void test_signs_out_of_range(void **state) {
    (void)state;
    renew();
    d.split[1] = 3;
    check_saved(-1, "split");
    d.bar[1] = 0;
    check_saved(-1, "bar 0");
    d.bar[1] = -1;
    check_saved(-1, "bar -1");
    d.bar[1] = 100; /* as long as the phase */
    check_saved(-1, "phase");
    d.phase[1] = -1;
    check_saved(-1, "phase -1");
    d.key[1] = 24;
    check_saved(-1, "key 24");
    d.key[1] = -2;
    check_saved(-1, "key -2");
    d.meter[2] = 0;
    check_saved(-1, "beats");
    d.meter[3] = 0;
    check_saved(-1, "unit");
    d.steps_per_quarter = 0;
    check_saved(-1, "no steps a quarter");
    d.steps_per_quarter = 97;
    check_saved(-1, "steps a quarter");
    dataset_free(&d);
}

static void test_vocabulary_out_of_range(void **state) {
    (void)state;
    renew();
    d.vocabulary.low = 128;
    check_saved(-1, "low 128");
    d.vocabulary.low = 127; /* its last pitch is 156 */
    check_saved(-1, "low 127");
    d.vocabulary.low = 99; /* 128 */
    check_saved(-1, "low 99");
    d.vocabulary.low = 98;
    check_saved(0, "low 98");
    d.vocabulary.low = -1;
    check_saved(-1, "low -1");
    d.vocabulary.chords[2].set = 0x1000;
    check_saved(-1, "set");
    d.vocabulary.chords[2].root = 12;
    check_saved(-1, "root 12");
    d.vocabulary.chords[2].root = -2;
    check_saved(-1, "root -2");
    d.vocabulary.chords[2].voicing.pitch[0] = 128;
    check_saved(-1, "voicing");
    d.vocabulary.encoding = ENCODING_CLASSIC; /* with 32 classes */
    check_saved(-1, "classic");
    dataset_free(&d);
}

/* Replaces (or with NULL takes away) a text or an array of the file. */
static void spoil(const char *key, const char *value, const char *array,
                  enum tensor_type type, size_t count) {
    static const int64_t zeros[64];
    struct tensors t;
    struct tensors u = {0};
    renew();
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(tensors_load(&t, path, NULL), 0);
    for (size_t i = 0; i < t.text_count; i++)
        if (strcmp(t.texts[i].key, key) != 0)
            tensors_add_text(&u, t.texts[i].key, t.texts[i].value, NULL);
        else if (value)
            tensors_add_text(&u, key, value, NULL);
    for (int pass = 0; pass < 2; pass++) /* wide ones first */
        for (size_t i = 0; i < t.count; i++) {
            const struct tensor *a = &t.list[i];
            int same = strcmp(a->name, array) == 0;
            enum tensor_type kind = same ? type : a->type;
            if ((kind == TENSOR_I64 || kind == TENSOR_F64) == (pass == 0) &&
                !(same && type == TENSOR_TYPES))
                tensors_add(&u, a->name, kind, same ? count : a->count, 0,
                            same ? zeros : a->data, NULL);
        }
    unlink(path);
    assert_int_equal(tensors_save(&u, path, NULL), 0);
    tensors_free(&t);
    tensors_free(&u);
    dataset_free(&d);
}

static void check_text(int want, const char *key, const char *value) {
    char what[200];
    snprintf(what, sizeof what, "%s = %s", key, value ? value : "(gone)");
    spoil(key, value, "", TENSOR_TYPES, 0);
    check_load(want, what);
}

static void check_array(const char *name, enum tensor_type type, size_t n) {
    spoil("", NULL, name, type, n);
    check_load(-1, name);
}

static void test_texts(void **state) {
    (void)state;
    static const char *const keys[] = {
        "format",      "encoding",       "steps_per_quarter", "low",
        "names",       "melody_classes", "chord_classes",     "chord_sets",
        "chord_roots", "chord_voicings"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        check_text(-1, keys[i], NULL);
        check_text(-1, keys[i], "");
        check_text(-1, keys[i], "{}");
        check_text(-1, keys[i], "[]");
        check_text(-1, keys[i], "[1");
    }
    check_text(0, "low", "55");
    check_text(-1, "low", "55x");
    check_text(-1, "low", "99999999999999999999");
    check_text(-1, "format", "nott-seq 2");
    check_text(-1, "names", "[\"a\",\"b\"]");
    check_text(-1, "chord_voicings", "[[],[],[],[],[],[],5]");
    check_text(-1, "chord_voicings",
               "[[],[],[],[],[],[],[1,2,3,4,5,6,7,8,9,10,11,12,13]]");
    check_text(-1, "chord_classes",
               "[\"N.C.\",\"C\",\"Dm\",\"D\",\"Em\",\"G\",7]");
    check_text(-1, "chord_classes",
               "[\"N.C.\",\"C\",\"Dm\",\"D\",\"Em\",\"G\","
               "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\"]");
    check_text(0, "chord_classes",
               "[\"N.C.\",\"C\",\"Dm\",\"D\",\"Em\",\"G\",\"A7\"]");
    static const char *const names[] = {"",        "\\u001b[31m",  "A\\n",
                                        "\\u009b", "A\\\"|[K:Ab]", "\\u202eA"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[128];
        snprintf(text, sizeof text,
                 "[\"N.C.\",\"C\",\"Dm\",\"D\",\"Em\",\"G\",\"%s\"]", names[i]);
        check_text(-1, "chord_classes", text);
    }
}

static void test_arrays(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum tensor_type type;
        size_t count;
    } arrays[] = {
        {"offset", TENSOR_I64, 4}, {"melody", TENSOR_U8, 10},
        {"chord", TENSOR_U8, 10},  {"split", TENSOR_U8, 3},
        {"bar", TENSOR_I16, 3},    {"phase", TENSOR_I16, 3},
        {"meter", TENSOR_U8, 6},   {"key", TENSOR_I8, 3},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        check_array(arrays[i].name, TENSOR_TYPES, 0); /* gone */
        check_array(arrays[i].name, arrays[i].type, arrays[i].count - 1);
        check_array(arrays[i].name, arrays[i].type, 0);
        check_array(arrays[i].name, TENSOR_F64, arrays[i].count);
    }
}

static void test_other_files(void **state) {
    (void)state;
    struct tensors t = {0};
    assert_int_equal(tensors_save(&t, path, NULL), 0);
    check_load(-1, "an empty container");
    assert_int_equal(file_write(path, "MThd", 4, NULL), 0);
    check_load(-1, "a MIDI file");
}

/* A name in bytes that are no UTF-8 must not spoil the file. */
static void test_odd_name(void **state) {
    (void)state;
    struct dataset back;
    renew();
    free(d.names[1]);
    d.names[1] = strdup("Gr\xfc\xdf");
    assert_non_null(d.names[1]);
    assert_int_equal(music_save(&d, path, NULL), 0);
    assert_int_equal(dataset_load(&back, path, NULL), 0);
    assert_string_equal(back.names[1], "Gr??");
    assert_string_equal(back.names[2], d.names[2]);
    dataset_free(&back);
    dataset_free(&d);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_attack),
        TEST(test_classic),
        TEST(test_unknown_chords),
        TEST(test_unknown_chords_refused),
        TEST(test_classes_out_of_range),
        TEST(test_offsets),
        TEST(test_signs_out_of_range),
        TEST(test_vocabulary_out_of_range),
        TEST(test_texts),
        TEST(test_arrays),
        TEST(test_other_files),
        TEST(test_odd_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
