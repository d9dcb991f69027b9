/* Models on disk: they come back whole, or not at all.
 * SPDX-License-Identifier: MIT */
#include "nott/player/checkpoint.h"

#include <signal.h>
#include <sys/resource.h>

#include "toydata.h"

static char folder[256];
static struct dataset tunes;

static void make_model(struct checkpoint *t, enum cell_kind cell,
                       enum model_heads heads) {
    struct model_config c = {
        .cell = cell, .heads = heads, .layers = 2, .hidden = 5, .project = 3};
    const struct features all = toy_all_features(), few = {.position = 1};
    assert_ok(
        toy_model(t, &tunes, &c, heads == HEADS_FACTORED ? &all : &few, e));
    model_randomize(&t->model, 2, 0, 1);
    t->epoch = 7;
    t->valid_nats = 1.25;
    t->critic.is_known = heads == HEADS_FACTORED;
    for (size_t k = 0; k < GESTURES && t->critic.is_known; k++)
        t->critic.weight[k] = (float)k / 7 - 3;
}

static void path_to(char path[512], const char *name) {
    snprintf(path, 512, "%s/%s", folder, name);
}

/* ---- whole ---- */

static void check_same_context(const struct context *a,
                               const struct context *b) {
    const struct features *f = &a->on, *g = &b->on;
    assert_true(f->position == g->position && f->meter == g->meter);
    assert_true(f->key == g->key && f->length == g->length);
    assert_true(f->sounding == g->sounding && f->durations == g->durations);
    assert_true(f->bars == g->bars && f->copy == g->copy && f->end == g->end);
    assert_int_equal(f->best_lag, g->best_lag);
    assert_true(f->form == g->form && f->ahead == g->ahead);
    assert_int_equal(f->intervals, g->intervals);
    assert_int_equal(f->lags.count, g->lags.count);
    for (int i = 0; i < f->lags.count; i++)
        assert_int_equal(f->lags.value[i], g->lags.value[i]);
    assert_true(a->melody_count == b->melody_count && a->hold == b->hold);
    assert_true(a->chord_count == b->chord_count && a->rest == b->rest);
    assert_true(a->inputs == b->inputs && a->active == b->active);
    assert_true(a->copies == b->copies && a->end == b->end);
}

static void check_same(const struct checkpoint *a, const struct checkpoint *b) {
    const struct model_config *x = &a->model.config, *y = &b->model.config;
    assert_true(x->cell == y->cell && x->heads == y->heads);
    assert_true(x->layers == y->layers && x->hidden == y->hidden);
    assert_true(x->project == y->project && x->inputs == y->inputs);
    assert_true(x->active == y->active);
    for (int k = 0; k < OUTPUTS; k++)
        assert_int_equal(x->classes[k], y->classes[k]);
    assert_memory_equal(a->model.weights, b->model.weights,
                        a->model.size * sizeof(real));
    assert_int_equal(
        vocabulary_differs(&a->origin.vocabulary, &b->origin.vocabulary), 0);
    for (int k = 0; k < a->origin.vocabulary.chord_count; k++)
        assert_memory_equal(a->origin.vocabulary.chords[k].voicing.pitch,
                            b->origin.vocabulary.chords[k].voicing.pitch,
                            a->origin.vocabulary.chords[k].voicing.voices);
    assert_int_equal(x->copies, y->copies);
    check_same_context(&a->context, &b->context);
    assert_int_equal(a->origin.steps_per_quarter, b->origin.steps_per_quarter);
    assert_string_equal(a->origin.data_sha256, b->origin.data_sha256);
    assert_int_equal(a->origin.opening_count, b->origin.opening_count);
    assert_memory_equal(a->origin.openings, b->origin.openings,
                        a->origin.opening_count * sizeof *a->origin.openings);
    assert_int_equal(!b->origin.forms, !a->context.on.form);
    if (b->origin.forms)
        assert_memory_equal(a->origin.forms, b->origin.forms,
                            a->origin.opening_count * sizeof *a->origin.forms);
    assert_memory_equal(&a->critic, &b->critic, sizeof a->critic);
    assert_int_equal(b->epoch, 7);
    assert_true(b->valid_nats == 1.25);
}

