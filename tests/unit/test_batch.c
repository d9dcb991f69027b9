/* Lanes: nothing is lost, nothing is mixed up. SPDX-License-Identifier: MIT */
#include "nott/learn/batch.h"

#include "toydata.h"

enum { MAX_STEPS = 300, MAX_LANES = 32, MAX_SHIFT = 12 };

/* ---- an epoch, place by place ---- */

/* The match at each step of each tune: it does not depend on the shift. */
static int matches[TOY_TUNES][MAX_STEPS];

static void find_matches(const struct dataset *d, const struct context *c) {
    for (size_t s = 0; s < d->tunes; s++)
        for (size_t t = 0; t < toy_steps(d, s); t++)
            matches[s][t] = toy_best_lag(&c->on, d->melody + d->offset[s],
                                         d->chord + d->offset[s], d->bar[s], t);
}

/* Follows the slots by nothing but the reset marks and the order. */
struct follow {
    const struct dataset *data;
    int order[TOY_TUNES], shift[TOY_TUNES], known[TOY_TUNES];
    int shown[TOY_TUNES], ahead[TOY_TUNES];
    size_t tunes, next;
    long place[MAX_LANES]; /* in the order, -1 = none yet */
    size_t at[MAX_LANES];  /* the next step to be given */
    struct context_state state[MAX_LANES];
    struct form form[MAX_LANES];
    int seen[TOY_TUNES][MAX_STEPS];
    size_t ends, passed; /* ends that were asked for; that were passed over */
};

static void follow_begin(struct follow *f, const struct batch *b) {
    *f = (struct follow){.data = b->data, .tunes = b->tunes};
    memcpy(f->order, b->order, b->tunes * sizeof *b->order);
    memcpy(f->shift, b->shift, b->tunes * sizeof *b->shift);
    for (size_t i = 0; i < b->tunes; i++) {
        f->known[i] = b->known[i];
        f->shown[i] = b->context->on.form && b->shown[i];
        f->ahead[i] = b->context->on.ahead && b->ahead[i];
    }
    for (size_t j = 0; j < MAX_LANES; j++)
        f->place[j] = -1;
}

static int moved_melody(const struct vocabulary *v, int class, int shift) {
    int pitch = vocabulary_pitch(v, class);
    if (pitch < 0)
        return class;
    for (int k = 0; k < v->melody_count; k++)
        if (vocabulary_pitch(v, k) == pitch + shift)
            return k;
    return -1;
}

static int moved_chord(const struct vocabulary *v, int class, int shift) {
    const struct chord_class *c = &v->chords[class];
    uint16_t set = 0;
    if (!c->set)
        return class;
    for (int pc = 0; pc < 12; pc++)
        if (c->set >> pc & 1)
            set |= (uint16_t)(1u << (pc + 12 + shift) % 12);
    for (int k = 0; k < v->chord_count; k++)
        if (v->chords[k].set == set &&
            v->chords[k].root == (c->root + 12 + shift) % 12)
            return k;
    return -1;
}

/* The tonic moves, the mode stays, what is unknown stays so. */
static int moved_key(int key, int shift) {
    if (key < 0)
        return -1;
    return key < 12 ? (key + 12 + shift) % 12
                    : 12 + (key - 12 + 12 + shift) % 12;
}

/* The tune of the slot, moved as it must be. */
static void wanted_tune(const struct follow *f, size_t j, uint8_t *melody,
                        uint8_t *chord) {
    const struct dataset *d = f->data;
    size_t s = (size_t)f->order[f->place[j]], from = (size_t)d->offset[s];
    int shift = f->shift[f->place[j]];
    for (size_t t = 0; t < toy_steps(d, s); t++) {
        int m = moved_melody(&d->vocabulary, d->melody[from + t], shift);
        int c = moved_chord(&d->vocabulary, d->chord[from + t], shift);
        assert_true(m >= 0 && c >= 0);
        melody[t] = (uint8_t)m;
        chord[t] = (uint8_t)c;
    }
}

/* What the last lag is at step t: where the form says from which bar the next
 * step comes back, that far back, else the match. */
static int last_lag(const struct follow *f, size_t j, size_t s, size_t t) {
    const struct tune_header h = dataset_header(f->data, s);
    const struct form *form = f->shown[f->place[j]] ? &f->form[j] : NULL;
    int bar = form_bar_of(&h, t + 1);
    int from = form && bar < form->bars ? form->bar[bar].from : 0;
    return from ? from : matches[s][t];
}

/* The copies of a place are the classes of the tune so many bars before. */
static void check_copies(const struct follow *f, const struct batch *b,
                         const uint8_t *voice, enum model_output k, size_t j,
                         size_t i) {
    const struct context *c = b->context;
    const int16_t *copy = b->window.copy[k] + i * c->copies;
    size_t s = (size_t)f->order[f->place[j]], t = f->at[j] - 1;
    size_t bar = (size_t)b->data->bar[s];
    for (size_t n = 0; n < c->copies; n++) {
        int is_last = n == (size_t)c->on.lags.count;
        size_t lag =
            (size_t)(is_last ? last_lag(f, j, s, t) : c->on.lags.value[n]) *
            bar;
        int there = lag && t + 1 >= lag;
        assert_int_equal(copy[n], there ? voice[t + 1 - lag] : -1);
    }
}

/* Seen from the chord, and from the last pitch that was struck. */
static void check_anchors(const struct batch *b, const uint8_t *melody,
                          const uint8_t *chord, size_t t, size_t i) {
    const struct vocabulary *v = &b->data->vocabulary;
    while (t > 0 && vocabulary_pitch(v, melody[t]) < 0)
        t--;
    assert_int_equal(b->window.anchor[OUT_MELODY][i],
                     vocabulary_pitch(v, melody[t]) < 0 ? vocabulary_rest(v)
                                                        : melody[t]);
    assert_int_equal(b->window.anchor[OUT_CHORD][i], chord[0]);
}

