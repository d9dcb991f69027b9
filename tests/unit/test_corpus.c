/* Folders of files to a dataset. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "nott/data/corpus.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "music.h"
#include "nott/base/file.h"
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

static void test_scan(void **state) {
    (void)state;
    static const char *const want[] = {
        "a", "b/x", "test/t", "train/1", "train/10", "train/2", "valid/deep/v"};
    add_bytes("train/10.mid", "");
    add_bytes("train/2.MID", "");
    add_bytes("train/1.midi", "");
    add_bytes("valid/deep/v.Mid", "");
    add_bytes("test/t.mid", "");
    add_bytes("a.mid", "");
    add_bytes("b/x.mid", "");
    add_bytes("b/.hidden.mid", "");
    add_bytes("b/README.txt", "");
    add_bytes("b/mid", "");
    add_bytes(".git/y.mid", "");
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(c.files[i].name, want[i]);
    assert_int_equal(c.files[2].split, SPLIT_TEST);
    assert_int_equal(c.files[3].split, SPLIT_TRAIN);
    assert_int_equal(c.files[6].split, SPLIT_VALID);
    assert_int_equal(access(c.files[5].path, F_OK), 0);
}

static void test_scan_a_file(void **state) {
    (void)state;
    struct err e = {0}, odd = {0};
    char file[300], text[300];
    add_bytes("x/a.b.mid", "");
    add_bytes("x/a.txt", "");
    snprintf(file, sizeof file, "%s/x/a.b.mid", scratch);
    snprintf(text, sizeof text, "%s/x/a.txt", scratch);
    char *paths[] = {file};
    assert_int_equal(corpus_scan(&c, paths, 1, 0, 0, &e), 0);
    assert_int_equal(c.count, 1);
    assert_string_equal(c.files[0].name, "a.b");
    assert_int_equal(c.files[0].split, SPLIT_TRAIN);
    corpus_free(&c);
    char *others[] = {file, text};
    assert_int_equal(corpus_scan(&c, others, 2, 0, 0, &odd), -1);
    assert_int_equal(odd.code, ERR_FORMAT);
    assert_int_equal(c.count, 0);
    add_bytes("x/.a.mid", "");
    snprintf(file, sizeof file, "%s/x/.a.mid", scratch);
    assert_int_equal(corpus_scan(&c, paths, 1, 0, 0, NULL), -1);
}

static void test_nothing_there(void **state) {
    (void)state;
    struct err empty = {0}, gone = {0};
    char missing[100];
    assert_int_equal(scan(&empty), -1);
    assert_int_equal(empty.code, ERR_FORMAT);
    snprintf(missing, sizeof missing, "%s/gone", scratch);
    char *paths[] = {missing};
    assert_int_equal(corpus_scan(&c, paths, 1, 0, 0, &gone), -1);
    assert_int_equal(gone.code, ERR_IO);
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

/* A folder that holds itself is read once. */
static void test_loop(void **state) {
    (void)state;
    char link[100];
    add_bytes("b/a.mid", "");
    snprintf(link, sizeof link, "%s/b/loop", scratch);
    assert_int_equal(symlink(scratch, link), 0);
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 2);
    check_lost("b/loop", OUTCOME_REFUSED, "leads back to a folder above it");
}

static void test_deep(void **state) {
    (void)state;
    add_bytes("1/2/3/4/5/6/7/8/9/10/a.mid", "");
    add_bytes("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/a.mid", "");
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 2);
    check_lost("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", OUTCOME_REFUSED,
               "folders too deep");
}

static void test_dangling_links(void **state) {
    (void)state;
    char link[100];
    add_bytes("a.mid", "");
    snprintf(link, sizeof link, "%s/gone.mid", scratch);
    assert_int_equal(symlink("nowhere", link), 0);
    snprintf(link, sizeof link, "%s/.hidden", scratch);
    assert_int_equal(symlink("nowhere", link), 0);
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 2);
    check_lost("gone", OUTCOME_REFUSED, "No such file or directory");
}

/* ---- a machine that fails ---- */

static int readdir_fails; /* where a folder ends */

