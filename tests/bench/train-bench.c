/* train-bench: how fast training runs, on random tunes, by the real trainer.
 *
 *   train-bench [--threads N] [--batch N] [--hidden H] [--layers L]
 *               [--window T] [--precision fp32|bf16] [--seconds S]
 *               [--backend auto|blas|plain|avx2|avx512|neon|kernel]
 *               [--config FILE --data FILE.seq]
 *
 * With --config and --data the tunes and the network are the real ones.
 * Prints `wall` and `cpu` steps/s (time steps of a tune, forward, backward and
 * update), GFLOP/s of dense products by 24 H^2 (2L - 1) + 6 H O, their share
 * of the best square product measured in the same run, the time of each part,
 * and peak memory. Exits with 1 if the losses differ from those of the BLAS.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/ini.h"
#include "nott/base/rng.h"
#include "nott/learn/train.h"

#define MELODY 34
#define CHORDS 32

struct bench {
    struct settings settings;
    struct dataset data;
    struct trainer trainer;
    const char *sequences;      /* NULL = random tunes */
    double seconds;             /* to measure */
    double wall0, cpu0, steps0; /* when warm */
    double wall, cpu, steps;    /* measured */
    int updates;
    double losses[4]; /* mean nats after each of the first updates */
    struct stopwatch watch[TEAM_MAX];
};