/* The next tune of the order begins in the slot. The end of the one before is
 * missing only where a whole window would have had nothing else. */
static void begin_tune(struct follow *f, const struct batch *b, size_t j) {
    if (f->place[j] >= 0 && b->context->end >= 0 &&
        f->at[j] < toy_steps(f->data, (size_t)f->order[f->place[j]])) {
        assert_int_equal(b->T, 1);
        f->passed++;
    }
    f->place[j] = (long)f->next++;
    f->at[j] = 0;
}

static void check_targets(struct follow *f, const struct batch *b, size_t i,
                          const uint8_t *melody, const uint8_t *chord, size_t s,
                          size_t t) {
    int more = t + 1 < toy_steps(f->data, s);
    assert_int_equal(b->before[OUT_MELODY][i], melody[t]);
    assert_int_equal(b->before[OUT_CHORD][i], chord[t]);
    assert_int_equal(b->target[OUT_MELODY][i], more ? melody[t + 1] : -1);
    assert_int_equal(b->target[OUT_CHORD][i],
                     more ? chord[t + 1] : b->context->end);
    if (more)
        f->seen[s][t + 1]++;
    else
        f->ends++;
}

static void check_place(struct follow *f, const struct batch *b, size_t j,
                        size_t i) {
    uint8_t melody[MAX_STEPS], chord[MAX_STEPS];
    uint16_t rows[MODEL_MAX_ACTIVE];
    const struct dataset *d = f->data;
    size_t last = b->context->end < 0; /* has no place */
    int ended =
        f->place[j] < 0 ||
        f->at[j] + last == toy_steps(d, (size_t)f->order[f->place[j]]) ||
        (b->reset[i] &&
         f->at[j] + 1 == toy_steps(d, (size_t)f->order[f->place[j]]));
    assert_int_equal(b->reset[i], ended); /* at starts of tunes alone */
    if (ended)
        begin_tune(f, b, j);
    size_t s = (size_t)f->order[f->place[j]], t = f->at[j]++;
    wanted_tune(f, j, melody, chord);
    struct tune_view view = {
        .melody = melody,
        .chord = chord,
        .header = {.bar = d->bar[s],
                   .phase = d->phase[s],
                   .beats = d->meter[2 * s],
                   .unit = d->meter[2 * s + 1],
                   .key = moved_key(d->key[s], f->shift[f->place[j]])},
        .steps = f->known[f->place[j]] || f->ahead[f->place[j]]
                     ? toy_steps(d, s)
                     : 0,
        .melody_known = f->ahead[f->place[j]],
        .form = f->shown[f->place[j]] ? &f->form[j] : NULL};
    if (ended) /* of the tune as it is moved */
        form_of(&f->form[j], &d->vocabulary, &view.header, melody, chord,
                toy_steps(d, s));
    check_targets(f, b, i, melody, chord, s, t);
    check_copies(f, b, melody, OUT_MELODY, j, i);
    check_copies(f, b, chord, OUT_CHORD, j, i);
    check_anchors(b, melody, chord + t, t, i);
    context_input(b->context, &f->state[j], &view, t, rows);
    assert_memory_equal(b->indices + i * b->active, rows,
                        b->active * sizeof *rows);
}

static void check_idle(const struct follow *f, const struct batch *b,
                       size_t i) {
    assert_int_equal(f->next, f->tunes); /* none was left to take */
    assert_int_equal(b->target[OUT_CHORD][i], -1);
    for (size_t a = 0; a < b->active; a++)
        assert_true(b->indices[i * b->active + a] < b->context->inputs);
}

static size_t check_window(struct follow *f, const struct batch *b) {
    size_t scored = 0;
    assert_int_equal(b->window.T, b->T);
    assert_int_equal(b->window.slots, b->slots);
    assert_ptr_equal(b->window.indices, b->indices);
    assert_ptr_equal(b->window.reset, b->reset);
    for (int k = 0; k < OUTPUTS; k++) {
        assert_ptr_equal(b->window.target[k], b->target[k]);
        assert_ptr_equal(b->window.copy[k], b->copy[k]);
        assert_ptr_equal(b->window.anchor[k], b->anchor[k]);
    }
    for (size_t t = 0; t < b->T; t++)
        for (size_t j = 0; j < b->slots; j++) {
            size_t i = t * b->slots + j;
            if (b->target[OUT_MELODY][i] < 0 && b->target[OUT_CHORD][i] < 0) {
                check_idle(f, b, i);
                continue;
            }
            check_place(f, b, j, i);
            scored += b->target[OUT_MELODY][i] >= 0;
        }
    return scored;
}

/* Every tune that was begun has ended; those ends that are not in a window
 * would have been alone in it: at the end of the epoch, at most one a slot. */
static void check_ends(struct follow *f, const struct batch *b) {
    size_t left = 0;
    if (b->context->end < 0) {
        assert_int_equal(f->ends, 0);
        return;
    }
    for (size_t j = 0; j < b->slots; j++)
        left += f->place[j] >= 0 &&
                f->at[j] < toy_steps(f->data, (size_t)f->order[f->place[j]]);
    assert_int_equal(f->ends + f->passed + left, f->tunes);
    if (b->T * b->slots > MAX_STEPS) /* all in the first window, or nearly so */
        assert_int_equal(f->passed, 0);
}

