/* The critic of a model: see teach.h. SPDX-License-Identifier: MIT */
#include "rnn-train/teach.h"

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/compose/audition.h"

#define MOST_COMPOSED 2 /* tunes for each real one */

/* The user of an audition. */
struct teaching {
    const struct audition *a;
    struct cli_progress line;
    double began;
};

static void heard(void *user, int round, size_t bars, double told) {
    struct teaching *x = user;
    cli_progress_clear(&x->line);
    cli_note("critic, round %d: %zu bars composed; it tells them from real "
             "ones by %.2f nats a bar",
             round + 1, bars, told);
}

static void played(void *user, int round, size_t tunes) {
    struct teaching *x = user;
    size_t done = (size_t)round * x->a->tunes + tunes;
    size_t all = (size_t)x->a->rounds * x->a->tunes;
    char left[32];
    double each = (cli_clock() - x->began) / (double)done;
    cli_progress_draw(&x->line,
                      "critic, round %d of %d: %zu of %zu tunes, %s left",
                      round + 1, x->a->rounds, tunes, x->a->tunes,
                      cli_duration(left, each * (double)(all - done)));
}

int teach_critic(const struct settings *s, const struct dataset *d, int threads,
                 struct err *e) {
    struct checkpoint m;
    struct sampling how = s->sampling;
    how.max_copy = 0; /* it learns what the model is like */
    how.best_of = 1;
    struct audition a = {.tunes = (size_t)s->train.critic_tunes,
                         .rounds = s->train.critic_rounds,
                         .seed = (uint64_t)s->train.seed,
                         .how = &how,
                         .threads = threads,
                         .heard = heard,
                         .played = played};
    struct teaching x = {.a = &a, .began = cli_clock()};
    struct file_path path = file_in(s->run.dir, CHECKPOINT_BEST);
    size_t tunes =
        dataset_count(d, SPLIT_TRAIN) - dataset_chordless(d, SPLIT_TRAIN);
    size_t most = MOST_COMPOSED * tunes; /* no more is learnt of more */
    a.tunes = a.tunes < most ? a.tunes : most;
    a.user = &x;
    if (checkpoint_load(&m, path.text, NULL, e))
        return -1;
    int rc = 0;
    if (m.context.on.form && a.rounds > 0 && a.tunes > 0 &&
        !m.critic.is_known) {
        cli_note("a critic is taught, %d times by %zu tunes that are composed; "
                 "train.critic_rounds=0 does without",
                 a.rounds, a.tunes);
        rc = audition_hold(&m, d, &a, e);
        cli_progress_clear(&x.line);
        if (rc == 0)
            rc = checkpoint_save(&m, NULL, path.text, e);
    }
    checkpoint_free(&m);
    return rc;
}
