/* Unpacked folders, their manifest and what stands in the way.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/collect/fetch.h"
#include "nott/collect/install.h"

static char scratch[64], zip_path[80], dir[80];

static int set_up(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/test_install-XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    snprintf(zip_path, sizeof zip_path, "%s/in.zip", scratch);
    snprintf(dir, sizeof dir, "%s/new/tunes", scratch);
    zip_t *zip = zip_open(zip_path, ZIP_CREATE | ZIP_EXCL, NULL);
    zip_source_t *one = zip_source_buffer(zip, "MThd", 4, 0);
    zip_source_t *two = zip_source_buffer(zip, "MThd...", 7, 0);
    zip_file_add(zip, "train/a.mid", one, 0);
    zip_file_add(zip, "test/b.mid", two, 0);
    return zip_close(zip);
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

static int install_until(int (*stop)(void *user), int replace,
                         struct install_report *r, struct err *e) {
    struct archive a;
    struct install in;
    if (archive_read(&a, zip_path, &archive_default_limits, e))
        return -1;
    int rc = install_unpack(&in, &a, dir, NULL, stop, NULL, e);
    if (rc == 0)
        rc = install_finish(&in, dir, replace, r, e);
    archive_free(&a);
    return rc;
}

static int install(int replace, struct install_report *r, struct err *e) {
    return install_until(NULL, replace, r, e);
}

static int check(const char *sha256, int *present) {
    struct install_report r;
    return install_check(dir, sha256, present, &r, NULL);
}

static void write_in(const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_write(path, text, strlen(text), NULL), 0);
}

static void test_there_and_back(void **state) {
    (void)state;
    struct install_report r;
    char hex[HASH_HEX];
    int present = 1;
    assert_int_equal(check(NULL, &present), 0);
    assert_int_equal(present, 0);
    assert_int_equal(install(0, &r, NULL), 0);
    assert_int_equal(r.files, 2);
    assert_int_equal(r.bytes, 11);
    assert_string_equal(r.aside, "");
    assert_int_equal(hash_file(zip_path, hex, NULL), 0);
    assert_int_equal(check(hex, &present), 0);
    assert_int_equal(present, 1);
    hex[0] = hex[0] == '0' ? '1' : '0';
    assert_int_equal(check(hex, &present), -1);
}

static void test_changed_files(void **state) {
    (void)state;
    struct install_report r;
    int present;
    assert_int_equal(install(0, &r, NULL), 0);
    write_in("notes.txt", "mine");
    assert_int_equal(install_check(dir, NULL, &present, &r, NULL), 0);
    assert_int_equal(r.others, 1);
    write_in("train/a.mid", "MThX");
    assert_int_equal(check(NULL, &present), -1);
    write_in("train/a.mid", "MThd");
    assert_int_equal(check(NULL, &present), 0);
    write_in("train/a.mid", "MThd.");
    assert_int_equal(check(NULL, &present), -1);
    char path[200];
    snprintf(path, sizeof path, "%s/train/a.mid", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(check(NULL, &present), -1);
}

static void test_damaged_manifests(void **state) {
    (void)state;
    const char *const bad[] = {"", "x\n", "\n\n", "a\tb\tc\n"};
    struct install_report r;
    char path[200];
    struct buf b = {0};
    int present;
    assert_int_equal(install(0, &r, NULL), 0);
    snprintf(path, sizeof path, "%s/%s", dir, INSTALL_MANIFEST);
    assert_int_equal(file_read(&b, path, 10000, NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_in(INSTALL_MANIFEST, bad[i]);
        assert_int_equal(check(NULL, &present), -1);
        assert_int_equal(present, 0);
    }
    b.data[b.len - 1] = 0; /* the last line without its end */
    write_in(INSTALL_MANIFEST, (const char *)b.data);
    assert_int_equal(check(NULL, &present), -1);
    buf_free(&b);
}

/* The manifest with `first` as its first line, of so many bytes in all. */
static void write_manifest(const struct buf *b, const char *first, size_t n) {
    char text[1000];
    const char *rest = strchr((const char *)b->data, '\n');
    snprintf(text, sizeof text, "%s%s", first, rest);
    assert_true(n <= strlen(text));
    text[n] = 0;
    write_in(INSTALL_MANIFEST, text);
}

