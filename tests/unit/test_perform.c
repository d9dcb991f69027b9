/* Scores as they are played: repeats and endings, parts, ties, chords, signs.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "scores.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const char *const melodies[][2] = {
    {"P:(AB)2C\nK:C\nP:A\nAB|\nP:B\nCD|\nP:C\nEF|",
     "A4 B4 C4 D4 A4 B4 C4 D4 E4 F4"},
    {"P:A.B2.A\nK:C\nP:A\nAB|\nP:B\nCD|\nP:C\nEF|", "A4 B4 C4 D4 C4 D4 A4 B4"},
    {"P:ABA\nK:C\n[P:A]AB|[P:B]CD|", "A4 B4 C4 D4 A4 B4"},
    {"P:((AB)2C)2\nK:C\nP:A\nAB|\nP:B\nCD|\nP:C\nEF|",
     "A4 B4 C4 D4 A4 B4 C4 D4 E4 F4 A4 B4 C4 D4 A4 B4 C4 D4 E4 F4"},
    {"K:C\nP:A\nAB|\nP:B\nCD|", "A4 B4 C4 D4"},
    {"P:A2B\nK:C\nP:A\nAB|\nP:B\nCD|\nP:C\nEF|", "A4 B4 A4 B4 C4 D4"},
    {"P:ABA\nK:C\nP:A\nAB|\nP:B\nCD|\nP:C\nEF|", "A4 B4 C4 D4 A4 B4"},
    {"P:ABA\nK:C\nP:A\n|:AB:|\nP:B\nCD|", "A4 B4 A4 B4 C4 D4 A4 B4 A4 B4"},
    {"|:AB:|:CD:|", "A4 B4 A4 B4 C4 D4 C4 D4"},
    {"|:AB:||:CD:|", "A4 B4 A4 B4 C4 D4 C4 D4"},
    {"|:AB::CD:|", "A4 B4 A4 B4 C4 D4 C4 D4"},
    {"|:AB||CD:|", "A4 B4 C4 D4 A4 B4 C4 D4"},
    {"AB||CD:|", "A4 B4 C4 D4 C4 D4"},
    {" G:|B||C:|", "G4 G4 B4 C4 C4"},
    {"|:AB:|]", "A4 B4 A4 B4"},
    {"|:AB|1C:|2D|]", "A4 B4 C4 A4 B4 D4"},
    {"|:AB|[1C:|[2D||EF|]", "A4 B4 C4 A4 B4 D4 E4 F4"},
    {"|:A|1B:|2C:||:D|1E:|2F:|]", "A4 B4 A4 C4 D4 E4 D4 F4"},
    {"|:AB|1C:|2D::EF:|", "A4 B4 C4 A4 B4 D4 E4 F4 E4 F4"},
    {"|:A|[1,3B:|[2C:|[4D|]", "A4 B4 A4 C4 A4 B4 A4 D4"},
    {"AB|1C:|2D|EF|", "A4 B4 C4 A4 B4 D4 E4 F4"},
    {"|:A|[1-3B:|[4D|]", "A4 B4 A4 B4 A4 B4 A4 D4"},
    {"|:AB| [1 C :| [2 D |]", "A4 B4 C4 A4 B4 D4"},
    {"|:AB:|\n|:CD:|", "A4 B4 A4 B4 C4 D4 C4 D4"},
    {"|:AB|\n:|CD|", "A4 B4 A4 B4 C4 D4"},
    {"AB|:CD:|EF|", "A4 B4 C4 D4 C4 D4 E4 F4"},
    {"AB:|CD|", "A4 B4 A4 B4 C4 D4"},
    {"[|AB|]CD.|E[|]F||A|B|||", "A4 B4 C4 D4 E4 F4 A4 B4"},
    {"|:AB:|CD|", "A4 B4 A4 B4 C4 D4"},
    {"AB:|CD:|EF|", "A4 B4 A4 B4 C4 D4 C4 D4 E4 F4"},
    {"|: AB :| |: CD :|", "A4 B4 A4 B4 C4 D4 C4 D4"},
    {"|::AB::|CD|", "A4 B4 A4 B4 A4 B4 C4 D4"},
    {"|:A2B2-:|B2A2|", "A4:2 B4:2 A4:2 B4:4 A4:2"},
    /* three times by endings, and by colons */
    {"|:A|1B:|2c:|3d|]", "A4 B4 A4 C5 A4 D5"},
    {"|:A|[1,2B:|[3c|]d|", "A4 B4 A4 B4 A4 C5 D5"},
    {"|::A::|::B::|", "A4 A4 A4 B4 B4 B4"},
    {"A|:B:|c:|", "A4 B4 B4 C5 C5"},
    /* a pickup of which no signature says the length */
    {"A/3|B8|", "z:7.667 A4:0.3333 B4:8"},
    {"A/3|", "A4:0.3333"},
    /* a beginning without an end */
    {"|:A|:B:|", "A4 A4 B4 B4"},
    {"A|:B|", "A4 B4"},
    /* what comes after the last ending is played once */
    {"|:A|1B:|2c|d|]", "A4 B4 A4 C5 D5"},
    {"|:A|1B|c:|2d|e||f|]", "A4 B4 C5 A4 D5 E5 F5"},
    /* grace notes take no time; ties over bars and symbols */
    {"A-|{b}A-\"D\"|A-[K:D]A|", "A4:4"},
    {"[CE]-|[CE]|[CE]-C|", "C4+E4:2 C4:2+E4"},
    {"A-|B|A|", "A4 B4 A4"},
    {"P:AB\nK:C\nP:A\nA-|\nP:B\nA|", "A4:2"},
    {"|:A-|1A:|2B|]", "A4:2 A4 B4"},
    /* an order of parts that are not there, and notes before the first one */
    {"P:AXA\nK:C\nz|\nP:A\nA|", "z A4 A4"},
    {"P:AB\nK:C\nA|B|", "A4 B4"},
    {"P:AB\nK:C\nP:B\nA|\nP:A\n|:B:|", "B4 B4 A4"},
    {"z2|A|z|", "z:2 A4 z"},
};

