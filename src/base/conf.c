/* Settings: see conf.h. SPDX-License-Identifier: MIT */
#include "nott/base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { TEXT, INTEGER, LONG, NUMBER, CHOICE };

#define AT(field) offsetof(struct settings, field)
#define CHOICES   5

struct entry {
    const char *section, *key;
    enum type type;
    size_t at;
    const char *initial;
    double min, max; /* of a text: the fewest characters */
    const char *choices[CHOICES];
    const char *help;
};

/* A table is read by its columns: */
/* clang-format off */
static const struct entry table[] = {
    {"data", "sequences", TEXT, AT(data.sequences),
     "data/nottingham.seq", 1, 0, {0},
     "file of tunes made by midi2seq"},
    {"data", "encoding", CHOICE, AT(data.encoding),
     "attack", 0, 0, {"attack", "classic"},
     "melody classes: attack keeps struck notes apart, classic is that "
     "of 2016"},
    {"data", "steps_per_quarter", INTEGER, AT(data.steps_per_quarter),
     "4", 1, 96, {0},
     "steps in a quarter note; 4 = 16ths, 12 holds triplets too"},
    {"data", "chord_min_count", INTEGER, AT(data.chord_min_count),
     "64", 1, 1e9, {0},
     "steps of the training tunes a chord needs for a class of its own"},

    {"model", "cell", CHOICE, AT(model.cell),
     "lstm", 0, 0, {"lstm", "gru", "tanh"},
     "kind of the recurrent layers"},
    {"model", "layers", INTEGER, AT(model.layers), "2", 1, 8, {0},
     "recurrent layers"},
    {"model", "hidden", INTEGER, AT(model.hidden), "200", 1, 4096, {0},
     "units in each layer"},
    {"model", "heads", CHOICE, AT(model.heads),
     "factored", 0, 0, {"independent", "factored"},
     "factored: the melody is predicted knowing the chord of the same step"},
    {"model", "project", INTEGER, AT(model.project), "128", 1, 4096, {0},
     "width of the factored melody head"},
    {"model", "position", INTEGER, AT(model.position), "1", 0, 1, {0},
     "1 = the network sees the place in the bar of the step it predicts"},
    {"model", "meter", INTEGER, AT(model.meter), "1", 0, 1, {0},
     "1 = the network sees the time signature"},
    {"model", "bars", INTEGER, AT(model.bars), "16", 0, 64, {0},
     "the network sees the number of the bar, modulo this; 0 = it does not"},
    {"model", "key", INTEGER, AT(model.key), "1", 0, 1, {0},
     "1 = the network sees the key"},
    {"model", "length", INTEGER, AT(model.length), "1", 0, 1, {0},
     "1 = the network sees how many bars are left, where that is known"},
    {"model", "sounding", INTEGER, AT(model.sounding), "1", 0, 1, {0},
     "1 = the network sees the pitch that sounds"},
    {"model", "ages", INTEGER, AT(model.durations), "1", 0, 1, {0},
     "1 = the network sees how long note and chord have lasted"},
    {"model", "relative", INTEGER, AT(model.relative), "1", 0, 1, {0},
     "1 = the network sees, and answers in, degrees above the tonic and above "
     "the chord's root as well as pitches"},
    {"model", "lags", TEXT, AT(model.lags), "1 2 3 4 8 12 16", 0, 0, {0},
     "the network sees what was played so many bars before, and for how long "
     "that has been repeated; empty = nothing"},
    {"model", "match", INTEGER, AT(model.best_lag), "1", 0, 1, {0},
     "1 = one lag more, that at which the tune is most like itself of late"},
    {"model", "copy", INTEGER, AT(model.copy), "1", 0, 1, {0},
     "1 = the network may also copy what was played at the lags"},
    {"model", "end", INTEGER, AT(model.end), "1", 0, 1, {0},
     "1 = the network learns where a tune ends"},
    {"model", "init", NUMBER, AT(model.init), "0", 0, 10, {0},
     "first weights are uniform in +-init; 0 = 1/sqrt(hidden)"},
    {"model", "forget_bias", NUMBER, AT(model.forget_bias), "1", -10, 10, {0},
     "first bias of the LSTM's forget gate"},

    {"train", "epochs", INTEGER, AT(train.epochs), "30", 1, 100000, {0},
     "times through the training tunes at most"},
    {"train", "batch", INTEGER, AT(train.batch), "64", 1, 1024, {0},
     "tunes side by side"},
    {"train", "window", INTEGER, AT(train.window), "128", 1, 4096, {0},
     "steps between updates; gradients flow no further back"},
    {"train", "optimizer", CHOICE, AT(train.optimizer),
     "adam", 0, 0, {"adam", "rmsprop"},
     "how gradients become steps"},
    {"train", "rate", NUMBER, AT(train.rate), "0.004", 1e-9, 10, {0},
     "learning rate"},
    {"train", "schedule", CHOICE, AT(train.schedule),
     "cosine", 0, 0, {"constant", "step", "cosine"},
     "how the rate changes"},
    {"train", "warmup_epochs", NUMBER, AT(train.warmup_epochs),
     "1", 0, 1000, {0},
     "epochs in which the rate rises to its full value"},
    {"train", "rate_factor", NUMBER, AT(train.rate_factor), "0.03", 0, 1, {0},
     "cosine: last rate / first; step: factor at each step"},
    {"train", "rate_every", INTEGER, AT(train.rate_every), "10", 1, 100000, {0},
     "step: epochs between steps"},
    {"train", "beta1", NUMBER, AT(train.beta1), "0.9", 0, 0.999999, {0},
     "adam: decay of the mean gradient"},
    {"train", "beta2", NUMBER, AT(train.beta2), "0.999", 0, 0.999999999, {0},
     "decay of the mean squared gradient (rmsprop: 0.9 is usual)"},
    {"train", "epsilon", NUMBER, AT(train.epsilon), "1e-08", 1e-30, 1, {0},
     "added to the root of the mean squared gradient"},
    {"train", "weight_decay", NUMBER, AT(train.weight_decay),
     "0.01", 0, 100, {0},
     "share of each weight lost per update, times the rate"},
    {"train", "average", NUMBER, AT(train.average), "0", 0, 0.999999, {0},
     "share kept, at each update, of a running mean of the weights, which is "
     "then what is validated and saved; 0 = none, 0.999 is usual"},
    {"train", "dropout", NUMBER, AT(train.dropout), "0.3", 0, 0.99, {0},
     "share of each layer's outputs dropped in training"},
    {"train", "input_dropout", NUMBER, AT(train.input_dropout),
     "0.1", 0, 0.99, {0},
     "share of the inputs dropped in training"},
    {"train", "misheard", NUMBER, AT(train.input_noise), "0", 0, 0.5, {0},
     "share of the steps that the network hears wrong in training, so that it "
     "learns to find back"},
    {"train", "clip", NUMBER, AT(train.clip), "1", 0, 1e6, {0},
     "largest norm of the gradient; 0 = no limit"},
    {"train", "melody_weight", NUMBER, AT(train.melody_weight),
     "0.5", 0, 1, {0},
     "weight of the melody in the loss; the chord has the rest"},
    {"train", "transpose", INTEGER, AT(train.transpose), "5", 0, 11, {0},
     "in training, move each tune by up to so many semitones"},
    {"train", "patience", INTEGER, AT(train.patience), "10", 0, 100000, {0},
     "epochs without a better validation loss before stopping; 0 = never"},
    {"train", "seed", LONG, AT(train.seed), "1", 0, 9e18, {0},
     "the same seed gives the same model"},
    {"train", "threads", INTEGER, AT(train.threads), "0", 0, 256, {0},
     "0 = one for each processor; does not change the result"},
    {"train", "shards", INTEGER, AT(train.shards), "2", 1, 64, {0},
     "parts of the batch that run in parallel; changes rounding"},
    {"train", "backend", CHOICE, AT(train.backend),
     "auto", 0, 0, {"auto", "blas", "plain", "avx512", "kernel"},
     "who multiplies matrices: BLAS, slow plain C, or a kernel for an "
     "instruction set; kernel = the best of those, auto = that or else blas"},
    {"train", "precision", CHOICE, AT(train.precision),
     "fp32", 0, 0, {"fp32", "bf16"},
     "of the layers' products in training; bf16 is faster where the processor "
     "has it"},
    {"train", "save_seconds", INTEGER, AT(train.save_seconds),
     "60", 0, 86400, {0},
     "how often to save the state for --resume, besides every epoch"},
    {"train", "max_minutes", NUMBER, AT(train.max_minutes),
     "0", 0, 1e6, {0},
     "stop after so many minutes and keep the best model; 0 = no limit"},

    {"run", "dir", TEXT, AT(run.dir), "models/run", 1, 0, {0},
     "folder of the trained model"},

    {"sample", "bars", INTEGER, AT(sample.bars), "32", 0, 10000, {0},
     "length of a new tune; 0 = as the tune wants"},
    {"sample", "temperature", NUMBER, AT(sample.temperature),
     "1", 0.01, 100, {0},
     "below 1 safer, above 1 wilder"},
    {"sample", "chord_temperature", NUMBER, AT(sample.chord_temperature),
     "0", 0, 100, {0},
     "the same for chords; below 0.01 = as temperature"},
    {"sample", "copy_temperature", NUMBER, AT(sample.copy_temperature),
     "0.8", 0.01, 100, {0},
     "the same for the choice between what is new and what is copied: below 1 "
     "what comes back comes back whole"},
    {"sample", "min_p", NUMBER, AT(sample.min_p), "0", 0, 1, {0},
     "new notes and chords less likely than this share of the likeliest are "
     "not drawn"},
    {"sample", "method", CHOICE, AT(sample.method),
     "sample", 0, 0, {"sample", "argmax"},
     "draw each step, or take the likeliest"},
    {"sample", "melody_repeat_max", INTEGER, AT(sample.melody_repeat_max),
     "0", 0, 100000, {0},
     "steps a melody class may last; 0 = any, but 16 with argmax"},
    {"sample", "chord_repeat_max", INTEGER, AT(sample.chord_repeat_max),
     "0", 0, 100000, {0},
     "steps a chord may last; 0 = any, but 16 with argmax"},
    {"sample", "cadence", INTEGER, AT(sample.cadence), "1", 0, 1, {0},
     "1 = the last bar comes to rest on the tonic"},
    {"sample", "tempo", NUMBER, AT(sample.tempo), "120", 10, 1000, {0},
     "quarter notes a minute"},
    {"sample", "melody_program", INTEGER, AT(sample.melody_program),
     "73", -1, 127, {0},
     "General MIDI program; 73 = flute, -1 = none"},
    {"sample", "chord_program", INTEGER, AT(sample.chord_program),
     "24", -1, 127, {0},
     "General MIDI program; 24 = guitar, -1 = none"},
};
/* clang-format on */

