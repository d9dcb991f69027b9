/* Any bytes as a sequence file: what is taken can be written out as text.
 * SPDX-License-Identifier: MIT */
#include "nott/data/seqtext.h"

#include "container.h"
#include "file.h"
#include "toys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t datasets; /* read */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    struct dataset d;
    struct song song;
    struct buf b = {0};
    fuzz_file(path, data, size);
    int rc = dataset_load(&d, path, NULL);
    unlink(path);
    datasets += rc == 0;
    for (size_t s = 0; rc == 0 && s < d.tunes; s++) {
        seqtext_tune(&d, s, &b);
        if (seqtext_song(&d, s, &song, NULL) == 0)
            song_free(&song);
    }
    buf_free(&b);
    dataset_free(&d);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char path[32];
    struct dataset d;
    struct buf b = {0};
    (void)argc;
    (void)argv;
    toys_data(&d);
    d.has_chords[1] = 0;
    memset(d.chord + d.offset[1], 0, (size_t)(d.offset[2] - d.offset[1]));
    if (dataset_write(&d, "toys", &b, NULL))
        abort();
    fuzz_file(path, b.data, b.len);
    container_begin(path);
    unlink(path);
    dataset_free(&d);
    buf_free(&b);
    LLVMFuzzerTestOneInput(container_first.data, container_first.len);
    if (!datasets)
        abort();
    return 0;
}