/* Cut anywhere it is not taken for whole, nor were those without a number. */
static void test_cut_manifests(void **state) {
    (void)state;
    struct install_report r;
    struct buf b = {0};
    char path[200], old[HASH_HEX];
    int present;
    assert_int_equal(install(0, &r, NULL), 0);
    snprintf(path, sizeof path, "%s/%s", dir, INSTALL_MANIFEST);
    assert_int_equal(file_read(&b, path, 10000, NULL), 0);
    snprintf(old, sizeof old, "%s", (const char *)b.data);
    for (size_t n = 0; n < b.len; n++) {
        write_manifest(&b, old, n < b.len - 2 ? n : 0);
        assert_int_equal(check(NULL, &present), -1);
        assert_int_equal(file_write(path, b.data, n, NULL), 0);
        assert_int_equal(check(NULL, &present), -1);
        assert_int_equal(present, 0);
    }
    write_manifest(&b, old, b.len - 2);
    assert_int_equal(check(old, &present), 0);
    assert_int_equal(present, 1);
    write_in("notes.txt", "mine");
    assert_int_equal(check(old, &present), -1);
    assert_int_equal(file_write(path, b.data, b.len, NULL), 0);
    assert_int_equal(check(old, &present), 0);
    buf_free(&b);
}

static void test_folder_in_the_way(void **state) {
    (void)state;
    struct install_report r;
    struct err e = {0};
    struct stat st;
    int present;
    assert_int_equal(file_make_dir(dir, NULL), 0);
    assert_int_equal(install(0, &r, NULL), 0);
    tear_down(NULL);
    set_up(NULL);
    assert_int_equal(file_make_dir(dir, NULL), 0);
    write_in("mine", "mine");
    assert_int_equal(check(NULL, &present), -1);
    assert_int_equal(install(0, &r, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(install(1, &r, NULL), 0);
    assert_non_null(strstr(r.aside, "/tunes.old"));
    assert_int_equal(install(1, &r, NULL), 0);
    assert_non_null(strstr(r.aside, "/tunes.old-2"));
    assert_int_equal(stat(r.aside, &st), 0);
    assert_int_equal(check(NULL, &present), 0);
}

static int stop(void *user) {
    (void)user;
    return 1;
}

/* rmdir succeeds only if the temporary folder is gone. */
static void test_failure_leaves_nothing(void **state) {
    (void)state;
    struct install_report r;
    struct err e = {0};
    char parent[80];
    snprintf(parent, sizeof parent, "%s/new", scratch);
    assert_int_equal(install_until(stop, 0, &r, &e), -1);
    assert_int_equal(e.code, ERR_STOP);
    assert_int_equal(rmdir(parent), 0);
    assert_int_equal(file_write(zip_path, "no zip", 6, NULL), 0);
    assert_int_equal(install(1, &r, NULL), -1);
    assert_int_equal(rmdir(parent), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* What a kill leaves has a mark; one that is locked belongs to somebody. */
static void test_sweep(void **state) {
    (void)state;
    struct install_report r;
    char left[100], mark[120], mine[120];
    snprintf(left, sizeof left, "%s.tmp-abc123", dir);
    snprintf(mark, sizeof mark, "%s/.unpacking", left);
    snprintf(mine, sizeof mine, "%s/mine", left);
    install_sweep(dir); /* its parent is not there */
    assert_int_equal(install(0, &r, NULL), 0);
    assert_int_equal(mkdir(left, 0777), 0);
    assert_int_equal(file_write(mine, "mine", 4, NULL), 0);
    install_sweep(dir);
    assert_int_equal(access(mine, F_OK), 0);
    assert_int_equal(file_write(mark, "", 0, NULL), 0);
    int fd = open(mark, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    install_sweep(dir);
    assert_int_equal(access(mine, F_OK), 0);
    close(fd);
    install_sweep(dir);
    assert_int_equal(access(left, F_OK), -1);
    int present = 0;
    assert_int_equal(check(NULL, &present), 0);
    assert_int_equal(present, 1);
}

/* The name of the folder is too long to have more at its end. */
static void test_sweep_of_a_long_name(void **state) {
    (void)state;
    struct archive a;
    struct install in;
    char name[400];
    snprintf(name, sizeof name, "%s/%0250d", scratch, 0);
    assert_int_equal(archive_read(&a, zip_path, &archive_default_limits, NULL),
                     0);
    assert_int_equal(install_unpack(&in, &a, name, NULL, NULL, NULL, NULL), 0);
    install_sweep(name);
    assert_int_equal(access(in.tmp, F_OK), 0);
    close(in.mark); /* as a kill does */
    install_sweep(name);
    assert_int_equal(access(in.tmp, F_OK), -1);
    archive_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),
        TEST(test_changed_files),
        TEST(test_damaged_manifests),
        TEST(test_cut_manifests),
        TEST(test_folder_in_the_way),
        TEST(test_failure_leaves_nothing),
        TEST(test_sweep),
        TEST(test_sweep_of_a_long_name),
    };
    return cmocka_run_group_tests_name("install", tests, NULL, NULL);
}