/* What the classes are that are seen from others is in no file: it is found
 * anew. */
static void check_same_relatives(const struct model *a, const struct model *b) {
    const struct model_config *c = &a->config;
    for (int k = 0; k < OUTPUTS; k++) {
        size_t K = c->classes[k];
        assert_int_equal(c->relative_anchor[k], b->config.relative_anchor[k]);
        assert_memory_equal(a->relative_class[k], b->relative_class[k],
                            c->keys * K * sizeof(int16_t));
        assert_memory_equal(a->relative_anchor[k], b->relative_anchor[k],
                            K * K * sizeof(int16_t));
    }
}

static void test_round_trip(void **state) {
    (void)state;
    char first[512], second[512];
    path_to(first, "first");
    path_to(second, "second");
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++)
        for (int heads = HEADS_INDEPENDENT; heads <= HEADS_FACTORED; heads++) {
            struct checkpoint a, b;
            make_model(&a, (enum cell_kind)cell, (enum model_heads)heads);
            assert_ok(checkpoint_save(&a, NULL, first, e));
            assert_ok(checkpoint_load(&b, first, NULL, e));
            check_same(&a, &b);
            check_same_relatives(&a.model, &b.model);
            assert_ok(checkpoint_save(&b, NULL, second, e));
            assert_true(toy_same(first, second));
            checkpoint_free(&a);
            checkpoint_free(&b);
            assert_null(b.origin.openings);
            assert_null(b.origin.forms);
            assert_null(b.model.weights);
        }
}

/* The network's sizes are those of its features and classes. */
static void test_sizes(void **state) {
    (void)state;
    struct checkpoint t;
    make_model(&t, CELL_LSTM, HEADS_FACTORED);
    const struct model_config *c = &t.model.config;
    assert_true(c->inputs == t.context.inputs && c->active == t.context.active);
    assert_int_equal(c->copies, 4);
    assert_int_equal(c->classes[OUT_CHORD], 13 + 1); /* and the end */
    assert_int_equal(c->classes[OUT_MELODY], 26);
    assert_int_equal(c->relative_anchor[OUT_CHORD], 36);
    assert_int_equal(c->relative_anchor[OUT_MELODY], CONTEXT_DISTANCES);
    checkpoint_free(&t);
    make_model(&t, CELL_LSTM, HEADS_INDEPENDENT);
    assert_int_equal(c->copies, 0);
    assert_int_equal(c->classes[OUT_CHORD], 13);
    assert_int_equal(c->relative_anchor[OUT_MELODY], 0);
    checkpoint_free(&t);
}

/* Of each class what it is, seen from each other one; the end is nothing. */
static void test_distances(void **state) {
    (void)state;
    struct checkpoint t;
    make_model(&t, CELL_LSTM, HEADS_FACTORED);
    const int16_t *melody = t.model.relative_anchor[OUT_MELODY],
                  *chord = t.model.relative_anchor[OUT_CHORD];
    for (int from = 0; from < 26; from++)
        for (int k = 0; k < 26; k++)
            assert_int_equal(melody[from * 26 + k],
                             from < 2 || k < 2 ? -1 : 26 + k - from);
    for (int k = 0; k < 14; k++)
        assert_true(chord[13 * 14 + k] == -1 && chord[k * 14 + 13] == -1);
    assert_int_equal(chord[2 * 14 + 8], 12 + 2); /* Am after G */
    assert_int_equal(chord[8 * 14 + 2], 10);
    checkpoint_free(&t);
}

