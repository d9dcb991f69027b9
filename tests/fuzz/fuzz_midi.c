/* Any bytes as a MIDI file: read or refused, never worse.
 * SPDX-License-Identifier: MIT */
#include "nott/music/midi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct song s;
    if (midi_parse(&s, data, size, "input", NULL) == 0)
        song_free(&s);
    return 0;
}
