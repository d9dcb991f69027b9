/* Any bytes as a MIDI file: read or refused, never worse; what the guard has
 * cleaned is clean; and what is written of a song is read as its notes again.
 * SPDX-License-Identifier: MIT */
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

/* (Equal notes that overlap may swap their ends.) */
static void check_notes(const struct part *a, const struct part *b) {
    if (a->count != b->count || strcmp(a->name, b->name) != 0)
        abort();
    for (size_t i = 0; i < a->count; i++) {
        const struct note *x = &a->notes[i], *y = &b->notes[i];
        if (x->onset != y->onset || x->pitch != y->pitch ||
            x->velocity != y->velocity || x->channel != y->channel)
            abort();
    }
}

static void check_again(const struct song *s) {
    struct buf out = {0};
    struct song again;
    if (midi_write(s, "song", &out, NULL) == 0) {
        if (midi_parse(&again, out.data, out.len, "song", NULL) ||
            again.repaired || again.ppq != s->ppq ||
            again.part_count != s->part_count)
            abort();
        for (size_t i = 0; i < s->part_count; i++)
            check_notes(&s->parts[i], &again.parts[i]);
        song_free(&again);
    }
    buf_free(&out);
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
    if (rc == 0)
        check_again(&s);
    song_free(&s);
    return 0;
}
