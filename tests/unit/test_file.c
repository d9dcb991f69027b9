/* Whole files, folders and paths. SPDX-License-Identifier: MIT */
#include "nott/base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"

static void check_read(const char *name, size_t max, enum err_code code) {
    struct buf b = {0};
    struct err e = {0};
    assert_int_equal(file_read(&b, name, max, &e), code ? -1 : 0);
    assert_int_equal(e.code, code);
    if (code && !strstr(e.text, name))
        fail_msg("'%s' does not name %s", e.text, name);
    buf_free(&b);
}

static void test_read(void **state) {
    (void)state;
    struct buf b = {0};
    uint8_t big[200000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 % 251);
    assert_int_equal(file_write(path, big, sizeof big, NULL), 0);
    buf_add(&b, "head", 4);
    assert_int_equal(file_read(&b, path, sizeof big, NULL), 0);
    assert_int_equal(b.len, 4 + sizeof big);
    assert_memory_equal(b.data, "head", 4); /* appended */
    assert_memory_equal(b.data + 4, big, sizeof big);
    buf_free(&b);
    check_read(path, sizeof big, ERR_NONE);
    check_read(path, sizeof big - 1, ERR_FORMAT);
    b.max = 1000; /* the buffer's own limit */
    assert_int_equal(file_read(&b, path, sizeof big, NULL), -1);
    buf_free(&b);
    assert_int_equal(file_write(path, NULL, 0, NULL), 0);
    check_read(path, 0, ERR_NONE);
}

static void test_read_refuses(void **state) {
    (void)state;
    check_read(path, 10, ERR_IO); /* not there */
    check_read(scratch, 10, ERR_FORMAT);
    check_read("/dev/null", 10, ERR_FORMAT);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5); /* opening must not wait for a writer */
    check_read(path, 10, ERR_FORMAT);
    alarm(0);
}

