/* Folders of tunes for the tests of what reads them.
 * SPDX-License-Identifier: MIT */
#ifndef FOLDERS_H
#define FOLDERS_H

#include <stdlib.h>

#include "music.h"
#include "nott/base/file.h"
#include "nott/data/corpus.h"
#include "nott/music/midi.h"

static char scratch[64];
static struct corpus c;
static struct dataset d;
static const struct encode_options options = {.encoding = ENCODING_ATTACK,
                                              .steps_per_quarter = 4,
                                              .chords = CHORDS_REQUIRED};

static int set_up(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/test_corpus-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    dataset_free(&d);
    corpus_free(&c);
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

/* A file below the folder, with the folders on its way. */
static char *place(const char *name) {
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    assert_int_equal(file_make_dir(path, NULL), 0);
    *slash = '/';
    return path;
}

static void add_bytes(const char *name, const char *text) {
    assert_int_equal(file_write(place(name), text, strlen(text), NULL), 0);
}

/* One bar: a whole note over a chord; without a name no chord. */
static void add_tune(const char *name, int pitch, const char *chord) {
    struct song s;
    music_parts(&s, 480, 3);
    music_note(&s, 1, 0, 1919, pitch, 80);
    if (chord)
        music_strike(&s, 2, 0, 1919, chord);
    assert_int_equal(midi_save(&s, place(name), NULL), 0);
    song_free(&s);
}

static int scan(struct err *e) {
    char *paths[] = {scratch};
    corpus_free(&c);
    return corpus_scan(&c, paths, 1, 20, 20, e);
}

static void build(size_t min_count) {
    struct err e = {0};
    if (corpus_encode(&c, &options, NULL, NULL, &e) ||
        corpus_build(&c, &options, min_count, &d, &e))
        fail_msg("%s", e.text);
}

static const struct corpus_file *find(const char *name) {
    for (size_t i = 0; i < c.count; i++)
        if (strcmp(c.files[i].name, name) == 0)
            return &c.files[i];
    fail_msg("%s is not there", name);
    return NULL;
}

static void check_lost(const char *name, enum outcome outcome,
                       const char *reason) {
    assert_int_equal(find(name)->outcome, outcome);
    assert_string_equal(find(name)->tune.reason, reason);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
