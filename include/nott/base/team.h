/* Threads that do one piece of work together: all of them run the same
 * function, each does its part of every loop, and where one needs what the
 * others made, they wait for each other. What is cut into parts are rows and
 * columns of results, never sums, so that results do not depend on how many
 * threads there are (with our own kernels; a BLAS may add in another order when
 * it is asked for fewer columns).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TEAM_H
#define NOTT_TEAM_H

#include <stddef.h>

#define TEAM_MAX 256

struct team;

/* Member i of n; n may be less than the team wants. */
struct team_member {
    struct team *team; /* NULL = alone */
    size_t i, n;
};

extern const struct team_member team_alone;

/* A team of so many threads, held within 1 .. TEAM_MAX. NULL = no memory. */
struct team *team_new(int threads);
void team_free(struct team *t);

/* The threads wanted. */
size_t team_size(const struct team *t);

/* Calls work(arg, member) once in each thread, and returns when all have. */
void team_run(struct team *t,
              void (*work)(void *arg, const struct team_member *who),
              void *arg);

/* Returns when all members have called it: a central barrier (Mellor-Crummey &
 * Scott 1991, section 3.1). What one wrote before, all see afterwards. */
void team_wait(const struct team_member *who);

/* The same among the n / groups members i with the same i / (n / groups). */
void team_wait_group(const struct team_member *who, size_t groups);

/* Part i of n of `all` things that come in units of `unit`, as even as they
 * go: from .. to-1. */
struct team_part {
    size_t from, to;
};
struct team_part team_part(size_t all, size_t unit, size_t i, size_t n);

static inline size_t team_part_size(struct team_part p) {
    return p.to - p.from;
}

/* That of a member. */
static inline struct team_part team_mine(const struct team_member *who,
                                         size_t all, size_t unit) {
    return team_part(all, unit, who->i, who->n);
}

#endif
