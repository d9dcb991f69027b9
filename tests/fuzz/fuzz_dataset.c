/* Any bytes as a sequence file: what is taken can be written out as text.
 * SPDX-License-Identifier: MIT */
#include "nott/data/seqtext.h"

#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    struct dataset d;
    struct song song;
    struct buf b = {0};
    fuzz_file(path, data, size);
    int rc = dataset_load(&d, path, NULL);
    unlink(path);
    for (size_t s = 0; rc == 0 && s < d.tunes; s++) {
        seqtext_tune(&d, s, &b);
        if (seqtext_song(&d, s, &song, NULL) == 0)
            song_free(&song);
    }
    buf_free(&b);
    dataset_free(&d);
    return 0;
}
