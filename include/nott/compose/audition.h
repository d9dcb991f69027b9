/* Teaching a critic: the model composes, and what it plays is heard beside the
 * training tunes. SPDX-License-Identifier: MIT */
#ifndef NOTT_AUDITION_H
#define NOTT_AUDITION_H

#include "nott/compose/sample.h"
#include "nott/data/dataset.h"

struct audition {
    size_t tunes; /* composed in each round */
    int rounds;   /* the first without a critic, each with that of before */
    uint64_t seed;
    const struct sampling *how;
    int threads; /* that compose; the critic is the same with any number */
    /* called after each tune of one thread, with how many of a round are
     * composed; or NULL */
    void (*played)(void *user, int round, size_t tunes);
    /* called after each round; NULL = nobody */
    void (*heard)(void *user, int round, size_t bars, double told);
    void *user;
};

/* Fills m->critic. The model must know of forms. `told` is by how many nats a
 * bar the critic tells the two sorts of that round apart. ERR_MEM, ERR_NUM. */
int audition_hold(struct checkpoint *m, const struct dataset *d,
                  const struct audition *a, struct err *e);

#endif
