/* What an interrupted download leaves. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/part.h"
#include "nott/base/file.h"

#define URL "https://host/x.zip"

static char dir[64], target[80];
static struct part part;

static int set_up(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/test_part-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(target, sizeof target, "%s/x.zip", dir);
    return part_open(&part, target, NULL);
}

static int tear_down(void **state) {
    (void)state;
    part_close(&part);
    part_drop(&part);
    return rmdir(dir);
}

static int has(const char *url, const char *wanted) {
    char value[PART_VALIDATOR] = "";
    return part_validator(&part, url, value) && strcmp(value, wanted) == 0;
}

static void test_there_and_back(void **state) {
    (void)state;
    struct part later;
    assert_int_equal(part_add(&part, "abc", 3), 0);
    assert_false(part_is_of_use(&part));
    part_mark(&part, URL, "\"first\"");
    assert_true(part_is_of_use(&part));
    assert_int_equal(part_open(&later, target, NULL), 0);
    assert_int_equal(later.done, 3);
    part_close(&later);
    assert_true(has(URL, "\"first\""));
    assert_false(has("https://host/x.zi", "\"first\""));
    assert_false(has(URL "p", "\"first\""));
    assert_int_equal(part_empty(&part, NULL), 0);
    assert_int_equal(part.done, 0);
    assert_false(has(URL, "\"first\""));
}

static void test_no_validator_takes_the_old_one_away(void **state) {
    (void)state;
    part_mark(&part, URL, "\"first\"");
    part_mark(&part, URL, NULL);
    assert_int_equal(access(part.tag, F_OK), -1);
}

/* However much of it a kill has let be written. */
static void test_half_a_tag_is_none(void **state) {
    (void)state;
    const char whole[] = URL "\n\"first\"\n";
    for (size_t n = 0; n < sizeof whole; n++) {
        assert_int_equal(file_write(part.tag, whole, n, NULL), 0);
        assert_int_equal(has(URL, "\"first\""), n == sizeof whole - 1);
    }
}

/* What cannot be read again is not written: later it is taken for nothing. */
static void test_what_is_kept_can_be_read(void **state) {
    (void)state;
    static char value[PART_VALIDATOR + 1], url[9000] = "https://host/";
    assert_int_equal(part_add(&part, "abc", 3), 0);
    memset(value, 'x', sizeof value - 1);
    memset(url + strlen(url), 'y', sizeof url - strlen(url) - 1);
    const char *const urls[] = {URL, url};
    for (int i = 0; i < 2; i++) {
        part_mark(&part, urls[i], value);
        assert_false(part_is_of_use(&part));
        part_mark(&part, urls[i], value + 1);
        assert_true(part_is_of_use(&part) && has(urls[i], value + 1));
        part_mark(&part, urls[i], "a\tb");
        assert_false(part_is_of_use(&part));
    }
}

static void test_hostile_tags(void **state) {
    (void)state;
    assert_int_equal(file_write(part.tag, URL "\na\rB: c\n", 26, NULL), 0);
    assert_false(has(URL, "a\rB: c"));
    part_mark(&part, URL, "a\rB: c");
    assert_false(has(URL, "a\rB: c"));
    part_mark(&part, URL, "");
    assert_false(has(URL, ""));
}

static void test_links_are_not_followed(void **state) {
    (void)state;
    char precious[80];
    struct part other;
    snprintf(precious, sizeof precious, "%s/precious", dir);
    assert_int_equal(file_write(precious, "mine", 4, NULL), 0);
    assert_int_equal(symlink(precious, part.tag), 0);
    part_mark(&part, URL, "\"first\"");
    struct stat st;
    assert_int_equal(stat(precious, &st), 0);
    assert_int_equal(st.st_size, 4);
    part_close(&part);
    part_drop(&part);
    assert_int_equal(symlink(precious, part.path), 0);
    assert_int_equal(part_open(&other, target, NULL), -1);
    assert_int_equal(unlink(precious), 0);
}

static void test_finish(void **state) {
    (void)state;
    struct stat st;
    mode_t mask = umask(027);
    assert_int_equal(part_finish(&part, NULL), 0);
    umask(mask);
    assert_int_equal(stat(part.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),
        TEST(test_no_validator_takes_the_old_one_away),
        TEST(test_half_a_tag_is_none),
        TEST(test_what_is_kept_can_be_read),
        TEST(test_hostile_tags),
        TEST(test_links_are_not_followed),
        TEST(test_finish),
    };
    return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
