/* Any song that can be read becomes a tune, or is refused with a reason.
 * SPDX-License-Identifier: MIT */
#include "nott/music/encode.h"
#include "nott/music/midi.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tune(const struct raw_tune *t, const struct chord_pool *p) {
    const struct tune_header *h = &t->header;
    if (t->reason[0])
        return;
    if (t->steps < 2 || t->steps > ENCODE_MAX_STEPS || h->bar < 1 ||
        h->phase < 0 || h->phase >= h->bar)
        abort();
    for (int k = 0; k < t->steps; k++)
        if (t->melody[k] < ENCODE_HOLD || t->melody[k] > 127 ||
            t->chord[k] < 0 || (t->chord[k] && (size_t)t->chord[k] >= p->count))
            abort();
}

static void encode(const struct song *s, enum encoding encoding,
                   enum encode_chords chords, int spq) {
    struct encode_options o = {.encoding = encoding,
                               .chords = chords,
                               .steps_per_quarter = spq,
                               .chords_will_do = chords == CHORDS_OPTIONAL};
    struct chord_pool pool = {0};
    struct raw_tune t;
    if (encode_song(&t, s, &o, &pool, NULL) == 0)
        check_tune(&t, &pool);
    raw_tune_free(&t);
    chord_pool_free(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct song s;
    struct buf text = {0};
    struct encode_options o = {.steps_per_quarter = 4};
    if (midi_parse(&s, data, size, "input", NULL) == 0) {
        encode(&s, ENCODING_ATTACK, CHORDS_OPTIONAL, 4);
        encode(&s, ENCODING_ATTACK, CHORDS_OPTIONAL, 12);
        encode(&s, ENCODING_ATTACK, CHORDS_REQUIRED, 4);
        encode(&s, ENCODING_CLASSIC, CHORDS_REQUIRED, 4);
        encode_tracks(&s, &o, &text, NULL);
    }
    buf_free(&text);
    song_free(&s);
    return 0;
}
