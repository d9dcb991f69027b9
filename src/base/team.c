/* Threads that work together: see team.h. SPDX-License-Identifier: MIT */
#include "nott/base/team.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* A member looks so often whether the others are there before it leaves its
 * processor to somebody else: for some 50 microseconds, far longer than members
 * wait for each other that have processors of their own. To leave one that
 * another program wants is to lose it for a hundred steps. But where there are
 * more threads than processors, who looks keeps those from running that are
 * waited for. */
#define PATIENCE         2000
#define PATIENCE_CROWDED 16

/* Where members meet; in cache lines of its own. */
struct meeting {
    _Alignas(64) atomic_size_t here;
    _Alignas(64) atomic_size_t round;
};

struct team {
    size_t size;
    int patience;
    struct meeting everybody, group[TEAM_MAX];
};

const struct team_member team_alone = {NULL, 0, 1};

struct team *team_new(int threads) {
    struct team *t = aligned_alloc(64, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->size = threads < 1 ? 1 : threads > TEAM_MAX ? TEAM_MAX : (size_t)threads;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    t->patience = processors > 0 && t->size > (size_t)processors
                      ? PATIENCE_CROWDED
                      : PATIENCE;
    return t;
}

void team_free(struct team *t) {
    free(t);
}

size_t team_size(const struct team *t) {
    return t->size;
}

void team_run(struct team *t,
              void (*work)(void *arg, const struct team_member *who),
              void *arg) {
#ifdef _OPENMP
    if (t->size > 1) {
#pragma omp parallel num_threads((int)t->size)
        {
            struct team_member who = {t, (size_t)omp_get_thread_num(),
                                      (size_t)omp_get_num_threads()};
            work(arg, &who);
        }
        return;
    }
#endif
    struct team_member who = {t, 0, 1};
    work(arg, &who);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int is_over(struct meeting *m, size_t round) {
    return atomic_load_explicit(&m->round, memory_order_acquire) != round;
}

/* The last one to come begins the next round. */
static void meet(const struct team *t, struct meeting *m, size_t all) {
    size_t round = atomic_load_explicit(&m->round, memory_order_acquire);
    if (atomic_fetch_add_explicit(&m->here, 1, memory_order_acq_rel) + 1 <
        all) {
        for (int looks = 0; looks < t->patience; looks++) {
            if (is_over(m, round))
                return;
            pause_briefly();
        }
        while (!is_over(m, round))
            sched_yield();
        return;
    }
    atomic_store_explicit(&m->here, 0, memory_order_relaxed);
    atomic_store_explicit(&m->round, round + 1, memory_order_release);
}

void team_wait(const struct team_member *who) {
    if (who->n > 1)
        meet(who->team, &who->team->everybody, who->n);
}

void team_wait_group(const struct team_member *who, size_t groups) {
    size_t members = who->n / groups;
    assert(who->n % groups == 0);
    if (members > 1)
        meet(who->team, &who->team->group[who->i / members], members);
}

struct team_part team_part(size_t all, size_t unit, size_t i, size_t n) {
    size_t units = (all + unit - 1) / unit;
    size_t from = units * i / n * unit, to = units * (i + 1) / n * unit;
    return (struct team_part){from < all ? from : all, to < all ? to : all};
}