#define ENTRIES (sizeof table / sizeof *table)

int conf_integer(const char *name, const char *text, int64_t min, int64_t max,
                 int64_t *out, struct err *e) {
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end || isspace((unsigned char)*text) ||
        v < min || v > max)
        return err_set(e, ERR_USAGE,
                       "%s: '%s' is not a whole number in %" PRId64
                       "..%" PRId64,
                       name, text, min, max);
    *out = v;
    return 0;
}

int conf_number(const char *name, const char *text, double min, double max,
                double *out, struct err *e) {
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !isfinite(v) ||
        v < min || v > max)
        return err_set(e, ERR_USAGE, "%s: '%s' is not a number in %g..%g", name,
                       text, min, max);
    *out = v;
    return 0;
}

static int parse_choice(const struct entry *t, const char *text, int *out,
                        struct err *e) {
    char all[128] = "";
    size_t n = 0;
    for (int k = 0; k < CHOICES && t->choices[k]; k++) {
        if (strcmp(text, t->choices[k]) == 0) {
            *out = k;
            return 0;
        }
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", k ? ", " : "",
                              t->choices[k]);
    }
    return err_set(e, ERR_USAGE, "%s.%s: '%s' is not one of %s", t->section,
                   t->key, text, all);
}

/* Would a line of a file hold this text unchanged? Blanks at its ends and a
 * ';' after a blank would go. */
