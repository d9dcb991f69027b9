/* Songs in memory. SPDX-License-Identifier: MIT */
#include "nott/music/song.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct note note_at(int64_t onset, int64_t duration, int pitch) {
    return (struct note){
        .onset = onset, .duration = duration, .pitch = pitch, .velocity = 80};
}

static void add_mark(struct song *s, enum mark_kind kind, int part,
                     int64_t tick, int a) {
    struct mark m = {.tick = tick, .kind = kind, .part = part, .a = a};
    assert_int_equal(song_add_mark(s, m, NULL), 0);
}

static void test_empty(void **state) {
    (void)state;
    struct song s = {0};
    assert_null(song_mark_at(&s, MARK_TEMPO, -1, 1000));
    song_free(&s);
    song_free(&s);
    assert_null(s.parts);
    assert_int_equal(s.part_count, 0);
}

static void test_parts(void **state) {
    (void)state;
    struct song s = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(song_add_part(&s, i % 2 ? "odd" : "even", i), i);
    assert_int_equal(s.part_count, 100);
    for (int i = 0; i < 100; i++) {
        assert_string_equal(s.parts[i].name, i % 2 ? "odd" : "even");
        assert_int_equal(s.parts[i].program, i);
        assert_int_equal(s.parts[i].count, 0);
        assert_int_equal(s.parts[i].end, 0);
    }
    song_free(&s);
}

static void test_name_is_cut(void **state) {
    (void)state;
    struct song s = {0};
    char name[200];
    memset(name, 'n', sizeof name);
    name[199] = 0;
    assert_int_equal(song_add_part(&s, name, -1), 0);
    assert_int_equal(strlen(s.parts[0].name), SONG_TEXT_MAX);
    song_free(&s);
}

static void test_text_fit(void **state) {
    (void)state;
    char text[140];
    memset(text, 'a', sizeof text);
    assert_int_equal(song_text_fit(text, 0), 0);
    assert_int_equal(song_text_fit(text, 127), 127);
    assert_int_equal(song_text_fit(text, 128), 127);
    memcpy(text + 126, "\xc3\xbc", 2); /* u umlaut over the edge */
    assert_int_equal(song_text_fit(text, 140), 126);
    assert_int_equal(song_text_fit(text, 127), 127); /* nothing to cut */
    memcpy(text + 125, "\xc3\xbc", 2);               /* before the edge */
    text[127] = 'a';
    assert_int_equal(song_text_fit(text, 140), 127);
    memcpy(text + 124, "\xf0\x9f\x8e\xb5", 4); /* four bytes, one over */
    assert_int_equal(song_text_fit(text, 140), 124);
    memset(text, '\x80', sizeof text); /* no UTF-8 at all */
    assert_int_equal(song_text_fit(text, 140), 127);
}

static void test_notes_in_order(void **state) {
    (void)state;
    static const int onsets[] = {5, 0, 9, 5, 0, 7, 5};
    static const int expect[][2] = {{0, 1}, {0, 4}, {5, 0}, {5, 3},
                                    {5, 6}, {7, 5}, {9, 2}};
    struct song s = {0};
    song_add_part(&s, "", -1);
    for (int i = 0; i < 7; i++)
        assert_int_equal(song_add_note(&s, 0, note_at(onsets[i], 1, i), NULL),
                         0);
    assert_int_equal(s.parts[0].count, 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(s.parts[0].notes[i].onset, expect[i][0]);
        assert_int_equal(s.parts[0].notes[i].pitch, expect[i][1]);
    }
    song_free(&s);
}

static void test_end_is_raised(void **state) {
    (void)state;
    struct song s = {0};
    song_add_part(&s, "", -1);
    song_add_note(&s, 0, note_at(0, 100, 60), NULL);
    assert_int_equal(s.parts[0].end, 100);
    song_add_note(&s, 0, note_at(50, 10, 60), NULL);
    assert_int_equal(s.parts[0].end, 100);
    s.parts[0].end = 500;
    song_add_note(&s, 0, note_at(200, 10, 60), NULL);
    assert_int_equal(s.parts[0].end, 500);
    song_free(&s);
}

