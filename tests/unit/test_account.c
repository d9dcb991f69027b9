/* What is said of files: the table, the summary, the reasons.
 * SPDX-License-Identifier: MIT */
#include "nott/data/account.h"

#include <stdlib.h>

#include "music.h"
#include "nott/data/reasons.h"

static struct corpus c;
static struct dataset d;
static struct buf text;

/* Room for n files, of the names "f0", "f1", ..., each a tune of eight steps
 * over chord number 1 of the pool, which is G. */
static void make(size_t n) {
    struct chord g = music_chord("G"), one = {.pitch = {50}, .voices = 1};
    c = (struct corpus){.count = n, .share = {80, 10, 10}};
    c.files = calloc(n, sizeof *c.files);
    assert_int_equal(chord_pool_find(&c.pool, &g, NULL), 1);
    assert_int_equal(chord_pool_find(&c.pool, &one, NULL), 2);
    c.map = calloc(3, sizeof *c.map);
    c.map[1] = 1;
    c.map[2] = 1;
    assert_int_equal(dataset_init(&d, n, 8 * n, NULL), 0);
    d.vocabulary = music_attack();
    d.steps_per_quarter = 4;
    for (size_t i = 0; i < n; i++) {
        char name[32];
        struct corpus_file *f = &c.files[i];
        snprintf(name, sizeof name, "f%zu", i);
        f->name = strdup(name);
        f->path = strdup(name);
        f->tune = (struct raw_tune){.steps = 8,
                                    .header = {16, 0, 4, 4, 7},
                                    .has_chords = 1,
                                    .by = "signs",
                                    .key_by_sign = 1,
                                    .meter_by_sign = 1,
                                    .notes = 4,
                                    .melody_track = 2,
                                    .chord_track = 3};
        f->tune.melody = calloc(8, sizeof *f->tune.melody);
        f->tune.chord = calloc(8, sizeof *f->tune.chord);
        for (int k = 0; k < 8; k++)
            f->tune.chord[k] = 1;
        dataset_set_header(&d, i, &f->tune.header);
        d.split[i] = (uint8_t)(i % SPLITS);
    }
}

static int tear_down(void **state) {
    (void)state;
    corpus_free(&c);
    dataset_free(&d);
    buf_free(&text);
    return 0;
}

static void check_text(const char *want) {
    assert_int_equal(buf_ok(&text, "text", NULL), 0);
    assert_string_equal(text.data ? (char *)text.data : "", want);
    buf_free(&text);
}

static void check_summary(const char *want) {
    account_summary(&c, &d, &text);
    check_text(want);
}

static void lose(size_t i, enum outcome outcome, const char *reason) {
    c.files[i].outcome = outcome;
    raw_tune_refuse(&c.files[i].tune, "%s", reason);
}

/* ---- the summary ---- */

static void test_nothing_to_say(void **state) {
    (void)state;
    make(3);
    check_summary("");
}

static void test_off_grid(void **state) {
    (void)state;
    make(3);
    c.files[0].tune.moved = 2;
    c.files[1].tune.moved = 1;
    check_summary("38 % of the notes of 2 files are off the grid: try "
                  "--steps-per-quarter 12\n");
    c.files[0].tune.notes = 20; /* a tenth is not worth it */
    c.files[1].tune.notes = 40;
    check_summary("");
    c.files[0].tune.moved = 20;
    d.steps_per_quarter = 12;
    check_summary("");
}

static void test_meters(void **state) {
    (void)state;
    make(6);
    d.meter[2] = 6;
    d.meter[3] = 8;
    d.meter[8] = 3;
    d.meter[10] = 6;
    d.meter[11] = 8;
    check_summary("meters 4/4: 3, 6/8: 2, 3/4: 1\n");
}

static void test_chords(void **state) {
    (void)state;
    make(3);
    for (int k = 0; k < 4; k++)
        c.files[0].tune.chord[k] = 2;
    check_summary("17 % of the steps with a chord have one note for it: "
                  "--chord-track names another track\n");
    for (int k = 0; k < 8; k++)
        c.files[0].tune.chord[k] = k < 4 ? 0 : 1;
    check_summary("17 % of the steps have no chord\n");
    for (int k = 0; k < 8; k++)
        c.files[0].tune.chord[k] = k < 2 ? 2 : 1;
    check_summary("");
    c.map[2] = 0;
    check_summary("8 % of the steps with a chord lost it: too few steps of the "
                  "training tunes have it or one like it "
                  "(data.chord_min_count)\n");
}