static int fits_line(const char *text) {
    char before = ' ';
    for (const char *p = text; *p; before = *p++)
        if (iscntrl((unsigned char)*p) || (*p == ';' && before == ' ') ||
            (*p == ' ' && (p == text || !p[1])))
            return 0;
    return 1;
}

static int parse_value(struct settings *s, const struct entry *t,
                       const char *text, struct err *e) {
    char *at = (char *)s + t->at;
    char name[64];
    int64_t v = 0;
    snprintf(name, sizeof name, "%s.%s", t->section, t->key);
    switch (t->type) {
    case TEXT:
        if (strlen(text) >= CONF_PATH || (double)strlen(text) < t->min ||
            strpbrk(text, ";\n"))
            return err_set(e, ERR_USAGE, "%s: empty, too long or with a ';'",
                           name);
        if (!fits_line(text))
            return err_set(e, ERR_USAGE,
                           "%s: control characters, blanks at an end or ' ;'",
                           name);
        memset(at, 0, CONF_PATH); /* settings are compared by their bytes */
        snprintf(at, CONF_PATH, "%s", text);
        return 0;
    case INTEGER:
        if (conf_integer(name, text, (int64_t)t->min, (int64_t)t->max, &v, e))
            return -1;
        *(int *)(void *)at = (int)v;
        return 0;
    case LONG:
        return conf_integer(name, text, (int64_t)t->min, (int64_t)t->max,
                            (int64_t *)(void *)at, e);
    case NUMBER:
        return conf_number(name, text, t->min, t->max, (double *)(void *)at, e);
    case CHOICE:
        return parse_choice(t, text, (int *)(void *)at, e);
    }
    return -1;
}

