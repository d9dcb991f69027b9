/* Growing bytes, whole files, folders and paths. SPDX-License-Identifier: MIT
 */
#include "nott/base/buf.h"

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

static void test_add(void **state) {
    (void)state;
    struct buf b = {0};
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    buf_add(&b, NULL, 0);
    buf_add(&b, "ab\0c", 4);
    buf_printf(&b, "%s-%d", "x", 12);
    assert_int_equal(b.len, 8);
    assert_memory_equal(b.data, "ab\0cx-12", 9); /* and a NUL */
    for (int i = 0; i < 10000; i++)
        buf_printf(&b, "%05d", i);
    assert_int_equal(b.len, 50008);
    assert_string_equal((char *)b.data + 50003, "09999");
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    buf_add(&b, "again", 5);
    assert_string_equal((char *)b.data, "again");
    buf_free(&b);
}

static void test_limit(void **state) {
    (void)state;
    struct buf b = {.max = 10};
    struct err e = {0};
    buf_add(&b, "0123456789", 10); /* just fits */
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    buf_add(&b, "", 0);
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    buf_add(&b, "x", 1);
    assert_int_equal(buf_ok(&b, "a list", &e), -1);
    assert_int_equal(e.code, ERR_MEM);
    assert_non_null(strstr(e.text, "a list: "));
    assert_int_equal(b.len, 10);
    b.len = 0; /* failed stays, and nothing more is added */
    buf_add(&b, "y", 1);
    buf_printf(&b, "%d", 5);
    assert_int_equal(b.len, 0);
    buf_free(&b);
    assert_int_equal(b.max, 10);
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    buf_printf(&b, "%s", "0123456789x");
    assert_int_equal(buf_ok(&b, "b", NULL), -1);
    buf_free(&b);
    buf_add(&b, "x", SIZE_MAX); /* looks at no byte of it */
    assert_int_equal(buf_ok(&b, "b", NULL), -1);
    buf_free(&b);
}

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

static void test_dir_make(void **state) {
    (void)state;
    char deep[200];
    struct stat st;
    struct err e = {0};
    snprintf(deep, sizeof deep, "%s/a/b//c/", scratch);
    assert_int_equal(dir_make(deep, NULL), 0);
    assert_int_equal(dir_make(deep, NULL), 0); /* there already */
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(dir_make("/", NULL), 0);
    assert_int_equal(file_write(path, "x", 1, NULL), 0);
    assert_int_equal(dir_make(path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    snprintf(deep, sizeof deep, "%s/b", path);
    assert_int_equal(dir_make(deep, NULL), -1);
    assert_int_equal(dir_make("", NULL), -1);
}

static void test_path_join(void **state) {
    (void)state;
    char dst[8];
    struct err e = {0};
    assert_int_equal(path_join(dst, sizeof dst, "ab", "cd", NULL), 0);
    assert_string_equal(dst, "ab/cd");
    assert_int_equal(path_join(dst, sizeof dst, "", "cd", NULL), 0);
    assert_string_equal(dst, "cd");
    assert_int_equal(path_join(dst, sizeof dst, "abc", "def", NULL), 0);
    assert_string_equal(dst, "abc/def"); /* just fits */
    assert_int_equal(path_join(dst, sizeof dst, "abcd", "efg", &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_limit),
        TEST(test_read),
        TEST(test_read_refuses),
        TEST(test_write),
        TEST(test_write_is_whole),
        TEST(test_write_fails),
        TEST(test_write_breaks_off),
        TEST(test_link_in_the_way),
        TEST(test_dir_make),
        cmocka_unit_test(test_path_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
