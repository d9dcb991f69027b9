/* Every reader and writer with each of its allocations failing in turn: it
 * says so and leaves nothing behind, or what it did is right to the byte.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* failing.h */
#include <pthread.h>
#include <setjmp.h>
#include <smf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "composed.h"
#include "failing.h"
#include "music.h"
#include "nott/base/file.h"
#include "nott/data/corpus.h"
#include "nott/music/midi.h"
#include "nott/player/checkpoint.h"
#include "toydata.h"

/* `run` does it and may fail; `check` compares what came of it, and clears it
 * away. */
struct deed {
    int (*run)(struct err *e);
    void (*check)(int failed);
};

static char folder[256];
static long most; /* allocations of the last deed */

static void try_each(const struct deed *d, enum failing_mode mode) {
    long failed = 1;
    for (long n = 1; failed; n++) {
        struct err e = {0};
        failing_start(n, mode);
        int rc = d->run(&e);
        failed = failing_stop();
        if (rc && (!failed || e.code != ERR_MEM))
            fail_msg("allocation %ld: %d: %s", n, (int)e.code, e.text);
        assert_true(!rc == (e.code == ERR_NONE));
        d->check(rc);
        most = n;
        assert_in_range(n, 1, 100000);
    }
}

/* Once with nothing amiss, for what libraries make for themselves only once. */
static void check_deed(int (*run)(struct err *e), void (*check)(int failed)) {
    const struct deed d = {run, check};
    if (!FAILING_WORKS) {
        print_message("needs glibc: skipped\n");
        skip();
    }
    assert_ok(run(e));
    check(0);
    try_each(&d, FAIL_ONCE);
    assert_true(most > 1); /* or nothing was tried */
    try_each(&d, FAIL_FROM_THEN_ON);
}

/* ---- files ---- */

static char target[512], wanted[512];

static void path_to(char path[512], const char *name) {
    snprintf(path, 512, "%s/%s", folder, name);
}

/* There is one file, the old one or that which is wanted. */
static void check_target(int failed) {
    static const char old[] = "old";
    struct buf b = toy_read(target);
    if (failed && (b.len != 3 || memcmp(b.data, old, 3) != 0))
        fail_msg("a failure wrote a file of %zu bytes", b.len);
    buf_free(&b);
    if (!failed && !toy_same(target, wanted))
        fail_msg("another file than without a failure");
    assert_int_equal(toy_count_files(folder), 2);
    assert_ok(file_write(target, old, 3, e));
}

/* `run` writes the target; its first result is what is wanted. */
static void check_writer(int (*run)(struct err *e)) {
    path_to(target, "target");
    path_to(wanted, "wanted");
    assert_ok(run(e));
    assert_int_equal(rename(target, wanted), 0);
    check_deed(run, check_target);
}

/* ---- bytes ---- */

static uint8_t bytes[5000];
static struct buf got;

static int write_bytes(struct err *e) {
    return file_write(target, bytes, sizeof bytes, e);
}

static int read_bytes(struct err *e) {
    return file_read(&got, wanted, sizeof bytes, e);
}

static void check_bytes(int failed) {
    if (!failed) {
        assert_int_equal(got.len, sizeof bytes);
        assert_memory_equal(got.data, bytes, sizeof bytes);
    }
    buf_free(&got);
}

static void test_files(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 % 251);
    path_to(target, "target");
    path_to(wanted, "wanted");
    assert_ok(write_bytes(e));
    assert_int_equal(rename(target, wanted), 0);
    check_deed(read_bytes, check_bytes);
}

/* ---- containers ---- */

static int save_tensors(struct err *e) {
    struct tensors t = {0};
    int rc = tensors_add(&t, "wide", TENSOR_I64, 5, 3, bytes, e) ||
             tensors_add(&t, "byte", TENSOR_U8, 40, 0, bytes, e) ||
             tensors_add_text(&t, "note", "a \"b\"\n\xc3\xa9", e) ||
             tensors_add_text(&t, "lang",
                              "a text of some length, so that what "
                              "is written has to grow",
                              e) ||
             tensors_save(&t, target, e);
    tensors_free(&t);
    return rc ? -1 : 0;
}