/* As many lags as there may be, and as wide as they may be. */
static void test_most_lags(void **state) {
    (void)state;
    static const struct conf_list lags[] = {
        {7, {58, 59, 60, 61, 62, 63, 64}}, {1, {64}}, {0, {0}}};
    char file[512];
    path_to(file, "lags");
    for (int i = 0; i < 3; i++) {
        struct checkpoint a, b;
        struct model_config c = {.layers = 1, .hidden = 2, .project = 1};
        struct features on = toy_all_features();
        on.lags = lags[i];
        assert_ok(toy_model(&a, &tunes, &c, &on, e));
        assert_ok(checkpoint_save(&a, NULL, file, e));
        assert_ok(checkpoint_load(&b, file, NULL, e));
        check_same_context(&a.context, &b.context);
        checkpoint_free(&a);
        checkpoint_free(&b);
    }
}

/* A change of a model, of which there are some; 0 = there is no such one. */
static int alter(struct checkpoint *t, int which) {
    struct features *on = &t->context.on;
    struct model_config *c = &t->model.config;
    int *const numbers[] = {&on->position,      &on->meter,     &on->key,
                            &on->length,        &on->sounding,  &on->durations,
                            &on->bars,          &on->best_lag,  &on->copy,
                            &on->lags.value[2], &on->end,       &on->lags.count,
                            &on->form,          &on->intervals, &on->ahead};
    size_t *const sizes[] = {&c->hidden, &c->project, &c->layers};
    const int count = sizeof numbers / sizeof *numbers;
    if (which < count)
        ++*numbers[which];
    else if (which < count + 3)
        ++*sizes[which - count];
    else if (which == count + 3)
        c->cell = CELL_GRU;
    else if (which == count + 4)
        c->heads = HEADS_INDEPENDENT;
    else if (which == count + 5)
        t->origin.vocabulary.chords[2]
            .name[0]++; /* names say what a class is */
    else
        return 0;
    return 1;
}

/* Weights may go from one model to another where all means the same. */
static void test_differs(void **state) {
    (void)state;
    struct checkpoint a, b;
    int changes = 0;
    make_model(&a, CELL_LSTM, HEADS_FACTORED);
    make_model(&b, CELL_LSTM, HEADS_FACTORED);
    b.epoch++;
    b.valid_nats++;
    b.model.weights[3]++;
    b.origin.data_sha256[0]++;
    assert_int_equal(checkpoint_differs(&a, &b), 0);
    for (struct checkpoint c = b; alter(&c, changes); c = b) {
        if (!checkpoint_differs(&a, &c) || !checkpoint_differs(&c, &a))
            fail_msg("change %d is not seen", changes);
        changes++;
    }
    assert_int_equal(changes, 21);
    checkpoint_free(&a);
    checkpoint_free(&b);
}

/* The openings are the first steps of the training tunes, in their order. */
static void test_openings(void **state) {
    (void)state;
    struct checkpoint t;
    size_t n = 0;
    make_model(&t, CELL_GRU, HEADS_FACTORED);
    for (size_t s = 0; s < tunes.tunes; s++) {
        if (tunes.split[s] != SPLIT_TRAIN)
            continue;
        const struct opening *o = &t.origin.openings[n++];
        assert_int_equal(o->melody, tunes.melody[tunes.offset[s]]);
        assert_int_equal(o->chord, tunes.chord[tunes.offset[s]]);
        assert_int_equal(o->header.bar, tunes.bar[s]);
        assert_int_equal(o->header.phase, tunes.phase[s]);
        assert_int_equal(o->header.beats, tunes.meter[2 * s]);
        assert_int_equal(o->header.unit, tunes.meter[2 * s + 1]);
        assert_int_equal(o->header.key, tunes.key[s]);
        struct form form;
        form_of(&form, &tunes.vocabulary, &o->header,
                tunes.melody + tunes.offset[s], dataset_chords(&tunes, s),
                toy_steps(&tunes, s));
        assert_memory_equal(&t.origin.forms[n - 1], &form, sizeof form);
    }
    assert_int_equal(t.origin.opening_count, n);
    checkpoint_free(&t);
}

