/* Teams of threads: parts without holes, and nobody who goes on too early.
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "near.h"
#include "nott/base/team.h"

enum { MOST = 8 };

/* ---- parts ---- */

/* The parts follow each other, begin at units, and are as even as they go. */
static void check_parts(size_t all, size_t unit, size_t n) {
    size_t at = 0, units = (all + unit - 1) / unit, least = units, most = 0;
    for (size_t i = 0; i < n; i++) {
        struct team_part p = team_part(all, unit, i, n);
        assert_int_equal(p.from, at);
        assert_true(p.to >= p.from && (p.to % unit == 0 || p.to == all));
        size_t mine = (p.to - p.from + unit - 1) / unit;
        least = mine < least ? mine : least;
        most = mine > most ? mine : most;
        at = p.to;
    }
    assert_int_equal(at, all);
    assert_true(most - least <= 1);
}

static void test_part(void **state) {
    (void)state;
    static const size_t units[] = {1, 2, 3, 16, 64};
    for (size_t all = 0; all < 200; all++)
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            for (size_t n = 1; n <= 17; n++)
                check_parts(all, units[u], n);
    check_parts(1000003, 16, TEAM_MAX);
}

static void test_mine(void **state) {
    (void)state;
    struct team_part all = team_mine(&team_alone, 37, 16);
    assert_true(all.from == 0 && all.to == 37);
    struct team_part last = team_mine(&(struct team_member){NULL, 2, 3}, 37, 1);
    assert_true(last.from == 24 && last.to == 37);
}

/* ---- members ---- */

static void test_size(void **state) {
    (void)state;
    static const int wanted[][2] = {{-5, 1},
                                    {0, 1},
                                    {1, 1},
                                    {7, 7},
                                    {TEAM_MAX, TEAM_MAX},
                                    {TEAM_MAX + 1, TEAM_MAX},
                                    {1 << 30, TEAM_MAX}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct team *t = team_new(wanted[i][0]);
        assert_non_null(t);
        assert_int_equal(team_size(t), wanted[i][1]);
        team_free(t);
    }
}

struct calls {
    struct team *team;
    atomic_int of[TEAM_MAX], all, wrong;
    size_t n; /* members there were, says the first */
};

static void call(void *arg, const struct team_member *who) {
    struct calls *c = arg;
    if (who->i < TEAM_MAX)
        c->of[who->i]++;
    c->all++;
    c->wrong +=
        who->i >= who->n || who->n > team_size(c->team) || who->team != c->team;
    if (who->i == 0)
        c->n = who->n;
}

/* Each member is called once, and all have done before team_run returns. */
static void test_run(void **state) {
    (void)state;
    static struct calls c;
    for (int threads = 1; threads <= MOST; threads++)
        for (int again = 0; again < 20; again++) {
            memset(&c, 0, sizeof c);
            c.team = team_new(threads);
            assert_non_null(c.team);
            team_run(c.team, call, &c);
            assert_int_equal(c.wrong, 0);
            assert_int_equal(c.all, c.n);
            for (size_t i = 0; i < c.n; i++)
                assert_int_equal(c.of[i], 1);
#ifdef _OPENMP
            assert_int_equal(c.n, threads);
#else
            assert_int_equal(c.n, 1);
#endif
            team_free(c.team);
        }
}

/* Waiting alone is not waiting. */
static void test_alone(void **state) {
    (void)state;
    assert_true(team_alone.i == 0 && team_alone.n == 1);
    for (int i = 0; i < 100; i++) {
        team_wait(&team_alone);
        team_wait_group(&team_alone, 1);
    }
}

/* ---- meetings ---- */

/* In every round each member makes a number of all those that the members of
 * its group made in the round before, and leaves it for the next. They lie in
 * two rows by turns, so that one wait a round is enough, and one too few shows
 * in all numbers after it. Each counts the rounds too, and looks how many have
 * been counted. */
struct chain {
    size_t groups; /* 0 = team_wait, else team_wait_group among so many */
    size_t rounds; /* group g makes g * uneven rounds more */
    size_t uneven;
    uint32_t number[2][MOST];
    atomic_size_t count[MOST], wrong; /* count: of a group */
    size_t members;
};

static uint32_t next_number(const uint32_t *before, size_t from, size_t to,
                            size_t i) {
    uint32_t x = (uint32_t)i + 1;
    for (size_t k = from; k < to; k++)
        x = (x ^ before[k]) * 0x7feb352du + 1;
    return x ^ x >> 15;
}

