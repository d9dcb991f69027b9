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

static void check_ends(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    assert_true(n < sizeof((struct err *)0)->text);
    if (n < m || strcmp(text + n - m, end) != 0)
        fail_msg("'%s' does not end in '%s'", text, end);
}

/* "/aaa.../b.mid" of n bytes. */
static char *long_path(size_t n, const char *letter) {
    static char path[20000];
    size_t step = strlen(letter);
    path[0] = '/';
    for (size_t i = 1; i + 6 + step <= n; i += step)
        memcpy(path + i, letter, step + 1);
    memcpy(path + strlen(path), "/b.mid", 7);
    return path;
}

static void test_long_path(void **state) {
    (void)state;
    struct err e = {0};
    char *name = long_path(4000, "a");
    errno = ENOENT;
    err_errno(&e, "%s", name);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strncmp(e.text, "/aaa", 4), 0);
    assert_non_null(strstr(e.text, "a...a"));
    check_ends(e.text, "a/b.mid: No such file or directory");
    e = (struct err){0};
    err_set(&e, ERR_FORMAT, "%s: byte 7: No such file or directory", name);
    check_ends(e.text, "a/b.mid: byte 7: No such file or directory");
    e = (struct err){0};
    err_set(&e, ERR_FORMAT, "%s: its SHA-256 is %0200d, not %0200d", name, 1,
            2);
    assert_non_null(strstr(e.text, "/b.mid: its SHA-256 is 0"));
    check_ends(e.text, "02");
    e = (struct err){0}; /* longer than can be shortened */
    errno = ENAMETOOLONG;
    err_errno(&e, "%s", long_path(19000, "a"));
    check_ends(e.text, ": File name too long");
}

/* Two paths give way in turn. */
static void test_two_long_paths(void **state) {
    (void)state;
    struct err e = {0};
    char *name = long_path(3000, "a");
    err_set(&e, ERR_FORMAT, "%s: has the same name as: %s", name, name);
    assert_non_null(strstr(e.text, "/b.mid: has the same name as: /a"));
    check_ends(e.text, "a/b.mid");
}

static void test_just_fits(void **state) {
    (void)state;
    struct err e = {0};
    char *name = long_path(508, "a");
    err_set(&e, ERR_FORMAT, "%s: b", name);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_null(strstr(e.text, "..."));
    e = (struct err){0};
    err_set(&e, ERR_FORMAT, "%s: bc", name);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_non_null(strstr(e.text, "a...a"));
    check_ends(e.text, "a/b.mid: bc");
}

/* No letter is cut in two, wherever the cut falls. */
static void test_letters_stay_whole(void **state) {
    (void)state;
    for (size_t n = 600; n < 620; n++) {
        struct err e = {0};
        err_set(&e, ERR_FORMAT, "%s: cause", long_path(n, "\xe2\x82\xac"));
        check_ends(e.text, "/b.mid: cause");
        for (const char *p = strchr(e.text, '\xe2'); p; p = strchr(p, '\xe2')) {
            assert_int_equal(strncmp(p, "\xe2\x82\xac", 3), 0);
            p += 3;
            assert_true(*p == '\xe2' || *p == '.' || *p == '/');
        }
        assert_true(strstr(e.text, "...")[3] == '\xe2');
    }
}

/* Many parts, none of them long: the end is cut as it must be. */
static void test_many_parts(void **state) {
    (void)state;
    struct err e = {0};
    char text[2000] = "";
    while (strlen(text) < 1900)
        strncat(text, "part: ", sizeof text - strlen(text) - 1);
    err_set(&e, ERR_FORMAT, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strncmp(e.text, text, sizeof e.text - 1), 0);
}

static void test_no_memory(void **state) {
    (void)state;
    struct err e = {0};
    errno = ENOMEM;
    err_errno(&e, "a.mid");
    assert_int_equal(e.code, ERR_MEM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_stays),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_two_long_paths),
        cmocka_unit_test(test_just_fits),
        cmocka_unit_test(test_letters_stay_whole),
        cmocka_unit_test(test_many_parts),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
