/* What a new tune starts from: signs, lengths, given voices, chord texts.
 * SPDX-License-Identifier: MIT */
#include "nott/compose/plan.h"

#include "composed.h"
#include "nott/music/encode.h"

static struct checkpoint model, formed; /* of toy tunes; that knows forms */
static struct dataset tunes;

static struct plan plain(void) {
    return (struct plan){
        .bars = 4,
        .key = -1,
        .performance = {.tempo = 90, .melody_program = 1, .chord_program = 2}};
}

static void make(struct tune *t, const struct plan *p, uint64_t seed,
                 size_t *from) {
    struct rng r;
    struct form form;
    rng_seed(&r, seed, 0);
    assert_ok(plan_tune(t, &model, p, &r, from, &form, e));
    assert_int_equal(form.bars, 0); /* this model knows of none */
}

static void refuse(const struct plan *p) {
    struct tune t;
    struct rng r;
    struct form form;
    size_t from;
    rng_seed(&r, 1, 0);
    assert_refused(plan_tune(&t, &model, p, &r, &from, &form, e), ERR_USAGE);
}

/* A tune whose steps tell their places: melody k + 2, chord k / 3. */
static void counted(struct tune *t, size_t steps, int phase) {
    assert_ok(tune_init(t, steps, e));
    t->frame = (struct tune_frame){
        .steps_per_quarter = 4,
        .header = {.bar = 8, .phase = phase, .beats = 2, .unit = 4, .key = 7},
        .performance = {.tempo = 50}};
    for (size_t k = 0; k < steps; k++) {
        t->melody[k] = (uint8_t)(2 + k % 24);
        t->chord[k] = (uint8_t)(1 + k / 3 % 12);
    }
}

/* ---- openings ---- */

static size_t find_opening(const struct tune *t) {
    size_t i = 0;
    for (; i < model.origin.opening_count; i++) {
        const struct opening *o = &model.origin.openings[i];
        if (o->melody == t->melody[0] && o->chord == t->chord[0] &&
            o->header.bar == t->frame.header.bar &&
            o->header.phase == t->frame.header.phase &&
            o->header.beats == t->frame.header.beats &&
            o->header.unit == t->frame.header.unit &&
            o->header.key == t->frame.header.key)
            break;
    }
    return i;
}

/* Every opening is drawn, all with the same chance. */
static void test_openings(void **state) {
    (void)state;
    int count[TOY_TUNES] = {0};
    struct plan p = plain();
    for (uint64_t seed = 0; seed < 1800; seed++) {
        struct tune t;
        size_t from;
        make(&t, &p, seed, &from);
        size_t i = find_opening(&t);
        assert_true(i < model.origin.opening_count);
        count[i]++;
        assert_int_equal(from, 1);
        assert_int_equal(t.steps,
                         t.frame.header.phase + 4 * t.frame.header.bar);
        assert_int_equal(t.frame.steps_per_quarter, 4);
        assert_true(t.frame.performance.tempo == 90);
        assert_int_equal(t.frame.performance.melody_program, 1);
        assert_int_equal(t.frame.performance.chord_program, 2);
        tune_free(&t);
    }
    assert_int_equal(model.origin.opening_count, 9);
    for (int i = 0; i < 9; i++) /* 200, sigma 13.3 */
        assert_in_range(count[i], 133, 267);
}

static int fits(const struct opening *o, const struct plan *p) {
    return (!p->beats ||
            (o->header.beats == p->beats && o->header.unit == p->unit)) &&
           (p->key < 0 || p->key == o->header.key);
}

/* An opening that is moved to another key by the fewest semitones: its first
 * note, and the root of its first chord. */
static int is_moved(const struct tune *t, const struct opening *o) {
    const struct vocabulary *v = &model.origin.vocabulary;
    const struct tune_header *h = &t->frame.header;
    int up = (h->key - o->header.key + 24) % 12;
    int pitch = vocabulary_pitch(v, o->melody);
    int class = vocabulary_melody(v, pitch + (up > 6 ? up - 12 : up));
    int root = v->chords[o->chord].root;
    return h->beats == o->header.beats && h->unit == o->header.unit &&
           h->phase == o->header.phase &&
           t->melody[0] == (class < 0 ? vocabulary_rest(v) : class) &&
           (root < 0 ? t->chord[0] == o->chord
                     : v->chords[t->chord[0]].root == (root + up) % 12);
}