/* An epoch that has begun: every step but the first is a target once. */
static void check_epoch(struct batch *b, enum split split) {
    struct follow f;
    size_t sum = 0, n;
    follow_begin(&f, b);
    while ((n = batch_next(b)) > 0) {
        assert_int_equal(check_window(&f, b), n);
        sum += n;
    }
    for (size_t i = 0; i < b->T * b->slots; i++)
        check_idle(&f, b, i);
    assert_int_equal(batch_next(b), 0); /* and it stays over */
    assert_int_equal(sum, b->scored_steps);
    check_ends(&f, b);
    size_t wanted = 0;
    for (size_t s = 0; s < TOY_TUNES; s++) {
        size_t steps = toy_steps(f.data, s);
        int there = f.data->split[s] == split;
        wanted += there ? steps - 1 : 0;
        for (size_t t = 0; t < steps; t++)
            assert_int_equal(f.seen[s][t], there && t > 0);
    }
    assert_int_equal(sum, wanted);
}

/* Epochs in which nothing is told, this and that, everything. */
static void each_epoch(struct batch *b, enum split split) {
    static const int told[] = {TOLD_NOTHING, TOLD_LENGTH, TOLD_FORM,
                               TOLD_MELODY,
                               TOLD_LENGTH | TOLD_FORM | TOLD_MELODY};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        batch_begin(b, told[i]);
        check_epoch(b, split);
    }
    toy_shuffle(b, 5, 1, 0, 0);
    check_epoch(b, split);
    toy_shuffle(b, 5, 2, 11, 0);
    batch_next(b); /* an epoch may be left */
    toy_shuffle(b, 5, 3, 11, 0);
    check_epoch(b, split);
    batch_begin_shuffled(b, 5, 3,
                         &(struct batch_changes){.transpose = 11,
                                                 .hide_form = 0.4,
                                                 .show_melody = 0.6});
    check_epoch(b, split);
}

static void each_shape(enum encoding encoding, struct features on) {
    static const size_t windows[] = {1, 2, 7, 64, 299, 500};
    static const size_t slots[] = {1, 2, 5, 9, 32};
    struct dataset d;
    struct context c;
    toy_dataset(&d, encoding, toy_tunes, TOY_TUNES, 3);
    context_init(&c, &on, &d.vocabulary);
    find_matches(&d, &c);
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (size_t j = 0; j < sizeof slots / sizeof *slots; j++)
            for (int split = 0; split < SPLITS; split++) {
                struct batch b;
                assert_ok(batch_init(&b, &d, &c, (enum split)split, slots[j],
                                     windows[i], e));
                each_epoch(&b, (enum split)split);
                batch_free(&b);
            }
    dataset_free(&d);
}

static void test_attack(void **state) {
    (void)state;
    each_shape(ENCODING_ATTACK, (struct features){.position = 1, .meter = 1});
    each_shape(ENCODING_ATTACK, toy_features());
    each_shape(ENCODING_ATTACK, toy_all_features());
}

static void test_classic(void **state) {
    (void)state;
    each_shape(ENCODING_CLASSIC, (struct features){.meter = 1});
    each_shape(ENCODING_CLASSIC, toy_features());
    each_shape(ENCODING_CLASSIC, toy_all_features());
}

/* The end of each tune is asked for once, of the last step, and the rest of
 * the epoch is as without. */
static void test_ends(void **state) {
    (void)state;
    struct dataset d;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 3);
    for (int end = 0; end < 2; end++) {
        struct features on = toy_features();
        struct context c;
        struct batch b;
        size_t scored = 0, n, ends = 0;
        on.end = end;
        context_init(&c, &on, &d.vocabulary);
        assert_ok(batch_init(&b, &d, &c, SPLIT_TRAIN, 3, 20, e));
        batch_begin(&b, 0);
        while ((n = batch_next(&b)) > 0) {
            scored += n;
            for (size_t i = 0; i < 60; i++)
                if (b.target[OUT_CHORD][i] >= 0 &&
                    b.target[OUT_MELODY][i] < 0) {
                    assert_int_equal(b.target[OUT_CHORD][i], 13);
                    ends++;
                }
        }
        assert_int_equal(scored, 556);
        assert_int_equal(b.scored_steps, 556);
        assert_int_equal(ends, end ? 9 : 0);
        batch_free(&b);
    }
    dataset_free(&d);
}

/* A window of nothing but ends does not end the epoch. */
static void test_window_of_ends(void **state) {
    (void)state;
    static const struct toy_tune list[] = {
        {5, SPLIT_TRAIN}, {5, SPLIT_TRAIN}, {9, SPLIT_TRAIN}, {2, SPLIT_TRAIN}};
    struct dataset d;
    struct context c;
    const struct features on = {.end = 1};
    toy_dataset(&d, ENCODING_ATTACK, list, 4, 3);
    context_init(&c, &on, &d.vocabulary);
    for (size_t slots = 1; slots < 3; slots++) {
        struct batch b;
        size_t scored = 0, n;
        assert_ok(batch_init(&b, &d, &c, SPLIT_TRAIN, slots, 1, e));
        batch_begin(&b, 0);
        while ((n = batch_next(&b)) > 0)
            scored += n;
        assert_int_equal(scored, 4 + 4 + 8 + 1);
        batch_free(&b);
    }
    dataset_free(&d);
}

/* ---- order ---- */

static struct dataset tunes;
static struct context context;

static void open_train(struct batch *b, size_t slots, size_t T) {
    assert_ok(batch_init(b, &tunes, &context, SPLIT_TRAIN, slots, T, e));
    assert_int_equal(b->tunes, 9);
}

static void test_plain_order(void **state) {
    (void)state;
    struct batch b;
    open_train(&b, 3, 16);
    for (int known = 0; known < 2; known++) {
        toy_shuffle(&b, 1, 1, 11, 0); /* nothing of it must stay */
        batch_begin(&b, known);
        for (size_t i = 0; i < b.tunes; i++) {
            assert_int_equal(tunes.split[b.order[i]], SPLIT_TRAIN);
            assert_true(i == 0 || b.order[i] > b.order[i - 1]);
            assert_int_equal(b.shift[i], 0);
            assert_int_equal(b.known[i], known);
        }
    }
    batch_free(&b);
}