static void test_melodies(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(melodies); i++)
        scores_check_played(melodies[i][0], melodies[i][1]);
}

static struct song play(const char *text) {
    struct score s = scores_read(text);
    struct song song;
    struct err e = {0};
    if (perform_score(&song, &s, &e))
        fail_msg("%s: %s", text, e.text);
    assert_int_equal(song.ppq, SCORE_PPQ);
    assert_int_equal(song.written, 1);
    score_free(&s);
    return song;
}

/* Chords are held up to the next symbol, and close over their root. */
static void test_chords(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"\"C\"AB|\"G\"cd|", "C3+E3+G3:2 G3+B3+D4:2"},
        {"A\"Am\"B\"what\"c\"N.C.\"d\"D7\"e|", "z A3+C4+E4:2 z D3+F#3+A3+C4"},
        {"|:\"C\"A:|B|", "C3+E3+G3 C3+E3+G3:2"},
        {"\"F/A\"A\"Hm\"B|", "F3+A3+C4 B3+D4+F#4"},
        {"\"C\"\"G\"A|\"D\"", "G3+B3+D4"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct song song = play(cases[i][0]);
        struct buf b = {0};
        assert_int_equal(song.part_count, 3);
        scores_part(&song.parts[2], &b);
        scores_check(&b, cases[i][1], cases[i][0]);
        song_free(&song);
    }
    struct song song = play("A\"Fine\"B|");
    assert_int_equal(song.part_count, 2);
    song_free(&song);
}

/* Marks of part 0: "TICKS:WHAT ...", in eighths. */
static void check_signs(const char *text, const char *want) {
    struct song song = play(text);
    struct buf b = {0};
    for (size_t i = 0; i < song.mark_count; i++) {
        const struct mark *m = &song.marks[i];
        assert_int_equal(m->part, 0);
        buf_printf(&b, "%s%g:", i ? ", " : "", (double)m->tick / EIGHTH);
        if (m->kind == MARK_METER)
            buf_printf(&b, "%d/%d", m->a, m->b);
        else if (m->kind == MARK_KEY)
            buf_printf(&b, "%d%s %s", m->a, m->b ? " minor" : "", m->text);
        else if (m->kind == MARK_TEMPO)
            buf_printf(&b, "%d", m->a);
        else
            buf_printf(&b, "%s", m->text);
    }
    scores_check(&b, want, text);
    song_free(&song);
}

