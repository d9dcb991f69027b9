/* Any bytes as a model: refused, or it is the same after it is written and read
 * again, and it plays. SPDX-License-Identifier: MIT */
#include "nott/compose/sample.h"

#include "container.h"
#include "file.h"
#include "folder.h"
#include "toys.h"

#define STEPS 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t models; /* read */

static void check_again(const struct checkpoint *m) {
    struct checkpoint again;
    char path[32];
    fuzz_file(path, NULL, 0);
    if (checkpoint_save(m, NULL, path, NULL) ||
        checkpoint_load(&again, path, NULL, NULL) ||
        checkpoint_differs(m, &again) ||
        memcmp(m->model.weights, again.model.weights,
               m->model.size * sizeof *m->model.weights) != 0)
        abort();
    checkpoint_free(&again);
    unlink(path);
}

/* Small networks alone: of others there are none in inputs so small. */
static void play(const struct checkpoint *m) {
    const struct opening *o = &m->origin.openings[0];
    struct settings s;
    struct tune t = {0};
    struct err e = {0};
    conf_defaults(&settings_table, &s);
    if (tune_init(&t, STEPS, NULL))
        abort();
    t.frame.header = o->header;
    t.frame.steps_per_quarter = m->origin.steps_per_quarter;
    t.melody[0] = (uint8_t)o->melody;
    t.chord[0] = (uint8_t)o->chord;
    struct sampled one = {.tune = &t, .from = 1, .form = m->origin.forms};
    rng_seed(&one.rng, 1, 2);
    s.sampling.lanes = 2;
    if (sample_tunes(m, &one, 1, &s.sampling, &e) && e.code == ERR_MEM)
        abort();
    for (size_t k = 0; k < t.steps; k++)
        if (t.melody[k] >= m->origin.vocabulary.melody_count ||
            t.chord[k] >= m->origin.vocabulary.chord_count)
            abort();
    tune_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    struct checkpoint m;
    fuzz_file(path, data, size);
    int rc = checkpoint_load(&m, path, NULL, NULL);
    unlink(path);
    if (rc)
        return 0;
    models++;
    check_again(&m);
    play(&m);
    checkpoint_free(&m);
    return 0;
}

/* A network that is told forms and hears the melody ahead, and its critic. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char dir[32];
    struct dataset d;
    struct settings s;
    struct trainer t;
    (void)argc;
    (void)argv;
    folder_make(dir);
    toys_data(&d);
    toys_settings(&s, dir);
    if (train_open(&t, &s, &d, 1, 0, NULL) || train_run(&t, &toys_hooks, NULL))
        abort();
    t.best.critic.is_known = 1;
    t.best.critic.weight[1] = 0.5f;
    if (checkpoint_save(&t.best, NULL, file_in(dir, CHECKPOINT_BEST).text,
                        NULL))
        abort();
    container_begin(file_in(dir, CHECKPOINT_BEST).text);
    train_close(&t);
    dataset_free(&d);
    folder_remove(dir);
    LLVMFuzzerTestOneInput(container_first.data, container_first.len);
    if (!models)
        abort();
    return 0;
}
