/* Any bytes as the state of a training: refused, or the training goes on from
 * there. SPDX-License-Identifier: MIT */
#include "learn/resume.h"

#include "container.h"
#include "folder.h"
#include "nott/base/file.h"
#include "nott/learn/train.h"
#include "toys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct dataset tunes;
static struct settings settings;
static size_t resumed;

static void leave(void) {
    folder_remove(settings.run.dir);
    dataset_free(&tunes);
}

/* Without the care of file_write, which waits for the disk. */
static void write_state(const uint8_t *data, size_t size) {
    FILE *f = fopen(file_in(settings.run.dir, CHECKPOINT_LAST).text, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
}

/* The run that inputs are states of, and its best model. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    char dir[32];
    struct trainer t;
    folder_make(dir);
    toys_data(&tunes);
    toys_settings(&settings, dir);
    atexit(leave);
    if (train_open(&t, &settings, &tunes, 1, 0, NULL) ||
        train_run(&t, &toys_hooks, NULL))
        abort();
    train_close(&t);
    container_begin(file_in(settings.run.dir, CHECKPOINT_LAST).text);
    LLVMFuzzerTestOneInput(container_first.data, container_first.len);
    if (!resumed)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trainer t;
    write_state(data, size);
    if (train_open(&t, &settings, &tunes, 1, 1, NULL))
        return 0;
    if (!t.resumed || t.epoch > settings.train.epochs ||
        t.update > t.train.scored_steps)
        abort();
    resumed++;
    train_close(&t);
    return 0;
}
