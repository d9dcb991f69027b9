/* Datasets as text and as MIDI. SPDX-License-Identifier: MIT */
#include "nott/data/seqtext.h"

#include <stdlib.h>
#include <unistd.h>

#include "music.h"
#include "nott/music/midi.h"

static char scratch[64], out[80];
static struct dataset d;

/* A tune of a quarter's pickup and one bar and a half of 2/4. */
static int set_up(void **state) {
    (void)state;
    static const uint8_t melody[] = {7, 1, 0, 0, 9, 1, 1, 1, 1, 1, 7, 7, 0, 7};
    static const uint8_t chord[] = {0, 0, 0, 0, 5, 5, 5, 5, 6, 6, 5, 5, 5, 5};
    snprintf(scratch, sizeof scratch, "/tmp/test_seqtext-XXXXXX");
    if (!mkdtemp(scratch) || dataset_init(&d, 1, sizeof melody, NULL))
        return -1;
    snprintf(out, sizeof out, "%s/new/out", scratch);
    d.vocabulary = music_attack();
    d.steps_per_quarter = 4;
    memcpy(d.melody, melody, sizeof melody);
    memcpy(d.chord, chord, sizeof chord);
    d.offset[1] = sizeof melody;
    d.bar[0] = 8;
    d.phase[0] = 4;
    d.meter[0] = 2;
    d.meter[1] = 4;
    d.key[0] = 16; /* E minor */
    d.split[0] = SPLIT_VALID;
    d.names[0] = strdup("valid/tune");
    return d.names[0] ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    dataset_free(&d);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

static void test_text(void **state) {
    (void)state;
    struct buf b = {0};
    buf_add(&b, "> ", 2); /* appended */
    seqtext_tune(&d, 0, &b);
    assert_string_equal((char *)b.data,
                        "> valid/tune valid 14 steps 2/4 key Em bar 8 phase 4\n"
                        "  C4 hold rest:2 | N.C.:4\n"
                        "  D4 hold:5 C4:2 | G:4 G7:2 G:2\n"
                        "  rest C4 | G:2\n");
    b.len = 0;
    d.key[0] = -1;
    d.phase[0] = 0;
    seqtext_tune(&d, 0, &b);
    assert_non_null(strstr((char *)b.data, "key ? bar 8 phase 0\n  C4 hold "
                                           "rest:2 D4 hold:3 | N.C.:4 G:4\n"));
    buf_free(&b);
}

static void test_unknown_chords(void **state) {
    (void)state;
    struct buf b = {0};
    struct song song;
    d.has_chords[0] = 0;
    seqtext_tune(&d, 0, &b);
    assert_non_null(strstr((char *)b.data, "  C4 hold rest:2 | ?:4\n"
                                           "  D4 hold:5 C4:2 | ?:8\n"
                                           "  rest C4 | ?:2\n"));
    buf_free(&b);
    assert_int_equal(seqtext_song(&d, 0, &song, NULL), 0);
    assert_int_equal(song.part_count, 2);
    assert_int_equal(song.parts[1].count, 5);
    song_free(&song);
}

static void test_song(void **state) {
    (void)state;
    struct song song;
    assert_int_equal(seqtext_song(&d, 0, &song, NULL), 0);
    assert_int_equal(song.part_count, 3);
    assert_int_equal(song.parts[1].count, 5);
    assert_int_equal(song.parts[1].notes[1].onset, 480);
    assert_int_equal(song.parts[1].notes[1].velocity, 105); /* the bar line */
    assert_int_equal(song_mark_at(&song, MARK_TEMPO, -1, 0)->a, 500000);
    assert_int_equal(song_mark_at(&song, MARK_METER, -1, 0)->a, 1);
    assert_int_equal(song_mark_at(&song, MARK_METER, -1, 480)->a, 2);
    assert_int_equal(song_mark_at(&song, MARK_KEY, -1, 0)->a, 1);
    assert_int_equal(song_mark_at(&song, MARK_KEY, -1, 0)->b, 1);
    assert_string_equal(song_mark_at(&song, MARK_TEXT, -1, 0)->text,
                        "valid/tune");
    song_free(&song);
}

static void test_export(void **state) {
    (void)state;
    char path[200];
    struct song song;
    assert_int_equal(seqtext_export(&d, out, NULL), 0);
    snprintf(path, sizeof path, "%s/valid/tune.mid", out);
    assert_int_equal(midi_load(&song, path, NULL), 0);
    assert_int_equal(song.parts[1].count, 5);
    song_free(&song);
}

static void check_name(const char *name, int want) {
    struct err e = {0};
    free(d.names[0]);
    d.names[0] = strdup(name);
    assert_int_equal(seqtext_export(&d, out, &e), want);
    assert_int_equal(e.code, want ? ERR_FORMAT : ERR_NONE);
}

/* A sequence file is not to be trusted with file names. */
static void test_names_that_lead_out(void **state) {
    (void)state;
    char path[200];
    check_name("../tune", -1);
    check_name("a/../../tune", -1);
    check_name("a/b/../../../tune", -1);
    snprintf(path, sizeof path, "%s/new/tune.mid", scratch);
    assert_int_equal(access(path, F_OK), -1);
    check_name("a..b/..c", 0);
    check_name("..", 0);        /* the file is called "...mid" */
    check_name("/etc/tune", 0); /* below the folder all the same */
    snprintf(path, sizeof path, "%s/etc/tune.mid", out);
    assert_int_equal(access(path, F_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_text),   TEST(test_unknown_chords),      TEST(test_song),
        TEST(test_export), TEST(test_names_that_lead_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