static size_t find(const char *section, const char *key) {
    size_t i = 0;
    while (i < ENTRIES && (strcmp(table[i].section, section) != 0 ||
                           strcmp(table[i].key, key) != 0))
        i++;
    return i;
}

void conf_defaults(struct settings *s) {
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < ENTRIES; i++)
        parse_value(s, &table[i], table[i].initial, NULL);
}

int conf_set(struct settings *s, const char *assignment, struct err *e) {
    char left[128];
    const char *equal = strchr(assignment, '=');
    const char *dot = strchr(assignment, '.');
    if (!equal || !dot || dot > equal ||
        (size_t)(equal - assignment) >= sizeof left)
        return err_set(e, ERR_USAGE, "--set %s: not section.key=value",
                       assignment);
    snprintf(left, sizeof left, "%.*s", (int)(equal - assignment), assignment);
    left[dot - assignment] = 0;
    size_t i = find(left, left + (dot - assignment) + 1);
    if (i == ENTRIES)
        return err_set(e, ERR_USAGE, "--set %s: no such setting", assignment);
    return parse_value(s, &table[i], equal + 1, e);
}

static int entry_size(const struct entry *t) {
    return t->type == TEXT                           ? CONF_PATH
           : t->type == NUMBER                       ? (int)sizeof(double)
           : t->type == INTEGER || t->type == CHOICE ? (int)sizeof(int)
                                                     : (int)sizeof(int64_t);
}

const char *conf_difference(const struct settings *a, const struct settings *b,
                            char name[64]) {
    static const char *const free_keys[] = {"epochs", "patience", "threads",
                                            "save_seconds", "max_minutes"};
    for (size_t i = 0; i < ENTRIES; i++) {
        const struct entry *t = &table[i];
        int counts = strcmp(t->section, "model") == 0 ||
                     strcmp(t->section, "train") == 0;
        for (size_t k = 0; k < sizeof free_keys / sizeof *free_keys; k++)
            counts &= strcmp(t->key, free_keys[k]) != 0;
        if (counts && memcmp((const char *)a + t->at, (const char *)b + t->at,
                             (size_t)entry_size(t)) != 0) {
            snprintf(name, 64, "%s.%s", t->section, t->key);
            return name;
        }
    }
    return NULL;
}

/* ---- files ---- */

/* inih reads lines through next_line, which counts them, so that a message
 * can name the line; it would cut long lines and join indented ones silently,
 * so both are refused here. */
struct reader {
    const char *path, *at, *end;
    struct settings *settings;
    struct conf_grid *grid; /* NULL = not wanted */
    struct err *err;
    int line, failed;
    unsigned char seen[ENTRIES];
};

