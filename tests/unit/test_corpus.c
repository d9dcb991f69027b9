/* Folders of files to a dataset. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "nott/data/corpus.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "folders.h"

/* ---- a machine that fails ---- */

static int read_error; /* errno of the next read; 0 = none */

ssize_t read(int fd, void *bytes, size_t n) {
    if (!read_error)
        return syscall(SYS_read, fd, bytes, n);
    errno = read_error;
    read_error = 0;
    return -1;
}

/* That the machine fails is no fault of the file, and ends nothing; but without
 * memory nothing can go on. */
static void test_unread(void **state) {
    (void)state;
    struct err e = {0};
    add_tune("train/a.mid", 60, "G");
    add_tune("train/b.mid", 62, "G");
    assert_int_equal(scan(NULL), 0);
    read_error = EIO;
    build(1);
    check_lost("train/a", OUTCOME_UNREAD, strerror(EIO));
    assert_int_equal(d.tunes, 1);
    dataset_free(&d);
    assert_int_equal(scan(NULL), 0);
    read_error = ENOMEM;
    assert_int_equal(corpus_encode(&c, &options, NULL, NULL, &e), -1);
    assert_int_equal(e.code, ERR_MEM);
}

/* ---- splits ---- */

static void count_splits(int valid, int test, size_t *n) {
    char *paths[] = {scratch};
    corpus_free(&c);
    assert_int_equal(corpus_scan(&c, paths, 1, valid, test, NULL), 0);
    n[0] = n[1] = n[2] = 0;
    for (size_t i = 0; i < c.count; i++)
        n[c.files[i].split]++;
}

static void test_splits_by_hash(void **state) {
    (void)state;
    size_t n[SPLITS];
    for (int i = 0; i < 400; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%03d.mid", i);
        fclose(fopen(place(name), "wb"));
    }
    count_splits(20, 10, n);
    assert_true(n[SPLIT_VALID] > 50 && n[SPLIT_VALID] < 110);
    assert_true(n[SPLIT_TEST] > 20 && n[SPLIT_TEST] < 60);
    enum split before = c.files[7].split;
    count_splits(0, 0, n);
    assert_int_equal(n[SPLIT_TRAIN], 400);
    count_splits(0, 100, n);
    assert_int_equal(n[SPLIT_TEST], 400);
    count_splits(20, 10, n);
    assert_int_equal(c.files[7].split, before); /* by the name alone */
}

/* Tunes of each split when n tunes of no folder are built. */
static void check_division(size_t n, int valid, int test, size_t train,
                           size_t validate, size_t tests) {
    char *paths[] = {scratch};
    size_t got[SPLITS] = {0};
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%zu.mid", i);
        add_tune(name, 60 + (int)i, "G");
    }
    assert_int_equal(corpus_scan(&c, paths, 1, valid, test, NULL), 0);
    build(1);
    for (size_t s = 0; s < d.tunes; s++)
        got[d.split[s]]++;
    assert_int_equal(got[SPLIT_TRAIN], train);
    assert_int_equal(got[SPLIT_VALID], validate);
    assert_int_equal(got[SPLIT_TEST], tests);
    dataset_free(&d);
    corpus_free(&c);
}

static void test_no_split_is_empty(void **state) {
    (void)state;
    check_division(1, 10, 10, 1, 0, 0);
    check_division(2, 10, 10, 1, 1, 0);
    check_division(3, 10, 10, 1, 1, 1);
    check_division(3, 0, 0, 3, 0, 0); /* as it was asked for */
    check_division(3, 5, 0, 2, 1, 0);
    check_division(8, 1, 1, 6, 1, 1);
    add_bytes("a.mid", "MThd"); /* a file that is no tune does not count */
    check_division(8, 1, 1, 6, 1, 1);
}

/* Folders have their say first. */
static void test_loose_tunes_fill(void **state) {
    (void)state;
    size_t got[SPLITS] = {0};
    char name[32];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, i < 4 ? "train/%d.mid" : "%d.mid", i);
        add_tune(name, 60 + i, "G");
    }
    char *paths[] = {scratch};
    assert_int_equal(corpus_scan(&c, paths, 1, 1, 1, NULL), 0);
    build(1);
    for (size_t s = 0; s < d.tunes; s++)
        got[d.split[s]]++;
    assert_int_equal(got[SPLIT_TRAIN], 4);
    assert_int_equal(got[SPLIT_VALID], 1);
    assert_int_equal(got[SPLIT_TEST], 1);
}

static void test_chord_min_count(void **state) {
    (void)state;
    assert_int_equal(corpus_chord_min_count(0), 1);
    assert_int_equal(corpus_chord_min_count(640 * 3), 3);
    assert_int_equal(corpus_chord_min_count(20876), 32);
    assert_int_equal(corpus_chord_min_count(40960), 64);
    assert_int_equal(corpus_chord_min_count(338967), 64);
    add_tune("train/a.mid", 60, "G"); /* 16 steps */
    assert_int_equal(scan(NULL), 0);
    build(0);
    assert_int_equal(c.chord_min_count, 1);
    assert_int_equal(d.vocabulary.chord_count, 2);
    dataset_free(&d);
    assert_int_equal(corpus_build(&c, &options, 17, &d, NULL), 0);
    assert_int_equal(c.chord_min_count, 17);
    assert_int_equal(d.vocabulary.chord_count, 1);
}

