/* Chords by name in the texts of a song. SPDX-License-Identifier: MIT */
#include "music/names.h"

#include <stdlib.h>

#include "music.h"

static struct song song;
static struct part found;
static int where;

static void forget(void) {
    free(found.notes);
    found = (struct part){0};
}

static int tear_down(void **state) {
    (void)state;
    forget();
    song_free(&song);
    return 0;
}

/* Two parts; so many bars of 4/4 to the end. */
static void begin(int bars) {
    tear_down(NULL);
    music_parts(&song, 480, 2);
    song.parts[1].end = 1920 * (int64_t)bars;
}

static void write_text(int part, int64_t tick, int type, const char *text) {
    struct mark m = {.kind = MARK_TEXT, .part = part, .tick = tick, .a = type};
    snprintf(m.text, sizeof m.text, "%s", text);
    assert_int_equal(song_add_mark(&song, m, NULL), 0);
}

/* Words a bar apart, from a bar on; "-" is none. */
static void write_bars(int part, int type, int bar, const char *words) {
    for (size_t n; *words; words += n + (words[n] != 0), bar++) {
        char word[SONG_TEXT_MAX];
        n = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)n, words);
        if (strcmp(word, "-") != 0)
            write_text(part, 1920 * bar, type, word);
    }
}

/* "0-2:G 2-4:D7": quarters and names of the block chords; "" = there are
 * none. */
static void check(const char *want) {
    struct buf b = {0};
    forget();
    int rc = names_find(&found, &where, &song, NULL);
    assert_int_equal(rc, found.count > 0);
    for (size_t i = 0, to; i < found.count; i = to) {
        const struct note *n = &found.notes[i];
        struct chord c = {0};
        char name[CHORD_NAME];
        for (to = i; to < found.count && found.notes[to].onset == n->onset;
             to++) {
            assert_int_equal(found.notes[to].duration, n->duration);
            chord_add(&c, found.notes[to].pitch);
        }
        assert_in_range(c.pitch[0], 48, 59);
        assert_true(c.pitch[c.voices - 1] - c.pitch[0] < 12);
        chord_name(chord_set(&c), c.pitch[0] % 12, name);
        buf_printf(&b, "%s%g-%g:%s", i ? " " : "", (double)n->onset / 480,
                   (double)(n->onset + n->duration) / 480, name);
    }
    assert_string_equal(b.data ? (char *)b.data : "", want);
    buf_free(&b);
}

/* Each up to the next, the last to the end of the song. */
static void test_block_chords(void **state) {
    (void)state;
    begin(4);
    write_bars(1, 1, 0, "G D7 - Em");
    check("0-4:G 4-12:D7 12-16:Em");
    assert_int_equal(where, 1);
    assert_int_equal(found.end, 4 * 1920);
    begin(4);
    write_bars(0, 5, 1, "G Am"); /* lyrics */
    check("4-8:G 8-16:Am");
    assert_int_equal(where, 0);
    begin(4);
    write_bars(1, 6, 0, "G Am"); /* markers */
    check("0-4:G 4-16:Am");
}

static void test_silence(void **state) {
    (void)state;
    begin(4);
    write_bars(1, 1, 0, "G N.C. Am NC");
    check("0-4:G 8-12:Am");
    begin(4);
    write_bars(1, 1, 0, "G N.C. N.C. N.C."); /* one chord is no harmony */
    check("");
}

/* As people write them over words: in brackets, or with blanks behind. */
static void test_brackets(void **state) {
    (void)state;
    begin(4);
    write_text(1, 0, 1, "[G]");
    write_text(1, 1920, 1, "(Am7)");
    write_text(1, 3840, 1, "D/F#  ");
    write_text(1, 5760, 1, "[Hm] ");
    check("0-4:G 4-8:Am7 8-12:D 12-16:Bm");
}

static void test_no_names(void **state) {
    (void)state;
    static const char *const odd[] = {"",
                                      "[",
                                      "()",
                                      "[ ]",
                                      " ",
                                      "G D",
                                      "longer than any name of a chord is",
                                      "A Dame",
                                      "-"};
    begin(2);
    check("");
    write_bars(1, 1, 0, "G Am");
    check("0-4:G 4-8:Am");
    begin(4);
    write_bars(1, 1, 0, "G - G"); /* the same twice */
    check("0-8:G 8-16:G");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        begin(4);
        write_text(1, 0, 1, odd[i]);
        write_text(1, 3840, 1, odd[i]);
        check("");
    }
}