static int complain(struct reader *r, const char *what) {
    r->failed = 1;
    return err_set(r->err, ERR_USAGE, "%s:%d: %s", r->path, r->line, what);
}

static char *next_line(char *dst, int cap, void *user) {
    struct reader *r = user;
    if (r->failed || r->at == r->end)
        return NULL;
    r->line++;
    size_t n = strcspn(r->at, "\n");
    if (!r->at[n] && r->at + n != r->end) {
        complain(r, "a zero byte");
        return NULL;
    }
    if (n + 2 > (size_t)cap) {
        complain(r, "line too long");
        return NULL;
    }
    if (n && (*r->at == ' ' || *r->at == '\t') && strspn(r->at, " \t\r") < n) {
        complain(r, "line begins with a blank");
        return NULL;
    }
    if (*r->at == '[' && !memchr(r->at, ']', n)) {
        complain(r, "section without ]");
        return NULL;
    }
    memcpy(dst, r->at, n);
    dst[n] = '\n';
    dst[n + 1] = 0;
    r->at += n + (r->at[n] == '\n');
    return dst;
}

/* Cuts "64, 128" into the axis's values and checks each. */
static int take_values(struct conf_axis *a, const struct entry *t,
                       const char *text, struct err *e) {
    struct settings scratch;
    for (const char *p = text; *p; p += strspn(p, ", ")) {
        size_t n = strcspn(p, ", ");
        if (a->count == CONF_VALUES || n >= sizeof a->values[0])
            return err_set(e, ERR_USAGE, "grid.%s: too many or too long",
                           a->key);
        snprintf(a->values[a->count], sizeof a->values[0], "%.*s", (int)n, p);
        if (parse_value(&scratch, t, a->values[a->count++], e))
            return -1;
        p += n;
    }
    return a->count ? 0 : err_set(e, ERR_USAGE, "grid.%s: no values", a->key);
}

static int take_axis(struct reader *r, const char *key, const char *text,
                     struct err *e) {
    char section[64];
    const char *dot = strchr(key, '.');
    size_t n = dot ? (size_t)(dot - key) : 0;
    if (!r->grid)
        return err_set(e, ERR_USAGE, "[grid] is for rnn-train alone");
    if (!dot || n >= sizeof section || strlen(key) >= sizeof r->grid->axis->key)
        return err_set(e, ERR_USAGE, "grid.%s: not section.key", key);
    snprintf(section, sizeof section, "%.*s", (int)n, key);
    size_t i = find(section, dot + 1);
    if (i == ENTRIES)
        return err_set(e, ERR_USAGE, "grid.%s: no such setting", key);
    if (strcmp(section, "model") != 0 && strcmp(section, "train") != 0)
        return err_set(e, ERR_USAGE,
                       "grid.%s: a grid is over [model] and [train]", key);
    for (size_t k = 0; k < r->grid->axes; k++)
        if (strcmp(r->grid->axis[k].key, key) == 0)
            return err_set(e, ERR_USAGE, "grid.%s: set twice", key);
    if (r->grid->axes == CONF_AXES)
        return err_set(e, ERR_USAGE, "grid: more than %d settings", CONF_AXES);
    struct conf_axis *a = &r->grid->axis[r->grid->axes++];
    *a = (struct conf_axis){0};
    snprintf(a->key, sizeof a->key, "%s", key);
    return take_values(a, &table[i], text, e);
}

static int take_setting(void *user, const char *section, const char *key,
                        const char *value) {
    struct reader *r = user;
    if (r->failed)
        return 0;
    size_t i = find(section, key);
    struct err why = {0};
    if (strcmp(section, "grid") == 0) {
        if (take_axis(r, key, value, &why))
            complain(r, why.text);
    } else if (i == ENTRIES) {
        char text[160];
        snprintf(text, sizeof text, "%.60s.%.60s: no such setting", section,
                 key);
        complain(r, text);
    } else if (r->seen[i]) {
        complain(r, "set twice");
    } else if (parse_value(r->settings, &table[i], value, &why)) {
        complain(r, why.text);
    } else {
        r->seen[i] = 1;
    }
    return !r->failed;
}

