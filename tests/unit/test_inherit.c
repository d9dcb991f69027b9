/* A model that begins as another one was, whose classes are others.
 * SPDX-License-Identifier: MIT */
#include "nott/player/inherit.h"

#include "nott/player/player.h"

#include "toydata.h"

#define STEPS 120

/* Two sets of classes: what both have is called the same. */
static struct dataset tunes;

static void make(struct checkpoint *t, const struct vocabulary *v,
                 enum model_heads heads, const struct features *on,
                 uint64_t seed) {
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = heads,
                             .layers = 2,
                             .hidden = 9,
                             .project = 6};
    tunes.vocabulary = *v;
    assert_ok(toy_model(t, &tunes, &c, on, e));
    model_randomize(&t->model, seed, 0.7, 1);
    for (size_t k = 0; k < t->model.tensor_count; k++) { /* biases too */
        const struct model_tensor *a = &t->model.tensors[k];
        for (size_t i = 0; a->rows == 1 && i < a->cols; i++)
            t->model.weights[a->offset + i] += (real)(i % 5) / 4;
    }
}

static struct inherited inherit(struct checkpoint *to,
                                const struct checkpoint *from) {
    struct inherited n;
    assert_ok(inherit_weights(to, from, "models/old", &n, e));
    for (size_t i = 0; i < to->model.size; i++)
        assert_true(to->model.weights[i] - to->model.weights[i] == 0);
    return n;
}

/* The class of `to` that means what class k of `from` does, -1 = none. */
static int melody_in(const struct vocabulary *to, const struct vocabulary *from,
                     int k) {
    int pitch = vocabulary_pitch(from, k);
    return pitch < 0 ? k : vocabulary_melody(to, pitch);
}

static int chord_in(const struct vocabulary *to, const struct vocabulary *from,
                    int k) {
    for (int j = 0; j < to->chord_count; j++)
        if (strcmp(to->chords[j].name, from->chords[k].name) == 0)
            return j;
    return -1;
}

/* A tune in the classes that both have, written in either. */
struct twins {
    uint8_t melody[2][STEPS], chord[2][STEPS];
};

static void write_twins(struct twins *w, const struct vocabulary *a,
                        const struct vocabulary *b) {
    struct rng r;
    rng_seed(&r, 3, 0);
    for (size_t t = 0; t < STEPS; t++) {
        int m, k;
        do {
            m = (int)rng_below(&r, (size_t)a->melody_count);
            k = (int)rng_below(&r, (size_t)a->chord_count);
        } while (melody_in(b, a, m) < 0 || chord_in(b, a, k) < 0);
        if (t % 3) { /* so that there is something to copy */
            m = w->melody[0][t / 2];
            k = w->chord[0][t - 1];
        }
        w->melody[0][t] = (uint8_t)m;
        w->chord[0][t] = (uint8_t)k;
        w->melody[1][t] = (uint8_t)melody_in(b, a, m);
        w->chord[1][t] = (uint8_t)chord_in(b, a, k);
    }
}

/* What both say of the next step, in one voice. */
static void ask(struct player p[2], const struct twins *w, size_t t,
                enum model_output voice, real log_p[2][PLAYER_CLASSES]) {
    for (int i = 0; i < 2; i++) {
        int16_t chord = w->chord[i][t + 1];
        player_log_p(&p[i], 0, 1, voice, voice == OUT_MELODY ? &chord : NULL,
                     NULL, log_p[i]);
    }
}

static void check_voice(const struct checkpoint *from,
                        const struct checkpoint *to, enum model_output voice,
                        real log_p[2][PLAYER_CLASSES], int whole) {
    const struct vocabulary *a = &from->origin.vocabulary,
                            *b = &to->origin.vocabulary;
    int K = voice == OUT_MELODY ? a->melody_count : a->chord_count;
    for (int k = 0; k < K; k++) {
        int j = voice == OUT_MELODY ? melody_in(b, a, k) : chord_in(b, a, k);
        if (j < 0)
            continue;
        /* what is not in both changes the sum, and nothing else */
        double x = log_p[0][k] - (whole ? 0 : log_p[0][0]);
        double y = log_p[1][j] - (whole ? 0 : log_p[1][0]);
        assert_near_value(x, y, 1e-4, 1e-4);
    }
    if (voice == OUT_CHORD && whole)
        assert_near_value(log_p[0][from->context.end],
                          log_p[1][to->context.end], 1e-4, 1e-4);
}

/* Both say the same of the same tune: of all classes when they have the same
 * ones (`whole`), or how much likelier one is than another. */
