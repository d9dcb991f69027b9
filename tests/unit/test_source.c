/* Files with tunes, in ABC or MIDI, as songs. SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "nott/base/file.h"
#include "nott/music/midi.h"
#include "nott/score/source.h"
#include "scores.h"
#include "scratch.h"

#include <fcntl.h>
#include <unistd.h>

static const char two[] = "X:1\nT:One\nL:1/8\nM:4/4\nK:C\nA8|]\n\n"
                          "X:2\nT:Two\nL:1/8\nM:4/4\nK:C\nB8|c7|d8|\n\n"
                          "X:3\nK:C\nA99999|\n\n"
                          "X:4\nP:A100A27\nK:C\nP:A\n|:";

static void save(const char *name, const void *bytes, size_t n) {
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    assert_int_equal(file_write(path, bytes, n, NULL), 0);
}

static void test_names(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int is_source, is_abc;
    } cases[] = {
        {"a.abc", 1, 1},   {"x/y.ABC", 1, 1}, {"a.mid", 1, 0},
        {"a.MIDI", 1, 0},  {".abc", 0, 0},    {"x/.abc", 0, 0},
        {"a.abc/b", 0, 0}, {"abc", 0, 0},     {"a.abc.gz", 0, 0},
        {"", 0, 0},        {"-", 0, 0},       {"a.ab", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(source_is_name(cases[i].path), cases[i].is_source);
        assert_int_equal(source_is_abc_name(cases[i].path), cases[i].is_abc);
    }
}

/* Loads it; what is wrong, or "". */
static const char *load(struct source *s, const char *from) {
    static struct err e;
    e = (struct err){0};
    if (source_load(s, from, &e) == 0)
        return "";
    assert_null(s->path);
    assert_null(s->bytes.data);
    assert_null(s->abc.tunes);
    return e.text;
}

static void check_song(const struct source *s, size_t tune, const char *melody,
                       const char *remarks) {
    struct song song;
    struct buf b = {0}, told = {0};
    struct err e = {0};
    if (source_song(&song, NULL, s, tune, &told, &e))
        fail_msg("%s", e.text);
    scores_part(&song.parts[1], &b);
    scores_check(&b, melody, source_name(s));
    scores_check(&told, remarks, source_name(s));
    song_free(&song);
}

static void check_error(const struct source *s, size_t tune, const char *at) {
    struct song song;
    struct buf told = {0}, got = {0}, want = {0};
    struct err e = {0};
    assert_int_equal(source_song(&song, NULL, s, tune, &told, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_null(song.parts);
    buf_printf(&got, "%s", e.text);
    buf_printf(&want, "%s:%s", source_name(s), at);
    scores_check(&got, (char *)want.data, "an error");
    buf_free(&want);
    buf_free(&told);
}

static void test_abc(void **state) {
    (void)state;
    struct source s;
    struct buf b = {0};
    buf_printf(&b, "%s", two);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "A");
    buf_printf(&b, ":|\n");
    save("tunes.abc", b.data, b.len);
    buf_free(&b);
    assert_string_equal(load(&s, path), "");
    assert_int_equal(s.is_abc, 1);
    assert_int_equal(s.tunes, 4);
    assert_string_equal(source_name(&s), path);
    check_song(&s, 0, "A4:8", "");
    check_song(&s, 1, "B4:8 C5:7 D5:8", "13:6: bar 2 has 3.5 of 4/4\n");
    check_error(&s, 2, "17:2: a note of this length cannot be written");
    check_error(&s, 3, "19:1: more than 65536 notes");
    source_free(&s);
    /* Of another name it is what it holds. */
    save("tunes.txt", two, strlen(two));
    assert_string_equal(load(&s, path), "");
    assert_int_equal(s.is_abc, 1);
    source_free(&s);
}

static void test_midi(void **state) {
    (void)state;
    struct source s;
    struct song song;
    struct score score = scores_read("ABc|");
    struct buf b = {0};
    assert_int_equal(perform_score(&song, &score, NULL), 0);
    assert_int_equal(midi_write(&song, "song", &b, NULL), 0);
    save("tune.mid", b.data, b.len);
    assert_string_equal(load(&s, path), "");
    assert_int_equal(s.is_abc, 0);
    assert_int_equal(s.tunes, 1);
    song_free(&song);
    assert_int_equal(source_song(&song, NULL, &s, 0, &(struct buf){0}, NULL),
                     0);
    assert_int_equal(song.parts[1].count, 3);
    song_free(&song);
    source_free(&s);
    score_free(&score);
    buf_free(&b);
    save("bad.mid", "X:1\nK:C\nA|", 10);
    assert_string_equal(load(&s, path), "");
    assert_int_equal(s.is_abc, 0);
    assert_int_equal(source_song(&song, NULL, &s, 0, &(struct buf){0}, NULL),
                     -1);
    source_free(&s);
}

static void test_others(void **state) {
    (void)state;
    struct source s;
    char want[200];
    save("empty.abc", "", 0);
    snprintf(want, sizeof want, "%s: no tune in it: none begins with X:", path);
    assert_string_equal(load(&s, path), want);
    save("words.txt", "hello", 5);
    snprintf(want, sizeof want, "%s: neither a .mid nor an .abc file", path);
    assert_string_equal(load(&s, path), want);
    snprintf(path, sizeof path, "%s/none.abc", scratch);
    assert_non_null(strstr(load(&s, path), "No such file"));
}

static void test_input(void **state) {
    (void)state;
    struct source s;
    int old = dup(0);
    save("tunes", two, strlen(two));
    for (int k = 0; k < 2; k++) {
        int fd = open(path, O_RDONLY);
        assert_true(fd >= 0 && dup2(fd, 0) == 0);
        close(fd);
        assert_string_equal(load(&s, "-"), "");
        assert_int_equal(s.is_abc, !k);
        assert_string_equal(source_name(&s), "standard input");
        if (!k) {
            check_song(&s, 0, "A4:8", "");
            check_error(&s, 2, "17:2: a note of this length cannot be written");
        }
        source_free(&s);
        save("tunes", "MThd", 4);
    }
    assert_int_equal(dup2(old, 0), 0);
    close(old);
}

static void test_no_memory(void **state) {
    (void)state;
    int ended = !FAILING_WORKS;
    if (ended) {
        print_message("needs glibc or the address sanitizer\n");
        skip();
    }
    save("tunes.abc", two, strlen(two));
    for (long n = 1; !ended; n++) {
        struct source s;
        struct song song = {0};
        struct buf told = {0};
        struct err e = {0};
        failing_start(n, FAIL_ONCE);
        int rc = source_load(&s, path, &e) ||
                 source_song(&song, NULL, &s, 1, &told, &e);
        ended = !failing_stop();
        assert_true(n < 100);
        assert_int_equal(e.code, rc ? ERR_MEM : ERR_NONE);
        assert_true(!rc || !ended);
        song_free(&song);
        buf_free(&told);
        source_free(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_abc),
        cmocka_unit_test(test_midi),  cmocka_unit_test(test_others),
        cmocka_unit_test(test_input), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
