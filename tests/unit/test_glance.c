/* What files are by their first bytes, and how many entries they claim.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nott/base/buf.h"
#include "nott/collect/glance.h"

static void assert_kind(const char *head, size_t n, const char *kind) {
    const char *fault = glance_kind((const uint8_t *)head, n);
    if (!kind)
        assert_null(fault);
    else
        assert_string_equal(fault, kind);
}

static void test_kinds(void **state) {
    (void)state;
    assert_kind("PK\3\4...", 7, NULL);
    assert_kind("PK\5\6", 4, NULL);
    assert_kind("PK\3", 3, "not a zip archive");
    assert_kind("", 0, "empty, not a zip archive");
    assert_kind("<html>", 6, "a web page, not a zip archive");
    assert_kind("\xef\xbb\xbf\r\n <", 7, "a web page, not a zip archive");
    assert_kind(" \0<", 3, "not a zip archive");
    assert_kind("   ", 3, "not a zip archive");
    assert_kind("\x1f\x8b", 2, "compressed with gzip, not a zip archive");
    assert_kind("\x1f", 1, "not a zip archive");
}

static struct buf file;

static int tear_down(void **state) {
    (void)state;
    buf_free(&file);
    return 0;
}

static void add(const char *bytes, size_t n) {
    buf_add(&file, bytes, n);
    assert_false(file.failed);
}

/* The record at the end, with a comment of so many bytes to come. */
static void add_end(unsigned entries, unsigned comment) {
    char end[22] = "PK\5\6";
    end[10] = (char)(entries & 255);
    end[11] = (char)(entries >> 8);
    end[20] = (char)(comment & 255);
    end[21] = (char)(comment >> 8);
    add(end, sizeof end);
}

/* In a block that ends where they end. */
static const char *look(uint64_t *entries) {
    const char *fault = "";
    uint8_t *bytes = malloc(file.len + 1);
    assert_non_null(bytes);
    if (file.len)
        memcpy(bytes + 1, file.data, file.len);
    *entries = glance_entries(bytes + 1, file.len, &fault);
    free(bytes);
    return fault;
}

static void test_entries(void **state) {
    (void)state;
    uint64_t entries;
    assert_non_null(look(&entries));
    add("before", 6);
    add_end(513, 3);
    add("abc", 3);
    assert_null(look(&entries));
    assert_int_equal(entries, 513);
    add("d", 1);
    assert_non_null(look(&entries));
}

static void test_the_longest_comment(void **state) {
    (void)state;
    char comment[65535];
    uint64_t entries;
    memset(comment, 'x', sizeof comment);
    add_end(7, sizeof comment);
    add(comment, sizeof comment);
    assert_null(look(&entries));
    assert_int_equal(entries, 7);
}

static void test_two_ends(void **state) {
    (void)state;
    uint64_t entries;
    add_end(1, 22);
    add_end(2, 0);
    assert_non_null(look(&entries));
}

static void test_64_bits(void **state) {
    (void)state;
    char record[56] = "PK\6\6", locator[20] = "PK\6\7";
    uint64_t entries;
    record[32 + 5] = 1;
    add(record, sizeof record);
    add(locator, sizeof locator);
    add_end(3, 0);
    assert_null(look(&entries));
    assert_int_equal(entries, (uint64_t)1 << 40);
    buf_free(&file);
    record[32 + 5] = 0;
    record[32] = 2;
    add(record, sizeof record);
    add(locator, sizeof locator);
    add_end(0xffff, 0);
    assert_null(look(&entries));
    assert_int_equal(entries, 2);
}

/* What the locator points to may be anywhere. */
static void test_a_locator_that_points_nowhere(void **state) {
    (void)state;
    char locator[20] = "PK\6\7";
    uint64_t entries;
    memset(locator + 8, 0xff, 8);
    add(locator, sizeof locator);
    add_end(3, 0);
    assert_null(look(&entries));
    assert_int_equal(entries, 3);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        TEST(test_entries),
        TEST(test_the_longest_comment),
        TEST(test_two_ends),
        TEST(test_64_bits),
        TEST(test_a_locator_that_points_nowhere),
    };
    return cmocka_run_group_tests_name("glance", tests, NULL, NULL);
}
