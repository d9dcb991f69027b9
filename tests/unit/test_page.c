/* The page on which tunes are heard: whatever the texts hold, it is sound and
 * the same bytes every time. With NOTT_PAGES=FOLDER its pages are also written
 * there, for tests/cli/page.py to hear in a browser.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "nott/base/file.h"
#include "nott/base/json.h"
#include "nott/music/midi.h"
#include "nott/score/page.h"
#include "score/page_files.h"

#include <jansson.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PPQ     480
#define EIGHTH  (PPQ / 2)
#define BAR     (6 * EIGHTH)
#define HOSTILE "</script><script>window.hacked = 1</script><b class=hostile>"

/* ---- tunes ---- */

static void add_note(struct song *s, int part, int64_t from, int64_t length,
                     int pitch) {
    struct note n = {.onset = from,
                     .duration = length - 1,
                     .pitch = pitch,
                     .velocity = part == 1 ? 95 : 75,
                     .channel = part - 1};
    assert_int_equal(song_add_note(s, part, n, NULL), 0);
}

static void add_mark(struct song *s, enum mark_kind kind, int part,
                     int64_t tick, int a, int b) {
    struct mark m = {.tick = tick, .kind = kind, .part = part, .a = a, .b = b};
    assert_int_equal(song_add_mark(s, m, NULL), 0);
}

static void add_lyric(struct song *s, int64_t tick, const char *text) {
    struct mark m = {.tick = tick, .kind = MARK_TEXT, .part = 1, .a = 5};
    snprintf(m.text, sizeof m.text, "%s", text);
    assert_int_equal(song_add_mark(s, m, NULL), 0);
}

static void add_triad(struct song *s, int64_t from, int root) {
    add_note(s, 2, from, BAR, root);
    add_note(s, 2, from, BAR, root + 4);
    add_note(s, 2, from, BAR, root + 7);
}

/* A jig in D of `bars` bars, with a pickup of an eighth: D G A D and so on. */
static struct song jig(int bars) {
    static const int scale[] = {74, 76, 78, 79, 81, 83, 85, 86};
    static const int roots[] = {50, 55, 57, 50};
    struct song s = {.ppq = PPQ};
    assert_int_equal(song_add_part(&s, "nott", -1), 0);
    assert_int_equal(song_add_part(&s, "melody", 0), 1);
    assert_int_equal(song_add_part(&s, "chords", 0), 2);
    add_mark(&s, MARK_TEMPO, 0, 0, 333333, 0);
    add_mark(&s, MARK_KEY, 0, 0, 2, 0);
    for (int part = 0; part < 3; part++) {
        add_mark(&s, MARK_METER, part, 0, 1, 8);
        add_mark(&s, MARK_METER, part, EIGHTH, 6, 8);
    }
    add_note(&s, 1, 0, EIGHTH, 81);
    for (int bar = 0; bar < bars; bar++) {
        int64_t from = EIGHTH + (int64_t)bar * BAR;
        add_triad(&s, from, roots[bar % 4]);
        for (int k = 0; k < 6; k++)
            add_note(&s, 1, from + k * EIGHTH, EIGHTH,
                     scale[(bar * 5 + k * 3 + bar / 8) % 8]);
    }
    return s;
}

static struct page_tune tune_of(const struct song *s) {
    return (struct page_tune){.title = "Title",
                              .about = "About it",
                              .command = "rnn-sample --seed 7",
                              .name = "song-7",
                              .song = s,
                              .abc = "X:1\nK:D\nA|d2e fga|\n"};
}

/* ---- pages ---- */

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        n++;
    return n;
}

static const char *write_page(struct buf *b, const struct page_tune *tunes,
                              size_t n, const char *title) {
    struct err e = {0};
    *b = (struct buf){0};
    assert_int_equal(page_write(tunes, n, title, b, &e), 0);
    const char *text = (const char *)b->data;
    assert_int_equal(strlen(text), b->len);
    return text;
}