static struct tensors loaded;

static int load_tensors(struct err *e) {
    return tensors_load(&loaded, wanted, e);
}

static void check_tensors(int failed) {
    if (failed) {
        assert_null(loaded.list);
        return;
    }
    assert_int_equal(loaded.count, 2);
    assert_int_equal(loaded.text_count, 3); /* the checksum too */
    assert_string_equal(tensors_text(&loaded, "note"), "a \"b\"\n\xc3\xa9");
    assert_non_null(tensors_text(&loaded, "lang"));
    assert_memory_equal(tensors_want(&loaded, "", "wide", TENSOR_I64, 15, NULL),
                        bytes, 120);
    assert_non_null(tensors_want(&loaded, "", "byte", TENSOR_U8, 40, NULL));
    tensors_free(&loaded);
}

static void test_tensors(void **state) {
    (void)state;
    check_writer(save_tensors);
    check_deed(load_tensors, check_tensors);
}

/* ---- sequences ---- */

static struct dataset tunes, back;

static int save_dataset(struct err *e) {
    return music_save(&tunes, target, e);
}

static int load_dataset(struct err *e) {
    return dataset_load(&back, wanted, e);
}

static void check_dataset(int failed) {
    if (!failed)
        music_check_same(&tunes, &back);
    else
        assert_null(back.melody);
    dataset_free(&back);
}

static void make_tunes(void) {
    static const char *const odd[] = {"Gr\xfc\xdf", "Gr\xc3\xbc\xc3\x9f",
                                      "a name as long as some names are"};
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, 6, 1);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        free(tunes.names[i]);
        tunes.names[i] = strdup(odd[i]);
    }
}

static void test_dataset(void **state) {
    (void)state;
    make_tunes();
    check_writer(save_dataset);
    strcpy(tunes.names[0], "Gr??"); /* what is no UTF-8 comes back so */
    check_deed(load_dataset, check_dataset);
    dataset_free(&tunes);
}

/* ---- models ---- */

static struct checkpoint model, again;

static int make_model(struct err *e) {
    struct model_config c = {
        .heads = HEADS_FACTORED, .layers = 2, .hidden = 5, .project = 3};
    struct features on = toy_features();
    on.form = on.intervals = on.ahead = 1;
    again = (struct checkpoint){0};
    return toy_model(&again, &tunes, &c, &on, e);
}

static int save_model(struct err *e) {
    return checkpoint_save(&model, NULL, target, e);
}

static int load_model(struct err *e) {
    return checkpoint_load(&again, wanted, NULL, e);
}

static void check_network(int failed) {
    if (failed) {
        assert_null(again.model.weights);
        assert_null(again.origin.openings);
        assert_null(again.origin.forms);
        return;
    }
    assert_int_equal(checkpoint_differs(&model, &again), 0);
    assert_int_equal(model.origin.opening_count, again.origin.opening_count);
    assert_memory_equal(model.origin.openings, again.origin.openings,
                        model.origin.opening_count *
                            sizeof *model.origin.openings);
    for (size_t i = 0; i < model.origin.opening_count; i++)
        assert_memory_equal(&model.origin.forms[i], &again.origin.forms[i],
                            sizeof(struct form));
    checkpoint_free(&again);
}

static void check_model(int failed) {
    if (!failed) {
        music_check_vocabulary(&model.origin.vocabulary,
                               &again.origin.vocabulary);
        assert_memory_equal(model.model.weights, again.model.weights,
                            model.model.size * sizeof(real));
        assert_string_equal(model.origin.data_sha256, again.origin.data_sha256);
        assert_int_equal(model.epoch, again.epoch);
        assert_true(model.valid_nats == again.valid_nats);
        assert_memory_equal(&model.critic, &again.critic, sizeof model.critic);
    }
    check_network(failed);
}

static void test_checkpoint(void **state) {
    (void)state;
    make_tunes();
    assert_ok(make_model(e));
    model = again;
    /* what points into the model must point into its copy */
    context_init(&model.context, &again.context.on, &model.origin.vocabulary);
    model_randomize(&model.model, 2, 0, 1);
    model.epoch = 7;
    model.valid_nats = 1.25;
    model.critic.is_known = 1;
    for (size_t k = 0; k < GESTURES; k++)
        model.critic.weight[k] = (float)k / 7 - 3;
    check_deed(make_model, check_network);
    check_writer(save_model);
    check_deed(load_model, check_model);
    checkpoint_free(&model);
    dataset_free(&tunes);
}

