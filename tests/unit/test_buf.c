/* Growing bytes. SPDX-License-Identifier: MIT */
#include "nott/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_text_from_anywhere(void **state) {
    struct buf b = {0};
    (void)state;
    buf_add_text(&b, "a\tb\r\n\x1b[2J\x7f\xc3\xa9");
    buf_add_text(&b, "");
    assert_int_equal(buf_ok(&b, "b", NULL), 0);
    assert_string_equal((char *)b.data, "a?b???[2J?\xc3\xa9");
    buf_free(&b);
}

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
    assert_int_equal(e.code, ERR_FORMAT);
    assert_string_equal(e.text, "a list: more than 10 bytes");
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
    b = (struct buf){.failed = 1}; /* memory lacks */
    e = (struct err){0};
    assert_int_equal(buf_ok(&b, "a list", &e), -1);
    assert_int_equal(e.code, ERR_MEM);
    assert_string_equal(e.text, "a list: out of memory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_from_anywhere),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
