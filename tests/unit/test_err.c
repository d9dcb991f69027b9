/* Error values. SPDX-License-Identifier: MIT */
#include "nott/base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_first_stays(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(err_set(&e, ERR_IO, "%s: %d", "a", 5), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "a: 5");
    assert_int_equal(err_set(&e, ERR_MEM, "later"), -1);
    errno = ENOENT;
    assert_int_equal(err_errno(&e, "later"), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "a: 5");
}

static void test_null(void **state) {
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "%d", 1), -1);
    assert_int_equal(err_errno(NULL, "%d", 1), -1);
}

static void test_errno(void **state) {
    (void)state;
    struct err e = {0};
    errno = ENOENT;
    assert_int_equal(err_errno(&e, "%s", "a.mid"), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "a.mid: No such file or directory");
}

static void test_control_characters(void **state) {
    (void)state;
    struct err e = {0};
    err_set(&e, ERR_IO, "%s", "a\x1b[2J\nb\x7f\t\xc3\xa9");
    assert_string_equal(e.text, "a?[2J?b??\xc3\xa9");
    e = (struct err){0};
    errno = ENOENT;
    err_errno(&e, "\r");
    assert_string_equal(e.text, "?: No such file or directory");
}

static void test_long(void **state) {
    (void)state;
    struct err e = {0};
    char text[2000];
    memset(text, 'x', sizeof text);
    text[1999] = 0;
    err_set(&e, ERR_IO, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    e = (struct err){0};
    errno = ENOENT;
    err_errno(&e, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_stays),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