/* ---- composing ---- */

static struct sampling how;
static struct composed composing;
static struct tune composed;

/* Once by particles, the better of two; once by a search for chords. */
static int compose(struct err *e) {
    const struct plan p = {.bars = 2, .key = TUNE_KEY_UNKNOWN};
    struct composed *x = &composing;
    *x = (struct composed){.made = {.tune = &x->tune, .form = &x->form}};
    rng_seed(&x->made.rng, 3, 0);
    return plan_tune(&x->tune, &model, &p, &x->made.rng, &x->made.from,
                     &x->form, e) ||
                   sample_tunes(&model, &x->made, 1, &how, e)
               ? -1
               : 0;
}

static void check_composed(int failed) {
    if (!failed && !composed.steps)
        assert_ok(tune_copy(&composed, &composing.tune, e));
    if (!failed)
        assert_true(composed_same(&composed, &composing.tune));
    tune_free(&composing.tune);
}

static void test_compose(void **state) {
    (void)state;
    composed_model(&model, 4, 1);
    model.critic.is_known = 1;
    for (size_t k = 0; k < GESTURES; k++)
        model.critic.weight[k] = (float)(k % 7) - 3;
    how = composed_how(4);
    how.best_of = 3;
    check_deed(compose, check_composed);
    tune_free(&composed);
    how.melody_given = 1;
    check_deed(compose, check_composed);
    tune_free(&composed);
    checkpoint_free(&model);
}

/* ---- MIDI ---- */

/* What it says when it has no memory itself. */
static int smf_is_starved;

smf_t *smf_load_from_memory(const void *data, const int n) {
    smf_t *(*load)(const void *, int) = (smf_t * (*)(const void *, int))
        dlsym(RTLD_NEXT, "smf_load_from_memory");
    if (!smf_is_starved)
        return load(data, n);
    g_log("libsmf", G_LOG_LEVEL_CRITICAL, "Cannot allocate smf_t structure: %s",
          strerror(ENOMEM));
    return NULL;
}

static struct song song, heard;

/* Two bars, three parts, texts and signs. */
static void make_song(int pitch) {
    music_parts(&song, 480, 3);
    snprintf(song.parts[1].name, sizeof song.parts[1].name, "melody");
    song.parts[2].program = 24;
    music_mark(&song, MARK_METER, 0, 0, 4, 4);
    music_mark(&song, MARK_TEMPO, 0, 0, 500000, 0);
    music_mark(&song, MARK_KEY, 0, 0, 1, 0);
    for (int i = 0; i < 24; i++)
        music_note(&song, 1, 160 * i, 160 * i + 159, pitch + i % 5, 80);
    music_strike(&song, 2, 0, 1919, "G");
    music_strike(&song, 2, 1920, 3839, "D7");
}

static int save_song(struct err *e) {
    return midi_save(&song, target, e);
}

static int load_song(struct err *e) {
    return midi_load(&heard, wanted, e);
}

static int parse_song(struct err *e) {
    return midi_parse(&heard, got.data, got.len, "it", e);
}

static void check_song(int failed) {
    if (failed) {
        assert_null(heard.parts);
        assert_null(heard.marks);
        return;
    }
    assert_int_equal(heard.part_count, song.part_count);
    assert_int_equal(heard.mark_count, song.mark_count);
    assert_int_equal(heard.ppq, song.ppq);
    for (size_t i = 0; i < song.mark_count; i++) {
        const struct mark *a = &song.marks[i], *b = &heard.marks[i];
        assert_true(a->kind == b->kind && a->tick == b->tick && a->a == b->a);
    }
    for (size_t i = 0; i < song.part_count; i++) {
        const struct part *a = &song.parts[i], *b = &heard.parts[i];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->program, b->program);
        assert_int_equal(a->count, b->count);
        for (size_t k = 0; k < a->count; k++) {
            const struct note *x = &a->notes[k], *y = &b->notes[k];
            assert_true(x->onset == y->onset && x->pitch == y->pitch &&
                        x->duration == y->duration);
        }
    }
    song_free(&heard);
}