static void check_permutation(const struct batch *b) {
    int seen[TOY_TUNES] = {0};
    for (size_t i = 0; i < b->tunes; i++)
        seen[b->order[i]]++;
    for (size_t s = 0; s < TOY_TUNES; s++)
        assert_int_equal(seen[s], tunes.split[s] == SPLIT_TRAIN);
}

static int same_order(const struct batch *a, const struct batch *b) {
    return memcmp(a->order, b->order, a->tunes * sizeof *a->order) == 0;
}

/* The order and the shifts are those of (seed, epoch), whatever was before and
 * however wide the batch is. */
static void test_shuffled(void **state) {
    (void)state;
    struct batch a, b;
    int differ = 0;
    open_train(&a, 3, 16);
    open_train(&b, 7, 5);
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        toy_shuffle(&a, 42, epoch, 5, 0);
        check_permutation(&a);
        toy_shuffle(&b, 42, epoch + 1, 3, 0);
        differ += !same_order(&a, &b);
        toy_shuffle(&b, 42, epoch, 5, 0);
        assert_true(same_order(&a, &b));
        assert_memory_equal(a.shift, b.shift, a.tunes * sizeof *a.shift);
        assert_memory_equal(a.known, b.known, a.tunes);
        toy_shuffle(&b, 43, epoch, 5, 0);
        differ += !same_order(&a, &b);
    }
    assert_true(differ >= 38);
    batch_free(&a);
    batch_free(&b);
}

/* Every tune comes first as often as any other. */
static void test_shuffled_evenly(void **state) {
    (void)state;
    enum { EPOCHS = 3600 };
    struct batch b;
    int first[TOY_TUNES] = {0};
    open_train(&b, 3, 16);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        toy_shuffle(&b, 7, epoch, 0, 0);
        first[b.order[0]]++;
    }
    for (size_t s = 0; s < TOY_TUNES; s++)
        if (tunes.split[s] == SPLIT_TRAIN) /* 400, sigma 19 */
            assert_in_range(first[s], 400 - 95, 400 + 95);
    batch_free(&b);
}

/* Every tune's length is told in half of the epochs, whatever its place. */
static void test_lengths_told(void **state) {
    (void)state;
    enum { EPOCHS = 900 };
    struct batch b;
    int told[TOY_TUNES] = {0}, at[TOY_TUNES] = {0};
    open_train(&b, 3, 16);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        toy_shuffle(&b, 7, epoch, 5, 0);
        for (size_t i = 0; i < b.tunes; i++) {
            assert_in_range(b.known[i], 0, 1);
            told[b.order[i]] += b.known[i];
            at[i] += b.known[i];
        }
    }
    for (size_t s = 0; s < TOY_TUNES; s++) /* 450, sigma 15 */
        if (tunes.split[s] == SPLIT_TRAIN)
            assert_in_range(told[s], 450 - 75, 450 + 75);
    for (size_t i = 0; i < b.tunes; i++)
        assert_in_range(at[i], 450 - 75, 450 + 75);
    batch_free(&b);
}

/* ---- transposition ---- */

static int fits(size_t s, int shift) {
    const struct vocabulary *v = &tunes.vocabulary;
    for (int64_t k = tunes.offset[s]; k < tunes.offset[s + 1]; k++)
        if (moved_melody(v, tunes.melody[k], shift) < 0 ||
            moved_chord(v, tunes.chord[k], shift) < 0)
            return 0;
    return 1;
}

/* All shifts that fit are drawn, equally often, and no others. */
static void test_shifts(void **state) {
    (void)state;
    enum { EPOCHS = 3000 };
    struct batch b;
    static int count[TOY_TUNES][2 * MAX_SHIFT + 1];
    int several = 0, hindered = 0;
    open_train(&b, 3, 16);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        toy_shuffle(&b, 11, epoch, 5, 0);
        for (size_t i = 0; i < b.tunes; i++) {
            assert_true(abs(b.shift[i]) <= 5);
            count[b.order[i]][MAX_SHIFT + b.shift[i]]++;
        }
    }
    for (size_t s = 0; s < TOY_TUNES; s++) {
        int n = 0;
        for (int shift = -5; shift <= 5; shift++)
            n += fits(s, shift);
        if (tunes.split[s] != SPLIT_TRAIN)
            continue;
        several += n > 1;
        hindered += n < 11;
        double mean = (double)EPOCHS / n, slack = 5 * sqrt(mean) + 1;
        for (int shift = -5; shift <= 5; shift++)
            assert_near_value(count[s][MAX_SHIFT + shift],
                              fits(s, shift) ? mean : 0,
                              fits(s, shift) ? slack : 0, 0);
    }
    assert_true(several > 3 && hindered > 3); /* the data is not too easy */
    batch_free(&b);
}

static void check_maps(enum encoding encoding) {
    struct dataset d;
    struct batch b;
    struct context c;
    toy_dataset(&d, encoding, toy_tunes, TOY_TUNES, 1);
    const struct vocabulary *v = &d.vocabulary;
    const struct features on = toy_features();
    context_init(&c, &on, v);
    assert_ok(batch_init(&b, &d, &c, SPLIT_TRAIN, 2, 8, e));
    for (int shift = -MAX_SHIFT; shift <= MAX_SHIFT; shift++) {
        const int16_t *melody = b.transpose.melody[MAX_SHIFT + shift];
        const int16_t *chord = b.transpose.chord[MAX_SHIFT + shift];
        for (int k = 0; k < v->melody_count; k++) {
            assert_int_equal(melody[k], moved_melody(v, k, shift));
            if (melody[k] >= 0)
                assert_int_equal(
                    b.transpose.melody[MAX_SHIFT - shift][melody[k]], k);
        }
        assert_int_equal(melody[vocabulary_rest(v)], vocabulary_rest(v));
        assert_int_equal(chord[0], 0);
        for (int k = 0; k < v->chord_count; k++) {
            assert_int_equal(chord[k], moved_chord(v, k, shift));
            if (chord[k] >= 0)
                assert_int_equal(b.transpose.chord[MAX_SHIFT - shift][chord[k]],
                                 k);
        }
    }
    /* by hand: C to D, but no C# */
    assert_int_equal(b.transpose.chord[MAX_SHIFT + 2][1], 3);
    assert_int_equal(b.transpose.chord[MAX_SHIFT + 1][1], -1);
    batch_free(&b);
    dataset_free(&d);
}