static void check_same(const struct checkpoint *from,
                       const struct checkpoint *to, int whole) {
    struct player p[2];
    struct twins *w = calloc(1, sizeof *w);
    real log_p[2][PLAYER_CLASSES];
    assert_non_null(w);
    struct form form;
    const struct tune_header header = {8, 0, 4, 4, 7};
    write_twins(w, &from->origin.vocabulary, &to->origin.vocabulary);
    form_of(&form, &from->origin.vocabulary, &header, w->melody[0], w->chord[0],
            STEPS);
    assert_ok(player_init(&p[0], from, 1, e));
    assert_ok(player_init(&p[1], to, 1, e));
    for (size_t t = 0; t + 1 < STEPS; t++) {
        for (int i = 0; i < 2; i++) {
            struct tune_view v = {.melody = w->melody[i],
                                  .chord = w->chord[i],
                                  .header = header,
                                  .steps = STEPS,
                                  .form = &form,
                                  .melody_known = t % 2 == 0};
            player_hear(&p[i], 0, &v, t);
            player_step(&p[i]);
        }
        ask(p, w, t, OUT_CHORD, log_p);
        check_voice(from, to, OUT_CHORD, log_p, whole);
        ask(p, w, t, OUT_MELODY, log_p);
        check_voice(from, to, OUT_MELODY, log_p, whole);
    }
    player_free(&p[0]);
    player_free(&p[1]);
    free(w);
}

/* ---- what goes over ---- */

/* The same classes with other numbers. */
static void test_other_order(void **state) {
    (void)state;
    static const char *const names[] = {"N.C.", "G7", "Bm", "Cm", "Em",
                                        "Am",   "B",  "F",  "E",  "A",
                                        "D",    "G",  "C"};
    struct vocabulary a, b;
    const struct features on = toy_all_features();
    toy_vocabulary(&a, ENCODING_ATTACK);
    b = a;
    toy_chords(&b, names, sizeof names / sizeof *names);
    for (int heads = HEADS_INDEPENDENT; heads <= HEADS_FACTORED; heads++) {
        struct checkpoint from, to;
        make(&from, &a, (enum model_heads)heads, &on, 1);
        make(&to, &b, (enum model_heads)heads, &on, 2);
        struct inherited n = inherit(&to, &from);
        assert_int_equal(n.known[OUT_CHORD], 13);
        assert_int_equal(n.classes[OUT_CHORD], 13);
        assert_int_equal(n.known[OUT_MELODY], 26);
        assert_int_equal(n.classes[OUT_MELODY], 26);
        check_same(&from, &to, 1);
        checkpoint_free(&from);
        checkpoint_free(&to);
    }
}

/* Pitches 50 .. 70 of 55 .. 78; of the chords some are gone, some are new. */
static void other_classes(struct vocabulary *v) {
    static const char *const names[] = {"N.C.", "C",  "D",   "D7", "G",
                                        "Am",   "Em", "Am7", "F#1"};
    toy_vocabulary(v, ENCODING_ATTACK);
    v->low = 50;
    v->melody_count = 23;
    toy_chords(v, names, sizeof names / sizeof *names);
}

static struct features without_copies(int end, int unknown) {
    struct features on = toy_all_features();
    on.copy = 0;
    on.end = end;
    on.unknown = unknown;
    return on;
}

static real *weight(const struct checkpoint *t, const char *tensor, size_t row,
                    size_t column) {
    for (size_t k = 0; k < t->model.tensor_count; k++) {
        const struct model_tensor *a = &t->model.tensors[k];
        if (strcmp(a->name, tensor) == 0)
            return t->model.weights + a->offset + row * a->cols + column;
    }
    fail_msg("no tensor %s", tensor);
    return NULL;
}

static void check_column(const struct checkpoint *to, size_t column,
                         const struct checkpoint *from, size_t other,
                         const char *tensor, size_t rows) {
    for (size_t i = 0; i < rows; i++)
        assert_true(*weight(to, tensor, i, column) ==
                    *weight(from, tensor, i, other));
}