/* In a key that no training tune has, one of the same mode is moved, if there
 * is one in the meter. */
static void check_moved(const struct tune *t, const struct plan *p) {
    struct plan mode = *p;
    int any = 0, found = 0, same_mode = 0;
    assert_int_equal(t->frame.header.key, p->key);
    for (size_t k = 0; k < model.origin.opening_count; k++) {
        const struct opening *o = &model.origin.openings[k];
        mode.key = o->header.key;
        int same = o->header.key >= 0 &&
                   tune_is_minor(o->header.key) == tune_is_minor(p->key);
        if (!fits(o, &mode))
            continue;
        any |= same;
        found |= o->header.key < 0 || is_moved(t, o);
        same_mode |= same && is_moved(t, o);
    }
    assert_true(found && (!any || same_mode));
}

static size_t count_fitting(const struct plan *p) {
    size_t n = 0;
    for (size_t k = 0; k < model.origin.opening_count; k++)
        n += (size_t)fits(&model.origin.openings[k], p);
    return n;
}

static void check_signs(const struct plan *p, uint64_t seed) {
    struct tune t;
    size_t from;
    make(&t, p, seed, &from);
    if (count_fitting(p)) {
        size_t k = find_opening(&t);
        assert_true(k < model.origin.opening_count &&
                    fits(&model.origin.openings[k], p));
    } else {
        check_moved(&t, p);
    }
    tune_free(&t);
}

static void test_filters(void **state) {
    (void)state;
    static const int meters[][2] = {{0, 0}, {4, 4}, {6, 8}, {3, 4}, {5, 4}};
    int refused = 0, moved = 0;
    for (int i = 0; i < 5; i++)
        for (int key = -1; key < 24; key++) {
            struct plan p = plain(), any;
            p.beats = meters[i][0];
            p.unit = meters[i][1];
            p.key = key;
            any = p;
            any.key = TUNE_KEY_UNKNOWN;
            moved += !count_fitting(&p) && count_fitting(&any);
            if (!count_fitting(&any)) {
                refuse(&p);
                refused++;
                continue;
            }
            for (uint64_t seed = 0; seed < 10; seed++)
                check_signs(&p, seed);
        }
    assert_true(refused == 25 && moved > 40);
    struct plan p = plain(); /* the unit counts as well */
    p.beats = 4;
    p.unit = 8;
    refuse(&p);
}

/* ---- lengths ---- */

static void test_lengths(void **state) {
    (void)state;
    struct tune t, given;
    size_t from;
    counted(&given, 30, 3);
    struct plan p = plain();
    p.steps = 77;
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 77); /* not by bars */
    tune_free(&t);
    p = plain();
    p.melody = &given;
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 3 + 4 * 8);
    tune_free(&t);
    p.bars = 0;
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 30);
    tune_free(&t);
    p.melody = NULL;
    p.chords = &given;
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 30);
    tune_free(&t);
    p = plain();
    p.steps = 1;
    refuse(&p);
    p.steps = PLAN_MOST_STEPS + 1;
    refuse(&p);
    p.steps = PLAN_MOST_STEPS;
    make(&t, &p, 1, &from);
    tune_free(&t);
    p.steps = 0;
    p.bars = 10000;
    refuse(&p);
    tune_free(&given);
}

/* Without a length and without a given voice the network says where it ends,
 * if it has learnt that. */
static void test_open(void **state) {
    (void)state;
    struct tune t, given;
    size_t from;
    struct plan p = plain();
    counted(&given, 30, 3);
    assert_false(plan_is_open(&p, &model));
    p.bars = 0;
    assert_true(plan_is_open(&p, &model));
    for (uint64_t seed = 0; seed < 20; seed++) {
        make(&t, &p, seed, &from);
        assert_int_equal(t.steps, t.frame.header.phase +
                                      PLAN_MOST_BARS * t.frame.header.bar);
        tune_free(&t);
    }
    struct context taught = model.context;
    model.context.end = -1;
    refuse(&p);
    p.bars = 4; /* which needs no end */
    make(&t, &p, 1, &from);
    tune_free(&t);
    p.bars = 0;
    p.melody = &given;
    assert_false(plan_is_open(&p, &model));
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 30);
    tune_free(&t);
    p.melody = NULL;
    p.chords = &given;
    assert_false(plan_is_open(&p, &model));
    p.chords = NULL;
    p.steps = 40;
    assert_false(plan_is_open(&p, &model));
    model.context = taught;
    tune_free(&given);
}