static void test_maps(void **state) {
    (void)state;
    check_maps(ENCODING_ATTACK);
    check_maps(ENCODING_CLASSIC);
}

/* ---- what is noisy ---- */

/* One long tune, and the first epoch with it, a step to a window. */
enum { LONG = 20000 };

struct hearing {
    struct dataset data;
    struct context context;
    struct batch batch;
    uint16_t rows[LONG][MODEL_MAX_ACTIVE];
    int16_t copy[OUTPUTS][LONG][MODEL_MAX_COPIES];
};

static struct hearing *hearing_init(struct features on, size_t steps) {
    struct hearing *h = calloc(1, sizeof *h);
    const struct toy_tune list[] = {{steps, SPLIT_TRAIN}};
    assert_non_null(h);
    toy_dataset(&h->data, ENCODING_ATTACK, list, 1, 8);
    context_init(&h->context, &on, &h->data.vocabulary);
    assert_ok(
        batch_init(&h->batch, &h->data, &h->context, SPLIT_TRAIN, 1, 1, e));
    return h;
}

static void hearing_free(struct hearing *h) {
    batch_free(&h->batch);
    dataset_free(&h->data);
    free(h);
}

/* Takes down what the network is told in an epoch that has begun; targets, and
 * what was before, must be those of the tune. */
static void hear(struct hearing *h) {
    struct batch *b = &h->batch;
    const struct dataset *d = &h->data;
    size_t L = h->context.copies;
    for (size_t t = 0; t + 1 < toy_steps(d, 0); t++) {
        assert_int_equal(batch_next(b), 1);
        assert_int_equal(b->before[OUT_MELODY][0], d->melody[t]);
        assert_int_equal(b->before[OUT_CHORD][0], d->chord[t]);
        assert_int_equal(b->target[OUT_MELODY][0], d->melody[t + 1]);
        assert_int_equal(b->target[OUT_CHORD][0], d->chord[t + 1]);
        memcpy(h->rows[t], b->indices, b->active * sizeof *b->indices);
        for (int k = 0; k < OUTPUTS; k++)
            memcpy(h->copy[k][t], b->copy[k], L * sizeof *b->copy[k]);
    }
    assert_int_equal(batch_next(b), 0);
}

static int surface_melody(const struct hearing *h, size_t t) {
    return h->rows[t][0]; /* the first rows are its classes */
}

static int surface_chord(const struct hearing *h, size_t t) {
    return h->rows[t][1] - h->data.vocabulary.melody_count;
}

/* The share of steps that may sound wrong: another class of the same tune,
 * which by chance is the right one. */
static double share_of_others(const uint8_t *voice, size_t n) {
    double count[256] = {0}, same = 0;
    for (size_t t = 0; t < n; t++)
        count[voice[t]]++;
    for (size_t k = 0; k < 256; k++)
        same += count[k] * count[k];
    return 1 - same / ((double)n * (double)n);
}

/* The melody sounds wrong step by step; a chord, twice as often, from one
 * change to the next. */
static void check_misheard(double input_noise) {
    struct hearing *h = hearing_init((struct features){.meter = 1}, LONG);
    const struct dataset *d = &h->data;
    double wrong = 0, changes = 0, wrong_chords = 0;
    toy_shuffle(&h->batch, 3, 4, 0, input_noise);
    hear(h);
    for (size_t t = 0; t + 1 < LONG; t++) {
        int change = t == 0 || d->chord[t] != d->chord[t - 1];
        wrong += surface_melody(h, t) != d->melody[t];
        changes += change;
        wrong_chords += change && surface_chord(h, t) != d->chord[t];
        if (!change) /* it stays as it is heard */
            assert_int_equal(surface_chord(h, t), surface_chord(h, t - 1));
    }
    assert_true(changes > 2000);
    double p = input_noise * share_of_others(d->melody, LONG);
    assert_near_value(wrong, LONG * p, 5 * sqrt(LONG * p) + 1e-9, 0);
    p = 2 * input_noise * share_of_others(d->chord, LONG);
    assert_near_value(wrong_chords, changes * p, 5 * sqrt(changes * p) + 1e-9,
                      0);
    hearing_free(h);
}

static void test_misheard_share(void **state) {
    (void)state;
    check_misheard(0); /* not a single step */
    check_misheard(0.02);
    check_misheard(0.2);
    check_misheard(0.5); /* then all chords are drawn anew */
}

/* What is noisy is a class of the tune, whatever the others are. */
static void test_misheard_classes(void **state) {
    (void)state;
    struct hearing *h = hearing_init((struct features){.meter = 1}, LONG);
    int melody[256] = {0}, chords[256] = {0};
    for (size_t t = 0; t < LONG; t++) {
        melody[h->data.melody[t]] = 1;
        chords[h->data.chord[t]] = 1;
    }
    toy_shuffle(&h->batch, 3, 4, 0, 0.5);
    hear(h);
    for (size_t t = 0; t + 1 < LONG; t++) {
        assert_true(melody[surface_melody(h, t)]);
        assert_true(chords[surface_chord(h, t)]);
    }
    hearing_free(h);
}

