/* sample-bench: how fast a network of random weights composes, one tune alone
 * and 32 side by side.
 *
 *   sample-bench [HIDDEN [STEPS]]
 *
 * Exits with 1 if the tunes composed together are not those composed alone.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nott/compose/sample.h"
#include "nott/learn/train.h"

#define TUNES  32
#define REPEAT 5

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A dataset of one short tune, for its classes. */
static void make_model(struct checkpoint *m, size_t hidden) {
    struct err e = {0};
    struct dataset d;
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = HEADS_FACTORED,
                             .layers = 2,
                             .hidden = hidden,
                             .project = 128};
    if (dataset_init(&d, 1, 4, &e))
        exit(1);
    d.vocabulary = (struct vocabulary){.encoding = ENCODING_ATTACK,
                                       .melody_count = 36,
                                       .low = 55,
                                       .chord_count = 37};
    d.steps_per_quarter = 4;
    d.offset[1] = 4;
    d.bar[0] = 16;
    d.meter[0] = d.meter[1] = 4;
    struct features on = {.position = 1, .meter = 1};
    struct origin from;
    if (train_origin(&from, &d, &e) || checkpoint_init(m, &from, &c, &on, &e))
        exit(1);
    model_randomize(&m->model, 1, 0, 1);
    dataset_free(&d);
}

/* Composes n tunes from the seeds 0 .. n-1; returns the seconds it took. */
static double compose(const struct checkpoint *m, struct tune *tunes, size_t n,
                      size_t steps) {
    const struct sampling how = {.temperature = 1, .copy_temperature = 1};
    struct sampled list[TUNES];
    for (size_t i = 0; i < n; i++) {
        tune_free(&tunes[i]);
        if (tune_init(&tunes[i], steps, NULL))
            exit(1);
        tunes[i].frame =
            (struct tune_frame){.steps_per_quarter = 4,
                                .header = {.bar = 16, .beats = 4, .unit = 4}};
        list[i] = (struct sampled){.tune = &tunes[i], .from = 1};
        rng_seed(&list[i].rng, i, 0);
    }
    double began = cpu_now();
    if (sample_tunes(m, list, n, &how, NULL))
        exit(1);
    return cpu_now() - began;
}

int main(int argc, char **argv) {
    struct checkpoint m;
    static struct tune alone[1], together[TUNES];
    size_t hidden = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    size_t steps = argc > 2 ? strtoul(argv[2], NULL, 10) : 2048;
    double one = 1e9, many = 1e9;
    int kernel = mat_use(MAT_KERNEL, NULL) == 0;
    if (!kernel)
        mat_use(MAT_AUTO, NULL);
    make_model(&m, hidden);
    for (int i = 0; i < REPEAT; i++) {
        double a = compose(&m, alone, 1, steps);
        double b = compose(&m, together, TUNES, steps);
        one = a < one ? a : one;
        many = b < many ? b : many;
    }
    double rate = (double)steps / one, all = TUNES * (double)steps / many;
    printf("composing, H %zu, one core, %s\n", hidden, mat_name());
    printf("alone    %8.0f steps/s  (%zu steps in %.1f ms)\n", rate, steps,
           1e3 * one);
    printf("%d tunes %8.0f steps/s  (%.1f times)\n", TUNES, all, all / rate);
    int same = memcmp(alone[0].melody, together[0].melody, steps) == 0 &&
               memcmp(alone[0].chord, together[0].chord, steps) == 0;
    printf("%s\n", same ? "the same tune alone and together"
                        : "another tune alone than together");
    checkpoint_free(&m);
    for (size_t i = 0; i < TUNES; i++)
        tune_free(&together[i]);
    tune_free(&alone[0]);
    return same || !kernel ? 0 : 1;
}