/* A text of chords comes again and again, and leaves the network no end to
 * choose: how long the tune is must be said. */
static void test_text_without_end(void **state) {
    (void)state;
    struct tune t;
    size_t from;
    struct plan p = plain();
    p.chord_text = "D G";
    p.bars = 0;
    assert_false(plan_is_open(&p, &model));
    refuse(&p);
    p.steps = 50;
    make(&t, &p, 1, &from);
    assert_int_equal(t.steps, 50);
    tune_free(&t);
}

/* After a primer it is open as well. */
static void test_open_after_primer(void **state) {
    (void)state;
    struct tune t, primer;
    size_t from;
    struct plan p = plain();
    counted(&primer, 30, 3);
    p.bars = 0;
    p.primer = &primer;
    p.primer_bars = 2;
    assert_true(plan_is_open(&p, &model));
    make(&t, &p, 1, &from);
    assert_int_equal(from, 3 + 2 * 8);
    assert_int_equal(t.steps, 3 + PLAN_MOST_BARS * 8);
    tune_free(&t);
    tune_free(&primer);
}

/* ---- given voices ---- */

static void test_given_melody(void **state) {
    (void)state;
    struct tune t, given;
    size_t from;
    counted(&given, 30, 3);
    struct plan p = plain();
    p.melody = &given;
    p.beats = 5; /* the given voice has its own signs */
    p.unit = 4;
    p.key = 23;
    make(&t, &p, 1, &from);
    assert_int_equal(from, 1);
    assert_int_equal(t.chord[0], given.chord[0]);
    for (size_t k = 0; k < t.steps; k++)
        assert_int_equal(t.melody[k], k < 30 ? given.melody[k] : 0);
    assert_int_equal(t.frame.header.bar, 8);
    assert_int_equal(t.frame.header.phase, 3);
    assert_int_equal(t.frame.header.beats, 2);
    assert_int_equal(t.frame.header.key, 7);
    assert_true(t.frame.performance.tempo == 90);
    tune_free(&t);
    tune_free(&given);
}

/* The tempo comes with the signs, where it is known and none is asked for. */
static void test_given_tempo(void **state) {
    (void)state;
    struct tune t, given, primer;
    size_t from;
    counted(&given, 30, 3);
    counted(&primer, 30, 3);
    primer.frame.performance.tempo = 60;
    struct plan p = plain();
    p.keep_tempo = 1;
    for (int i = 0; i < 5; i++) {
        static const double want[] = {90, 60, 50, 50, 90};
        p.primer = i == 0 ? NULL : &primer;
        p.primer_bars = 1;
        p.chords = i == 2 ? &given : NULL;
        p.melody = i >= 3 ? &given : NULL;
        given.frame.performance.tempo = i == 4 ? 0 : 50; /* not said */
        make(&t, &p, 1, &from);
        assert_true(t.frame.performance.tempo == want[i]);
        assert_int_equal(t.frame.performance.melody_program, 1);
        tune_free(&t);
    }
    tune_free(&given);
    tune_free(&primer);
}

/* Chords are found for a melody that has none; they begin on the tonic, or
 * after the pickup. */
static void test_melody_alone(void **state) {
    (void)state;
    static const struct {
        int phase, key;
        const char *first;
    } list[] = {{0, 7, "G"},   {0, 0, "C"},     {3, 7, "N.C."},
                {0, 21, "Am"}, {0, -1, "N.C."}, {0, 12 + 7, "N.C."},
                {0, 1, "C#"}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        struct tune t, given;
        size_t from;
        counted(&given, 30, list[i].phase);
        given.has_chords = 0;
        memset(given.chord, 0, 30);
        given.frame.header.key = list[i].key;
        struct plan p = plain();
        p.melody = &given;
        make(&t, &p, 1, &from);
        assert_int_equal(from, 1);
        assert_int_equal(t.has_chords, 1);
        assert_string_equal(model.origin.vocabulary.chords[t.chord[0]].name,
                            list[i].first);
        tune_free(&t);
        tune_free(&given);
    }
}

