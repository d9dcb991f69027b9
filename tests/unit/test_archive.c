/* Archives made with libzip itself, as far as it can make bad ones; the rest
 * comes from tests/files/bad-zip.py. SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/collect/archive.h"

static char scratch[64], zip_path[80], out[80];
static char skipped[200];
static int polls;

static int set_up(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/test_archive-XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    snprintf(zip_path, sizeof zip_path, "%s/in.zip", scratch);
    snprintf(out, sizeof out, "%s/out", scratch);
    skipped[0] = 0;
    polls = 0;
    return mkdir(out, 0777);
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

static void on_skip(void *user, const char *name) {
    (void)user;
    size_t n = strlen(skipped);
    snprintf(skipped + n, sizeof skipped - n, "%s;", name);
}

static int stop_later(void *user) {
    (void)user;
    return ++polls > 2;
}

/* An entry of `n` equal bytes; libzip copies them when it closes. */
static zip_uint64_t add(zip_t *zip, const char *name, size_t n) {
    static char bytes[300000];
    memset(bytes, 'x', sizeof bytes);
    zip_source_t *source = zip_source_buffer(zip, bytes, n, 0);
    assert_non_null(source);
    zip_int64_t index = zip_file_add(zip, name, source, ZIP_FL_ENC_GUESS);
    assert_true(index >= 0);
    return (zip_uint64_t)index;
}

static zip_t *begin(void) {
    zip_t *zip = zip_open(zip_path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    return zip;
}

static void make(const char *const *names, size_t bytes) {
    zip_t *zip = begin();
    for (; *names; names++)
        add(zip, *names, bytes);
    assert_int_equal(zip_close(zip), 0);
}

static int unpack_until(int (*stop)(void *user),
                        const struct archive_limits *limits,
                        struct archive_report *report, struct err *e) {
    struct archive a;
    *report = (struct archive_report){0};
    if (archive_read(&a, zip_path, limits, e))
        return -1;
    int rc = archive_unpack(&a, out, limits, on_skip, stop, NULL, report, e);
    archive_free(&a);
    return rc;
}

static int unpack(const struct archive_limits *limits,
                  struct archive_report *report, struct err *e) {
    return unpack_until(NULL, limits, report, e);
}

static int there(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", out, name);
    return access(path, F_OK) == 0;
}

/* Nothing at all was written: the folder can be removed. */
static void assert_refused(const struct archive_limits *limits) {
    struct archive_report report;
    struct err e = {0};
    assert_int_equal(unpack(limits, &report, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(report.files, 0);
    assert_int_equal(rmdir(out), 0);
    assert_int_equal(mkdir(out, 0777), 0);
}

static void test_top_folder_is_left_out(void **state) {
    (void)state;
    const char *const names[] = {
        "N/train/a.mid", "N/test/b.MIDI", "readme", "N/._c.mid",
        "N/d.kar",       "N/e.rmi",       NULL};
    struct archive_report report;
    struct err e = {0};
    make(names, 100);
    assert_int_equal(unpack(&archive_default_limits, &report, &e), 0);
    assert_true(there("train/a.mid") && there("test/b.MIDI"));
    assert_true(there("d.kar") && there("e.rmi"));
    assert_int_equal(report.files, 4);
    assert_int_equal(report.skipped, 2);
    assert_int_equal(report.bytes, 400);
    assert_string_equal(skipped, "readme;N/._c.mid;");
    assert_false(there("readme"));
}

static void test_two_top_folders_stay(void **state) {
    (void)state;
    const char *const names[] = {"train/a.mid", "trainer/b.mid", NULL};
    struct archive_report report;
    make(names, 1);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), 0);
    assert_true(there("train/a.mid") && there("trainer/b.mid"));
}

static void test_no_folder(void **state) {
    (void)state;
    const char *const names[] = {"a.mid", "a-folder/a.mid", NULL};
    struct archive_report report;
    make(names, 0);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), 0);
    assert_true(there("a.mid") && there("a-folder/a.mid"));
    assert_int_equal(report.bytes, 0);
}