struct dirent *readdir(DIR *dir) {
    static struct dirent *(*real)(DIR *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "readdir");
    struct dirent *entry = real(dir);
    if (!entry && readdir_fails)
        errno = EIO;
    return entry;
}

/* What has been listed stays; that it is not all is said. */
static void test_half_a_folder(void **state) {
    (void)state;
    add_bytes("a/1.mid", "");
    readdir_fails = 1;
    assert_int_equal(scan(NULL), 0);
    readdir_fails = 0;
    check_lost("a/1", OUTCOME_KEPT, "");
    check_lost("a", OUTCOME_UNREAD, strerror(EIO));
    check_lost(".", OUTCOME_UNREAD, strerror(EIO));
}

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

/* ---- twins ---- */

static void test_twins(void **state) {
    (void)state;
    add_tune("a.mid", 60, "G");
    add_tune("a.midi", 60, "G"); /* the same */
    add_tune("a.MID", 62, "G");
    add_tune("b.mid", 60, "G");
    assert_int_equal(scan(NULL), 0);
    enum split split = find("a")->split;
    build(1);
    assert_non_null(strstr(find("a")->path, "a.MID"));
    assert_non_null(strstr(find("a~2")->path, "a.mid"));
    assert_int_equal(find("a~2")->outcome, OUTCOME_KEPT);
    assert_int_equal(find("a~3")->outcome, OUTCOME_REFUSED);
    assert_non_null(strstr(find("a~3")->tune.reason, "same name and notes as"));
    assert_int_equal(find("b")->outcome, OUTCOME_KEPT);
    assert_int_equal(d.tunes, 3);
    assert_string_equal(d.names[1], "a~2");
    assert_int_equal(find("a~3")->split, split); /* of the name they share */
}

static void test_twins_of_two_folders(void **state) {
    (void)state;
    char one[100], two[100];
    char *paths[] = {two, one};
    add_tune("1/train/a.mid", 60, "G");
    add_tune("2/train/a.mid", 62, "G");
    add_tune("2/train/a~2.mid", 64, "G");
    snprintf(one, sizeof one, "%s/1", scratch);
    snprintf(two, sizeof two, "%s/2/", scratch);
    assert_int_equal(corpus_scan(&c, paths, 2, 20, 20, NULL), 0);
    build(1);
    assert_non_null(strstr(find("train/a")->path, "/1/"));
    assert_int_equal(c.count, 3); /* and the third has the second's name */
    assert_string_equal(c.files[1].name, "train/a~2");
    assert_int_equal(c.files[1].outcome, OUTCOME_KEPT);
    assert_int_equal(c.files[1].split, SPLIT_TRAIN);
    assert_int_equal(c.files[2].outcome, OUTCOME_REFUSED);
    assert_non_null(strstr(c.files[2].tune.reason, "has the same name as"));
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

static int stop_at(void *user, size_t done, size_t total) {
    assert_int_equal(total, 3);
    return done == *(const size_t *)user;
}

static void test_stop(void **state) {
    (void)state;
    struct err e = {0};
    size_t last = 2, never = 4;
    add_tune("train/a.mid", 60, "G");
    add_tune("train/b.mid", 60, "G");
    add_tune("train/c.mid", 60, "G");
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, stop_at, &last, &e), -1);
    assert_int_equal(e.code, ERR_STOP);
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(corpus_encode(&c, &options, stop_at, &never, NULL), 0);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_scan),
        TEST(test_scan_a_file),
        TEST(test_nothing_there),
        TEST(test_loop),
        TEST(test_deep),
        TEST(test_dangling_links),
        TEST(test_half_a_folder),
        TEST(test_unread),
        TEST(test_twins),
        TEST(test_twins_of_two_folders),
        TEST(test_splits_by_hash),
        TEST(test_no_split_is_empty),
        TEST(test_loose_tunes_fill),
        TEST(test_chord_min_count),
        TEST(test_build),
        TEST(test_hash),
        TEST(test_refused_files),
        TEST(test_nothing_kept),
        TEST(test_stop),
        TEST(test_reason_of_a_long_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