static int count_files(void) {
    int n = 0;
    DIR *dir = opendir(scratch);
    assert_non_null(dir);
    for (struct dirent *d = readdir(dir); d; d = readdir(dir))
        n += d->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void check_content(const char *want) {
    struct buf b = {0};
    assert_int_equal(file_read(&b, path, 1000, NULL), 0);
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

static void test_write(void **state) {
    (void)state;
    struct stat st;
    mode_t mask = umask(027);
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    umask(mask);
    check_content("old");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640); /* as the user's mask wants */
    assert_int_equal(file_write(path, "newer", 5, NULL), 0);
    check_content("newer");
    assert_int_equal(count_files(), 1);
}

/* Someone who reads while it is replaced keeps the old file. */
static void test_write_is_whole(void **state) {
    (void)state;
    char text[4] = "";
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(file_write(path, "new", 3, NULL), 0);
    assert_int_equal(fread(text, 1, 3, in), 3);
    fclose(in);
    assert_string_equal(text, "old");
}

static void check_write_fails(const char *name) {
    struct err e = {0};
    assert_int_equal(file_write(name, "new", 3, &e), -1);
    assert_int_equal(e.code, ERR_IO);
}

static void test_write_fails(void **state) {
    (void)state;
    char inside[100], name[300];
    assert_int_equal(mkdir(path, 0777), 0); /* a folder is in the way */
    check_write_fails(path);
    assert_int_equal(count_files(), 1); /* no temporary file */
    snprintf(inside, sizeof inside, "%s/gone/file", scratch);
    check_write_fails(inside);
    snprintf(inside, sizeof inside, "%s/keep", path);
    assert_int_equal(file_write(inside, "x", 1, NULL), 0);
    snprintf(name, sizeof name, "%s/under", inside); /* below a file */
    check_write_fails(name);
    check_write_fails("");
    char *long_name = malloc(6000);
    assert_non_null(long_name);
    memset(long_name, 'x', 5999);
    long_name[5999] = 0;
    check_write_fails(long_name);
    free(long_name);
}

/* The disk is full: the old file stays, and the temporary one goes. */
static void test_write_breaks_off(void **state) {
    (void)state;
    static const char text[1000];
    struct rlimit old, small;
    struct err e = {0};
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = file_write(path, text, sizeof text, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(count_files(), 1);
    check_content("old");
}

/* The link itself is replaced: nothing is written through it. */
static void test_link_in_the_way(void **state) {
    (void)state;
    char other[100];
    snprintf(other, sizeof other, "%s/other", scratch);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(file_write(path, "new", 3, NULL), 0);
    check_content("new");
    assert_int_equal(access(other, F_OK), -1);
}

static void test_make_dir(void **state) {
    (void)state;
    char deep[200];
    struct stat st;
    struct err e = {0};
    snprintf(deep, sizeof deep, "%s/a/b//c/", scratch);
    assert_int_equal(file_make_dir(deep, NULL), 0);
    assert_int_equal(file_make_dir(deep, NULL), 0); /* there already */
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(file_make_dir("/", NULL), 0);
    assert_int_equal(file_write(path, "x", 1, NULL), 0);
    assert_int_equal(file_make_dir(path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    snprintf(deep, sizeof deep, "%s/b", path);
    assert_int_equal(file_make_dir(deep, NULL), -1);
    assert_int_equal(file_make_dir("", NULL), -1);
}

static void test_join(void **state) {
    (void)state;
    char dst[8];
    struct err e = {0};
    assert_int_equal(file_join(dst, sizeof dst, "ab", "cd", NULL), 0);
    assert_string_equal(dst, "ab/cd");
    assert_int_equal(file_join(dst, sizeof dst, "", "cd", NULL), 0);
    assert_string_equal(dst, "cd");
    assert_int_equal(file_join(dst, sizeof dst, "abc", "def", NULL), 0);
    assert_string_equal(dst, "abc/def"); /* just fits */
    assert_int_equal(file_join(dst, sizeof dst, "abcd", "efg", &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
}

static void test_is_midi_name(void **state) {
    (void)state;
    static const char *const yes[] = {"a.mid",    "b/c.MIDI",  ".d/e f.Mid",
                                      "../g.mid", "h.tar.mid", "/i.midi",
                                      "j.KAR",    "k.rmi"};
    static const char *const no[] = {"",     "mid",     "a.mid/b",   "a.mid/",
                                     ".mid", "b/.mid",  "c/.d.mid",  "e.mid ",
                                     "f.mi", "g.midis", "h.mid.txt", "i.karl",
                                     ".rmi"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!file_is_midi_name(yes[i]))
            fail_msg("%s is a name of a MIDI file", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (file_is_midi_name(no[i]))
            fail_msg("%s is no name of a MIDI file", no[i]);
}

static void test_ends_in(void **state) {
    (void)state;
    assert_true(file_ends_in("a.sheet.svg", ".svg"));
    assert_true(file_ends_in("a.sheet.svg", ".sheet.svg"));
    assert_true(file_ends_in("b/c.ABC", ".abc"));
    assert_false(file_ends_in(".abc", ".abc"));
    assert_false(file_ends_in("b/.abc", ".abc"));
    assert_false(file_ends_in("a.abcd", ".abc"));
    assert_false(file_ends_in("", ".abc"));
}

static void test_mode(void **state) {
    (void)state;
    mode_t mask = umask(027);
    unsigned file = file_mode(0666), folder = file_mode(0777);
    mode_t still = umask(mask);
    assert_int_equal(file, 0640);
    assert_int_equal(folder, 0750);
    assert_int_equal(still, 027);
}

static void test_open_regular(void **state) {
    (void)state;
    uint64_t size = 0;
    struct err e = {0};
    assert_int_equal(file_open_regular(path, &size, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    e = (struct err){0};
    assert_int_equal(file_open_regular(scratch, &size, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(size, 0);
    assert_int_equal(file_write(path, "abc", 3, NULL), 0);
    int fd = file_open_regular(path, &size, NULL);
    assert_true(fd >= 0);
    assert_int_equal(size, 3);
    close(fd);
    fd = file_open_regular(path, NULL, NULL);
    assert_true(fd >= 0);
    close(fd);
}

static void test_temporary(void **state) {
    (void)state;
    char tmp[100], dir[100];
    struct stat st;
    struct err e = {0};
    int fd = file_temporary(tmp, sizeof tmp, path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(strncmp(tmp, path, strlen(path)), 0);
    assert_int_equal(strlen(tmp), strlen(path) + strlen(FILE_TEMPORARY));
    assert_int_equal(stat(tmp, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    assert_int_equal(file_temporary_dir(dir, sizeof dir, path, NULL), 0);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    assert_int_equal(count_files(), 2);
    size_t n = strlen(tmp); /* without room for the NUL */
    assert_int_equal(file_temporary(tmp, n, path, &e), -1);
    assert_int_equal(file_temporary_dir(dir, n, path, NULL), -1);
    assert_int_equal(e.code, ERR_IO);
    e = (struct err){0};
    assert_int_equal(file_temporary(tmp, sizeof tmp, "/nowhere/x", &e), -1);
    assert_string_equal(e.text, "/nowhere/x: No such file or directory");
    assert_int_equal(count_files(), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_ends_in),
        TEST(test_read_refuses),
        TEST(test_write),
        TEST(test_write_is_whole),
        TEST(test_write_fails),
        TEST(test_write_breaks_off),
        TEST(test_link_in_the_way),
        TEST(test_make_dir),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_is_midi_name),
        cmocka_unit_test(test_mode),
        TEST(test_open_regular),
        TEST(test_temporary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