/* Tunes without chords give no openings, unless there are no others. */
static void test_openings_with_chords(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{40, SPLIT_TRAIN},
                                           {30, SPLIT_TRAIN},
                                           {50, SPLIT_TEST},
                                           {60, SPLIT_TRAIN}};
    struct dataset d;
    struct origin o;
    toy_dataset(&d, ENCODING_ATTACK, list, 4, 9);
    toy_hide_chords(&d, 0);
    toy_hide_chords(&d, 3);
    assert_ok(train_origin(&o, &d, e));
    assert_int_equal(o.opening_count, 1);
    assert_int_equal(o.openings[0].header.key, d.key[1]);
    assert_int_equal(o.forms[0].bars, 2);
    checkpoint_free_origin(&o);
    assert_null(o.forms);
    toy_hide_chords(&d, 1); /* whose chords the test tune has is not asked */
    assert_ok(train_origin(&o, &d, e));
    assert_int_equal(o.opening_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct form form;
        size_t s = i < 2 ? i : 3;
        form_of(&form, &d.vocabulary, &o.openings[i].header,
                d.melody + d.offset[s], NULL, list[s].steps);
        assert_memory_equal(&o.forms[i], &form, sizeof form);
    }
    checkpoint_free_origin(&o);
    dataset_free(&d);
}

/* What is added comes back, of every type, and changes nothing else. */
static void test_more(void **state) {
    (void)state;
    static const double numbers[] = {1, -2.5, 1e300};
    struct checkpoint a, b;
    struct tensors more = {0}, file;
    char path[512];
    path_to(path, "more");
    make_model(&a, CELL_LSTM, HEADS_FACTORED);
    assert_ok(tensors_add(&more, "bytes", TENSOR_U8, 3, 0, numbers, e));
    assert_ok(tensors_add(&more, "none", TENSOR_F64, 0, 4, numbers, e));
    assert_ok(tensors_add(&more, "numbers", TENSOR_F64, 3, 0, numbers, e));
    assert_ok(tensors_add(&more, "floats", TENSOR_F32, 1, 0, numbers, e));
    assert_ok(tensors_add(&more, "table", TENSOR_I64, 1, 3, numbers, e));
    assert_ok(tensors_add_text(&more, "note", "kept", e));
    assert_ok(checkpoint_save(&a, &more, path, e));
    assert_ok(checkpoint_load(&b, path, &file, e));
    check_same(&a, &b);
    const double *back =
        tensors_want(&file, path, "numbers", TENSOR_F64, 3, NULL);
    assert_non_null(back);
    assert_memory_equal(back, numbers, sizeof numbers);
    assert_non_null(tensors_want(&file, path, "floats", TENSOR_F32, 1, NULL));
    assert_int_equal(tensors_find(&file, "table")->shape[1], 3);
    assert_int_equal(tensors_find(&file, "none")->count, 0);
    assert_string_equal(tensors_text(&file, "note"), "kept");
    tensors_free(&file);
    tensors_free(&more);
    checkpoint_free(&a);
    checkpoint_free(&b);
}

/* ---- refusals ---- */

/* Loads a file that must be refused, and *t must be empty after it. */
static void refuse(const char *path, enum err_code code) {
    struct checkpoint t;
    struct tensors file = {0};
    assert_refused(checkpoint_load(&t, path, &file, e), code);
    assert_null(t.origin.openings);
    assert_null(t.origin.forms);
    assert_null(t.model.weights);
    assert_int_equal(t.critic.is_known, 0);
    assert_int_equal(file.count, 0);
}

static void write_good(char path[512]) {
    struct checkpoint t;
    path_to(path, "good");
    make_model(&t, CELL_LSTM, HEADS_FACTORED);
    assert_ok(checkpoint_save(&t, NULL, path, e));
    checkpoint_free(&t);
}

static void test_foreign(void **state) {
    (void)state;
    char path[512];
    path_to(path, "foreign");
    refuse(path, ERR_IO); /* there is none */
    refuse(folder, ERR_FORMAT);
    assert_ok(file_write(path, "", 0, e));
    refuse(path, ERR_FORMAT);
    assert_ok(file_write(path, "MThd and so on, but no model", 28, e));
    refuse(path, ERR_FORMAT);
    assert_ok(music_save(&tunes, path, e)); /* the right container */
    refuse(path, ERR_FORMAT);
}

