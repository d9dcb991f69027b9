/* The files in folders. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folders.h"

#define READ "leads to a folder that is read already"

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

/* A folder that holds itself is read once. */
static void test_loop(void **state) {
    (void)state;
    char link[100];
    add_bytes("b/a.mid", "");
    snprintf(link, sizeof link, "%s/b/loop", scratch);
    assert_int_equal(symlink(scratch, link), 0);
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 2);
    check_lost("b/loop", OUTCOME_REFUSED, READ);
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

/* A link below the folder. */
static void add_link(const char *to, const char *name) {
    assert_int_equal(symlink(to, place(name)), 0);
}

/* Fifteen folders, each with four links to the next one: a thousand million
 * ways. */
static void test_fan_out(void **state) {
    (void)state;
    char name[32], to[32];
    size_t kept = 0;
    for (int i = 0; i < 15; i++) {
        snprintf(name, sizeof name, "%d/a.mid", i);
        add_bytes(name, "");
        snprintf(to, sizeof to, "../%d", i + 1);
        for (int k = 0; k < 4 && i < 14; k++) {
            snprintf(name, sizeof name, "%d/to-%d", i, k);
            add_link(to, name);
        }
    }
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 15 + 14 * 4);
    for (size_t i = 0; i < c.count; i++)
        kept += c.files[i].outcome == OUTCOME_KEPT;
    assert_int_equal(kept, 15);
    check_lost("3/to-2", OUTCOME_REFUSED, READ);
}

/* More folders than are taken down at first, each by two ways. */
static void test_many_folders(void **state) {
    (void)state;
    char name[32], to[32];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "in/%d/a.mid", i);
        add_bytes(name, "");
        snprintf(to, sizeof to, "../in/%d", i);
        snprintf(name, sizeof name, "by/%d", i);
        add_link(to, name);
    }
    assert_int_equal(scan(NULL), 0);
    assert_int_equal(c.count, 600);
    for (size_t i = 0; i < c.count; i++)
        assert_int_equal(c.files[i].outcome == OUTCOME_KEPT,
                         strncmp(c.files[i].name, "in/", 3) == 0);
}

/* Tunes are called by the path without links; by the first link where there are
 * only these. Those that are found behind a link come last. */
static void test_names_behind_links(void **state) {
    (void)state;
    char inner[100];
    char *paths[] = {inner};
    snprintf(inner, sizeof inner, "%s/in", scratch);
    add_bytes("in/z/a.mid", "");
    add_bytes("out/b.mid", "");
    add_bytes("far/c.mid", "");
    add_link("z", "in/a");
    add_link("../../out", "in/y/q");
    add_link("../../out", "in/y/p");
    add_link("../far", "out/far");
    add_link("../../far", "in/z/far");
    assert_int_equal(corpus_scan(&c, paths, 1, 20, 20, NULL), 0);
    assert_int_equal(c.count, 6);
    check_lost("a", OUTCOME_REFUSED, READ);
    check_lost("z/a", OUTCOME_KEPT, "");
    check_lost("y/p/b", OUTCOME_KEPT, "");
    check_lost("y/q", OUTCOME_REFUSED, READ);
    check_lost("z/far/c", OUTCOME_KEPT, "");
    check_lost("y/p/far", OUTCOME_REFUSED, READ);
}

/* A folder and one below it, and again by another name: no tune comes twice. */
static void test_given_twice(void **state) {
    (void)state;
    char below[100], same[100];
    char *paths[] = {scratch, below, same};
    add_tune("b/a.mid", 60, "G");
    add_tune("c.mid", 62, "G");
    snprintf(below, sizeof below, "%s/b", scratch);
    snprintf(same, sizeof same, "%s/b/..", scratch);
    assert_int_equal(corpus_scan(&c, paths, 3, 20, 20, NULL), 0);
    build(1);
    assert_int_equal(d.tunes, 2);
    assert_int_equal(c.count, 4);
    check_lost(".", OUTCOME_REFUSED, READ);
    check_lost("b/a", OUTCOME_KEPT, "");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_scan),
        TEST(test_scan_a_file),
        TEST(test_nothing_there),
        TEST(test_loop),
        TEST(test_deep),
        TEST(test_dangling_links),
        TEST(test_fan_out),
        TEST(test_many_folders),
        TEST(test_names_behind_links),
        TEST(test_given_twice),
        TEST(test_half_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
