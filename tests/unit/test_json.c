/* JSON: what is built, what is read, and what comes of it when memory ends.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* failing.h */
#include "nott/base/json.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"

/* Writes the value; it is taken over. */
static void check_line(json_t *value, const char *want) {
    char *text = json_line(value, 0, "it", NULL);
    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static void test_text(void **state) {
    (void)state;
    json_t *list = json_array();
    int failed = 0;
    json_push(list, json_text("plain"), &failed);
    json_push(list, json_text("caf\xc3\xa9"), &failed);
    json_push(list, json_text("caf\xe9 \xc3\xa9"), &failed);
    json_push(list, json_text("\xed\xa0\x80\x9b"), &failed);
    json_push(list, json_text("\x1b\x7f\xc2\x9b\xe2\x80\xae.\n"), &failed);
    json_push(list, json_text(""), &failed);
    json_push(list, json_text(NULL), &failed);
    assert_int_equal(failed, 0);
    check_line(list,
               "[\"plain\",\"caf\xc3\xa9\",\"caf? \xc3\xa9\","
               "\"????\",\"\\u001B\\u007F\\u009B\\u202E.\\n\",\"\",null]");
}

static void test_number(void **state) {
    (void)state;
    json_t *list = json_array();
    int failed = 0;
    json_push(list, json_number(0.5), &failed);
    json_push(list, json_number(NAN), &failed);
    json_push(list, json_number(-INFINITY), &failed);
    assert_int_equal(failed, 0);
    check_line(list, "[0.5,null,null]");
}

static void test_page(void **state) {
    (void)state;
    json_t *object = json_object();
    int failed = 0;
    json_put(object, "third", json_number(1.0 / 3), &failed);
    char *text = json_page(object, failed, "it", NULL);
    assert_string_equal(text, "{\n  \"third\": 0.33333333\n}");
    free(text);
}

/* What is missing anywhere is missed at the end. */
static void test_failed(void **state) {
    (void)state;
    struct err e = {0};
    int failed = 0;
    json_t *list = json_array();
    json_push(list, NULL, &failed);
    assert_int_equal(failed, 1);
    json_push(list, json_integer(1), &failed);
    assert_int_equal(failed, 1); /* it stays */
    assert_null(json_line(list, failed, "a list", &e));
    assert_int_equal(e.code, ERR_MEM);
    assert_string_equal(e.text, "a list: out of memory");
    failed = 0;
    json_put(NULL, "key", json_integer(1), &failed);
    assert_int_equal(failed, 1);
    assert_null(json_page(NULL, 0, "nothing", NULL));
}

static void check_parse(const char *text, enum err_code code) {
    struct err e = {0};
    json_t *value = json_parse(text, strlen(text), "a text", &e);
    assert_int_equal(e.code, code);
    if (code) {
        assert_null(value);
        assert_int_equal(strncmp(e.text, "a text: ", 8), 0);
        return;
    }
    assert_non_null(value);
    check_line(value, text);
}

static void test_parse(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",           "{",     "[1",         "[1]x",   "{\"a\":1,\"a\":1}",
        "[\"\xff\"]", "\"a\"", "[\"a\nb\"]", "[\"abc", "[1e999]"};
    check_parse("[]", ERR_NONE);
    check_parse("{\"a\":[1,null,true],\"b\xc3\xa9\":{\"c\":\"\\\"d\\\"\"}}",
                ERR_NONE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_parse(bad[i], ERR_FORMAT);
    json_t *part = json_parse("[1]]]", 3, "a part", NULL);
    check_line(part, "[1]");
}

/* ---- out of memory ---- */

static char *build(struct err *e) {
    json_t *root = json_object(), *list = json_array();
    int failed = 0;
    for (int i = 0; i < 20; i++) {
        json_t *one = json_object();
        json_put(one, "name", json_text("Gr\xc3\xbc\xc3\x9f"), &failed);
        json_put(one, "odd", json_text("Gr\xfc\xdf"), &failed);
        json_put(one, "number", json_number(i + 0.5), &failed);
        json_push(list, one, &failed);
    }
    json_put(root, "list", list, &failed);
    return json_page(root, failed, "it", e);
}

static void test_building_without_memory(void **state) {
    (void)state;
    if (!FAILING_WORKS)
        skip();
    char *whole = build(NULL);
    assert_non_null(whole);
    for (int mode = 0; mode < 2; mode++) {
        long failed = 1;
        for (long n = 1; failed; n++) {
            struct err e = {0};
            failing_start(n, (enum failing_mode)mode);
            char *text = build(&e);
            failed = failing_stop();
            if (text)
                assert_string_equal(text, whole);
            else
                assert_int_equal(e.code, ERR_MEM);
            assert_true(text || failed);
            free(text);
            assert_in_range(n, 1, 10000);
        }
    }
    free(whole);
}

/* Strings of every length, so that the reader's buffer is full at each of
 * their bytes: among them the quotes, and the middle of a letter. */
static void check_reading_without_memory(size_t length, const char *letter) {
    char text[200] = "[\"";
    while (strlen(text) < length + 2)
        strncat(text, letter, sizeof text - strlen(text) - 1);
    strncat(text, "\",7,{\"k\":[]}]", sizeof text - strlen(text) - 1);
    for (int mode = 0; mode < 2; mode++) {
        long failed = 1;
        for (long n = 1; failed; n++) {
            struct err e = {0};
            failing_start(n, (enum failing_mode)mode);
            json_t *value = json_parse(text, strlen(text), "it", &e);
            failed = failing_stop();
            assert_true(!value == (failed > 0));
            if (value)
                check_line(value, text);
            else
                assert_int_equal(e.code, ERR_MEM);
        }
    }
}

static void test_reading_without_memory(void **state) {
    (void)state;
    if (!FAILING_WORKS)
        skip();
    for (size_t length = 0; length < 70; length++) {
        check_reading_without_memory(length, "x");
        check_reading_without_memory(length, "\xc3\xa9");
        check_reading_without_memory(length, "\xe2\x82\xac");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_building_without_memory),
        cmocka_unit_test(test_reading_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