/* Rows and copies are those of the tune as it is heard; its form is that of
 * the tune as it is. */
static void test_misheard_context(void **state) {
    (void)state;
    enum { N = 300 };
    struct hearing *h = hearing_init(toy_all_features(), N);
    uint8_t melody[N], chord[N];
    struct context_state s;
    struct form form;
    toy_shuffle(&h->batch, 3, 4, 0, 0.1);
    h->batch.known[0] = h->batch.ahead[0] = 1;
    hear(h);
    for (size_t t = 0; t + 1 < N; t++) {
        melody[t] = (uint8_t)surface_melody(h, t);
        chord[t] = (uint8_t)surface_chord(h, t);
    }
    struct tune_view v = {.melody = melody,
                          .chord = chord,
                          .header = {.bar = h->data.bar[0],
                                     .phase = h->data.phase[0],
                                     .beats = h->data.meter[0],
                                     .unit = h->data.meter[1],
                                     .key = h->data.key[0]},
                          .steps = N,
                          .form = &form,
                          .melody_known = 1};
    melody[N - 1] = (uint8_t)h->batch.slot[0].input[OUT_MELODY][N - 1];
    form_of(&form, &h->data.vocabulary, &v.header, h->data.melody,
            h->data.chord, N);
    for (size_t t = 0; t + 1 < N; t++) {
        uint16_t rows[MODEL_MAX_ACTIVE];
        int16_t copy[MODEL_MAX_COPIES];
        context_input(&h->context, &s, &v, t, rows);
        assert_memory_equal(rows, h->rows[t], h->context.active * sizeof *rows);
        for (int k = 0; k < OUTPUTS; k++) {
            context_copies(&h->context, &s, &v,
                           k == OUT_MELODY ? melody : chord, t, copy);
            assert_memory_equal(copy, h->copy[k][t],
                                h->context.copies * sizeof *copy);
        }
    }
    hearing_free(h);
}

/* All places of an epoch one after the other: the caller frees. */
static uint16_t *epoch_rows(struct batch *b, size_t *n) {
    size_t each = b->T * b->slots * b->active, room = 100;
    uint16_t *all = malloc(room * each * sizeof *all);
    assert_non_null(all);
    for (*n = 0; batch_next(b); *n += each) {
        assert_true(*n < room * each);
        memcpy(all + *n, b->indices, each * sizeof *all);
    }
    return all;
}

/* The same of (seed, epoch), and other things of others. */
static void test_misheard_again(void **state) {
    (void)state;
    static const struct {
        uint64_t seed, epoch;
        double input_noise;
        int same;
    } list[] = {{5, 1, 0.1, 1},
                {5, 2, 0.1, 0},
                {6, 1, 0.1, 0},
                {5, 1, 0, 0},
                {5, 1, 0.1, 1}};
    struct batch b;
    size_t n, m;
    open_train(&b, 3, 16);
    toy_shuffle(&b, 5, 1, 5, 0.1);
    uint16_t *first = epoch_rows(&b, &n);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        toy_shuffle(&b, list[i].seed, list[i].epoch, 5, list[i].input_noise);
        uint16_t *other = epoch_rows(&b, &m);
        int same = n == m && memcmp(first, other, n * sizeof *first) == 0;
        assert_int_equal(same, list[i].same);
        free(other);
    }
    free(first);
    batch_free(&b);
}

/* The steps at which one tune, unmoved, sounds wrong are others in each epoch
 * and of each seed. */
static void test_misheard_by_epoch(void **state) {
    (void)state;
    enum { N = 2000 };
    static const uint64_t from[][2] = {{3, 4}, {3, 5}, {4, 4}, {3, 4}};
    struct hearing *h[4];
    for (size_t i = 0; i < 4; i++) {
        h[i] = hearing_init((struct features){.meter = 1}, N);
        toy_shuffle(&h[i]->batch, from[i][0], from[i][1], 0, 0.1);
        hear(h[i]);
    }
    assert_memory_equal(h[3]->rows, h[0]->rows, sizeof h[0]->rows);
    for (size_t i = 1; i < 3; i++) {
        int both = 0, one = 0;
        for (size_t t = 0; t + 1 < N; t++) {
            int here = surface_melody(h[0], t) != h[0]->data.melody[t];
            int there = surface_melody(h[i], t) != h[0]->data.melody[t];
            both += here && there;
            one += here != there;
        }
        assert_true(one > 100 && both < one / 4);
    }
    for (size_t i = 0; i < 4; i++)
        hearing_free(h[i]);
}

/* Order, shifts and what lengths are told do not depend on it; the epochs that
 * validate hear well. */