static void test_other_classes(void **state) {
    (void)state;
    struct vocabulary a, b;
    struct checkpoint from, to;
    const struct features old = without_copies(1, 0),
                          now = without_copies(0, 1);
    toy_vocabulary(&a, ENCODING_ATTACK);
    other_classes(&b);
    make(&from, &a, HEADS_FACTORED, &old, 1);
    make(&to, &b, HEADS_FACTORED, &now, 2);
    struct inherited n = inherit(&to, &from);
    assert_int_equal(n.classes[OUT_MELODY], 23);
    assert_int_equal(n.known[OUT_MELODY], 18); /* 55 .. 70, rest, hold */
    assert_int_equal(n.classes[OUT_CHORD], 9);
    assert_int_equal(n.known[OUT_CHORD], 6);
    check_same(&from, &to, 0);
    /* D4, which is new, begins as D5; D7 as D, a bare F# as no chord */
    check_column(&to, 2, &from, 62 - 55 + 2, "melody.weight", 6);
    check_column(&to, 2, &from, 62 - 55 + 2, "melody.bias", 1);
    check_column(&to, 3, &from, 3, "chord.weight", 9);
    check_column(&to, 8, &from, 0, "chord.weight", 9);
    assert_memory_equal(weight(&to, "layer0.input", 2, 0),
                        weight(&from, "layer0.input", 62 - 55 + 2, 0),
                        36 * sizeof(real));
    assert_memory_equal(weight(&to, "layer0.input", 23 + 3, 0),
                        weight(&from, "layer0.input", 26 + 3, 0),
                        36 * sizeof(real));
    assert_memory_equal(weight(&to, "melody.chord", 3, 0),
                        weight(&from, "melody.chord", 3, 0), 6 * sizeof(real));
    checkpoint_free(&from);
    checkpoint_free(&to);
}

/* Columns of what is seen from classes: degrees, then distances and motions of
 * the root to each kind of chord, whose order may be another. */
static void check_relative_columns(enum model_heads heads) {
    static const char *const names[] = {"N.C.", "G7", "Am", "Dm7", "C", "Em"};
    struct vocabulary a, b;
    struct checkpoint from, to;
    const struct features on = without_copies(1, 1);
    size_t wide = heads == HEADS_FACTORED ? 6 : 9;
    size_t over = heads == HEADS_FACTORED ? 36 : 0;
    toy_vocabulary(&a, ENCODING_ATTACK); /* major, minor, seventh */
    b = a;
    toy_chords(&b, names, 6); /* seventh, minor, minor seventh, major */
    make(&from, &a, heads, &on, 1);
    make(&to, &b, heads, &on, 2);
    inherit(&to, &from);
    const size_t kind[4] = {2, 1, 1, 0}; /* Dm7 begins as what stands for it */
    size_t to_over = heads == HEADS_FACTORED ? 48 : 0;
    for (size_t i = 0; i < 48; i++) {
        size_t old = 12 * kind[i / 12] + i % 12;
        if (i / 12 == 2) /* there is no minor chord on D */
            continue;
        check_column(&to, i, &from, old, "chord.relative", 9);
        check_column(&to, 48 + i, &from, 36 + old, "chord.relative", 9);
        if (over)
            check_column(&to, 24 + i, &from, 24 + old, "melody.relative", wide);
    }
    for (size_t i = 0; i < 24; i++)
        check_column(&to, i, &from, i, "melody.relative", wide);
    for (size_t i = 0; i < CONTEXT_DISTANCES; i++)
        check_column(&to, 24 + to_over + i, &from, 24 + over + i,
                     "melody.relative", wide);
    checkpoint_free(&from);
    checkpoint_free(&to);
}

static void test_relative_columns(void **state) {
    (void)state;
    check_relative_columns(HEADS_FACTORED);
    check_relative_columns(HEADS_INDEPENDENT);
}

/* A chord of a kind that is new is as probable as what it begins as: Am7 as Am,
 * also as a degree of the key and under the melody. */
static void test_new_kind(void **state) {
    (void)state;
    struct vocabulary a, b;
    struct checkpoint from, to;
    const struct features on = without_copies(1, 1);
    const uint8_t melody[] = {2, 5, 9, 1}, am[] = {5, 5, 5, 5},
                  am7[] = {7, 7, 7, 7};
    struct player p[2];
    real log_p[2][PLAYER_CLASSES];
    toy_vocabulary(&a, ENCODING_ATTACK);
    other_classes(&b);
    make(&from, &a, HEADS_FACTORED, &on, 1);
    make(&to, &b, HEADS_FACTORED, &on, 2);
    inherit(&to, &from);
    assert_ok(player_init(&p[0], &to, 1, e));
    assert_ok(player_init(&p[1], &to, 1, e));
    for (size_t t = 0; t < 4; t++)
        for (int i = 0; i < 2; i++) {
            struct tune_view v = {.melody = melody,
                                  .chord = i ? am7 : am,
                                  .header = {4, 0, 4, 4, 0}};
            player_hear(&p[i], 0, &v, t);
            player_step(&p[i]);
        }
    for (int i = 0; i < 2; i++) {
        int16_t chord = i ? 7 : 5;
        player_log_p(&p[i], 0, 1, OUT_CHORD, NULL, NULL, log_p[i]);
        assert_near_value(log_p[i][5], log_p[i][7], 1e-5, 1e-5);
        player_log_p(&p[i], 0, 1, OUT_MELODY, &chord, NULL, log_p[i]);
    }
    for (int k = 0; k < b.melody_count; k++)
        assert_near_value(log_p[0][k], log_p[1][k], 1e-5, 1e-5);
    player_free(&p[0]);
    player_free(&p[1]);
    checkpoint_free(&from);
    checkpoint_free(&to);
}