/* What stands between the tags of the data. */
static json_t *data_of(const char *page) {
    static const char tag[] = "<script type=\"application/json\" id=\"data\">";
    const char *from = strstr(page, tag);
    assert_non_null(from);
    from += sizeof tag - 1;
    const char *to = strstr(from, "</script>");
    assert_non_null(to);
    struct err e = {0};
    json_t *data = json_parse(from, (size_t)(to - from), "data", &e);
    if (!data)
        fail_msg("%s", e.text);
    return data;
}

static json_t *tune_in(json_t *data, size_t i) {
    return json_array_get(json_object_get(data, "tunes"), i);
}

static const char *text_in(json_t *tune, const char *key) {
    return json_string_value(json_object_get(tune, key));
}

/* The elements are those of page.html and no more, and nothing is loaded. */
static void check_page(const char *page) {
    assert_int_equal(count(page, "<script"), 2);
    assert_int_equal(count(page, "</script>"), 2);
    assert_int_equal(count(page, "<style>"), 1);
    assert_int_equal(count(page, "</style>"), 1);
    assert_int_equal(count(page, "<title>"), 1);
    assert_int_equal(count(page, "</title>"), 1);
    assert_int_equal(count(page, "</html>"), 1);
    assert_null(strstr(page, "http://"));
    assert_null(strstr(page, "https://"));
    const char *data = strstr(page, "id=\"data\"");
    assert_non_null(data);
    assert_null(strstr(data, "\xe2\x80\xa8"));
    assert_null(strstr(data, "\xe2\x80\xa9"));
    assert_non_null(strstr(page, "default-src 'none'"));
}

static void keep_page(const struct buf *b, const char *name) {
    const char *folder = getenv("NOTT_PAGES");
    struct err e = {0};
    if (folder && file_write(file_in(folder, name).text, b->data, b->len, &e))
        fail_msg("%s", e.text);
}

static void test_page(void **state) {
    (void)state;
    struct song s = jig(32);
    struct buf midi = {0}, b;
    assert_int_equal(midi_write(&s, "song", &midi, NULL), 0);
    struct page_tune t = tune_of(&s);
    t.midi = &midi;
    const char *page = write_page(&b, &t, 1, "Other");
    check_page(page);
    keep_page(&b, "one.html");
    assert_true(b.len < 61440);
    json_t *data = data_of(page), *tune = tune_in(data, 0);
    assert_string_equal(text_in(tune, "title"), "Title");
    assert_string_equal(text_in(tune, "about"), "About it");
    assert_string_equal(text_in(tune, "command"), "rnn-sample --seed 7");
    assert_string_equal(text_in(tune, "name"), "song-7");
    assert_string_equal(text_in(tune, "abc"), t.abc);
    assert_true(json_is_null(json_object_get(tune, "sheet")));
    assert_memory_equal(text_in(tune, "midi"), "TVRoZAAAAAYAAQAD", 16);
    json_decref(data);
    buf_free(&b);
    buf_free(&midi);
    song_free(&s);
}

/* The tune as numbers: see page_song.h. */
static void test_song(void **state) {
    (void)state;
    struct song s = jig(2);
    add_mark(&s, MARK_METER, 1, EIGHTH + 2 * BAR, 1, 8);
    struct page_tune t = tune_of(&s);
    struct buf b;
    json_t *data = data_of(write_page(&b, &t, 1, ""));
    json_t *tune = tune_in(data, 0);
    static const char *const keys[] = {"ppq",    "end",    "quarter", "key",
                                       "meters", "chords", "harmony"};
    static const char *const values[] = {
        "480",
        "3119",
        "333333",
        "[2,0]",
        "[[0,1,8],[240,6,8]]",
        ("[[240,1439,50,75],[240,1439,54,75],[240,1439,57,75],"
         "[1680,1439,55,75],[1680,1439,59,75],[1680,1439,62,75]]"),
        "[[240,\"D\",2],[1680,\"G\",7]]"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *text = json_dumps(json_object_get(tune, keys[i]),
                                JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, values[i]);
        free(text);
    }
    assert_int_equal(json_array_size(json_object_get(tune, "melody")), 13);
    json_decref(data);
    buf_free(&b);
    song_free(&s);
}