/* A primer without chords has none as long as it lasts. */
static void test_primer_alone(void **state) {
    (void)state;
    struct tune t, primer;
    size_t from;
    counted(&primer, 30, 0);
    primer.has_chords = 0;
    memset(primer.chord, 0, 30);
    struct plan p = plain();
    p.primer = &primer;
    p.primer_bars = 2;
    make(&t, &p, 1, &from);
    assert_int_equal(from, 16);
    assert_int_equal(t.has_chords, 1);
    for (size_t k = 0; k < from; k++)
        assert_int_equal(t.chord[k], 0);
    tune_free(&t);
    tune_free(&primer);
}

/* What has never heard a chord plays a melody alone. */
static void test_no_chords_known(void **state) {
    (void)state;
    struct tune t;
    struct plan p = plain();
    size_t from;
    int count = model.origin.vocabulary.chord_count;
    make(&t, &p, 1, &from);
    assert_int_equal(t.has_chords, 1);
    tune_free(&t);
    model.origin.vocabulary.chord_count = 1;
    make(&t, &p, 1, &from);
    assert_int_equal(t.has_chords, 0);
    tune_free(&t);
    model.origin.vocabulary.chord_count = count;
}

/* Chords of another pickup are laid bar line on bar line. */
static void test_bar_lines(void **state) {
    (void)state;
    static const int phases[][2] = {{3, 3}, {0, 3}, {3, 0}, {7, 2}, {2, 7}};
    for (size_t i = 0; i < 5; i++) {
        struct tune t, melody, chords;
        size_t from;
        counted(&melody, 40, phases[i][0]);
        counted(&chords, 36, phases[i][1]);
        struct plan p = plain();
        p.bars = 0;
        p.melody = &melody;
        p.chords = &chords;
        make(&t, &p, 1, &from);
        assert_int_equal(t.steps, 40);
        assert_int_equal(t.frame.header.phase, phases[i][0]);
        assert_memory_equal(t.melody, melody.melody, 40);
        for (int k = 0; k < 40; k++) {
            int at = k + phases[i][1] - phases[i][0];
            int there = at >= 0 && at < 36;
            assert_int_equal(t.chord[k], there ? chords.chord[at] : 0);
        }
        tune_free(&t);
        tune_free(&melody);
        tune_free(&chords);
    }
}

/* ---- primers ---- */

static void test_primer(void **state) {
    (void)state;
    struct tune t, primer;
    size_t from;
    counted(&primer, 30, 3);
    struct plan p = plain();
    p.primer = &primer;
    for (int bars = 0; bars <= 3; bars++) {
        size_t n = 3 + 8 * (size_t)bars;
        p.primer_bars = bars;
        make(&t, &p, 1, &from);
        assert_int_equal(from, n);
        assert_int_equal(t.steps, 35);
        assert_memory_equal(t.melody, primer.melody, n);
        assert_memory_equal(t.chord, primer.chord, n);
        assert_int_equal(t.frame.header.phase, 3);
        assert_int_equal(t.frame.header.beats, 2);
        assert_true(t.frame.performance.tempo == 90);
        tune_free(&t);
    }
    p.primer_bars = 4; /* it has but 27 steps after its pickup */
    refuse(&p);
    p.primer_bars = 3;
    p.bars = 3; /* nothing would be left to play */
    refuse(&p);
    tune_free(&primer);
    counted(&primer, 30, 0);
    p = plain();
    p.primer = &primer;
    p.primer_bars = 0; /* no pickup, no bars */
    refuse(&p);
    tune_free(&primer);
}

/* Under given chords of another pickup the primer's bar lines meet theirs, and
 * it must reach as far as it is asked for. */
static void test_primer_under_chords(void **state) {
    (void)state;
    static const int phases[][2] = {{3, 5}, {5, 3}, {0, 7}, {7, 0}, {4, 4}};
    for (size_t i = 0; i < 5; i++) {
        struct tune t, chords, primer;
        size_t from;
        int phase = phases[i][0], of_primer = phases[i][1];
        counted(&chords, 40, phase);
        counted(&primer, 2 * 8 + (size_t)of_primer, of_primer);
        struct plan p = plain();
        p.chords = &chords;
        p.primer = &primer;
        p.primer_bars = 2;
        make(&t, &p, 1, &from);
        assert_int_equal(from, phase + 16);
        for (int k = 0; k < phase + 16; k++) {
            int at = k - phase + of_primer;
            assert_int_equal(t.melody[k], at < 0 ? 0 : primer.melody[at]);
        }
        for (size_t k = from; k < t.steps; k++)
            assert_int_equal(t.chord[k], chords.chord[k]);
        tune_free(&t);
        primer.steps--; /* two full bars it has no longer */
        refuse(&p);
        tune_free(&primer);
        tune_free(&chords);
    }
}