static void test_signs(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"X:1\nT:Tune\nM:6/8\nL:1/8\nQ:3/8=100\nK:Edor\nA6|",
         "0:Tune, 0:400000, 0:2 E dorian, 0:6/8"},
        {"X:1\nM:4/4\nL:1/8\nK:none\nA8[K:Am]B8|", "0:4/4, 8:0 minor A minor"},
        {"X:1\nM:4/4\nL:1/8\nK:Bb\nAB|c8|[M:3/4]c6|[Q:1/4=60]c6|",
         "0:-2 Bb major, 0:1/4, 2:4/4, 10:3/4, 16:1000000"},
        {"M:6/8\nK:C\nA|B6|", "0:0 C major, 0:1/8, 1:6/8"},
        {"M:6/8\nK:C\nA3|B6|", "0:0 C major, 0:3/8, 3:6/8"},
        {"K:C\nA4|B8|", "0:0 C major, 0:1/2, 4:4/4"},
        {"K:C\nA/3|B8|", "0:0 C major, 0:4/4, 8:4/4"},
        {"K:C\n|:A2|B6:|", "0:0 C major, 0:1/4, 2:4/4"},
        {"K:C\n|:A8:|[M:3/4]B6|[M:3/4]c6|", "0:0 C major, 0:4/4, 16:3/4"},
        {"M:none\nK:C\nA|", "0:0 C major"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_signs(cases[i][0], cases[i][1]);
}

static void test_too_long(void **state) {
    (void)state;
    static const char *const orders[] = {"A100A27", "B100B27"};
    for (size_t k = 0; k < 2; k++) {
        struct buf b = {0};
        struct song song;
        struct err e = {0};
        buf_printf(&b, "P:%s\nK:C\nP:A\n|:", orders[k]);
        for (int i = 0; i < 1000; i++)
            buf_printf(&b, "A");
        buf_printf(&b, "|1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 :|\nP:B\n|:");
        for (int i = 0; i < 1000; i++)
            buf_printf(&b, "\"C\"{c}[Q:%d]", 200 + i);
        buf_printf(&b, "A|1-16 :|");
        struct score s = scores_read((const char *)b.data);
        assert_int_equal(perform_score(&song, &s, &e), -1);
        assert_int_equal(e.code, ERR_FORMAT);
        assert_string_equal(e.text, k ? "too long with its repeats"
                                      : "more than 65536 notes");
        assert_null(song.parts);
        score_free(&s);
        buf_free(&b);
    }
}

/* Scores that were not read. */
static void test_odd_scores(void **state) {
    (void)state;
    struct score s = {.meter = {4, 4}};
    struct song song;
    assert_int_equal(perform_score(&song, &s, NULL), 0);
    assert_int_equal(song.part_count, 2);
    assert_int_equal(song.parts[1].count, 0);
    song_free(&song);
    static const unsigned bars[] = {4, 12, 8, 4, 28, 0, 4, 12, 20};
    for (size_t i = 0; i < LENGTH(bars); i++) {
        struct score_item bar = {.kind = SCORE_BAR, .bar = bars[i]};
        struct score_item ending = {.kind = SCORE_ENDING,
                                    .endings = 1u << i | 1};
        assert_int_equal(score_add(&s, &bar, NULL), 0);
        assert_int_equal(score_add(&s, &ending, NULL), 0);
    }
    assert_int_equal(perform_score(&song, &s, NULL), 0);
    song_free(&song);
    score_free(&s);
}

static void test_no_memory(void **state) {
    (void)state;
    int ended = !FAILING_WORKS;
    if (ended) {
        print_message("needs glibc or the address sanitizer\n");
        skip();
    }
    struct score s =
        scores_read("X:1\nT:T\nM:4/4\nL:1/8\nQ:90\nP:AB\nK:D\nP:A\n"
                    "|:\"G\"A2-|A[K:C]B[M:3/4]c\"D\"d|1efg:|2[ceg]|\nP:B\n"
                    "\"A\"ABcABcABcABcABcABc\"B\"ABcABcABcABc|]");
    for (long n = 1; !ended; n++) {
        struct song song;
        struct err e = {0};
        failing_start(n, FAIL_ONCE);
        int rc = perform_score(&song, &s, &e);
        ended = !failing_stop();
        assert_int_equal(rc, ended ? 0 : -1);
        assert_int_equal(e.code, ended ? ERR_NONE : ERR_MEM);
        assert_true(n < 100);
        song_free(&song);
    }
    score_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_melodies),   cmocka_unit_test(test_chords),
        cmocka_unit_test(test_signs),      cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_odd_scores), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