/* What a model's classes did to the tunes, and no advice that they rule out. */
static void test_like(void **state) {
    (void)state;
    struct vocabulary model = music_attack();
    make(3);
    int g = vocabulary_chord(&d.vocabulary, 1u << 7 | 1u << 11 | 1u << 2, 7);
    c.map[1] = c.map[2] = g;
    c.files[0].shift = -12;
    c.files[1].octaves = 3;
    check_summary("");
    c.like = &model;
    check_summary("transposed as a whole, into the range of the model: 1 file "
                  "(--report says by how much)\n"
                  "75 % of the notes of 1 file were moved by octaves: these do "
                  "not fit the range of the model as a whole\n");
    c.files[0].shift = c.files[1].octaves = 0;
    c.files[2].tune.moved = 2;
    check_summary("50 % of the notes of 1 file are off the grid of the model, "
                  "and moved to it\n");
    c.files[2].tune.moved = 0;
    for (int k = 0; k < 2; k++)
        c.files[0].tune.chord[k] = 2;
    check_summary("8 % of the steps with a chord have one that the model does "
                  "not know, and get the one most like it\n");
    c.map[2] = 0;
    check_summary("8 % of the steps with a chord lost it: the model has none "
                  "like it\n");
}

static void test_mended(void **state) {
    (void)state;
    make(3);
    c.files[1].repaired = REPAIR_RIFF;
    c.files[2].repaired = REPAIR_KEY | REPAIR_METER;
    check_summary("damaged, and mended: 2 files (--report says how)\n");
    lose(2, OUTCOME_REFUSED, "no chord track"); /* only what is kept counts */
    check_summary("damaged, and mended: 1 file (--report says how)\n");
}

/* The way out is named, unless it was wanted so. */
static void test_empty_splits(void **state) {
    (void)state;
    make(1);
    account_summary(&c, &d, &text);
    assert_non_null(strstr((char *)text.data, "no valid and no test tunes: "));
    assert_non_null(strstr((char *)text.data, "--split 100,0,0"));
    buf_free(&text);
    c.share[SPLIT_VALID] = c.share[SPLIT_TEST] = 0;
    check_summary("");
}

/* ---- the reasons ---- */

static void test_reasons(void **state) {
    (void)state;
    make(9);
    assert_int_equal(reasons_count(&c, &text, NULL), 0);
    check_text("");
    lose(0, OUTCOME_REFUSED, "byte 12: no End of Track");
    lose(1, OUTCOME_REFUSED, "no chord track");
    lose(2, OUTCOME_REFUSED, "byte 7: no End of Track");
    lose(3, OUTCOME_REFUSED, "many-voiced: 27 of 30 melody notes overlap");
    lose(4, OUTCOME_REFUSED, "byte 3: no End of Track");
    lose(5, OUTCOME_REFUSED, "many-voiced: 3 of 20 melody notes overlap");
    lose(6, OUTCOME_UNREAD, "Input/output error");
    lose(7, OUTCOME_REFUSED, "123456 steps long");
    lose(8, OUTCOME_REFUSED, "1 steps long");
    assert_int_equal(reasons_count(&c, &text, NULL), 0);
    char *all = (char *)text.data;
    char *third = strstr(all, "steps long and the like\n");
    assert_non_null(third); /* whichever of the two it names */
    assert_non_null(strstr(all, "3 files refused: no End of Track\n"));
    assert_ptr_equal(strstr(all, "3 files"), all);
    assert_non_null(strstr(all, "2 files refused: many-voiced; --melody-track "
                                "names a track of one voice\n"));
    assert_non_null(strstr(all, "1 file refused: no chord track; "
                                "--chord-track names one\n"));
    assert_null(strstr(all, "Input/output")); /* alone, and nothing to do */
}

/* The same reason is another thing when it is the machine's. */
static void test_reasons_by_outcome(void **state) {
    (void)state;
    make(4);
    for (size_t i = 0; i < 4; i++)
        lose(i, i < 2 ? OUTCOME_UNREAD : OUTCOME_REFUSED, "Permission denied");
    assert_int_equal(reasons_count(&c, &text, NULL), 0);
    check_text("2 files refused: Permission denied\n"
               "2 files unread: Permission denied\n");
}

/* ---- the table ---- */

/* The cell of a line and column, both from 0. */
static char *cell(int line, int column) {
    static char found[300];
    const char *p = (const char *)text.data;
    for (; line && p; line--)
        p = strchr(p, '\n') + 1;
    for (; column; column--)
        p = strchr(p, '\t') + 1;
    snprintf(found, sizeof found, "%.*s", (int)strcspn(p, "\t\n"), p);
    return found;
}

