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

static void decode(const char *text, const char *want) {
    char out[64];
    plain_decode(out, sizeof out, text, strlen(text));
    assert_string_equal(out, want);
}

/* Titles as they are found in MIDI files. */
static void test_decode(void **state) {
    (void)state;
    char out[5];
    decode("", "");
    decode("The Kesh", "The Kesh");
    decode("Eibhl\xedn a R\xfan", "Eibhl\xc3\xadn a R\xc3\xban");
    decode("caf\xe9", "caf\xc3\xa9");
    decode("Tom\x92s \x96 \x80 5",
           "Tom\xe2\x80\x99s \xe2\x80\x93 \xe2\x82\xac 5");
    decode("S\xc3\xa9"
           "amus \xe2\x99\xa9",
           "S\xc3\xa9"
           "amus \xe2\x99\xa9");
    decode("S\xc3\xa9"
           "amus \xe2\x99",
           "S\xc3\xa9"
           "amus \xe2\x99"); /* cut */
    decode("S\xc3\xa9"
           "amus \xe9 a",
           "S\xc3\x83\xc2\xa9"
           "amus \xc3\xa9 a");                       /* is no UTF-8 */
    decode("\x83\x81\x83\x8d", "\x83\x81\x83\x8d");  /* neither */
    plain_decode(out, sizeof out, "abc\xe9\xe9", 5); /* whole letters */
    assert_string_equal(out, "abc");
    plain_decode(out, sizeof out, "ab\xe9\xe9", 4);
    assert_string_equal(out, "ab\xc3\xa9");
    plain_decode(out, sizeof out, "ab\xe2\x99\xa9", 5);
    assert_string_equal(out, "ab");
}

/* ISO-8859-1 is a part of Windows-1252, and letters come back as they were. */
static void test_windows(void **state) {
    (void)state;
    int shown = 0;
    for (unsigned c = 0; c < 0x100; c++) {
        uint32_t letter = plain_windows((unsigned char)c);
        if (c < 0x80 || c >= 0xa0)
            assert_int_equal(letter, c);
        else
            shown += plain_shows(letter);
    }
    assert_int_equal(shown, 27);
    for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x1000 ? 1 : 251) {
        char text[4];
        uint32_t letter = 0;
        size_t n = plain_put(text, c);
        assert_int_equal(plain_letter(text, n, &letter), n);
        assert_int_equal(letter, c);
    }
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
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