int conf_load_grid(struct settings *s, struct conf_grid *g, const char *path,
                   struct err *e) {
    struct buf text = {0};
    int rc = -1;
    if (file_read(&text, path, 1 << 20, e) == 0) {
        const char *at = text.data ? (const char *)text.data : "";
        struct reader r = {.path = path,
                           .at = at,
                           .end = at + text.len,
                           .settings = s,
                           .grid = g,
                           .err = e};
        int line = ini_parse_stream(next_line, &r, take_setting, &r);
        if (line && !r.failed) {
            r.line = line > 0 ? line : r.line;
            complain(&r, "not a setting");
        }
        rc = r.failed ? -1 : 0;
    }
    buf_free(&text);
    return rc;
}

int conf_load(struct settings *s, const char *path, struct err *e) {
    return conf_load_grid(s, NULL, path, e);
}

/* ---- dump ---- */

static void dump_number(struct buf *out, double v) {
    char text[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_printf(out, "%s", text);
}

static void dump_value(struct buf *out, const struct entry *t,
                       const struct settings *s) {
    const char *at = (const char *)s + t->at;
    switch (t->type) {
    case TEXT:
        buf_printf(out, "%s", at);
        break;
    case INTEGER:
        buf_printf(out, "%d", *(const int *)(const void *)at);
        break;
    case LONG:
        buf_printf(out, "%" PRId64, *(const int64_t *)(const void *)at);
        break;
    case NUMBER:
        dump_number(out, *(const double *)(const void *)at);
        break;
    case CHOICE:
        buf_printf(out, "%s", t->choices[*(const int *)(const void *)at]);
        break;
    }
}

static void dump_help(struct buf *out, const struct entry *t) {
    buf_printf(out, "; %s", t->help);
    if (t->type == CHOICE)
        for (int k = 0; k < CHOICES && t->choices[k]; k++)
            buf_printf(out, "%s%s", k ? " | " : " [", t->choices[k]);
    else if (t->type != TEXT)
        buf_printf(out, " [%g..%g", t->min, t->max);
    buf_printf(out, "%s\n", t->type == TEXT ? "" : "]");
}

void conf_dump(const struct settings *s, struct buf *out, int help) {
    const char *section = "";
    for (size_t i = 0; i < ENTRIES; i++) {
        const struct entry *t = &table[i];
        if (strcmp(t->section, section) != 0)
            buf_printf(out, "%s[%s]\n", i ? "\n" : "", t->section);
        section = t->section;
        if (help)
            dump_help(out, t);
        buf_printf(out, "%s = ", t->key);
        dump_value(out, t, s);
        buf_printf(out, "\n");
    }
}

/* ---- grids ---- */

size_t conf_grid_size(const struct conf_grid *g) {
    size_t n = 1;
    for (size_t k = 0; k < g->axes; k++)
        n *= g->axis[k].count;
    return n;
}

int conf_grid_apply(const struct conf_grid *g, size_t index, struct settings *s,
                    char name[256], struct err *e) {
    size_t n = 0;
    name[0] = 0;
    for (size_t k = g->axes; k-- > 0;) { /* the last axis turns fastest */
        const struct conf_axis *a = &g->axis[k];
        const char *value = a->values[index % a->count];
        char text[160];
        index /= a->count;
        snprintf(text, sizeof text, "%s=%s", a->key, value);
        if (conf_set(s, text, e))
            return -1;
    }
    for (size_t k = 0; k < g->axes; k++) {
        struct buf one = {0};
        const char *key = strchr(g->axis[k].key, '.') + 1;
        char section[64];
        snprintf(section, sizeof section, "%.*s",
                 (int)(key - 1 - g->axis[k].key), g->axis[k].key);
        dump_value(&one, &table[find(section, key)], s);
        n += (size_t)snprintf(name + n, 256 - n, "%s%s-%s", k ? "_" : "", key,
                              one.data ? (const char *)one.data : "");
        buf_free(&one);
        if (n >= 256)
            return err_set(e, ERR_USAGE, "grid: names too long");
    }
    for (char *p = name; *p; p++)
        *p = *p == '/' ? '-' : *p;
    return 0;
}
