/* Settings: files, assignments, dumps and what is refused.
 * SPDX-License-Identifier: MIT */
#include "nott/base/conf.h"

#include "nott/base/ini.h"
#include "nott/player/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nott/base/file.h"

static char path[64];

static int set_up(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/test_conf-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static int load_bytes(struct settings *s, const char *text, size_t n,
                      struct err *e) {
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    return ini_load(&settings_table, s, path, e);
}

static int load(struct settings *s, const char *text, struct err *e) {
    return load_bytes(s, text, strlen(text), e);
}

/* Refused at this line, with this in the message. */
static void check_refused(const char *text, int line, const char *what) {
    struct settings s;
    struct err e = {0};
    char where[100];
    conf_defaults(&settings_table, &s);
    if (load(&s, text, &e) == 0)
        fail_msg("taken: %s", text);
    assert_int_equal(e.code, ERR_USAGE);
    snprintf(where, sizeof where, "%s:%d: ", path, line);
    if (strncmp(e.text, where, strlen(where)) != 0 || !strstr(e.text, what))
        fail_msg("'%s' should begin '%s' and hold '%s'", e.text, where, what);
}

static void check_taken(struct settings *s, const char *text) {
    struct err e = {0};
    conf_defaults(&settings_table, s);
    if (load(s, text, &e))
        fail_msg("%s", e.text);
}

static void test_load(void **state) {
    (void)state;
    struct settings s;
    check_taken(&s,
                "# comment\n; another\n\n[train]\nepochs = 7\n"
                "rate=1e-3 ; why not\noptimizer : rmsprop\r\n"
                "[data]\nsequences = a b/c.seq\n[train]\nseed = 9000000000");
    assert_int_equal(s.train.epochs, 7);
    assert_true(s.optim.rate == 1e-3);
    assert_int_equal(s.optim.kind, 1);
    assert_string_equal(s.data.sequences, "a b/c.seq");
    assert_true(s.train.seed == 9000000000);
    check_taken(&s, "");
    check_taken(&s, "\xef\xbb\xbf[train]\nepochs = 8\n"); /* a mark in front */
    assert_int_equal(s.train.epochs, 8);
}

static void test_others_keep_their_values(void **state) {
    (void)state;
    struct settings s, before;
    conf_defaults(&settings_table, &before);
    check_taken(&s, "[train]\nepochs = 7\n");
    s.train.epochs = before.train.epochs;
    assert_memory_equal(&s, &before, sizeof s);
}

static void test_refused(void **state) {
    (void)state;
    check_refused("[train]\nepoch = 7\n", 2, "train.epoch: no such");
    check_refused("[trains]\nepochs = 7\n", 1, "[trains]: no such section");
    check_refused("epochs = 7\n", 1, ".epochs: no such");
    check_refused("[train]\nepochs = 7\n\nepochs = 8\n", 4, "twice");
    check_refused("[train]\nepochs = 7\n[run]\n[train]\nepochs = 7\n", 5,
                  "twice");
    check_refused("[train]\n epochs = 7\n", 2, "blank");
    check_refused("[train]\nepochs = 7\n\tbatch = 1\n", 3, "blank");
    check_refused("[train]\nepochs\n", 2, "not a setting");
    check_refused("[train\nepochs = 7\n", 1, "without ]");
    check_refused("[train]\nepochs =\n", 2, "whole number");
    check_refused("[train]\nepochs = seven\n", 2, "whole number");
    check_refused("[train]\nepochs = 7.5\n", 2, "whole number");
    check_refused("[train]\nepochs = 7 7\n", 2, "whole number");
    check_refused("[train]\nepochs = 0\n", 2, "1..100000");
    check_refused("[train]\nepochs = 99999999999999999999\n", 2, "1..100000");
    check_refused("[train]\nepochs = 4294967297\n", 2, "1..100000");
    check_refused("[train]\nrate = fast\n", 2, "not a number");
    check_refused("[train]\nrate = nan\n", 2, "not a number");
    check_refused("[train]\nrate = inf\n", 2, "not a number");
    check_refused("[train]\nrate = 11\n", 2, "..10");
    check_refused("[train]\nrate = 0.1x\n", 2, "not a number");
    check_refused("[train]\noptimizer = sgd\n", 2, "adam, rmsprop");
    check_refused("[train]\noptimizer = Adam\n", 2, "adam, rmsprop");
    check_refused("[run]\ndir =\n", 2, "empty");
    check_refused("[run]\n\ndir = ; nothing\n", 3, "empty");
}

static void test_long_lines(void **state) {
    (void)state;
    struct settings s;
    char text[400] = "[run]\ndir = ";
    size_t head = strlen(text);
    memset(text + head, 'x', 183);
    check_taken(&s, text);
    assert_int_equal(strlen(s.run.dir), CONF_PATH - 1);
    text[head + 183] = 'x'; /* does not fit the setting */
    check_refused(text, 2, "too long");
    memset(text + head, 'x', 300); /* does not fit inih */
    check_refused(text, 2, "too long");
    text[6] = ';'; /* not even a comment may be cut */
    check_refused(text, 2, "too long");
}

static void test_zero_byte(void **state) {
    (void)state;
    static const char text[] = "[train]\nepochs = 7\n\0\nbatch = nonsense\n";
    struct settings s;
    struct err e = {0};
    conf_defaults(&settings_table, &s);
    assert_int_equal(load_bytes(&s, text, sizeof text - 1, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
}

static void test_no_file(void **state) {
    (void)state;
    struct settings s;
    struct err e = {0};
    conf_defaults(&settings_table, &s);
    assert_int_equal(ini_load(&settings_table, &s, "/nonexistent/a.ini", &e),
                     -1);
    assert_int_equal(e.code, ERR_IO);
}

/* A default that the table itself refuses would be left at zero. */
static void test_defaults(void **state) {
    (void)state;
    static const char *const zero[] = {
        "chord_min_count",
        "init",
        "threads",
        "max_minutes",
        "max_copy",
        "melody_repeat_max",
        "chord_repeat_max",
        "average",
        "input_noise",
        "hide_chords",
        "chord_temperature",
        "min_p",
        "tempo",
        "intervals",
        "ahead",
        "form",
    };
    struct settings s;
    struct buf b = {0};
    conf_defaults(&settings_table, &s);
    conf_dump(&settings_table, &s, &b, 0);
    assert_int_equal(buf_ok(&b, "dump", NULL), 0);
    char *rest = NULL;
    for (char *line = strtok_r((char *)b.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strstr(line, " = ");
        int may = 0;
        if (!value)
            continue;
        *value = 0;
        for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
            may |= strcmp(line, zero[i]) == 0;
        if (!may && (strcmp(value + 3, "0") == 0 || !value[3]))
            fail_msg("%s has no default", line);
    }
    buf_free(&b);
}

/* Dumps, loads, dumps: the same text and the same bytes. */
static void check_dump(const struct settings *s, int help) {
    struct buf first = {0}, second = {0};
    struct settings back;
    struct err e = {0};
    conf_dump(&settings_table, s, &first, help);
    assert_int_equal(buf_ok(&first, "dump", NULL), 0);
    conf_defaults(&settings_table, &back);
    if (load(&back, (char *)first.data, &e))
        fail_msg("%s", e.text);
    conf_dump(&settings_table, &back, &second, help);
    assert_string_equal((char *)first.data, (char *)second.data);
    assert_memory_equal(s, &back, sizeof back);
    buf_free(&first);
    buf_free(&second);
}

static void test_dump(void **state) {
    (void)state;
    struct settings s;
    conf_defaults(&settings_table, &s);
    check_dump(&s, 0);
    check_dump(&s, 1);
    static const char *const sets[] = {"data.sequences=a=b [c] #d.seq",
                                       "data.encoding=classic",
                                       "model.cell=gru",
                                       "model.lags=",
                                       "model.forget_bias=-0.1",
                                       "train.rate=0.1234567890123456",
                                       "train.epsilon=1e-30",
                                       "train.beta2=0.999999999",
                                       "train.seed=9000000000000000000",
                                       "train.schedule=constant",
                                       "train.average=0.999",
                                       "train.misheard=0.5",
                                       "sample.bars=0",
                                       "sample.min_p=1",
                                       "sample.melody_program=-1",
                                       "sample.method=argmax",
                                       "sample.temperature=100"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct err e = {0};
        if (conf_set(&settings_table, &s, sets[i], &e))
            fail_msg("%s", e.text);
    }
    assert_true(s.optim.rate == 0.1234567890123456);
    assert_true(s.train.seed == 9000000000000000000);
    check_dump(&s, 0);
    check_dump(&s, 1);
}

/* A text that may be empty can be, in files and in assignments; one text after
 * another leaves nothing behind that would be taken for a difference. */
static void test_empty_text(void **state) {
    (void)state;
    struct settings s, other;
    char name[64];
    check_taken(&s, "[model]\nlags =\n");
    assert_int_equal(s.features.lags.count, 0);
    check_dump(&s, 0);
    check_taken(&other, "[model]\nlags = 1 2 3 4 5 6 7\n");
    assert_non_null(conf_difference(&settings_table, &s, &other, name));
    assert_string_equal(name, "model.lags");
    assert_int_equal(conf_set(&settings_table, &other, "model.lags=", NULL), 0);
    assert_null(conf_difference(&settings_table, &s, &other, name));
    assert_int_equal(conf_set(&settings_table, &other, "model.lags=7 9", NULL),
                     0);
    check_taken(&s, "[model]\nlags = 7 9\n");
    assert_null(conf_difference(&settings_table, &s, &other, name));
}

static void test_help(void **state) {
    (void)state;
    struct settings s;
    struct buf b = {0};
    conf_defaults(&settings_table, &s);
    conf_dump(&settings_table, &s, &b, 1);
    const char *at = strstr((char *)b.data, "\nepochs = ");
    assert_non_null(at);
    assert_non_null(strstr((char *)b.data, "[1..100000]\nepochs = "));
    assert_non_null(strstr((char *)b.data, "[adam | rmsprop]\noptimizer = "));
    buf_free(&b);
}

/* What a file could not hold is refused as well: a dump would change it. */
static void test_texts_that_no_file_holds(void **state) {
    (void)state;
    static const char *const bad[] = {"run.dir=a ;b",
                                      "run.dir=;b",
                                      "run.dir= a",
                                      "run.dir=a ",
                                      "run.dir=a\nb",
                                      "run.dir=a\rb",
                                      "run.dir=a\nepochs = 1",
                                      "run.dir=a\t",
                                      "run.dir=\x1b[2J"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct settings s;
        struct err e = {0};
        conf_defaults(&settings_table, &s);
        if (conf_set(&settings_table, &s, bad[i], &e) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(e.code, ERR_USAGE);
    }
}

/* A value is looked at whole, however long it is. */
static void test_give(void **state) {
    (void)state;
    struct settings s;
    char value[300];
    conf_defaults(&settings_table, &s);
    snprintf(value, sizeof value, "%0200d12", 0);
    assert_int_equal(
        conf_give(&settings_table, &s, "data.steps_per_quarter", value, NULL),
        0);
    assert_int_equal(s.encode.steps_per_quarter, 12);
    snprintf(value, sizeof value, "%0200d8x", 0);
    assert_int_equal(
        conf_give(&settings_table, &s, "data.steps_per_quarter", value, NULL),
        -1);
    assert_int_equal(s.encode.steps_per_quarter, 12);
    assert_int_equal(conf_give(&settings_table, &s, "data.none", "1", NULL),
                     -1);
}

static void test_set(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "epochs",
                                      "train.epochs",
                                      "epochs=7",
                                      "=7",
                                      ".=7",
                                      "train.=7",
                                      ".epochs=7",
                                      "train.epochs=",
                                      "trainepochs=7.5",
                                      "train.epoch=7",
                                      "Train.epochs=7",
                                      "train.epochs =7",
                                      "train.epochs=0",
                                      "train.epochs=7 ",
                                      "train.epochs= 7",
                                      "run.dir=",
                                      "train.rate=0x",
                                      "train.average=1",
                                      "train.misheard=0.6",
                                      "train.precision=fp16",
                                      "sample.min_p=1.1",
                                      "sample.min_p=-0.1",
                                      "model.match=2",
                                      "train.optimizer="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct settings s, before;
        struct err e = {0};
        conf_defaults(&settings_table, &s);
        before = s;
        if (conf_set(&settings_table, &s, bad[i], &e) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(e.code, ERR_USAGE);
        assert_memory_equal(&s, &before, sizeof s);
    }
    struct settings s;
    conf_defaults(&settings_table, &s);
    assert_int_equal(conf_set(&settings_table, &s, "train.epochs=7", NULL), 0);
    assert_int_equal(conf_set(&settings_table, &s, "run.dir=a.b=c", NULL), 0);
    assert_int_equal(s.train.epochs, 7);
    assert_string_equal(s.run.dir, "a.b=c");
}

static void test_numbers(void **state) {
    (void)state;
    int64_t v = -1;
    double x = -1;
    struct err e = {0};
    assert_int_equal(conf_integer("n", "-5", -5, 5, &v, NULL), 0);
    assert_int_equal(v, -5);
    assert_int_equal(
        conf_integer("n", "9223372036854775807", 0, INT64_MAX, &v, NULL), 0);
    assert_true(v == INT64_MAX);
    assert_int_equal(conf_integer("--bars", "6", -5, 5, &v, &e), -1);
    assert_non_null(strstr(e.text, "--bars: '6'"));
    assert_int_equal(e.code, ERR_USAGE);
    assert_true(v == INT64_MAX); /* left alone */
    assert_int_equal(conf_number("x", "-0.5", -1, 1, &x, NULL), 0);
    assert_true(x == -0.5);
    assert_int_equal(conf_number("x", "1.5", -1, 1, &x, NULL), -1);
    assert_int_equal(conf_number("x", "", -1, 1, &x, NULL), -1);
    assert_int_equal(conf_number("x", "nan", -1, 1, &x, NULL), -1);
    assert_int_equal(conf_number("x", " 1", -1, 1, &x, NULL), -1);
    assert_true(x == -0.5);
}

/* The settings of the 2016 reference must stay readable. */
static void test_reference(void **state) {
    (void)state;
    struct settings s;
    struct err e = {0};
    conf_defaults(&settings_table, &s);
    if (ini_load(&settings_table, &s, "configs/reference.ini", &e))
        fail_msg("%s", e.text);
    assert_int_equal(s.encode.encoding, 1);
}

/* ---- lists: the lags ---- */

static void check_lags(const char *text, int count, const int *want) {
    struct settings s; /* what was there is forgotten */
    char line[64];
    conf_defaults(&settings_table, &s);
    snprintf(line, sizeof line, "model.lags=%s", text);
    assert_int_equal(conf_set(&settings_table, &s, line, NULL), 0);
    assert_int_equal(s.features.lags.count, count);
    for (int i = 0; i < CONF_LIST_MAX; i++)
        assert_int_equal(s.features.lags.value[i], i < count ? want[i] : 0);
}

static void test_good_lags(void **state) {
    (void)state;
    static const int seven[] = {1, 2, 3, 4, 8, 16, 64}, wide[] = {7, 64};
    check_lags("", 0, NULL);
    check_lags("   ", 0, NULL);
    check_lags("1", 1, seven);
    check_lags("1 2 3 4 8 16 64", 7, seven);
    check_lags("  7   64 ", 2, wide);
}

static void test_bad_lags(void **state) {
    (void)state;
    static const char *const bad[] = {"0",   "-1",     "65",
                                      "2 1", "1 1",    "1,2",
                                      "x",   "1x",     "1 x",
                                      "1.5", "1e0",    "1 2 3 4 5 6 7 8",
                                      "1-2", "1 2 65", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "[model]\nlags = %s\n", bad[i]);
        check_refused(text, 2, bad[i]);
    }
}

/* Names that keys had before are taken, and are the same key. */
static void test_old_keys(void **state) {
    (void)state;
    struct settings s;
    check_taken(&s, "[model]\nages = 0\nmatch = 0\n[train]\nmisheard = 0.1\n");
    assert_true(!s.features.durations && !s.features.best_lag);
    assert_true(s.train.input_noise == 0.1);
    check_refused("[model]\nages = 1\ndurations = 1\n", 3, "twice");
    check_refused("[model]\nmatch = 2\n", 2, "model.best_lag: '2'");
}

/* A setting that is gone: files that have it are read, whatever it says, and
 * it changes nothing. */
static void test_gone(void **state) {
    (void)state;
    static const char *const said[] = {"2", "0", "1000000", "many", "-1.5"};
    struct settings s, defaults;
    struct err e = {0};
    char text[64];
    conf_defaults(&settings_table, &defaults);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        snprintf(text, sizeof text, "[train]\nshards = %s\nseed = 1\n",
                 said[i]);
        check_taken(&s, text);
        assert_memory_equal(&s, &defaults, sizeof s);
        snprintf(text, sizeof text, "train.shards=%s", said[i]);
        assert_int_equal(conf_set(&settings_table, &s, text, &e), 0);
        assert_memory_equal(&s, &defaults, sizeof s);
    }
    check_refused("[train]\nshards = 1\nshards = 1\n", 3, "twice");
}

/* It is not printed, nor ever a difference. */
static void test_gone_is_not_told(void **state) {
    (void)state;
    struct settings a, b;
    struct conf_place p;
    char name[64];
    assert_true(conf_find(&settings_table, "train", "shards", &p));
    assert_true(p.flags & CONF_GONE && p.flags & CONF_GRID);
    conf_defaults(&settings_table, &a);
    for (int help = 0; help < 2; help++) {
        struct buf out = {0};
        conf_dump(&settings_table, &a, &out, help);
        buf_add(&out, "", 1); /* its end */
        assert_int_equal(buf_ok(&out, "dump", NULL), 0);
        assert_non_null(strstr((char *)out.data, "\nthreads = "));
        assert_null(strstr((char *)out.data, "shards"));
        buf_free(&out);
    }
    b = a;
    b.train.threads = 5; /* where it would lie */
    assert_null(conf_difference(&settings_table, &a, &b, name));
}

/* The same of a table in which nothing else could hide it. */
static void test_gone_alone(void **state) {
    (void)state;
    static const struct conf_row rows[] = {
        {"a", "new", NULL, CONF_INTEGER, sizeof(int), "2", NULL, 0, 9, NULL, 0,
         "it is"},
        {"a", "old", NULL, CONF_INTEGER, 0, "1", NULL, 0, 9, NULL, CONF_GONE,
         "it was"}};
    static const struct conf_group group = {rows, 2, CONF_GRID};
    static const struct conf_part part = {&group, 0};
    const struct conf_table table = {&part, 1, 2 * sizeof(int)};
    int s[2], other[2] = {8, 2};
    char name[64];
    struct buf out = {0};
    conf_defaults(&table, s);
    assert_true(s[0] == 0 && s[1] == 2);
    assert_int_equal(conf_set(&table, s, "a.old=5", NULL), 0);
    assert_int_equal(s[0], 0);
    assert_null(conf_difference(&table, s, other, name));
    other[1] = 3;
    assert_string_equal(conf_difference(&table, s, other, name), "a.new");
    conf_dump(&table, s, &out, 1);
    buf_add(&out, "", 1); /* its end */
    assert_int_equal(buf_ok(&out, "dump", NULL), 0);
    assert_string_equal((char *)out.data, "[a]\n; it is [0..9]\nnew = 2\n");
    buf_free(&out);
}

static int load_grid(struct settings *s, struct ini_grid *g, const char *text,
                     struct err *e) {
    *g = (struct ini_grid){0};
    *e = (struct err){0};
    conf_defaults(&settings_table, s);
    assert_int_equal(file_write(path, text, strlen(text), e), 0);
    return ini_load_grid(&settings_table, s, g, path, e);
}

/* The product in order, the last axis turning fastest, and names that tell the
 * members apart. */
static void test_grid(void **state) {
    (void)state;
    struct settings s;
    struct ini_grid g;
    struct err e;
    char name[256];
    const int hidden[] = {64, 64, 128, 128};
    const double rate[] = {0.002, 0.01, 0.002, 0.01};
    assert_int_equal(load_grid(&s, &g,
                               "[train]\nepochs = 3\n[grid]\n"
                               "model.hidden = 64, 128\n"
                               "train.rate = 0.002 0.010\n",
                               &e),
                     0);
    assert_int_equal(s.train.epochs, 3);
    assert_int_equal(ini_grid_size(&g), 4);
    for (size_t i = 0; i < 4; i++) {
        struct settings one = s;
        assert_int_equal(ini_grid_apply(&settings_table, &g, i, &one, name, &e),
                         0);
        assert_int_equal(one.model.hidden, hidden[i]);
        assert_true(one.optim.rate == rate[i]);
        assert_int_equal(one.train.epochs, 3);
        if (i == 3)
            assert_string_equal(name, "hidden-128_rate-0.01");
    }
    assert_int_equal(load_grid(&s, &g, "[train]\nepochs = 3\n", &e), 0);
    assert_int_equal(ini_grid_size(&g), 1);
}

/* A value that has blanks itself stands in quotes; a folder's name has none. */
static void test_grid_of_lists(void **state) {
    (void)state;
    struct settings s;
    struct ini_grid g;
    struct err e;
    char name[256];
    assert_int_equal(
        load_grid(&s, &g,
                  "[grid]\nmodel.lags = \"1 2 4\", \"1 2\" 8 \"\"\n"
                  "model.ages = 0 1\n",
                  &e),
        0);
    assert_int_equal(ini_grid_size(&g), 8);
    assert_int_equal(ini_grid_apply(&settings_table, &g, 0, &s, name, &e), 0);
    assert_string_equal(name, "lags-1+2+4_durations-0");
    assert_int_equal(s.features.lags.count, 3);
    assert_int_equal(ini_grid_apply(&settings_table, &g, 5, &s, name, &e), 0);
    assert_string_equal(name, "lags-8_durations-1");
    assert_int_equal(ini_grid_apply(&settings_table, &g, 6, &s, name, &e), 0);
    assert_int_equal(s.features.lags.count, 0);
}

static void test_bad_grid(void **state) {
    (void)state;
    static const char *const bad[] = {
        "[grid]\nmodel.hidden = 64, 0\n",
        "[grid]\nmodel.hiden = 64\n",
        "[grid]\nhidden = 64\n",
        "[grid]\nmodel.hidden =\n",
        "[grid]\nrun.dir = a, b\n",
        "[grid]\ntrain.shards = 1, 2\n",
        "[grid]\nmodel.cell = lstm, x\n",
        "[grid]\nmodel.lags = \"1 2\n",
        "[grid]\nmodel.lags = 2 \"1 0\"\n",
        "[grid]\nmodel.ages = 0\nmodel.durations = 1\n",
        "[grid]\nmodel.layers = 1\nmodel.layers = 2\n"};
    struct settings s;
    struct ini_grid g;
    struct err e;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(load_grid(&s, &g, bad[i], &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
    }
    e = (struct err){0};
    conf_defaults(&settings_table, &s);
    assert_int_equal(load(&s, "[grid]\nmodel.hidden = 64\n", &e), -1);
    assert_non_null(strstr(e.text, "rnn-train"));
}

/* Every member is in one part, whatever their numbers. */
static void test_parts(void **state) {
    (void)state;
    for (size_t parts = 1; parts < 9; parts++)
        for (size_t index = 0; index < 20; index++) {
            size_t owners = 0;
            for (size_t number = 1; number <= parts; number++) {
                struct ini_part p = {number, parts};
                owners += ini_part_has(&p, index);
            }
            assert_int_equal(owners, 1);
        }
    struct ini_part p;
    assert_int_equal(ini_part_parse("part", "3/8", &p, NULL), 0);
    assert_true(p.number == 3 && p.parts == 8);
    assert_true(ini_part_has(&p, 2) && ini_part_has(&p, 10));
    assert_false(ini_part_has(&p, 3));
    assert_int_equal(ini_part_parse("part", "1/999999999", &p, NULL), 0);
    assert_int_equal(p.parts, 999999999);
}

static void test_bad_parts(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "x",
                                      "1",
                                      "/",
                                      "1/",
                                      "/2",
                                      "0/2",
                                      "3/2",
                                      "0/0",
                                      "-1/2",
                                      "+1/2",
                                      " 1/2",
                                      "1/2 ",
                                      "1 /2",
                                      "1/2/3",
                                      "1/2x",
                                      "1.0/2",
                                      "0x1/2",
                                      "1/1000000000",
                                      "18446744073709551617/2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ini_part p = {7, 9};
        struct err e = {0};
        assert_int_equal(ini_part_parse("--part", bad[i], &p, &e), -1);
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(strncmp(e.text, "--part: '", 9), 0);
        assert_true(p.number == 7 && p.parts == 9);
    }
}

static void test_difference(void **state) {
    (void)state;
    struct settings a, b;
    char name[64];
    conf_defaults(&settings_table, &a);
    b = a;
    b.train.threads = b.train.epochs = b.train.patience = 7;
    assert_null(conf_difference(&settings_table, &a, &b, name));
    b.train.seed = 7;
    assert_string_equal(conf_difference(&settings_table, &a, &b, name),
                        "train.seed");
    b.model.cell = CELL_GRU;
    assert_string_equal(conf_difference(&settings_table, &a, &b, name),
                        "model.cell");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_load),       TEST(test_others_keep_their_values),
        TEST(test_refused),    TEST(test_long_lines),
        TEST(test_zero_byte),  TEST(test_no_file),
        TEST(test_defaults),   TEST(test_grid),
        TEST(test_bad_grid),   TEST(test_difference),
        TEST(test_dump),       TEST(test_empty_text),
        TEST(test_help),       TEST(test_texts_that_no_file_holds),
        TEST(test_give),       TEST(test_set),
        TEST(test_numbers),    TEST(test_reference),
        TEST(test_old_keys),   TEST(test_grid_of_lists),
        TEST(test_good_lags),  TEST(test_bad_lags),
        TEST(test_gone),       TEST(test_gone_is_not_told),
        TEST(test_gone_alone), TEST(test_parts),
        TEST(test_bad_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