static void test_bad_names(void **state) {
    (void)state;
    const char *const bad[] = {
        "../a.mid", "a/../../a.mid", "/a.mid",     "a\\..\\a.mid", "c:a.mid",
        "a//b.mid", "./a.mid",       "a/./b.mid",  "\033[2Jx.mid", "a\x7f.mid",
        "a/..",     "\xc2\x9b.mid",  "...",        ".. /a.mid",    " /a.mid",
        "OK.mid",   "ok.mid/b.mid",  "OK.mid/x/y", "ok.MID",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const names[] = {"ok.mid", bad[i], NULL};
        make(names, 10);
        assert_refused(&archive_default_limits);
    }
}

/* Folders that names imply count like entries. */
static void test_folders_are_counted(void **state) {
    (void)state;
    const char *const names[] = {"a/b/c/d/1.mid", "a/b/2.mid", "a/x/3.mid",
                                 NULL};
    struct archive_limits limits = archive_default_limits;
    struct archive_report report;
    make(names, 10);
    limits.entries = 4;
    assert_refused(&limits);
    limits.entries = 5; /* a, b, c, d, x */
    assert_int_equal(unpack(&limits, &report, NULL), 0);
}

static void test_hidden_folders_are_left_out(void **state) {
    (void)state;
    const char *const names[] = {"N/a.mid", "N/.manifest/b.mid", ".git/c.mid",
                                 NULL};
    struct archive_report report;
    make(names, 10);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), 0);
    assert_true(there("a.mid") && !there(".manifest") && !there(".git"));
    assert_int_equal(report.skipped, 2);
}

static void test_links_are_refused(void **state) {
    (void)state;
    const zip_uint32_t modes[] = {S_IFLNK, S_IFCHR,  S_IFBLK,
                                  S_IFIFO, S_IFSOCK, S_IFDIR};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        zip_t *zip = begin();
        zip_uint64_t index = add(zip, "a.mid", 10);
        zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX,
                                         (modes[i] | 0777) << 16);
        assert_int_equal(zip_close(zip), 0);
        assert_refused(&archive_default_limits);
    }
}

static void test_permissions_are_ignored(void **state) {
    (void)state;
    struct archive_report report;
    struct stat st;
    char path[100];
    zip_t *zip = begin();
    zip_file_set_external_attributes(zip, add(zip, "a.mid", 10), 0,
                                     ZIP_OPSYS_UNIX, (S_IFREG | 06777u) << 16);
    assert_int_equal(zip_close(zip), 0);
    mode_t mask = umask(022);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), 0);
    umask(mask);
    snprintf(path, sizeof path, "%s/a.mid", out);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0644);
}

static void test_limits(void **state) {
    (void)state;
    const char *const names[] = {"a.mid", "b.mid", NULL};
    const struct archive_limits fits = {60000, 120000, 2, 1};
    struct archive_limits limits = fits;
    struct archive_report report;
    make(names, 60000);
    limits.entry_bytes = 59999;
    assert_refused(&limits);
    limits = fits;
    limits.total_bytes = 119999;
    assert_refused(&limits);
    limits = fits;
    limits.entries = 1;
    assert_refused(&limits);
    assert_int_equal(unpack(&fits, &report, NULL), 0);
    assert_int_equal(report.bytes, 120000);
}

static void test_ratio(void **state) {
    (void)state;
    const char *const names[] = {"a.mid", NULL};
    struct archive_limits limits = archive_default_limits;
    struct archive_report report;
    make(names, 300000);
    assert_refused(&limits);
    limits.ratio = 2000;
    assert_int_equal(unpack(&limits, &report, NULL), 0);
}

static void test_stop(void **state) {
    (void)state;
    const char *const names[] = {"a.mid", "b.mid", "c.mid", NULL};
    struct archive_report report;
    struct err e = {0};
    make(names, 10);
    assert_int_equal(
        unpack_until(stop_later, &archive_default_limits, &report, &e), -1);
    assert_int_equal(e.code, ERR_STOP);
    assert_false(there("c.mid"));
}

/* What is in the folder already is neither overwritten nor followed. */
static void test_planted_files(void **state) {
    (void)state;
    const char *const names[] = {"sub/a.mid", "b.mid", NULL};
    char path[100];
    struct archive_report report;
    make(names, 10);
    snprintf(path, sizeof path, "%s/sub", out);
    assert_int_equal(symlink(scratch, path), 0);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), -1);
    snprintf(path, sizeof path, "%s/a.mid", scratch);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof path, "%s/sub", out);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/b.mid", out);
    assert_int_equal(file_write(path, "mine", 4, NULL), 0);
    assert_int_equal(unpack(&archive_default_limits, &report, NULL), -1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 4);
}

