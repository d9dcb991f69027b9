/* Forms as bytes: they come back whole, or not at all.
 * SPDX-License-Identifier: MIT */
#include "player/forms.h"

#include "toydata.h"

enum { FORMS = 9 };

/* Forms of tunes at random, of 0 bars up to as many as there may be, with parts
 * of all lengths. */
static void make_forms(struct form list[FORMS]) {
    static const struct toy_tune all[FORMS] = {
        {2, SPLIT_TRAIN},   {16, SPLIT_TRAIN},   {128, SPLIT_TRAIN},
        {400, SPLIT_TRAIN}, {300, SPLIT_TRAIN},  {140, SPLIT_TRAIN},
        {200, SPLIT_TRAIN}, {3000, SPLIT_TRAIN}, {96, SPLIT_TRAIN}};
    struct dataset d;
    toy_dataset(&d, ENCODING_ATTACK, all, FORMS, 6);
    for (size_t s = 0; s < FORMS; s++) {
        struct tune_header h = dataset_header(&d, s);
        uint8_t *melody = d.melody + d.offset[s];
        size_t bar = (size_t)h.bar, half = all[s].steps / 2 / bar * bar;
        for (size_t k = half; half && k < all[s].steps; k++)
            melody[k] = melody[k - half]; /* it comes again */
        form_of(&list[s], &d.vocabulary, &h, melody, dataset_chords(&d, s),
                all[s].steps);
    }
    dataset_free(&d);
}

static void pack(const struct form *list, size_t n, struct buf *out) {
    *out = (struct buf){0};
    forms_pack(list, n, out);
    assert_int_equal(buf_ok(out, "forms", NULL), 0);
}

static void test_round_trip(void **state) {
    (void)state;
    struct form list[FORMS], back[FORMS];
    int ways = 0, rests = 0;
    make_forms(list);
    assert_int_equal(list[0].bars, 0);
    assert_int_equal(list[7].bars, FORM_BARS);
    for (size_t n = 1; n <= FORMS; n++) {
        struct buf b;
        size_t bytes = 0;
        pack(list, n, &b);
        for (size_t i = 0; i < n; i++)
            bytes += 1 + 5 * (size_t)(list[i].bars + form_parts(&list[i]));
        assert_int_equal(b.len, bytes);
        memset(back, 0x55, sizeof back);
        assert_ok(forms_unpack(back, n, b.data, b.len, e));
        assert_memory_equal(back, list, n * sizeof *list);
        buf_free(&b);
    }
    for (int k = 0; k < list[4].bars; k++) { /* there is something to lose */
        ways += list[4].bar[k].way != FORM_NEW;
        rests += list[4].bar[k].note != FORM_NONE;
    }
    assert_true(ways > 3 && rests > 1);
}

/* ---- refusals ---- */

static void test_truncated(void **state) {
    (void)state;
    struct form list[FORMS], back[FORMS + 1];
    struct buf b;
    make_forms(list);
    pack(list, FORMS, &b);
    for (size_t n = 0; n < b.len; n++) {
        /* of its own size, so that the sanitizers see what goes beyond */
        uint8_t *cut = malloc(n + 1);
        assert_non_null(cut);
        memcpy(cut + 1, b.data, n);
        assert_refused(forms_unpack(back, FORMS, cut + 1, n, e), ERR_FORMAT);
        free(cut);
    }
    assert_refused(forms_unpack(back, FORMS - 1, b.data, b.len, e), ERR_FORMAT);
    assert_refused(forms_unpack(back, FORMS + 1, b.data, b.len, e), ERR_FORMAT);
    buf_add(&b, "", 1); /* one of no bars */
    assert_refused(forms_unpack(back, FORMS, b.data, b.len, e), ERR_FORMAT);
    assert_ok(forms_unpack(back, FORMS + 1, b.data, b.len, e));
    buf_free(&b);
}

/* Whatever is taken is what a form may be. */
static void check_sense(const struct form *f) {
    assert_in_range(f->bars, 0, FORM_BARS);
    for (int k = 0; k < f->bars; k++) {
        const struct form_bar *b = &f->bar[k];
        int last = k % FORM_PHRASE == FORM_PHRASE - 1;
        assert_in_range(b->way, FORM_NEW, FORM_WAYS - 1);
        assert_true(b->from <= k && (b->way == FORM_NEW) == !b->from);
        assert_in_range(b->notes, 0, FORM_NOTES);
        assert_in_range(b->note, last ? 0 : FORM_NONE, FORM_NONE);
        assert_in_range(b->chord, last ? 0 : FORM_NONE, FORM_NONE);
    }
    for (int p = 0; p < form_parts(f); p++) {
        const struct form_part *y = &f->part[p];
        assert_true(y->letter <= p && y->time <= p);
        assert_true(y->low <= y->mean && y->mean <= y->high && y->high < 128);
    }
}

/* Every byte changed to some others: refused, or those are the numbers. */
static void test_damaged(void **state) {
    (void)state;
    struct form list[FORMS], back[FORMS];
    struct buf b, again;
    size_t refused = 0, taken = 0;
    make_forms(list);
    pack(list, FORMS, &b);
    for (size_t i = 0; i < b.len; i++)
        for (int by = 1; by < 256; by += by < 4 ? 1 : 36) {
            struct err why = {.code = ERR_NONE};
            b.data[i] ^= (uint8_t)by;
            if (forms_unpack(back, FORMS, b.data, b.len, &why)) {
                assert_int_equal(why.code, ERR_FORMAT);
                refused++;
            } else {
                for (size_t k = 0; k < FORMS; k++)
                    check_sense(&back[k]);
                pack(back, FORMS, &again);
                assert_int_equal(again.len, b.len);
                assert_memory_equal(again.data, b.data, b.len);
                buf_free(&again);
                taken++;
            }
            b.data[i] ^= (uint8_t)by;
        }
    assert_true(refused > 1000 && taken > 100);
    buf_free(&b);
}

/* A form of five bars, of which one number is another. */
static void test_nonsense(void **state) {
    (void)state;
    static const uint8_t good[] = {5, 0, 0,  4,  12, 12, 1,  1,  4, 12, 12,
                                   5, 2, 3,  12, 12, 4,  3,  0,  7, 12, 2,
                                   1, 4, 12, 12, 0,  0,  60, 72, 66};
    static const struct {
        size_t at;
        uint8_t value;
    } bad[] = {
        {0, 4},   {0, 6},   {0, 129},  {0, 255},                    /* bars */
        {1, 1},   {1, 6},   {6, 0},    {6, 6},                      /* ways */
        {2, 1},   {7, 0},   {7, 2},    {12, 3},  {17, 4},  {17, 0}, /* from */
        {3, 32},  {18, 32}, {18, 255},                              /* notes */
        {4, 0},   {5, 11},  {19, 13},  {20, 13}, {14, 7},           /* rests */
        {26, 1},  {27, 1},                                 /* letter, time */
        {28, 67}, {29, 65}, {29, 128}, {30, 59}, {30, 73}, /* range */
    };
    struct form f;
    assert_ok(forms_unpack(&f, 1, good, sizeof good, e));
    assert_int_equal(f.bar[3].from, 3);
    assert_int_equal(f.part[0].mean, 66);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t b[sizeof good];
        struct err why = {.code = ERR_NONE};
        memcpy(b, good, sizeof good);
        b[bad[i].at] = bad[i].value;
        if (forms_unpack(&f, 1, b, sizeof b, &why) != -1)
            fail_msg("byte %zu may be %d", bad[i].at, bad[i].value);
        assert_int_equal(why.code, ERR_FORMAT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