static double clock_seconds(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double wall_now(void) {
    return clock_seconds(CLOCK_MONOTONIC);
}

static double cpu_now(void) {
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void fail(const struct err *e) {
    fprintf(stderr, "train-bench: %s\n", e->text);
    exit(1);
}

/* Tunes of 400 random steps, enough to keep every slot busy. */
static void make_data(struct bench *b) {
    struct err e = {0};
    size_t tunes = (size_t)b->settings.train.batch * 64, steps = 400;
    struct rng r;
    rng_seed(&r, 1, 1);
    if (dataset_init(&b->data, tunes, tunes * steps, &e))
        fail(&e);
    struct vocabulary *v = &b->data.vocabulary;
    *v = (struct vocabulary){.encoding = ENCODING_ATTACK,
                             .melody_count = MELODY,
                             .low = 55,
                             .chord_count = CHORDS};
    for (int k = 0; k < CHORDS; k++)
        snprintf(v->chords[k].name, CHORD_NAME, "c%d", k);
    b->data.steps_per_quarter = 4;
    for (size_t s = 0; s < tunes; s++) {
        b->data.offset[s + 1] = (int64_t)((s + 1) * steps);
        b->data.bar[s] = 16;
        b->data.meter[2 * s] = b->data.meter[2 * s + 1] = 4;
        b->data.split[s] = s == 0 ? SPLIT_VALID : SPLIT_TRAIN;
        b->data.names[s] = strdup("random");
    }
    for (size_t i = 0; i < tunes * steps; i++) {
        b->data.melody[i] = (uint8_t)rng_below(&r, MELODY);
        b->data.chord[i] = (uint8_t)rng_below(&r, CHORDS);
    }
}

static enum train_order on_update(void *user, const struct train_progress *p) {
    struct bench *b = user;
    if (b->updates < 4)
        b->losses[b->updates] = p->nats[0] + p->nats[1];
    if (b->updates == 3) {
        b->wall0 = wall_now();
        b->cpu0 = cpu_now();
        b->steps0 = p->steps;
        for (size_t i = 0; i < team_size(b->trainer.workers.team); i++)
            memset(b->watch[i].spent, 0, sizeof b->watch[i].spent);
    }
    b->updates++;
    b->wall = wall_now() - b->wall0;
    b->cpu = cpu_now() - b->cpu0;
    b->steps = p->steps - b->steps0;
    return b->updates > 4 && b->wall >= b->seconds ? TRAIN_STOP : TRAIN_GO;
}

static void on_epoch(void *user, const struct train_epoch *line) {
    (void)user;
    (void)line;
}

static void run(struct bench *b, enum mat_backend backend, double seconds) {
    struct err e = {0};
    struct train_hooks hooks = {b, on_update, on_epoch};
    if (mat_use(backend, &e))
        fail(&e);
    b->seconds = seconds;
    b->updates = 0;
    if (train_open(&b->trainer, &b->settings, &b->data,
                   b->settings.train.threads, 0, &e))
        fail(&e);
    for (size_t i = 0; i < team_size(b->trainer.workers.team); i++)
        b->watch[i] = (struct stopwatch){.now = wall_now};
    b->trainer.workers.workspace.watch = b->watch;
    if (train_run(&b->trainer, &hooks, &e) == 0 || e.code != ERR_STOP)
        fail(&e);
}

/* GFLOP/s of the better of two on a square product, one core. */
static double peak_products(void) {
    size_t n = 768;
    double best = 0;
    real *m = calloc(3 * n * n, sizeof *m);
    static const enum mat_backend both[] = {MAT_BLAS, MAT_AUTO};
    for (int k = 0; m && k < 2; k++) {
        mat_use(both[k], NULL);
        for (int i = 0; i < 12; i++) {
            double began = cpu_now();
            mat_mul(mat_of(m, n, n), mat_view_of(m + n * n, n, n),
                    mat_panels_of(m + 2 * n * n, n, n), 0);
            double rate =
                2e-9 * (double)(n * n * n) / (cpu_now() - began + 1e-9);
            best = rate > best ? rate : best;
        }
    }
    free(m);
    return best;
}

static void print_parts(const struct bench *b) {
    static const char *const names[TIMING_PARTS] = {
        "inputs",     "recurrent products", "gates",  "heads", "back products",
        "back gates", "weight gradients",   "waiting"};
    double whole = 0, measured = 0, us = 1e6 / b->steps;
    size_t threads = team_size(b->trainer.workers.team);
    for (int k = 0; k < TIMING_PARTS; k++)
        for (size_t i = 0; i < threads; i++)
            measured += b->watch[i].spent[k];
    whole = b->wall * (double)threads;
    for (int k = 0; k < TIMING_PARTS; k++) {
        double part = 0;
        for (size_t i = 0; i < threads; i++)
            part += b->watch[i].spent[k];
        printf("  %-20s %7.2f us a step  %5.1f %%\n", names[k], part * us,
               100 * part / whole);
    }
    printf("  %-20s %7.2f us a step  %5.1f %%\n", "update, batch",
           (whole - measured) * us, 100 * (whole - measured) / whole);
}

static void option(struct bench *b, const char *name, const char *value) {
    static const char *const keys[][2] = {
        {"--threads", "train.threads"},    {"--batch", "train.batch"},
        {"--hidden", "model.hidden"},      {"--layers", "model.layers"},
        {"--window", "train.window"},      {"--backend", "train.backend"},
        {"--precision", "train.precision"}};
    struct err e = {0};
    char text[96] = "";
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(name, keys[i][0]) == 0)
            snprintf(text, sizeof text, "%s=%.60s", keys[i][1], value);
    if (strcmp(name, "--config") == 0) {
        conf_defaults(&settings_table, &b->settings);
        ini_load(&settings_table, &b->settings, value, &e);
        b->settings.train.threads = 1;
    } else if (strcmp(name, "--data") == 0)
        b->sequences = value;
    else if (strcmp(name, "--seconds") == 0)
        conf_number(name, value, 0.1, 1000, &b->seconds, &e);
    else if (!text[0])
        err_set(&e, ERR_USAGE, "%s: no such option", name);
    else
        conf_set(&settings_table, &b->settings, text, &e);
    if (e.code)
        fail(&e);
}

int main(int argc, char **argv) {
    static struct bench b;
    static const char *const base[] = {"model.heads=independent",
                                       "model.position=0",
                                       "model.meter=0",
                                       "model.bars=0",
                                       "model.key=0",
                                       "model.length=0",
                                       "model.sounding=0",
                                       "model.ages=0",
                                       "model.lags=",
                                       "model.match=0",
                                       "model.relative=0",
                                       "model.copy=0",
                                       "model.end=0",
                                       "train.dropout=0.5",
                                       "train.batch=64",
                                       "train.transpose=0",
                                       "train.input_dropout=0",
                                       "train.threads=1",
                                       "train.window=128"};
    char dir[] = "/tmp/train-bench.XXXXXX", set[64];
    struct err e = {0};
    conf_defaults(&settings_table, &b.settings);
    for (size_t i = 0; i < sizeof base / sizeof *base; i++)
        conf_set(&settings_table, &b.settings, base[i], NULL);
    b.seconds = 3;
    for (int i = 1; i + 1 < argc; i += 2)
        option(&b, argv[i], argv[i + 1]);
    if (argc % 2 == 0 || !mkdtemp(dir)) {
        fprintf(stderr, "train-bench: usage: --option value ...\n");
        return 2;
    }
    snprintf(set, sizeof set, "run.dir=%s", dir);
    conf_set(&settings_table, &b.settings, set, NULL);
    if (b.sequences && dataset_load(&b.data, b.sequences, &e))
        fail(&e);
    if (!b.sequences)
        make_data(&b);

    double seconds = b.seconds, want[4], worst = 0;
    int precision = b.settings.train.precision,
        bf16 = precision != PRECISION_FP32;
    b.settings.train.precision = PRECISION_FP32;
    run(&b, MAT_BLAS, 0);
    b.settings.train.precision = precision;
    memcpy(want, b.losses, sizeof want);
    train_close(&b.trainer);
    run(&b, (enum mat_backend)b.settings.train.backend, seconds);
    for (int i = 0; i < 4; i++)
        worst = fmax(worst, fabs(b.losses[i] / want[i] - 1));

    const struct settings *s = &b.settings;
    double H = s->model.hidden, L = s->model.layers;
    double flops = 24 * H * H * (2 * L - 1) + 6 * H * (MELODY + CHORDS);
    double wall = b.steps / b.wall, cpu = b.steps / b.cpu;
    const char *used = mat_name();
    print_parts(&b);
    train_close(&b.trainer);
    double peak = peak_products();
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("B %zu T %zu H %.0f L %.0f threads %d backend %s %s (%s)\n",
           s->train.batch, s->train.window, H, L, s->train.threads, used,
           bf16 ? "bf16" : "fp32", mat_blas_version());
    printf("wall %.0f steps/s\ncpu %.0f steps/s\n", wall, cpu);
    printf("%.1f GFLOP/s of products, %.1f %% of %d x %.1f (fp32)\n",
           wall * flops * 1e-9,
           100 * wall * flops * 1e-9 / (peak * s->train.threads),
           s->train.threads, peak);
    printf("peak memory %.1f MiB (with the random tunes)\n",
           (double)use.ru_maxrss / 1024);
    printf("losses differ from the BLAS's by %.1e\n", worst);
    snprintf(set, sizeof set, "rm -rf %s", dir);
    if (system(set))
        return 1;
    dataset_free(&b.data);
    return worst < (bf16 ? 1e-2 : 1e-3) ? 0 : 1;
}