/* ---- chord texts ---- */

struct wanted {
    const char *text;
    int key;
    const char *names[6]; /* of the bars */
};

static void check_text(const struct wanted *w) {
    struct tune t;
    size_t bars = 0, phase = 3, bar = 8;
    while (bars < 6 && w->names[bars])
        bars++;
    counted(&t, 3 + 8 * 7 + 2, 3); /* and a bit of a bar */
    t.frame.header.key = w->key;
    assert_ok(tune_set_chords(&t, &model.origin.vocabulary, w->text, e));
    for (size_t k = 0; k < t.steps; k++) {
        const char *name =
            k < phase ? "N.C." : w->names[(k - phase) / bar % bars];
        assert_string_equal(model.origin.vocabulary.chords[t.chord[k]].name,
                            name);
        assert_int_equal(t.melody[k], 2 + k % 24); /* left alone */
    }
    tune_free(&t);
}

static void test_chord_texts(void **state) {
    (void)state;
    static const struct wanted list[] = {
        {"D G A7 D", -1, {"D", "G", "A7", "D"}},
        {"  D,G,A7\t-\nD ", 5, {"D", "G", "A7", "D"}},
        {"C", -1, {"C"}},
        {"I-vi-IV-V", 7, {"G", "Em", "C", "D"}},
        {"I-vi-IV-V", 12 + 4, {"E", "Cm", "A", "B"}},
        {"i VII VI V", 12 + 4, {"Em", "D", "C", "B"}},
        {"I IV V7 I", -1, {"C", "F", "G7", "C"}}, /* no key: C */
        {"ii iii I", 0, {"Dm", "Em", "C"}},
        {"iii", 9, {"C#m"}},
        {"N.C.", -1, {"N.C."}},
        {"D N.C. G", -1, {"D", "N.C.", "G"}},
        {"Dmaj Amin", -1, {"D", "Am"}},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_text(&list[i]);
}

static void test_bad_texts(void **state) {
    (void)state;
    static const char *const bad[] = {"",   " ,|-",  "H",      "D Q",
                                      "Dx", "VIIIx", "I-vi-X", "\x1b[2J"};
    struct tune t;
    counted(&t, 20, 3);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(tune_set_chords(&t, &model.origin.vocabulary, bad[i], e),
                       ERR_USAGE);
    for (size_t k = 0; k < 20; k++)
        assert_int_equal(t.chord[k], 1 + k / 3 % 12);
    char many[2 * 1024 + 2];
    for (size_t k = 0; k < 1024; k++)
        memcpy(many + 2 * k, "C ", 3);
    assert_ok(tune_set_chords(&t, &model.origin.vocabulary, many, e));
    memcpy(many + 2 * 1024, "C", 2);
    assert_refused(tune_set_chords(&t, &model.origin.vocabulary, many, e),
                   ERR_USAGE);
    tune_free(&t);
    struct plan p = plain();
    p.chord_text = "D what";
    refuse(&p);
}

/* A chord the model has no class for is named. */
static void test_unknown_chord(void **state) {
    (void)state;
    static const char *const names[] = {"N.C.", "C"};
    struct vocabulary v = {.encoding = ENCODING_ATTACK, .melody_count = 5};
    struct tune t;
    struct err why = {.code = ERR_NONE};
    toy_chords(&v, names, 2);
    counted(&t, 20, 3);
    assert_int_equal(tune_set_chords(&t, &v, "C F#", &why), -1);
    assert_int_equal(why.code, ERR_USAGE);
    assert_non_null(strstr(why.text, "F#"));
    tune_free(&t);
}

/* The text counts from the key of the opening. */
static void test_plan_text(void **state) {
    (void)state;
    struct plan p = plain();
    p.chord_text = "I";
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tune t;
        size_t from;
        make(&t, &p, seed, &from);
        int tonic = t.frame.header.key < 0 ? 0 : t.frame.header.key % 12;
        for (size_t k = (size_t)t.frame.header.phase; k < t.steps; k++) {
            const struct chord_class *c =
                &model.origin.vocabulary.chords[t.chord[k]];
            assert_int_equal(c->root, tonic);
            assert_int_equal(c->set >> tonic & 1, 1);
        }
        for (size_t k = 0; k < (size_t)t.frame.header.phase; k++)
            assert_int_equal(t.chord[k], 0);
        assert_int_equal(from, 1);
        tune_free(&t);
    }
}

