/* Playing step by step: see player.h. SPDX-License-Identifier: MIT */
#include "nott/player/player.h"

#include <stdlib.h>

int player_init(struct player *p, const struct checkpoint *m, size_t tunes,
                struct err *e) {
    *p = (struct player){.m = m, .tunes = tunes};
    p->state = calloc(tunes, sizeof *p->state);
    p->indices = calloc(tunes * m->context.active, sizeof *p->indices);
    p->key = calloc(tunes, sizeof *p->key);
    int bad = !p->state || !p->indices || !p->key;
    for (int k = 0; k < OUTPUTS; k++) {
        p->copy[k] = calloc(tunes * m->context.copies + 1, sizeof *p->copy[k]);
        p->anchor[k] = calloc(tunes, 1);
        bad |= !p->copy[k] || !p->anchor[k];
    }
    if (!bad &&
        workspace_init(&p->workspace, &m->model, 1, tunes, 0, 1, e) == 0)
        return 0;
    player_free(p);
    return err_set(e, ERR_MEM, "composing: out of memory");
}

void player_free(struct player *p) {
    workspace_free(&p->workspace);
    free(p->state);
    free(p->indices);
    free(p->key);
    for (int k = 0; k < OUTPUTS; k++) {
        free(p->copy[k]);
        free(p->anchor[k]);
    }
    *p = (struct player){0};
}

void player_hear(struct player *p, size_t i, const struct tune_view *tune,
                 size_t t) {
    const struct context *c = &p->m->context;
    const uint8_t *voice[OUTPUTS] = {
        [OUT_MELODY] = tune->melody, [OUT_CHORD] = tune->chord};
    context_input(c, &p->state[i], tune, t, p->indices + i * c->active);
    for (int k = 0; k < OUTPUTS; k++) {
        context_copies(c, &p->state[i], tune, voice[k], t,
                       p->copy[k] + i * c->copies);
        p->anchor[k][i] =
            (uint8_t)context_anchor(c, &p->state[i], tune, k == OUT_MELODY, t);
    }
    p->key[i] = (uint8_t)context_key(tune->header.key);
}

void player_step(struct player *p) {
    model_step(&p->m->model, &p->workspace, p->indices);
}

void player_copy(struct player *p, size_t to, size_t from) {
    workspace_copy_state(&p->workspace, &p->m->model, to, from);
    p->state[to] = p->state[from];
}

int player_sounding(const struct player *p, size_t i) {
    return p->state[i].sounding;
}

void player_log_p(struct player *p, size_t first, size_t count,
                  enum model_output voice, const int16_t *chord,
                  const struct softmax_params *params, real *log_p) {
    const struct heads_given given = {
        chord, p->copy[voice] + first * p->m->context.copies, p->key + first,
        p->anchor[voice] + first};
    heads_log_p(&p->m->model, &p->workspace, first, count, voice, &given,
                params, log_p);
}