static void test_truncated(void **state) {
    (void)state;
    char path[512], cut[512];
    write_good(path);
    path_to(cut, "cut");
    struct buf b = toy_read(path);
    for (size_t n = 0; n < b.len; n += n < 16 ? 1 : b.len / 61) {
        assert_ok(file_write(cut, b.data, n, e));
        refuse(cut, ERR_FORMAT);
    }
    assert_ok(file_write(cut, b.data, b.len - 1, e));
    refuse(cut, ERR_FORMAT);
    buf_add(&b, "x", 1); /* and too long a one */
    assert_ok(file_write(cut, b.data, b.len, e));
    refuse(cut, ERR_FORMAT);
    buf_free(&b);
}

/* No byte can be changed unnoticed, or so that loading crashes. */
static void test_damaged(void **state) {
    (void)state;
    char path[512], bad[512];
    struct checkpoint good;
    int refused = 0;
    write_good(path);
    assert_ok(checkpoint_load(&good, path, NULL, e));
    path_to(bad, "bad");
    struct buf b = toy_read(path);
    /* close together in the header, and as far as the last byte */
    for (size_t i = 0; i < b.len; i += 1 + i / 29) {
        struct checkpoint t;
        struct err why = {.code = ERR_NONE};
        b.data[i] ^= 0x11;
        assert_ok(file_write(bad, b.data, b.len, e));
        b.data[i] ^= 0x11;
        if (checkpoint_load(&t, bad, NULL, &why)) {
            assert_int_equal(why.code, ERR_FORMAT);
            refused++;
        } else { /* no more than the name of the checksum was hit */
            check_same(&good, &t);
            checkpoint_free(&t);
        }
    }
    assert_true(refused > 50);
    checkpoint_free(&good);
    buf_free(&b);
}

/* Saves a good model's file with one thing changed. */
struct change {
    const char *text, *value; /* this text becomes that; NULL = gone */
    const char *array;        /* or this array */
    size_t count;             /* has so many numbers */
    int gone;                 /* is left out */
    enum tensor_type type;    /* TENSOR_TYPES = as it was */
    const void *data;         /* NULL = as it was */
};

static void save_changed(const struct change *c, const char *path) {
    struct tensors in, out = {0};
    char good[512];
    int found = 0;
    write_good(good);
    assert_ok(tensors_load(&in, good, e));
    for (size_t i = 0; i < in.text_count; i++) {
        int this = c->text && strcmp(c->text, in.texts[i].key) == 0;
        found += this;
        if (!this || c->value)
            assert_ok(tensors_add_text(&out, in.texts[i].key,
                                       this ? c->value : in.texts[i].value, e));
    }
    for (size_t i = 0; i < in.count; i++) {
        struct tensor *a = &in.list[i];
        if (c->array && strcmp(c->array, a->name) == 0) {
            found++;
            if (c->gone)
                continue;
            a->type = c->type == TENSOR_TYPES ? a->type : c->type;
            a->shape[0] = c->count ? c->count : a->count;
            a->data = c->data ? c->data : a->data;
            a->shape[1] = 0;
        }
        assert_ok(tensors_add(&out, a->name, a->type, a->shape[0], a->shape[1],
                              a->data, e));
    }
    assert_int_equal(found, 1);
    assert_ok(tensors_save(&out, path, e));
    tensors_free(&in);
    tensors_free(&out);
}

static void refuse_change(struct change c) {
    char path[512];
    path_to(path, "changed");
    save_changed(&c, path);
    refuse(path, ERR_FORMAT);
}