static void check_harmony(const struct song *s, const char *value) {
    struct page_tune t = tune_of(s);
    struct buf b;
    json_t *data = data_of(write_page(&b, &t, 1, ""));
    char *text =
        json_dumps(json_object_get(tune_in(data, 0), "harmony"), JSON_COMPACT);
    assert_string_equal(text, value);
    free(text);
    json_decref(data);
    buf_free(&b);
}

static void test_harmony(void **state) {
    (void)state;
    struct song s = jig(0);
    check_harmony(&s, "[]");
    add_lyric(&s, 0, "Bbmaj9");
    add_lyric(&s, 480, "la la");
    check_harmony(&s, "[[0,\"Bbmaj9\",10],[480,\"la la\",-1]]");
    song_free(&s);
    s = jig(0); /* without names: the same again, and a bar of silence */
    for (int k = 0; k < 5; k++)
        if (k != 3)
            add_triad(&s, (int64_t)k * BAR, 50);
    check_harmony(&s, "[[0,\"D\",2],[4320,\"\",-1],[5760,\"D\",2]]");
    song_free(&s);
}

static const char *const hostile[] = {
    HOSTILE,
    "<!-- <script> <!--",
    "]]>\"'`${alert(1)}\\u003c\\",
    "\xff\xfe\x80 broken \xc3",
    "\xed\xa0\x80 \xef\xbf\xbe \xc0\xaf \xf4\x90\x80\x80",
    "line\xe2\x80\xa8separator\xe2\x80\xa9",
    "\x01\x02\t\r\n\x1b[31m",
    "@title@ @script@ @data@ &lt;b&gt; %s%n",
    "</title></style><img src=x onerror=alert(1)>",
    "ÄÖÜ 音楽 ♫ \xf0\x9f\x8e\xbb",
    "",
};

static void test_hostile_texts(void **state) {
    (void)state;
    struct song s = jig(8);
    add_lyric(&s, EIGHTH, "<b class=hostile>");
    add_lyric(&s, BAR, "D");
    struct buf sheet = {0};
    buf_printf(&sheet, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" "
                       "height=\"9\"><script>alert(1)</script></svg>");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const char *text = hostile[i];
        struct page_tune t = {text, text, text, text, &s, text, &sheet, &sheet};
        struct buf b;
        const char *page = write_page(&b, &t, 1, text);
        check_page(page);
        assert_null(strstr(page, "<b class=hostile>"));
        json_t *data = data_of(page), *tune = tune_in(data, 0);
        if (i != 3 && i != 4) /* no UTF-8 */
            assert_string_equal(text_in(tune, "title"), text);
        json_decref(data);
        if (i == 0)
            keep_page(&b, "hostile.html");
        buf_free(&b);
    }
    buf_free(&sheet);
    song_free(&s);
}

static void test_several(void **state) {
    (void)state;
    struct song a = jig(16), c = jig(24);
    struct buf sheet = {0}, b;
    buf_printf(&sheet, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                       "width=\"300\" height=\"60\"><path d=\"M0 30h300\" "
                       "stroke=\"black\"/></svg>");
    struct page_tune t[3] = {tune_of(&a), tune_of(&c), tune_of(&a)};
    t[0].title = HOSTILE;
    t[1].sheet = &sheet;
    t[2].abc = t[2].command = NULL;
    const char *page = write_page(&b, t, 3, "Three <tunes> & more");
    check_page(page);
    keep_page(&b, "three.html");
    assert_non_null(strstr(page, "<title>Three &#60;tunes&#62; &#38; more<"));
    json_t *data = data_of(page);
    assert_int_equal(json_array_size(json_object_get(data, "tunes")), 3);
    assert_string_equal(text_in(tune_in(data, 0), "title"), HOSTILE);
    assert_memory_equal(text_in(tune_in(data, 1), "sheet"), "PHN2ZyB4bWxu", 12);
    assert_true(json_is_null(json_object_get(tune_in(data, 2), "abc")));
    json_decref(data);
    buf_free(&b);
    buf_free(&sheet);
    song_free(&a);
    song_free(&c);
}