/* Most texts must be names. Empty ones, and names of tracks, are none. */
static void test_other_texts(void **state) {
    (void)state;
    begin(4);
    write_bars(1, 1, 0, "G Am C D");
    write_bars(1, 5, 0, "so he said it");
    check("0-4:G 4-8:Am 8-12:C 12-16:D");
    write_text(1, 100, 3, "a track");
    write_text(1, 100, 1, "");
    check("0-4:G 4-8:Am 8-12:C 12-16:D");
    write_text(1, 100, 5, "so");
    check("");
    begin(4);
    write_bars(1, 3, 0, "G Am C D"); /* names of tracks */
    check("");
}

/* At least two names, and one in four bars. */
static void test_density(void **state) {
    (void)state;
    begin(4);
    write_bars(1, 1, 0, "G");
    check("");
    begin(8);
    write_bars(1, 1, 0, "G Am");
    check("0-4:G 4-32:Am");
    begin(9);
    write_bars(1, 1, 0, "G Am");
    check("");
    write_bars(1, 1, 6, "C");
    check("0-4:G 4-24:Am 24-36:C");
}

/* What stands in several parts, even a bar apart, counts once; the same chord
 * later is another. */
static void test_copies(void **state) {
    (void)state;
    begin(4);
    write_bars(0, 1, 0, "G Am C D");
    write_bars(1, 1, 0, "G Am C D");
    check("0-4:G 4-8:Am 8-12:C 12-16:D");
    assert_int_equal(found.count, 12);
    assert_int_equal(where, 0);
    begin(4);
    write_bars(0, 1, 0, "G G Am");
    write_text(1, 10, 1, "G");
    check("0-8:G 8-16:Am");
    begin(4);
    write_bars(1, 1, 0, "C6 Am7 C6"); /* the same notes, not the same chord */
    check("0-4:C6 4-8:Am7 8-16:C6");
    begin(4);
    write_text(1, 0, 1, "G");
    write_text(1, 1921, 1, "G"); /* more than a bar of 4/4 */
    check("0-4.00208:G 4.00208-16:G");
}

/* Sections of a piece are named too. */
static void test_sections(void **state) {
    (void)state;
    static const char *const sections[] = {"A B", "A B C", "A B C D E F G",
                                           "A - B C", "A - - - B - - - C"};
    static const char *const chords[] = {"A D",    "A B A",  "G A B", "B C",
                                         "Am B C", "A B7 C", "A B D", "A C"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        for (int both = 0; both < 2; both++) { /* in two parts, too */
            begin(12);
            write_bars(0, 6, 0, sections[i]);
            if (both)
                write_bars(1, 6, 0, sections[i]);
            check("");
        }
    for (size_t i = 0; i < sizeof chords / sizeof *chords; i++) {
        begin(4);
        write_bars(0, 6, 0, chords[i]);
        forget();
        assert_int_equal(names_find(&found, &where, &song, NULL), 1);
    }
}

/* Sections come back: A, A, B, A. So few letters are no harmony either, from A
 * on, but more than one in two bars are. */
static void test_sections_come_back(void **state) {
    (void)state;
    begin(12);
    write_bars(0, 6, 0, "A - A - B - A - D -");
    check("");
    begin(8);
    write_bars(0, 6, 0, "A - A - B - A -");
    check("0-8:A 8-16:A 16-24:B 24-32:A");
    begin(12);
    write_bars(0, 6, 0, "D - A - D - A - D -"); /* not from A on */
    check("0-8:D 8-16:A 16-24:D 24-32:A 32-48:D");
    begin(12);
    write_bars(0, 6, 0, "A - D - A - E7 - A -"); /* not letters alone */
    check("0-8:A 8-16:D 16-24:A 24-32:E7 32-48:A");
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_block_chords),
        TEST(test_silence),
        TEST(test_brackets),
        TEST(test_no_names),
        TEST(test_other_texts),
        TEST(test_density),
        TEST(test_copies),
        TEST(test_sections),
        TEST(test_sections_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