static void test_texts(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"format", NULL},
        {"format", "nott-seq 1"},
        {"format", "nott-model 1"},
        {"cell", NULL},
        {"cell", "3"},
        {"cell", "0"},
        {"cell", "gru"},
        {"heads", "1"},
        {"heads", "independent"},
        {"layers", "0"},
        {"layers", "9"},
        {"layers", "3"},
        {"layers", "1e0"},
        {"hidden", "0"},
        {"hidden", "6"},
        {"hidden", "-5"},
        {"hidden", "99999999999999999999"},
        {"project", "0"},
        {"project", "4"},
        {"position", "0"},
        {"position", "2"},
        {"meter", "0"},
        {"bars", NULL},
        {"bars", "7"},
        {"bars", "65"},
        {"key", NULL},
        {"key", "0"},
        {"length", "0"},
        {"length", "2"},
        {"sounding", "0"},
        {"durations", "0"},
        {"durations", "-1"},
        {"best_lag", NULL},
        {"best_lag", "0"},
        {"best_lag", "2"},
        {"copy", NULL},
        {"copy", "0"},
        {"end", NULL},
        {"form", NULL},
        {"form", "0"},
        {"form", "2"},
        {"intervals", NULL},
        {"intervals", "-1"},
        {"ahead", NULL},
        {"ahead", "yes"},
        {"end", "0"},
        {"lags", NULL},
        {"lags", ""},
        {"lags", "1 2"},
        {"lags", "2 1 4"},
        {"lags", "1 2 4 8"},
        {"lags", "1 2 65"},
        {"lags", "1,2,4"},
        {"lags", "1 2 3 4 5 6 7 8"},
        {"steps_per_quarter", "0"},
        {"steps_per_quarter", ""},
        {"epoch", "-1"},
        {"encoding", "other"},
        {"low", "x"},
        {"melody_classes", "[]"},
        {"melody_classes", "[\"a\",\"b\",\"c\"]"},
        {"chord_classes", NULL},
        {"chord_classes", "{}"},
        {"chord_sets", "[1]"},
        {"chord_roots", "?"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse_change((struct change){.text = bad[i][0], .value = bad[i][1]});
    char path[512];
    struct checkpoint t;
    path_to(path, "changed");
    struct change same = {.text = "hidden", .value = "5"};
    save_changed(&same, path);
    assert_ok(checkpoint_load(&t, path, NULL, e));
    checkpoint_free(&t);
}

/* A file that was written before a feature was there does not have it on; one
 * that does not say how wide its network is means nothing. */
static void test_absent_texts(void **state) {
    (void)state;
    static const char *const keys[] = {
        "position",  "meter",    "bars", "key",      "length", "sounding",
        "durations", "relative", "lags", "best_lag", "copy",   "end"};
    const struct features off = {0};
    char path[512], bare[512];
    path_to(path, "off");
    path_to(bare, "bare");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        struct model_config c = {.layers = 1, .hidden = 2, .project = 1};
        struct checkpoint a, b;
        struct tensors in, out = {0};
        assert_ok(toy_model(&a, &tunes, &c, &off, e));
        assert_ok(checkpoint_save(&a, NULL, path, e));
        assert_ok(tensors_load(&in, path, e));
        for (size_t i = 0; i < in.text_count; i++)
            if (strcmp(in.texts[i].key, keys[k]) != 0)
                assert_ok(tensors_add_text(&out, in.texts[i].key,
                                           in.texts[i].value, e));
        assert_int_equal(out.text_count, in.text_count - 1);
        for (size_t i = 0; i < in.count; i++)
            assert_ok(tensors_add(&out, in.list[i].name, in.list[i].type,
                                  in.list[i].shape[0], in.list[i].shape[1],
                                  in.list[i].data, e));
        assert_ok(tensors_save(&out, bare, e));
        assert_ok(checkpoint_load(&b, bare, NULL, e));
        check_same_context(&a.context, &b.context);
        checkpoint_free(&a);
        checkpoint_free(&b);
        tensors_free(&in);
        tensors_free(&out);
    }
    refuse_change((struct change){.text = "hidden"});
    refuse_change((struct change){.text = "cell"});
}