/* Songs that are no tunes of ours. */
static void test_odd_songs(void **state) {
    (void)state;
    struct song empty = {.ppq = PPQ}, bare = {.ppq = 1}, s = jig(3);
    assert_int_equal(song_add_part(&bare, "", -1), 0);
    struct page_tune t[3] = {tune_of(&empty), tune_of(&bare), tune_of(&s)};
    t[0].title = t[0].about = t[0].name = NULL;
    struct buf b;
    check_page(write_page(&b, t, 3, NULL));
    keep_page(&b, "bare.html");
    buf_free(&b);
    check_page(write_page(&b, NULL, 0, "Nothing"));
    buf_free(&b);
    song_free(&bare);
    song_free(&s);
}

static void test_base64(void **state) {
    (void)state;
    static const char *const want[] = {"", "/w==", "/wA=", "/wD+", "/wD+/Q=="};
    uint8_t bytes[4] = {0xff, 0, 0xfe, 0xfd};
    struct song s = jig(0);
    for (size_t n = 0; n <= 4; n++) {
        struct buf midi = {.data = bytes, .len = n}, b;
        struct page_tune t = tune_of(&s);
        t.midi = &midi;
        json_t *data = data_of(write_page(&b, &t, 1, ""));
        assert_string_equal(text_in(tune_in(data, 0), "midi"), want[n]);
        json_decref(data);
        buf_free(&b);
    }
    song_free(&s);
}

/* The script and the style hold nothing that would end their elements. */
static void test_files(void **state) {
    (void)state;
    assert_null(strstr((const char *)page_files_css, "</"));
    assert_null(strstr((const char *)page_files_js, "</"));
    assert_null(strstr((const char *)page_files_js, "<!--"));
    assert_null(strstr((const char *)page_files_js, "innerHTML"));
    assert_null(strstr((const char *)page_files_js, "eval"));
}

static void test_same_bytes(void **state) {
    (void)state;
    struct song s = jig(8);
    struct page_tune t = tune_of(&s);
    struct buf a, b;
    write_page(&a, &t, 1, "T");
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        setlocale(LC_ALL, "");
    write_page(&b, &t, 1, "T");
    setlocale(LC_ALL, "C");
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    buf_free(&a);
    buf_free(&b);
    song_free(&s);
}

static void test_full_buffer(void **state) {
    (void)state;
    struct song s = jig(1);
    struct page_tune t = tune_of(&s);
    struct buf b = {.max = 10000};
    struct err e = {0};
    assert_int_equal(page_write(&t, 1, "T", &b, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    buf_free(&b);
    song_free(&s);
}

/* Whichever allocation fails, the page is whole or there is an error. */
static void test_no_memory(void **state) {
    (void)state;
    if (!FAILING_WORKS)
        skip();
    struct song s = jig(1);
    struct page_tune t = tune_of(&s);
    struct buf midi = {.data = (uint8_t[]){1, 2, 3}, .len = 3}, whole;
    t.midi = &midi;
    write_page(&whole, &t, 1, "T");
    int ended = 0;
    for (long n = 1; !ended; n++) {
        struct buf b = {0};
        struct err e = {0};
        failing_start(n, FAIL_ONCE);
        int rc = page_write(&t, 1, "T", &b, &e);
        ended = !failing_stop();
        if (rc)
            assert_int_equal(e.code, ERR_MEM);
        else {
            assert_int_equal(b.len, whole.len);
            assert_memory_equal(b.data, whole.data, b.len);
        }
        buf_free(&b);
    }
    buf_free(&whole);
    song_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),       cmocka_unit_test(test_song),
        cmocka_unit_test(test_harmony),    cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_several),    cmocka_unit_test(test_odd_songs),
        cmocka_unit_test(test_base64),     cmocka_unit_test(test_files),
        cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_full_buffer),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