static void write_zip(const struct buf *b, size_t n) {
    FILE *f = fopen(zip_path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* An archive cut anywhere is refused; one with a flipped bit is refused or
 * gives whole files. */
static void test_damage(void **state) {
    (void)state;
    const char *const names[] = {"N/a.mid", "N/b.mid", NULL};
    struct buf good = {0};
    struct archive_report report;
    make(names, 50);
    assert_int_equal(file_read(&good, zip_path, 1000, NULL), 0);
    for (size_t n = 0; n < good.len; n++) {
        write_zip(&good, n);
        assert_refused(&archive_default_limits);
    }
    for (size_t i = 0; i < good.len; i++) {
        assert_int_equal(tear_down(NULL) | set_up(NULL), 0);
        good.data[i] ^= (uint8_t)(1 << i % 8);
        write_zip(&good, good.len);
        if (unpack(&archive_default_limits, &report, NULL) == 0)
            assert_int_equal(report.bytes, 50 * report.files);
        good.data[i] ^= (uint8_t)(1 << i % 8);
    }
    buf_free(&good);
}

static void test_no_archive(void **state) {
    (void)state;
    const char *const names[] = {"a.txt", NULL};
    struct archive_report report;
    struct err e = {0};
    assert_int_equal(unpack(&archive_default_limits, &report, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(mkfifo(zip_path, 0600), 0);
    assert_refused(&archive_default_limits);
    assert_int_equal(unlink(zip_path), 0);
    make(names, 10);
    assert_refused(&archive_default_limits);
}

/* Parts of folders that are short enough make paths that are not. */
static void test_paths_that_are_too_long(void **state) {
    (void)state;
    char deep[FILE_PATH], name[900];
    const char *const names[] = {name, "b.mid", NULL};
    struct archive_report report;
    struct archive a;
    struct err e = {0};
    size_t n = (size_t)snprintf(deep, sizeof deep, "%s", out);
    while (n < 3300)
        n += (size_t)snprintf(deep + n, sizeof deep - n, "/%099d", 0);
    for (size_t k = 0; k < 8; k++)
        snprintf(name + 100 * k, 101, "%099d/", 0);
    snprintf(name + 800, 90, "a.mid");
    make(names, 10);
    assert_int_equal(file_make_dir(deep, NULL), 0);
    assert_int_equal(archive_read(&a, zip_path, &archive_default_limits, NULL),
                     0);
    assert_int_equal(archive_unpack(&a, deep, &archive_default_limits, NULL,
                                    NULL, NULL, &report, &e),
                     -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(rmdir(deep), 0);
    archive_free(&a);
}

/* What was read is what is unpacked, and what its hash is of. */
static void test_a_file_that_changes(void **state) {
    (void)state;
    const char *const one[] = {"a.mid", NULL}, *const other[] = {"b.mid", NULL};
    struct archive_report report;
    struct archive a;
    char hex[HASH_HEX];
    struct err e = {0};
    make(one, 10);
    assert_int_equal(hash_file(zip_path, hex, NULL), 0);
    assert_int_equal(archive_read(&a, zip_path, &archive_default_limits, NULL),
                     0);
    make(other, 20);
    assert_int_equal(archive_verify(&a, hex, NULL), 0);
    assert_int_equal(archive_unpack(&a, out, &archive_default_limits, NULL,
                                    NULL, NULL, &report, NULL),
                     0);
    assert_true(there("a.mid") && !there("b.mid"));
    assert_int_equal(hash_file(zip_path, hex, NULL), 0);
    assert_int_equal(archive_verify(&a, hex, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    archive_free(&a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_top_folder_is_left_out),
        TEST(test_two_top_folders_stay),
        TEST(test_no_folder),
        TEST(test_bad_names),
        TEST(test_folders_are_counted),
        TEST(test_hidden_folders_are_left_out),
        TEST(test_links_are_refused),
        TEST(test_permissions_are_ignored),
        TEST(test_limits),
        TEST(test_ratio),
        TEST(test_stop),
        TEST(test_planted_files),
        TEST(test_damage),
        TEST(test_no_archive),
        TEST(test_paths_that_are_too_long),
        TEST(test_a_file_that_changes),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