/* Off, it leaves no trace, so that models of before keep their bytes. */
static void test_unknown_chords(void **state) {
    (void)state;
    char path[512];
    path_to(path, "unknown");
    for (int on = 0; on < 2; on++) {
        const struct features f = {.unknown = on};
        struct model_config c = {.layers = 1, .hidden = 2, .project = 1};
        struct checkpoint a, b;
        struct tensors file;
        assert_ok(toy_model(&a, &tunes, &c, &f, e));
        assert_ok(checkpoint_save(&a, NULL, path, e));
        assert_ok(checkpoint_load(&b, path, &file, e));
        assert_int_equal(b.context.on.unknown, on);
        const char *text = tensors_text(&file, "unknown_chords");
        assert_true(on ? text && strcmp(text, "1") == 0 : !text);
        assert_non_null(tensors_text(&file, "copy")); /* off as well */
        tensors_free(&file);
        checkpoint_free(&a);
        checkpoint_free(&b);
    }
}

static void test_arrays(void **state) {
    (void)state;
    static const char *const names[] = {
        "layer0.input", "layer0.recurrent", "layer1.bias", "chord.weight",
        "melody.chord", "melody.bias",      "openings"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        refuse_change((struct change){.array = names[i], .gone = 1});
        refuse_change(
            (struct change){.array = names[i],
                            .count = 4,
                            .type = i == 6 ? TENSOR_U8 : TENSOR_TYPES});
    }
#ifdef REAL_IS_DOUBLE
    enum tensor_type other = TENSOR_F32;
#else
    enum tensor_type other = TENSOR_I16;
#endif
    refuse_change((struct change){.array = "chord.weight", .type = other});
}

/* Where forms are told they are asked for; nobody misses a critic. */
static void test_forms(void **state) {
    (void)state;
    static const uint8_t none[9] = {0}, bad[9] = {[4] = FORM_BARS + 1};
    char path[512];
    struct checkpoint t;
    struct change c = {.array = "forms", .count = 9, .type = TENSOR_TYPES};
    path_to(path, "changed");
    c.data = none; /* nine forms without a bar */
    save_changed(&c, path);
    assert_ok(checkpoint_load(&t, path, NULL, e));
    assert_int_equal(t.origin.forms[8].bars, 0);
    checkpoint_free(&t);
    c.data = bad;
    refuse_change(c);
    c.data = none;
    c.count = 8;
    refuse_change(c);
    refuse_change((struct change){.array = "forms", .gone = 1});
    refuse_change((struct change){
        .array = "forms", .type = TENSOR_I8, .count = 9, .data = none});
}

static void test_critic(void **state) {
    (void)state;
    static const double numbers[GESTURES] = {0};
    char path[512];
    struct checkpoint t;
    path_to(path, "changed");
    struct change c = {.array = "critic", .gone = 1};
    save_changed(&c, path);
    assert_ok(checkpoint_load(&t, path, NULL, e));
    assert_int_equal(t.critic.is_known, 0);
    checkpoint_free(&t);
    c = (struct change){.array = "critic", .type = TENSOR_F32, .data = numbers};
    for (size_t n = GESTURES - 1; n <= GESTURES + 1; n++) {
        c.count = n;
        if (n != GESTURES)
            refuse_change(c);
    }
    c.count = GESTURES;
    save_changed(&c, path);
    assert_ok(checkpoint_load(&t, path, NULL, e));
    assert_true(t.critic.is_known && t.critic.weight[5] == 0);
    checkpoint_free(&t);
    c.type = TENSOR_I16;
    refuse_change(c);
}

static void test_not_finite(void **state) {
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    char path[512];
    path_to(path, "nan");
    for (int k = 0; k < 3; k++)
        for (int at = 0; at < 2; at++) {
            struct checkpoint t;
            make_model(&t, CELL_TANH, HEADS_INDEPENDENT);
            const struct model_tensor *last =
                &t.model.tensors[t.model.tensor_count - 1];
            t.model.weights[at ? last->offset + last->cols - 1 : 0] =
                (real)bad[k];
            assert_ok(checkpoint_save(&t, NULL, path, e));
            refuse(path, ERR_FORMAT);
            checkpoint_free(&t);
            make_model(&t, CELL_GRU, HEADS_FACTORED);
            t.critic.weight[at ? GESTURES - 1 : 0] = (float)bad[k];
            assert_ok(checkpoint_save(&t, NULL, path, e));
            refuse(path, ERR_FORMAT);
            checkpoint_free(&t);
        }
}