/* From a model that knows no chords, and to one that has none. */
static void test_no_chords(void **state) {
    (void)state;
    struct vocabulary a, b;
    struct checkpoint full, bare, to;
    const struct features on = without_copies(0, 1);
    toy_vocabulary(&a, ENCODING_ATTACK);
    b = a;
    b.chord_count = 1;
    make(&full, &a, HEADS_FACTORED, &on, 1);
    make(&bare, &b, HEADS_FACTORED, &on, 2);
    make(&to, &a, HEADS_FACTORED, &on, 3);
    struct inherited n = inherit(&to, &bare);
    assert_int_equal(n.known[OUT_CHORD], 1);
    assert_int_equal(n.known[OUT_MELODY], 26);
    check_column(&to, 4, &bare, 4, "melody.weight", 6);
    assert_true(*weight(&to, "chord.relative", 0, 0) == 0);
    n = inherit(&bare, &full);
    assert_int_equal(n.classes[OUT_CHORD], 1);
    check_column(&bare, 4, &full, 4, "melody.weight", 6);
    checkpoint_free(&full);
    checkpoint_free(&bare);
    checkpoint_free(&to);
}

/* ---- what does not ---- */

static void check_refused(struct checkpoint *to, const struct checkpoint *from,
                          const char *why, const char *what_to_do) {
    struct err bad = {0};
    struct inherited n;
    real first = to->model.weights[7];
    assert_int_equal(inherit_weights(to, from, "models/old", &n, &bad), -1);
    assert_int_equal(bad.code, ERR_FORMAT);
    assert_true(strncmp(bad.text, "models/old/best.safetensors: ", 29) == 0);
    if (!strstr(bad.text, why) || !strstr(bad.text, what_to_do) ||
        strchr(bad.text, '\n'))
        fail_msg("%s", bad.text);
    assert_true(to->model.weights[7] == first);
}

static void test_refused(void **state) {
    (void)state;
    struct vocabulary a, classic;
    struct checkpoint from, to;
    struct features on = toy_all_features(), other = on;
    toy_vocabulary(&a, ENCODING_ATTACK);
    toy_vocabulary(&classic, ENCODING_CLASSIC);
    make(&from, &a, HEADS_FACTORED, &on, 1);

    make(&to, &a, HEADS_INDEPENDENT, &on, 2);
    check_refused(&to, &from, "has model.heads = factored, not independent",
                  "--config models/old/config.ini");
    checkpoint_free(&to);

    other.lags.value[2] = 5;
    make(&to, &a, HEADS_FACTORED, &other, 2);
    check_refused(&to, &from, "has model.lags = 1 2 4, not 1 2 5",
                  "--config models/old/config.ini");
    checkpoint_free(&to);

    int *const rows[] = {&other.form, &other.intervals, &other.ahead};
    static const char *const keys[] = {"form", "intervals", "ahead"};
    for (int i = 0; i < 3; i++) {
        char why[64];
        other = on;
        *rows[i] = 0;
        make(&to, &a, HEADS_FACTORED, &other, 2);
        snprintf(why, sizeof why, "has model.%s = 1, not 0", keys[i]);
        check_refused(&to, &from, why, "--config models/old/config.ini");
        snprintf(why, sizeof why, "has model.%s = 0, not 1", keys[i]);
        check_refused(&from, &to, why, "--config models/old/config.ini");
        checkpoint_free(&to);
    }

    make(&to, &classic, HEADS_FACTORED, &on, 2);
    check_refused(&to, &from, "encoding attack in 4 steps a quarter",
                  "midi2seq --like models/old");
    checkpoint_free(&to);

    make(&to, &a, HEADS_FACTORED, &on, 2);
    to.origin.steps_per_quarter = 12;
    check_refused(&to, &from, "not attack in 12", "midi2seq --like models/old");
    checkpoint_free(&to);
    checkpoint_free(&from);
}

static int set_up(void **state) {
    (void)state;
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 5);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&tunes);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_order),
        cmocka_unit_test(test_other_classes),
        cmocka_unit_test(test_relative_columns),
        cmocka_unit_test(test_new_kind),
        cmocka_unit_test(test_no_chords),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
