/* Sets side by side: see compare.h. SPDX-License-Identifier: MIT */
#include "nott/judge/compare.h"

#include <stdlib.h>

#include "resample.h"

#define SEED 1

/* The measures of all the sets that are drawn, [MEASURES, RESAMPLE_DRAWS]. */
static void draw_sets(const struct compared *c, size_t *pick, double *room,
                      double *draws) {
    struct rng rng;
    rng_seed(&rng, SEED, 0);
    for (int d = 0; d < RESAMPLE_DRAWS; d++) {
        resample_draw(&rng, pick, c->tunes);
        for (int m = 0; m < MEASURES; m++)
            draws[m * RESAMPLE_DRAWS + d] =
                measure_summary(c->of, pick, c->tunes, m, room);
    }
}

int compare_set(const struct surface_set *s, struct compared *out,
                struct err *e) {
    size_t *pick = calloc(s->count + 1, sizeof *pick);
    double *room = calloc(s->count + 1, sizeof *room);
    double *draws = calloc((size_t)MEASURES * RESAMPLE_DRAWS, sizeof *draws);
    *out = (struct compared){.tunes = s->count};
    int rc = pick && room && draws
                 ? measure_tunes(s, &out->of, e)
                 : err_set(e, ERR_MEM, "comparing: out of memory");
    if (rc == 0)
        draw_sets(out, pick, room, draws);
    for (int m = 0; m < MEASURES && rc == 0; m++) {
        struct resample_interval in =
            resample_interval(draws + m * RESAMPLE_DRAWS, RESAMPLE_DRAWS);
        out->value[m] = measure_summary(out->of, NULL, s->count, m, room);
        out->low[m] = in.low;
        out->high[m] = in.high;
    }
    free(pick);
    free(room);
    free(draws);
    return rc;
}

void compare_free(struct compared *c) {
    free(c->of);
    *c = (struct compared){.tunes = 0};
}