static void test_bad_openings(void **state) {
    (void)state;
    static const int16_t bad[][7] = {
        {-1, 0, 16, 0, 4, 4, 0}, {26, 0, 16, 0, 4, 4, 0},
        {0, -1, 16, 0, 4, 4, 0}, {0, 13, 16, 0, 4, 4, 0},
        {0, 0, 0, 0, 4, 4, 0},   {0, 0, 16, 16, 4, 4, 0},
        {0, 0, 16, -1, 4, 4, 0}, {0, 0, 16, 0, 0, 4, 0},
        {0, 0, 16, 0, 4, 0, 0},  {0, 0, 16, 0, 4, 4, 24},
        {0, 0, 16, 0, 4, 4, -2}};
    static const int16_t good[] = {25, 12, 16, 15, 4, 4, 23};
    struct checkpoint t;
    char path[512];
    struct change c = {.array = "openings", .count = 63, .type = TENSOR_TYPES};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int16_t nine[9 * 7]; /* as many as there are forms */
        for (size_t k = 0; k < 9; k++)
            memcpy(nine + 7 * k, k == 6 ? bad[i] : good, sizeof good);
        c.data = nine;
        refuse_change(c);
    }
    path_to(path, "changed");
    int16_t nine[9 * 7];
    for (size_t k = 0; k < 9; k++)
        memcpy(nine + 7 * k, good, sizeof good);
    c.data = nine;
    save_changed(&c, path);
    assert_ok(checkpoint_load(&t, path, NULL, e));
    assert_int_equal(t.origin.opening_count, 9);
    assert_int_equal(t.origin.openings[8].header.phase, 15);
    checkpoint_free(&t);
    c.count = 7; /* fewer than forms */
    refuse_change(c);
}

/* A small file that speaks of a huge network must not make room for it. */
static void test_huge(void **state) {
    (void)state;
    refuse_change((struct change){.text = "hidden", .value = "4096"});
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    assert_true(use.ru_maxrss < 1000 * 1024L); /* kilobytes */
}

/* ---- writing ---- */

static void test_failed_write(void **state) {
    (void)state;
    struct checkpoint t;
    char path[512], nowhere[512];
    write_good(path);
    struct buf before = toy_read(path);
    size_t files = toy_count_files(folder);
    make_model(&t, CELL_GRU, HEADS_INDEPENDENT);
    struct rlimit old, low;
    getrlimit(RLIMIT_FSIZE, &old);
    low = old;
    low.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &low);
    struct err why = {.code = ERR_NONE};
    int rc = checkpoint_save(&t, NULL, path, &why);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, -1);
    assert_int_equal(why.code, ERR_IO);
    struct buf after = toy_read(path);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, before.len);
    assert_int_equal(toy_count_files(folder), files); /* nothing half done */
    path_to(nowhere, "no/such/folder");
    assert_refused(checkpoint_save(&t, NULL, nowhere, e), ERR_IO);
    assert_refused(checkpoint_save(&t, NULL, folder, e), ERR_IO);
    buf_free(&before);
    buf_free(&after);
    checkpoint_free(&t);
}

static void test_bad_config(void **state) {
    (void)state;
    struct checkpoint t;
    struct model_config c = {.layers = 0, .hidden = 5};
    const struct features on = toy_features();
    assert_refused(toy_model(&t, &tunes, &c, &on, e), ERR_FORMAT);
    assert_null(t.origin.openings);
}

static int set_up(void **state) {
    (void)state;
    toy_folder(folder, sizeof folder);
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 4);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&tunes);
    toy_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_most_lags),
        cmocka_unit_test(test_differs),
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_openings_with_chords),
        cmocka_unit_test(test_more),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_absent_texts),
        cmocka_unit_test(test_unknown_chords),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_critic),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_bad_openings),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_failed_write),
        cmocka_unit_test(test_bad_config),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, set_up, tear_down);
}