static void test_midi(void **state) {
    (void)state;
    make_song(60);
    check_writer(save_song);
    check_deed(load_song, check_song);
    got = toy_read(wanted);
    check_deed(parse_song, check_song);
    buf_free(&got);
    song_free(&song);
}

/* ---- a folder of tunes ---- */

static const struct encode_options *options;
static const struct vocabulary *like;
static char tune_folder[512];
static struct dataset first;

/* From the files to their sequences. */
static int read_folder(struct err *e) {
    char *paths[] = {tune_folder};
    struct corpus c;
    if (corpus_scan(&c, paths, 1, 0, 0, e))
        return -1;
    c.like = like;
    int rc = corpus_encode(&c, options, NULL, NULL, e);
    if (rc == 0)
        rc = corpus_build(&c, options, 1, &back, e);
    corpus_free(&c);
    return rc;
}

/* A tune less would be a wrong result. */
static void check_folder(int failed) {
    if (failed)
        return;
    if (first.tunes) {
        music_check_same(&first, &back);
        dataset_free(&back);
    } else {
        assert_int_equal(back.tunes, 3);
        first = back;
    }
    back = (struct dataset){0};
}

static void test_corpus(void **state) {
    (void)state;
    static const struct encode_options kinds[] = {{.encoding = ENCODING_ATTACK,
                                                   .steps_per_quarter = 4,
                                                   .chords = CHORDS_REQUIRED},
                                                  {.encoding = ENCODING_CLASSIC,
                                                   .steps_per_quarter = 4,
                                                   .chords = CHORDS_REQUIRED}};
    path_to(tune_folder, "tunes");
    for (int i = 0; i < 4; i++) {
        char path[600];
        assert_ok(file_make_dir(tune_folder, e));
        snprintf(path, sizeof path, "%s/train", tune_folder);
        assert_ok(file_make_dir(path, e));
        snprintf(path, sizeof path, "%s/train/%d.mid", tune_folder, i);
        make_song(60 + i);
        if (i < 3)
            assert_ok(midi_save(&song, path, e));
        else /* a file that is no tune stays one */
            assert_ok(file_write(path, "MThd", 4, e));
        song_free(&song);
    }
    for (size_t i = 0; i < 2; i++) {
        options = &kinds[i];
        check_deed(read_folder, check_folder);
        dataset_free(&first);
    }
    /* in the classes of a model, for which tunes and chords must move */
    struct vocabulary known = music_attack();
    known.low = 62;
    known.melody_count = 2 + 11;
    options = &kinds[0];
    like = &known;
    check_deed(read_folder, check_folder);
    dataset_free(&first);
    like = NULL;
}

/* ---- hearing ---- */

static struct chord_pool pool;
static struct raw_tune tune, heard_tune;
static struct buf told, said;

/* A song for every way of hearing: voices in tracks or in channels, a second
 * melody, drums, chords by name or by notes, no signs. */
static void make_heard(int kind) {
    static const char *const names[] = {"G", "D7", "Em", "F#m7b5/C"};
    music_parts(&song, 480, 4);
    for (int i = 0; i < 48; i++) {
        music_note(&song, kind == 1 ? 3 : 0, 480 * i, 480 * i + 470, 72 + i % 5,
                   80);
        if (kind != 1)
            music_note(&song, 1, 480 * i, 480 * i + 470, 67 + i % 3, 80);
        music_note(&song, 3, 480 * i, 480 * i + 400, 48 + 4 * (i % 3), 80);
    }
    for (int i = 0; i < 12 && kind == 2; i++) {
        struct mark m = {
            .kind = MARK_TEXT, .part = 1, .tick = 1920 * i, .a = 1};
        snprintf(m.text, sizeof m.text, "%s", names[i % 4]);
        assert_int_equal(song_add_mark(&song, m, NULL), 0);
    }
    for (size_t i = 0; i < song.parts[3].count && kind == 1; i++)
        song.parts[3].notes[i].channel = i % 2 ? 0 : 1;
}