/* ---- forms ---- */

static void make_formed(struct tune *t, const struct plan *p, uint64_t seed,
                        size_t *from, struct form *form) {
    struct rng r;
    rng_seed(&r, seed, 0);
    memset(form, 77, sizeof *form);
    assert_ok(plan_tune(t, &formed, p, &r, from, form, e));
}

static void refuse_formed(const struct plan *p) {
    struct tune t;
    struct rng r;
    struct form form;
    size_t from;
    rng_seed(&r, 1, 0);
    assert_refused(plan_tune(&t, &formed, p, &r, &from, &form, e), ERR_USAGE);
}

/* The form says how long the tune is, where nobody else does. */
static void test_form_length(void **state) {
    (void)state;
    int seen[FORM_BARS] = {0};
    struct plan p = plain();
    struct tune t;
    struct form form;
    size_t from;
    p.bars = 0;
    assert_false(plan_is_open(&p, &formed));
    for (uint64_t seed = 0; seed < 60; seed++) {
        make_formed(&t, &p, seed, &from, &form);
        assert_int_equal(t.steps, form.bars * HAND_BAR);
        seen[form.bars]++;
        tune_free(&t);
    }
    assert_true(seen[4] && seen[16] && seen[32]);
    assert_int_equal(seen[4] + seen[16] + seen[32], 60);
    for (p.bars = 1; p.bars < 200; p.bars += 11) {
        make_formed(&t, &p, 1, &from, &form);
        assert_int_equal(t.steps, p.bars * HAND_BAR);
        assert_int_equal(form.bars, p.bars < FORM_BARS ? p.bars : FORM_BARS);
        tune_free(&t);
    }
}

/* Of three tunes of 32 bars two have all parts twice: they are begun three
 * times for every two times of the other one. */
static void test_session_forms(void **state) {
    (void)state;
    int other = 0;
    struct plan p = plain();
    p.bars = 32;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct tune t;
        struct form form;
        char text[FORM_PARTS + 1];
        size_t from;
        make_formed(&t, &p, seed, &from, &form);
        outline_letters(&form, text);
        if (strcmp(text, "AABB") != 0) {
            assert_string_equal(text, "ABAC");
            other++;
        }
        tune_free(&t);
    }
    assert_in_range(other, 655, 845); /* 2 of 8: 750, sigma 24 */
}

/* Nor is a form longer than its tune. */
static void test_form_of_steps(void **state) {
    (void)state;
    struct plan p = plain();
    for (p.steps = 2; p.steps < 40; p.steps++) {
        struct tune t;
        struct form form;
        size_t from;
        make_formed(&t, &p, p.steps, &from, &form);
        assert_int_equal(t.steps, p.steps);
        assert_int_equal(form.bars, (p.steps + HAND_BAR / 2) / HAND_BAR);
        tune_free(&t);
    }
}

static void test_form_letters(void **state) {
    (void)state;
    struct plan p = plain();
    struct tune t;
    struct form form;
    size_t from;
    char text[FORM_PARTS + 1];
    p.letters = "ABAC"; /* whatever the bars */
    assert_false(plan_is_open(&p, &formed));
    make_formed(&t, &p, 1, &from, &form);
    outline_letters(&form, text);
    assert_string_equal(text, "ABAC");
    assert_int_equal(t.steps, 32 * HAND_BAR);
    tune_free(&t);
    refuse(&p); /* a model that knows no forms */
    p.letters = "AB?";
    refuse_formed(&p);
    p.letters = "";
    refuse_formed(&p);
}

