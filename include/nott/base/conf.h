/* Settings: INI files, --set section.key=value, and the one table behind both.
 *
 * The table in conf.c declares every setting with its type, range, default and
 * a line of help; the same table parses, checks, dumps and documents.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CONF_H
#define NOTT_CONF_H

#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

#define CONF_PATH 184 /* inih reads lines of at most 200 bytes */

/* Numbers of the choices, in the order in which the table names them. */
enum conf_precision { PRECISION_FP32, PRECISION_BF16 };
enum conf_method { METHOD_SAMPLE, METHOD_ARGMAX };

struct settings {
    struct {
        char sequences[CONF_PATH];
        int encoding; /* enum encoding */
        int steps_per_quarter;
        int chord_min_count;
    } data;
    struct {
        int cell;  /* enum cell_kind */
        int heads; /* enum model_heads */
        int layers, hidden, project;
        int position, meter, key, length, sounding, durations; /* 0 or 1, see */
        int relative, bars, best_lag, copy, end;               /* context.h */
        char lags[CONF_PATH];
        double init, forget_bias;
    } model;
    struct {
        int epochs, batch, window;
        int optimizer; /* enum optim_kind */
        double rate;
        int schedule; /* enum schedule */
        double warmup_epochs, rate_factor;
        int rate_every;
        double beta1, beta2, epsilon, weight_decay, average;
        double dropout, input_dropout, input_noise, clip, melody_weight;
        int patience, transpose;
        int64_t seed;
        int threads, shards;
        int backend;   /* enum mat_backend */
        int precision; /* enum conf_precision */
        int save_seconds;
        double max_minutes;
    } train;
    struct {
        char dir[CONF_PATH];
    } run;
    struct {
        int bars;
        double temperature, chord_temperature, copy_temperature, min_p;
        int method; /* enum conf_method */
        int melody_repeat_max, chord_repeat_max, cadence;
        double tempo;
        int melody_program, chord_program;
    } sample;
};

/* Every setting at its default. */
void conf_defaults(struct settings *s);

/* Reads an INI file over *s. Errors are `FILE:LINE: what` with ERR_USAGE (or
 * ERR_IO): unknown section or key, a key set twice, a value out of range,
 * a line that is too long or no setting at all. */
int conf_load(struct settings *s, const char *path, struct err *e);

/* The [grid] section of a file: settings of [model] and [train] with lists of
 * values, whose product is to be trained. */
#define CONF_AXES   8
#define CONF_VALUES 32

struct conf_grid {
    size_t axes;
    struct conf_axis {
        char key[64]; /* "model.hidden" */
        size_t count;
        char values[CONF_VALUES][64];
    } axis[CONF_AXES];
};

/* conf_load for files that may have a [grid] section; conf_load refuses it. */
int conf_load_grid(struct settings *s, struct conf_grid *g, const char *path,
                   struct err *e);

/* How many settings the grid stands for: 1 without axes. */
size_t conf_grid_size(const struct conf_grid *g);

/* Puts member `index` of the product into *s and names it by its values, as in
 * "hidden-64_rate-0.002". ERR_USAGE. */
int conf_grid_apply(const struct conf_grid *g, size_t index, struct settings *s,
                    char name[256], struct err *e);

/* One "section.key=value"; ERR_USAGE. */
int conf_set(struct settings *s, const char *assignment, struct err *e);

/* All settings as an INI file that conf_load reads back to the same values;
 * with help, each key is preceded by a comment: what it is, and its range. */
void conf_dump(const struct settings *s, struct buf *out, int help);

/* The name ("train.batch") of the first setting of [model] and [train] that
 * differs and changes what a training computes; NULL when there is none. Not
 * so, or not of what is done already: epochs, patience, threads,
 * save_seconds, max_minutes. */
const char *conf_difference(const struct settings *a, const struct settings *b,
                            char name[64]);

/* A whole text as a number in min..max; `name` begins the message. ERR_USAGE.
 */
int conf_integer(const char *name, const char *text, int64_t min, int64_t max,
                 int64_t *out, struct err *e);
int conf_number(const char *name, const char *text, double min, double max,
                double *out, struct err *e);

#endif
