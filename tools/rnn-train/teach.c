/* The critic of a model: see teach.h. SPDX-License-Identifier: MIT */
#include "rnn-train/teach.h"

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/compose/audition.h"

#define MOST_COMPOSED 2 /* tunes for each real one */

static void heard(void *user, int round, size_t bars, double told) {
    (void)user;
    cli_note("critic, round %d: %zu bars composed; it tells them from real "
             "ones by %.2f nats a bar",
             round + 1, bars, told);
}

static int stopped(void *user) {
    (void)user;
    return cli_signal != 0;
}

int teach_critic(const struct settings *s, const struct dataset *d,
                 struct err *e) {
    struct checkpoint m;
    struct sampling how = s->sampling;
    how.max_copy = 0; /* it learns what the model is like */
    how.best_of = 1;
    struct audition a = {.tunes = (size_t)s->train.critic_tunes,
                         .rounds = s->train.critic_rounds,
                         .seed = (uint64_t)s->train.seed,
                         .how = &how,
                         .heard = heard,
                         .stop = stopped};
    struct file_path path = file_in(s->run.dir, CHECKPOINT_BEST);
    size_t tunes =
        dataset_count(d, SPLIT_TRAIN) - dataset_chordless(d, SPLIT_TRAIN);
    size_t most = MOST_COMPOSED * tunes; /* no more is learnt of more */
    a.tunes = a.tunes < most ? a.tunes : most;
    if (checkpoint_load(&m, path.text, NULL, e))
        return -1;
    int rc = 0;
    if (m.context.on.form && a.rounds > 0 && a.tunes > 0 &&
        !m.critic.is_known) {
        cli_note("a critic is taught, %d times by %zu tunes that are composed; "
                 "train.critic_rounds=0 does without",
                 a.rounds, a.tunes);
        rc = audition_hold(&m, d, &a, e);
        if (rc == 0)
            rc = checkpoint_save(&m, NULL, path.text, e);
    }
    checkpoint_free(&m);
    return rc;
}
