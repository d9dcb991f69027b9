/* Texts from anywhere do nothing but show. SPDX-License-Identifier: MIT */
#include "nott/base/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

static void check(const char *text, const char *want) {
    char copy[256];
    struct buf b = {0};
    struct err e = {0};
    snprintf(copy, sizeof copy, "%s", text);
    plain_text(copy);
    assert_string_equal(copy, want);
    buf_add_text(&b, text); /* the same, wherever it is written */
    buf_add(&b, "", 0);
    assert_string_equal((char *)b.data, want);
    err_set(&e, ERR_IO, "%s", text);
    assert_string_equal(e.text, want);
    buf_free(&b);
}

static void test_letters_stay(void **state) {
    (void)state;
    check("", "");
    check("The Kesh, 50 %", "The Kesh, 50 %");
    check("caf\xc3\xa9 \xe2\x99\xa9 \xf0\x9f\x8e\xbb",
          "caf\xc3\xa9 \xe2\x99\xa9 \xf0\x9f\x8e\xbb");
    check("\xd7\xa9\xd7\x9c \xc2\xa0\xe2\x80\x8d.",
          "\xd7\xa9\xd7\x9c \xc2\xa0\xe2\x80\x8d.");
}

static void test_what_steers(void **state) {
    (void)state;
    check("a\tb\r\nc\x1b[2J\x7f", "a?b??c?[2J?");
    check("a\xc2\x9b"
          "2J\xc2\x80\xc2\x9f",
          "a?2J??");
    check("\xe2\x80\xa8\xe2\x80\xa9", "??");                /* ends of lines */
    check("\xe2\x80\xae.\xe2\x80\xac\xe2\x81\xa6", "?.??"); /* turned */
    check("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "???");
    check("\xef\xbf\xbe\xef\xbf\xbf", "??");
}

static void test_what_is_no_letter(void **state) {
    (void)state;
    check("\x9b"
          "2J\x80\xff",
          "?2J??");
    check("caf\xe9", "caf?");
    check("\xc3", "?");
    check("\xe2\x99", "??");
    check("\xe2\x99z", "??z");
    check("\xc0\x9b\xe0\x80\x9b", "?????"); /* longer than need be */
    check("\xed\xa0\x80", "?");
    check("\xf4\x90\x80\x80", "????");
}

/* Every byte, and every letter of two and of three bytes. */
static void test_all(void **state) {
    (void)state;
    for (unsigned c = 1; c < 0x10000; c++) {
        char text[4] = {0}, was[4];
        if (c < 0x80)
            text[0] = (char)c;
        else if (c < 0x800)
            snprintf(text, 4, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
        else
            snprintf(text, 4, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f),
                     0x80 | (c & 0x3f));
        uint32_t letter = 0;
        assert_int_equal(plain_letter(text, strlen(text), &letter),
                         strlen(text));
        assert_int_equal(letter, c);
        if (c >= 0x80)
            assert_int_equal(plain_letter(text, strlen(text) - 1, &letter), 0);
        assert_int_equal(plain_only(text), plain_shows(c));
        memcpy(was, text, 4);
        plain_text(text);
        assert_string_equal(text, plain_shows(c) ? was : "?");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_stay),
        cmocka_unit_test(test_what_steers),
        cmocka_unit_test(test_what_is_no_letter),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