static int hear_song(struct err *e) {
    chord_pool_free(&pool);
    return encode_song(&tune, &song, options, &pool, e);
}

static void check_heard(int failed) {
    if (failed) {
        assert_null(tune.melody);
        assert_null(tune.chord);
        return;
    }
    if (heard_tune.melody) {
        assert_int_equal(tune.steps, heard_tune.steps);
        assert_memory_equal(tune.melody, heard_tune.melody,
                            (size_t)tune.steps * sizeof *tune.melody);
        assert_memory_equal(tune.chord, heard_tune.chord,
                            (size_t)tune.steps * sizeof *tune.chord);
        raw_tune_free(&tune);
    } else {
        heard_tune = tune;
    }
    tune = (struct raw_tune){0};
}

static int tell_song(struct err *e) {
    if (encode_tracks(&song, options, &told, e))
        return -1;
    return buf_ok(&told, "tracks", e);
}

static void check_told(int failed) {
    if (!failed && !said.data) {
        said = told;
        told = (struct buf){0};
    } else if (!failed) {
        assert_int_equal(told.len, said.len);
        assert_memory_equal(told.data, said.data, said.len);
    }
    buf_free(&told);
}

static void test_heard(void **state) {
    (void)state;
    static const enum chords_by by[] = {CHORDS_BY_NOTES, CHORDS_BY_NOTES,
                                        CHORDS_BY_TEXTS};
    static const struct encode_options as_heard = {.encoding = ENCODING_ATTACK,
                                                   .steps_per_quarter = 4};
    options = &as_heard;
    for (int kind = 0; kind < 3; kind++) {
        make_heard(kind);
        check_deed(hear_song, check_heard);
        assert_string_equal(heard_tune.reason, "");
        assert_int_equal(heard_tune.chords_by, by[kind]);
        check_deed(tell_song, check_told);
        raw_tune_free(&heard_tune);
        buf_free(&said);
        chord_pool_free(&pool);
        song_free(&song);
    }
}

static struct corpus starved;

static int encode_starved(struct err *e) {
    return corpus_encode(&starved, options, NULL, NULL, e);
}

struct complaining {
    int (*run)(struct err *e);
    int rc;
    struct err e;
};

/* What the work held when it was left is lost, and is no leak here. */
#ifdef FAILING_SANITIZER
void __lsan_disable(void);
void __lsan_enable(void);
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable()  ((void)0)
#endif

static void *complain(void *user) {
    struct complaining *c = user;
    __lsan_disable();
    c->rc = c->run(&c->e);
    __lsan_enable();
    return NULL;
}

/* On a thread of its own: GLib does not learn that a message is told which has
 * not come back. */
static void check_complains(int (*run)(struct err *e)) {
    struct complaining c = {.run = run};
    pthread_t thread;
    smf_is_starved = 1;
    assert_int_equal(pthread_create(&thread, NULL, complain, &c), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    smf_is_starved = 0;
    assert_int_equal(c.rc, -1);
    assert_int_equal(c.e.code, ERR_MEM);
}

/* Memory that libsmf lacks is no property of a tune either. */
static void test_libsmf(void **state) {
    (void)state;
    char *paths[] = {wanted};
    path_to(wanted, "a.mid");
    make_song(60);
    assert_ok(midi_save(&song, wanted, e));
    song_free(&song);
    options = &(const struct encode_options){.encoding = ENCODING_ATTACK,
                                             .steps_per_quarter = 4,
                                             .chords = CHORDS_REQUIRED};
    assert_ok(corpus_scan(&starved, paths, 1, 0, 0, e));
    check_complains(load_song);
    check_complains(encode_starved);
    corpus_free(&starved);
}

/* Nobody cuts the power here, and there are many files to write. */
int fsync(int fd) {
    (void)fd;
    return 0;
}

static int set_up(void **state) {
    (void)state;
    toy_folder(folder, sizeof folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    toy_remove(folder);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_files),  TEST(test_tensors),    TEST(test_dataset),
        TEST(test_midi),   TEST(test_checkpoint), TEST(test_compose),
        TEST(test_corpus), TEST(test_heard),      TEST(test_libsmf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