static void test_misheard_alone(void **state) {
    (void)state;
    struct batch a, b;
    size_t n, m;
    open_train(&a, 3, 16);
    open_train(&b, 3, 16);
    toy_shuffle(&a, 42, 7, 5, 0);
    toy_shuffle(&b, 42, 7, 5, 0.5);
    assert_true(same_order(&a, &b));
    assert_memory_equal(a.shift, b.shift, a.tunes * sizeof *a.shift);
    assert_memory_equal(a.known, b.known, a.tunes);
    batch_begin(&a, 1);
    batch_begin(&b, 1);
    uint16_t *well = epoch_rows(&a, &n), *after = epoch_rows(&b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(well, after, n * sizeof *well);
    free(well);
    free(after);
    batch_free(&a);
    batch_free(&b);
}

/* ---- unknown chords ---- */

/* The places of one slot, one after the other. */
struct places {
    struct batch *b;
    size_t i; /* in the window, b->T = a new one is to come */
    size_t scored;
};

static void next_place(struct places *p) {
    if (p->i == p->b->T) {
        p->scored += batch_next(p->b);
        p->i = 0;
    }
}

/* A tune of which only the melody is told and asked for: not the chords, and
 * not the end, which would be one. */
static void check_melody_alone(struct places *p, const struct dataset *d,
                               size_t s) {
    const struct batch *b = p->b;
    const uint8_t *melody = d->melody + d->offset[s];
    const struct tune_view v = {.melody = melody,
                                .header = dataset_header(d, s),
                                .steps = toy_steps(d, s)};
    struct context_state state;
    uint16_t rows[MODEL_MAX_ACTIVE];
    for (size_t t = 0; t + 1 < toy_steps(d, s); t++, p->i++) {
        next_place(p);
        context_input(&context, &state, &v, t, rows);
        assert_memory_equal(b->indices + p->i * b->active, rows,
                            b->active * sizeof *rows);
        for (size_t k = 0; k < context.copies; k++)
            assert_int_equal(b->copy[OUT_CHORD][p->i * context.copies + k], -1);
        assert_int_equal(b->reset[p->i], t == 0);
        assert_int_equal(b->target[OUT_MELODY][p->i], melody[t + 1]);
        assert_int_equal(b->target[OUT_CHORD][p->i], -1);
    }
}

static void test_unknown_chords(void **state) {
    (void)state;
    static const struct toy_tune list[] = {
        {20, SPLIT_TRAIN}, {15, SPLIT_TRAIN}, {2, SPLIT_TRAIN}};
    for (size_t T = 2; T < 12; T++) {
        struct dataset d;
        struct batch b;
        toy_dataset(&d, ENCODING_ATTACK, list, 3, 1);
        toy_hide_chords(&d, 0);
        toy_hide_chords(&d, 2);
        assert_ok(batch_init(&b, &d, &context, SPLIT_TRAIN, 1, T, e));
        batch_begin(&b, 1);
        struct places p = {&b, T, 0};
        check_melody_alone(&p, &d, 0);
        for (size_t t = 0; t < 15; t++, p.i++) { /* the last is the end */
            next_place(&p);
            assert_int_equal(b.target[OUT_CHORD][p.i],
                             t < 14 ? d.chord[20 + t + 1] : context.end);
        }
        check_melody_alone(&p, &d, 2);
        for (; p.i < T; p.i++)
            assert_int_equal(b.target[OUT_MELODY][p.i], -1);
        assert_int_equal(batch_next(&b), 0);
        assert_int_equal(p.scored, 19 + 14 + 1);
        assert_int_equal(b.scored_steps, 19 + 14 + 1);
        batch_free(&b);
        dataset_free(&d);
    }
}

/* Where the melody fits such a tune may go. */
static void test_unknown_chords_move(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{64, SPLIT_TRAIN}};
    struct dataset d;
    struct batch b;
    int moved = 0;
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 1);
    for (size_t t = 0; t < 64; t++)
        d.melody[t] = (uint8_t)vocabulary_melody(&d.vocabulary, 66);
    d.chord[5] = 8; /* Am: there is no other minor one but Em, Cm, Bm */
    assert_ok(batch_init(&b, &d, &context, SPLIT_TRAIN, 1, 8, e));
    toy_hide_chords(&d, 0);
    for (uint64_t epoch = 0; epoch < 200; epoch++) {
        toy_shuffle(&b, 1, epoch, 5, 0);
        moved |= 1 << (5 + b.shift[0]);
    }
    assert_int_equal(moved, (1 << 11) - 1);
    batch_free(&b);
    dataset_free(&d);
}

static void begin_hidden(struct batch *b, uint64_t seed, uint64_t epoch,
                         double share) {
    batch_begin_shuffled(b, seed, epoch,
                         &(struct batch_changes){.transpose = 5,
                                                 .input_noise = 0.1,
                                                 .hide_chords = share});
}

/* Of how many epochs of `n` something is drawn for each tune: `share` of them.
 */
static void check_share(const int drawn[TOY_TUNES], int n, double share) {
    double mean = n * share, slack = 5 * sqrt(mean * (1 - share));
    for (size_t s = 0; s < TOY_TUNES; s++)
        if (tunes.split[s] == SPLIT_TRAIN)
            assert_near_value(drawn[s], mean, slack, 0);
}

/* Whose chords or form are hidden in an epoch and whose melody is shown are
 * other questions than its order, its shifts and lengths, and than each other.
 */
static void test_shares(void **state) {
    (void)state;
    enum { EPOCHS = 900 };
    const struct batch_changes how = {.transpose = 5,
                                      .input_noise = 0.1,
                                      .hide_chords = 0.3,
                                      .hide_form = 0.2,
                                      .show_melody = 0.4};
    struct batch a, b;
    int hidden[TOY_TUNES] = {0}, shown[TOY_TUNES] = {0}, ahead[TOY_TUNES] = {0};
    int both[TOY_TUNES] = {0};
    open_train(&a, 3, 16);
    open_train(&b, 3, 16);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        toy_shuffle(&a, 7, epoch, 5, 0.1);
        batch_begin_shuffled(&b, 7, epoch, &how);
        assert_true(same_order(&a, &b));
        assert_memory_equal(a.shift, b.shift, a.tunes * sizeof *a.shift);
        assert_memory_equal(a.known, b.known, a.tunes);
        for (size_t i = 0; i < b.tunes; i++) {
            assert_true(!a.hidden[i] && a.shown[i] && !a.ahead[i]);
            hidden[b.order[i]] += b.hidden[i];
            shown[b.order[i]] += b.shown[i];
            ahead[b.order[i]] += b.ahead[i];
            both[b.order[i]] += b.hidden[i] && b.ahead[i];
        }
    }
    check_share(hidden, EPOCHS, 0.3);
    check_share(shown, EPOCHS, 0.8);
    check_share(ahead, EPOCHS, 0.4);
    check_share(both, EPOCHS, 0.3 * 0.4);
    batch_begin(&b, 0); /* who validates hides nothing, and is told nothing */
    for (size_t i = 0; i < b.tunes; i++)
        assert_true(!b.hidden[i] && !b.shown[i] && !b.ahead[i]);
    batch_free(&a);
    batch_free(&b);
}