/* A given melody has its own form. */
static void test_form_of_melody(void **state) {
    (void)state;
    struct plan p = plain();
    struct tune t, given;
    struct form form, want;
    size_t from;
    hand_tune(&given, &formed.origin.vocabulary, 3, ".GA" HAND_A1 HAND_A2,
              NULL);
    p.bars = 0;
    p.melody = &given;
    make_formed(&t, &p, 1, &from, &form);
    hand_form(&want, &formed.origin.vocabulary, &given);
    assert_memory_equal(&form, &want, sizeof form);
    tune_free(&t);
    given.steps = 6; /* which is no bar */
    make_formed(&t, &p, 1, &from, &form);
    assert_int_equal(form.bars, 0);
    tune_free(&t);
    tune_free(&given);
}

/* Where chords are given a phrase rests over those. */
static void test_form_of_chords(void **state) {
    (void)state;
    static const int degrees[] = {7, 2, 5, 0}; /* G D F C */
    struct plan p = plain();
    struct tune t;
    struct form form;
    size_t from;
    p.bars = 16;
    p.chord_text = "C C C G C C C D C C C F G G G C";
    make_formed(&t, &p, 1, &from, &form);
    for (int b = 3; b < 16; b += 4)
        assert_int_equal(form.bar[b].chord, degrees[b / 4]);
    tune_free(&t);
}

/* The bars of a primer are as they are there. */
static void test_form_of_primer(void **state) {
    (void)state;
    struct plan p = plain();
    struct tune t, primer;
    struct form form, want;
    size_t from;
    hand_tune(&primer, &formed.origin.vocabulary, 0, HAND_C, "C G");
    hand_form(&want, &formed.origin.vocabulary, &primer);
    p.bars = 32;
    p.primer = &primer;
    p.primer_bars = 6;
    make_formed(&t, &p, 1, &from, &form);
    assert_int_equal(form.bars, 32);
    assert_memory_equal(form.bar, want.bar, 6 * sizeof *form.bar);
    tune_free(&t);
    primer.frame.header.beats = 5; /* no training tune has this meter */
    make_formed(&t, &p, 1, &from, &form);
    assert_int_equal(form.bars, 0);
    assert_int_equal(t.steps, 32 * HAND_BAR);
    tune_free(&t);
    p.letters = "AABB"; /* so there are no such parts */
    refuse_formed(&p);
    tune_free(&primer);
}

static int set_up(void **state) {
    (void)state;
    static const char *const names[] = {
        "N.C.", "C", "C#", "D",  "D#", "E",   "F",  "F#", "G",  "G#", "A",
        "Bb",   "B", "Cm", "Dm", "Em", "C#m", "Am", "Bm", "G7", "A7"};
    struct model_config c = {.layers = 1, .hidden = 1};
    c.heads = HEADS_INDEPENDENT;
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 2);
    toy_chords(&tunes.vocabulary, names, sizeof names / sizeof *names);
    /* so that an opening can be told by its signs */
    for (size_t s = 0; s < tunes.tunes; s++)
        tunes.melody[tunes.offset[s]] = (uint8_t)(2 + s);
    const struct features on = toy_features();
    assert_ok(toy_model(&model, &tunes, &c, &on, e));
    composed_model(&formed, 13, 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&tunes);
    checkpoint_free(&model);
    checkpoint_free(&formed);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_open_after_primer),
        cmocka_unit_test(test_text_without_end),
        cmocka_unit_test(test_given_melody),
        cmocka_unit_test(test_given_tempo),
        cmocka_unit_test(test_melody_alone),
        cmocka_unit_test(test_primer_alone),
        cmocka_unit_test(test_no_chords_known),
        cmocka_unit_test(test_bar_lines),
        cmocka_unit_test(test_primer),
        cmocka_unit_test(test_primer_under_chords),
        cmocka_unit_test(test_chord_texts),
        cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_unknown_chord),
        cmocka_unit_test(test_plan_text),
        cmocka_unit_test(test_form_length),
        cmocka_unit_test(test_session_forms),
        cmocka_unit_test(test_form_of_steps),
        cmocka_unit_test(test_form_letters),
        cmocka_unit_test(test_form_of_melody),
        cmocka_unit_test(test_form_of_chords),
        cmocka_unit_test(test_form_of_primer),
    };
    return cmocka_run_group_tests_name("plan", tests, set_up, tear_down);
}