static void test_many_notes(void **state) {
    (void)state;
    struct song s = {0};
    song_add_part(&s, "", -1);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(song_add_note(&s, 0, note_at(i, 1, i % 128), NULL), 0);
    assert_int_equal(s.parts[0].count, 10000);
    assert_int_equal(s.parts[0].notes[9999].onset, 9999);
    song_free(&s);
}

static void test_marks_in_order(void **state) {
    (void)state;
    static const int in[][2] = {{1, 5}, {0, 9}, {1, 0}, {0, 9}, {0, 2}};
    static const int expect[][3] = {
        {0, 2, 4}, {0, 9, 1}, {0, 9, 3}, {1, 0, 2}, {1, 5, 0}};
    struct song s = {0};
    song_add_part(&s, "", -1);
    song_add_part(&s, "", -1);
    for (int i = 0; i < 5; i++)
        add_mark(&s, MARK_KEY, in[i][0], in[i][1], i);
    assert_int_equal(s.mark_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(s.marks[i].part, expect[i][0]);
        assert_int_equal(s.marks[i].tick, expect[i][1]);
        assert_int_equal(s.marks[i].a, expect[i][2]);
    }
    song_free(&s);
}

static int found(const struct song *s, int part, int64_t tick) {
    const struct mark *m = song_mark_at(s, MARK_METER, part, tick);
    return m ? m->a : -1;
}

static void test_mark_at(void **state) {
    (void)state;
    struct song s = {0};
    song_add_part(&s, "", -1);
    song_add_part(&s, "", -1);
    add_mark(&s, MARK_METER, 0, 10, 4);
    add_mark(&s, MARK_METER, 0, 10, 6); /* the last of a tick counts */
    add_mark(&s, MARK_TEMPO, 0, 15, 99);
    add_mark(&s, MARK_METER, 0, 30, 2);
    add_mark(&s, MARK_METER, 1, 0, 9);
    add_mark(&s, MARK_METER, 1, 10, 3);
    assert_int_equal(found(&s, 0, 9), -1);
    assert_int_equal(found(&s, 0, 10), 6);
    assert_int_equal(found(&s, 0, 29), 6);
    assert_int_equal(found(&s, 0, 30), 2);
    assert_int_equal(found(&s, 1, 30), 3);
    assert_int_equal(found(&s, -1, 9), 9);
    assert_int_equal(found(&s, -1, 10), 3);
    assert_int_equal(found(&s, -1, 1000), 2);
    assert_null(song_mark_at(&s, MARK_KEY, -1, 1000));
    song_free(&s);
}

static void test_repairs(void **state) {
    (void)state;
    struct song s = {0};
    char text[SONG_REPAIRS_MAX], small[12];
    assert_string_equal(song_repairs(&s, text, sizeof text), "");
    s.repaired = REPAIR_RIFF;
    assert_string_equal(song_repairs(&s, text, sizeof text), "RIFF container");
    s.repaired = REPAIR_TRACKS | REPAIR_RUNNING_META | REPAIR_KEY;
    assert_ptr_equal(song_repairs(&s, text, sizeof text), text);
    assert_string_equal(
        text,
        "track count, running status over a meta event, bad key signature");
    assert_string_equal(song_repairs(&s, small, sizeof small), "track count");
    assert_string_equal(song_repairs(&s, small, 1), "");
    /* all of them, each with a name */
    s.repaired = ~0u;
    song_repairs(&s, text, sizeof text);
    assert_true(strlen(text) < sizeof text - 1);
    assert_non_null(strstr(text, ", bad key signature"));
    assert_int_equal(1u << (SONG_REPAIRS - 1), REPAIR_KEY);
    song_free(&s);
    assert_int_equal(s.repaired, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_name_is_cut),
        cmocka_unit_test(test_text_fit),
        cmocka_unit_test(test_notes_in_order),
        cmocka_unit_test(test_end_is_raised),
        cmocka_unit_test(test_many_notes),
        cmocka_unit_test(test_marks_in_order),
        cmocka_unit_test(test_mark_at),
        cmocka_unit_test(test_repairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
