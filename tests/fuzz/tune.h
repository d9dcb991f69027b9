/* Any bytes as tunes in steps, by way of whatever reads them.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FUZZ_TUNE_H
#define NOTT_FUZZ_TUNE_H

#include <stdlib.h>
#include <string.h>

#include "nott/data/dataset.h"
#include "nott/music/midi.h"
#include "nott/score/abc.h"
#include "nott/score/perform.h"

#define TUNE_MOST  4    /* of a book */
#define TUNE_STEPS 1000 /* in longer ones nothing else is to be found */

/* So many pitches from `low` on, and the chords that tunes have most. */
static inline void tune_classes(struct vocabulary *v, int low, int pitches) {
    static const char *const names[] = {"N.C.", "C",  "D",  "Em", "F",  "G",
                                        "Am",   "A7", "D7", "Bb", "E7", "Bm"};
    *v = (struct vocabulary){
        .encoding = ENCODING_ATTACK, .low = low, .melody_count = 2 + pitches};
    v->chord_count = sizeof names / sizeof *names;
    for (int k = 0; k < v->chord_count; k++) {
        struct chord_class *c = &v->chords[k];
        strcpy(c->name, names[k]);
        if (chord_parse(names[k], &c->set, &c->root, NULL))
            abort();
        if (c->set)
            c->voicing = chord_close(c->set, c->root);
    }
}

/* Number `i` of the tunes in these bytes as a song; 0, or -1 = there is none.
 * *count is how many there are. */
static inline int tune_song(struct song *s, const uint8_t *data, size_t size,
                            size_t i, size_t *count) {
    struct abc_book book;
    struct score score;
    struct buf told = {0};
    int rc = -1;
    *count = 1;
    if (!abc_is_text(data, size))
        return i ? -1 : midi_parse(s, data, size, "input", NULL);
    if (abc_open(&book, data, size, NULL))
        return -1;
    *count = book.count;
    if (i < book.count && abc_read(&score, &book, i, &told, NULL) == 0) {
        rc = perform_score(s, &score, NULL);
        score_free(&score);
    }
    abc_close(&book);
    buf_free(&told);
    return rc;
}

/* The tunes as a dataset in these classes, or -1 where there are none. */
static inline int tune_read_all(struct dataset *d, const struct vocabulary *v,
                                const uint8_t *data, size_t size) {
    struct tune list[TUNE_MOST];
    struct song s;
    size_t n = 0, steps = 0, count = 1;
    for (size_t i = 0; i < count && n < TUNE_MOST; i++) {
        if (tune_song(&s, data, size, i, &count))
            continue;
        if (tune_from_song(&list[n], v, 4, 0, &s, "input", NULL) == 0) {
            if (list[n].steps > TUNE_STEPS)
                tune_free(&list[n]);
            else
                steps += list[n++].steps;
        }
        song_free(&s);
    }
    if (n && dataset_init(d, n, steps, NULL))
        abort();
    for (size_t i = 0, at = 0; i < n; i++) {
        d->vocabulary = *v;
        d->steps_per_quarter = 4;
        d->offset[i] = (int64_t)at;
        memcpy(d->melody + at, list[i].melody, list[i].steps);
        memcpy(d->chord + at, list[i].chord, list[i].steps);
        dataset_set_header(d, i, &list[i].frame.header);
        d->has_chords[i] = list[i].has_chords != 0;
        d->names[i] = strdup("tune");
        at += list[i].steps;
        d->offset[i + 1] = (int64_t)at;
        tune_free(&list[i]);
    }
    return n ? 0 : -1;
}

#endif