/* Drawn by seed and epoch, whatever was drawn before. */
static void test_shares_by_seed(void **state) {
    (void)state;
    const struct batch_changes how = {.hide_form = 0.5, .show_melody = 0.5};
    struct batch a, b;
    int differ = 0;
    open_train(&a, 3, 16);
    open_train(&b, 5, 7);
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        batch_begin_shuffled(&a, 7, epoch, &how);
        batch_begin_shuffled(&b, 8, epoch, &how);
        differ += memcmp(a.shown, b.shown, a.tunes) != 0;
        differ += memcmp(a.ahead, b.ahead, a.tunes) != 0;
        batch_begin_shuffled(&b, 7, epoch, &how);
        assert_memory_equal(a.shown, b.shown, a.tunes);
        assert_memory_equal(a.ahead, b.ahead, a.tunes);
    }
    assert_true(differ > 36);
    batch_free(&a);
    batch_free(&b);
}

/* Without its chords the melody is not shown; their form has no chords. */
static void test_told_without_chords(void **state) {
    (void)state;
    const struct features on = toy_all_features();
    struct context c;
    struct batch b;
    struct form form;
    context_init(&c, &on, &tunes.vocabulary);
    assert_ok(batch_init(&b, &tunes, &c, SPLIT_TRAIN, 9, 16, e));
    batch_begin_shuffled(
        &b, 1, 1,
        &(struct batch_changes){.hide_chords = 0.5, .show_melody = 1});
    batch_next(&b);
    int hidden = 0, rests = 0;
    for (size_t i = 0; i < b.slots; i++) {
        const struct slot *l = &b.slot[i];
        assert_true(l->form_known);
        assert_int_equal(l->melody_known, l->has_chords);
        form_of(&form, &tunes.vocabulary, &l->header, l->melody,
                l->has_chords ? l->chord : NULL, l->steps);
        assert_memory_equal(&l->form, &form, sizeof form);
        hidden += !l->has_chords;
        for (int k = 0; k < form.bars; k++)
            rests += l->has_chords && form.bar[k].chord != FORM_NONE;
    }
    assert_true(hidden > 1 && hidden < 8 && rests > 0);
    batch_free(&b);
}

/* Whose network has no such rows is told nothing, whatever is drawn. */
static void test_told_nothing(void **state) {
    (void)state;
    struct batch b;
    open_train(&b, 9, 16);
    batch_begin(&b, TOLD_FORM | TOLD_MELODY);
    batch_next(&b);
    for (size_t i = 0; i < b.slots; i++)
        assert_true(!b.slot[i].form_known && !b.slot[i].melody_known);
    batch_free(&b);
}

/* With all of them hidden no chord is asked for; with none nothing changes. */
static void test_hide_all(void **state) {
    (void)state;
    struct batch a, b;
    size_t n, m, scored = 0;
    open_train(&a, 3, 16);
    open_train(&b, 3, 16);
    toy_shuffle(&a, 5, 1, 5, 0.1);
    begin_hidden(&b, 5, 1, 0);
    uint16_t *open = epoch_rows(&a, &n), *same = epoch_rows(&b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(open, same, n * sizeof *open);
    free(open);
    free(same);
    begin_hidden(&b, 5, 1, 1);
    for (size_t some; (some = batch_next(&b)); scored += some)
        for (size_t i = 0; i < b.T * b.slots; i++)
            assert_int_equal(b.target[OUT_CHORD][i], -1);
    assert_int_equal(scored, b.scored_steps);
    batch_free(&a);
    batch_free(&b);
}

/* ---- errors ---- */

static void test_empty_split(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{20, SPLIT_TRAIN}, {20, SPLIT_TEST}};
    struct dataset d;
    struct batch b;
    toy_dataset(&d, ENCODING_ATTACK, list, 2, 1);
    struct err why = {.code = ERR_NONE};
    assert_int_equal(batch_init(&b, &d, &context, SPLIT_VALID, 2, 8, &why), -1);
    assert_int_equal(why.code, ERR_FORMAT);
    assert_non_null(strstr(why.text, "valid"));
    assert_ok(batch_init(&b, &d, &context, SPLIT_TEST, 2, 8, e));
    assert_int_equal(b.scored_steps, 19);
    batch_free(&b);
    dataset_free(&d);
}

static int set_up(void **state) {
    (void)state;
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 3);
    const struct features on = toy_features();
    context_init(&context, &on, &tunes.vocabulary);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&tunes);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attack),
        cmocka_unit_test(test_classic),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_window_of_ends),
        cmocka_unit_test(test_plain_order),
        cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_shuffled_evenly),
        cmocka_unit_test(test_lengths_told),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_misheard_share),
        cmocka_unit_test(test_misheard_classes),
        cmocka_unit_test(test_misheard_context),
        cmocka_unit_test(test_misheard_again),
        cmocka_unit_test(test_misheard_by_epoch),
        cmocka_unit_test(test_misheard_alone),
        cmocka_unit_test(test_unknown_chords),
        cmocka_unit_test(test_unknown_chords_move),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_shares_by_seed),
        cmocka_unit_test(test_told_without_chords),
        cmocka_unit_test(test_told_nothing),
        cmocka_unit_test(test_hide_all),
        cmocka_unit_test(test_empty_split),
    };
    return cmocka_run_group_tests_name("batch", tests, set_up, tear_down);
}