static void check_table(int want) {
    int lines = 0, tabs = 0;
    for (size_t i = 0; i < text.len; i++) {
        tabs += text.data[i] == '\t';
        if (text.data[i] != '\n')
            continue;
        assert_int_equal(tabs, 31); /* 32 columns in every line */
        tabs = 0;
        lines++;
    }
    assert_int_equal(lines, want);
}

static void test_table(void **state) {
    (void)state;
    make(4);
    lose(1, OUTCOME_REFUSED, "no chord track");
    lose(2, OUTCOME_UNREAD, "Input/output error");
    c.files[0].tune.chord[0] = 0;
    c.files[0].tune.chord[1] = 2;
    c.files[0].repaired = REPAIR_RIFF;
    c.files[0].shift = -12;
    account_report(&c, &d, &text);
    check_table(5);
    assert_string_equal(cell(0, 17), "chords");
    assert_string_equal(cell(1, 2), "yes");
    assert_string_equal(cell(1, 3), "");
    assert_string_equal(cell(1, 7), "4/4");
    assert_string_equal(cell(1, 10), "signs");
    assert_string_equal(cell(1, 18), "0.1429"); /* one note of seven */
    assert_string_equal(cell(1, 19), "0.1250"); /* none of eight */
    assert_string_equal(cell(1, 28), "kept");
    assert_string_equal(cell(1, 29), song_repair_names[0]);
    assert_string_equal(cell(2, 2), "no");
    assert_string_equal(cell(2, 3), "no chord track");
    assert_string_equal(cell(2, 28), "refused");
    assert_string_equal(cell(3, 2), "no");
    assert_string_equal(cell(3, 28), "unread");
    assert_string_equal(cell(4, 30), "f3");
    assert_string_equal(cell(0, 31), "transposed");
    assert_string_equal(cell(1, 31), "-12");
    assert_string_equal(cell(2, 31), "");
}

/* What a tune was heard by, below the heads of the columns. */
static void test_table_of_evidence(void **state) {
    (void)state;
    static const char *const heads[] = {
        "key_by", "mode",          "meter_by", "meter_changes",
        "tempo",  "doubled_share", "chords_by"};
    static const char *const want[][7] = {
        {"sign", "A dorian", "sign", "2", "96.5", "0.5000", "texts"},
        {"notes", "Eb major", "notes", "0", "0", "0.0000", "notes"},
        {"", "", "sign", "0", "0", "0.0000", "strikes"},
        {"", "", "sign", "0", "0", "0.0000", ""}};
    make(5);
    struct raw_tune *t = &c.files[0].tune;
    t->mode = "dorian";
    t->mode_tonic = 9;
    t->meter_changes = 2;
    t->tempo = 96.5;
    t->doubled = 2;
    t->chords_by = CHORDS_BY_TEXTS;
    for (int i = 1; i < 4; i++)
        c.files[i].tune.key_by_sign = 0;
    t = &c.files[1].tune;
    t->meter_by_sign = 0;
    t->mode = "major";
    t->mode_tonic = 3;
    t->chords_by = CHORDS_BY_NOTES;
    c.files[2].tune.chords_by = CHORDS_BY_STRIKES;
    lose(4, OUTCOME_REFUSED, "no melody track");
    account_report(&c, &d, &text);
    check_table(6);
    for (int k = 0; k < 7; k++) {
        assert_string_equal(cell(0, 21 + k), heads[k]);
        for (int i = 0; i < 4; i++)
            assert_string_equal(cell(1 + i, 21 + k), want[i][k]);
        assert_string_equal(cell(5, 21 + k), "");
    }
}

/* Names come from anywhere, and so does what reasons quote. */
static void test_table_stays_whole(void **state) {
    (void)state;
    make(2);
    free(c.files[0].name);
    free(c.files[0].path);
    c.files[0].name = strdup("a\tb\nc\x1b[2J");
    c.files[0].path = strdup("a\tb\nc\x7f.mid");
    lose(0, OUTCOME_REFUSED, "odd\treason\r\n");
    account_report(&c, &d, &text);
    check_table(3);
    assert_string_equal(cell(1, 0), "a?b?c?[2J");
    assert_string_equal(cell(1, 3), "odd?reason??");
    assert_string_equal(cell(1, 30), "a?b?c?.mid");
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_to_say),
        TEST(test_off_grid),
        TEST(test_meters),
        TEST(test_chords),
        TEST(test_like),
        TEST(test_mended),
        TEST(test_empty_splits),
        TEST(test_reasons),
        TEST(test_reasons_by_outcome),
        TEST(test_table),
        TEST(test_table_of_evidence),
        TEST(test_table_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