static void test_build(void **state) {
    (void)state;
    add_tune("train/a.mid", 60, "G");
    add_tune("train/b.mid", 72, "D");
    add_tune("test/c.mid", 75, "D7"); /* too high, and no class */
    assert_int_equal(scan(NULL), 0);
    build(16);
    assert_int_equal(d.tunes, 3);
    assert_int_equal(d.steps, 48);
    assert_string_equal(d.names[0], "test/c");
    assert_int_equal(d.split[0], SPLIT_TEST);
    assert_int_equal(d.vocabulary.low, 60);
    assert_int_equal(d.vocabulary.melody_count, 15);
    assert_int_equal(d.vocabulary.chord_count, 3); /* N.C., D, G */
    assert_int_equal(d.melody[0], 2 + 3);          /* an octave down */
    assert_int_equal(c.files[0].octaves, 1);
    assert_int_equal(d.chord[0], 1);
    assert_int_equal(d.melody[16], 2);
    assert_int_equal(d.melody[17], MELODY_HOLD);
    assert_int_equal(d.melody[32], 14);
    assert_int_equal(d.bar[0], 16);
    assert_int_equal(d.meter[0], 4);
    assert_int_equal(d.key[0], 15); /* Eb minor: it ends there, over F# */
    assert_int_equal(d.steps_per_quarter, 4);
    assert_int_equal(strlen(d.source_sha256), 64);
}

static void test_hash(void **state) {
    (void)state;
    char first[65], old[300];
    add_tune("train/a.mid", 60, "G");
    assert_int_equal(scan(NULL), 0);
    build(1);
    memcpy(first, c.sha256, sizeof first);
    dataset_free(&d);
    assert_int_equal(scan(NULL), 0);
    build(1);
    assert_string_equal(c.sha256, first);
    dataset_free(&d);
    add_tune("train/a.mid", 61, "G"); /* another content */
    assert_int_equal(scan(NULL), 0);
    build(1);
    assert_string_not_equal(c.sha256, first);
    dataset_free(&d);
    add_tune("train/a.mid", 60, "G");
    snprintf(old, sizeof old, "%s", place("train/a.mid"));
    assert_int_equal(rename(old, place("train/ab.mid")), 0);
    assert_int_equal(scan(NULL), 0); /* another name */
    build(1);
    assert_string_not_equal(c.sha256, first);
}

static void test_refused_files(void **state) {
    (void)state;
    add_tune("train/good.mid", 60, "G");
    add_tune("train/plain.mid", 60, NULL);
    add_bytes("train/broken.mid", "MThd");
    assert_int_equal(scan(NULL), 0);
    build(1);
    assert_int_equal(d.tunes, 1);
    assert_string_equal(c.files[1].name, "train/good");
    assert_string_equal(c.files[1].tune.reason, "");
    assert_string_not_equal(c.files[0].tune.reason, "");
    assert_null(strstr(c.files[0].tune.reason, scratch)); /* no path again */
    assert_string_equal(c.files[2].tune.reason, "no chord track");
}

static void test_nothing_kept(void **state) {
    (void)state;
    struct err none = {0}, silent = {0};
    add_bytes("train/broken.mid", "MThd");
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, NULL, NULL, NULL), 0);
    assert_int_equal(corpus_build(&c, &options, 1, &d, &none), -1);
    assert_int_equal(none.code, ERR_FORMAT);
    add_tune("test/a.mid", 60, "G"); /* but nothing to train with */
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, NULL, NULL, NULL), 0);
    assert_int_equal(corpus_build(&c, &options, 1, &d, &silent), -1);
    assert_int_equal(silent.code, ERR_FORMAT);
}

static void count_up(void *user, size_t done, size_t total) {
    size_t *before = user;
    assert_int_equal(total, 3);
    assert_int_equal(done, ++*before);
}

static void test_progress(void **state) {
    (void)state;
    size_t told = 0;
    add_tune("train/a.mid", 60, "G");
    add_bytes("train/b.mid", "MThd");
    add_tune("train/c.mid", 60, "G");
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, count_up, &told, NULL), 0);
    assert_int_equal(told, 3);
}

/* The path is in the report already, and must not crowd out the reason. */
static void test_reason_of_a_long_path(void **state) {
    (void)state;
    char path[2000], part[201];
    char *paths[] = {path};
    memset(part, 'x', 200);
    part[200] = 0;
    snprintf(path, sizeof path, "%s/%s/%s/%s/%s", scratch, part, part, part,
             part);
    assert_int_equal(file_make_dir(path, NULL), 0);
    snprintf(path + strlen(path), 10, "/a.mid");
    assert_int_equal(file_write(path, "MThd", 4, NULL), 0);
    assert_int_equal(corpus_scan(&c, paths, 1, 0, 0, NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, NULL, NULL, NULL), 0);
    assert_string_equal(c.files[0].tune.reason, "byte 0: cut short");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_unread),
        TEST(test_splits_by_hash),
        TEST(test_no_split_is_empty),
        TEST(test_loose_tunes_fill),
        TEST(test_chord_min_count),
        TEST(test_build),
        TEST(test_hash),
        TEST(test_refused_files),
        TEST(test_nothing_kept),
        TEST(test_progress),
        TEST(test_reason_of_a_long_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
