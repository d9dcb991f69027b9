/* Any bytes as a MIDI file: read or refused, never worse; and what the guard
 * has cleaned is clean. SPDX-License-Identifier: MIT */
#include "music/guard.h"
#include "nott/music/midi.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const struct buf *once) {
    struct buf twice = {0};
    unsigned repairs = 0;
    if (guard_clean(&twice, once->data, once->len, "clean", &repairs, NULL) ||
        repairs || twice.len != once->len ||
        memcmp(twice.data, once->data, twice.len) != 0)
        abort();
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct song s;
    struct buf clean = {0};
    unsigned repairs = 0;
    int rc = guard_clean(&clean, data, size, "input", &repairs, NULL);
    if (rc == 0)
        check_clean(&clean);
    buf_free(&clean);
    if (midi_parse(&s, data, size, "input", NULL) != rc)
        abort();
    song_free(&s);
    return 0;
}