static size_t rounds_of(const struct chain *c, size_t group) {
    return c->rounds + group * c->uneven;
}

static void wait_for_others(const struct chain *c,
                            const struct team_member *who) {
    if (c->groups)
        team_wait_group(who, c->groups);
    else
        team_wait(who);
}

static void go_along(void *arg, const struct team_member *who) {
    struct chain *c = arg;
    size_t members = c->groups ? who->n / c->groups : who->n;
    size_t group = who->i / members, first = group * members;
    for (size_t r = 0; r < rounds_of(c, group); r++) {
        c->number[(r + 1) % 2][who->i] =
            next_number(c->number[r % 2], first, first + members, who->i);
        c->count[group]++;
        wait_for_others(c, who);
        size_t seen = c->count[group]; /* some may be a round ahead */
        c->wrong += seen < (r + 1) * members || seen >= (r + 2) * members;
    }
    if (who->i == 0)
        c->members = who->n;
}

/* The same by one alone. */
static void check_chain(const struct chain *c) {
    size_t members = c->groups ? c->members / c->groups : c->members;
    for (size_t first = 0; first < c->members; first += members) {
        uint32_t number[2][MOST] = {{0}};
        size_t rounds = rounds_of(c, first / members);
        for (size_t r = 0; r < rounds; r++)
            for (size_t i = first; i < first + members; i++)
                number[(r + 1) % 2][i] =
                    next_number(number[r % 2], first, first + members, i);
        for (size_t i = first; i < first + members; i++)
            assert_int_equal(c->number[rounds % 2][i], number[rounds % 2][i]);
        assert_int_equal(c->count[first / members], rounds * members);
    }
    assert_int_equal(c->wrong, 0);
}

/* Where there are more threads than processors a round takes long, and a wait
 * that is missing shows soon. */
static size_t how_many_rounds(int threads) {
    return threads <= sysconf(_SC_NPROCESSORS_ONLN) ? 10000 : 80;
}

static void meet_often(int threads, size_t groups, size_t uneven) {
    struct team *t = team_new(threads);
    struct chain c = {
        .groups = groups, .rounds = how_many_rounds(threads), .uneven = uneven};
    assert_non_null(t);
    team_run(t, go_along, &c);
    check_chain(&c);
    c = (struct chain){.groups = groups, .rounds = 7, .uneven = uneven};
    team_run(t, go_along, &c); /* a team may meet again */
    check_chain(&c);
    free(t);
}

static void test_wait(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST; threads++)
        meet_often(threads, 0, 0);
}

static int threads_work(void) {
#ifdef _OPENMP
    return 1;
#else
    return 0;
#endif
}

/* No group waits for another: they may go different numbers of rounds. */
static void test_wait_group(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= MOST && threads_work(); threads++)
        for (size_t groups = 1; groups <= threads; groups++)
            if (threads % groups == 0)
                meet_often((int)threads, groups, 3);
}

/* Groups meet, then all, and again. */
enum { ROUNDS = 60 };

struct mixed {
    size_t groups;
    atomic_size_t everybody, group[MOST], wrong;
};

static void mix(void *arg, const struct team_member *who) {
    struct mixed *m = arg;
    size_t members = who->n / m->groups, mine = who->i / members;
    for (size_t r = 1; r <= ROUNDS; r++) {
        m->group[mine]++;
        team_wait_group(who, m->groups);
        m->wrong += m->group[mine] != r * members;
        m->everybody++;
        team_wait(who);
        m->wrong += m->everybody < r * who->n;
        m->wrong += m->group[mine] < r * members;
        team_wait(who);
    }
}

static void test_mixed(void **state) {
    (void)state;
    for (size_t groups = 1; groups <= 4 && threads_work(); groups *= 2) {
        struct team *t = team_new(4);
        struct mixed m = {.groups = groups};
        assert_non_null(t);
        team_run(t, mix, &m);
        assert_int_equal(m.wrong, 0);
        assert_int_equal(m.everybody, 4 * ROUNDS);
        team_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part),       cmocka_unit_test(test_mine),
        cmocka_unit_test(test_size),       cmocka_unit_test(test_run),
        cmocka_unit_test(test_alone),      cmocka_unit_test(test_wait),
        cmocka_unit_test(test_wait_group), cmocka_unit_test(test_mixed),
    };
    alarm(120); /* who waits for ever has failed */
    return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
