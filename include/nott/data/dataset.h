/* A collection of tunes in steps: the .seq file.
 *
 * A safetensors container (tensors.h). Arrays, N steps in S tunes:
 *   melody, chord  U8 [N]     classes
 *   offset         I64 [S+1]  tune s has the steps offset[s] .. offset[s+1]-1
 *   split          U8 [S]     0 train, 1 valid, 2 test
 *   bar, phase     I16 [S]    steps in a bar; step of the first bar line
 *   meter          U8 [S,2]   time signature, e.g. 6 8
 *   key            I8 [S]     tonic 0..11 in major, +12 in minor, -1 unknown
 *   has_chords     U8 [S]     0 = a melody alone: its chords are unknown, which
 *                             is not "no chord", and stand there as class 0.
 *                             The array is there only if such a tune is
 * and the texts format ("nott-seq 1"), encoding, steps_per_quarter, low (MIDI
 * pitch of the first pitch class), source_sha256, and, as JSON, names [S],
 * melody_classes, chord_classes, chord_sets, chord_roots, chord_voicings.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_DATASET_H
#define NOTT_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/base/hash.h"
#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

enum split { SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST, SPLITS };

extern const char *const split_names[SPLITS]; /* "train", "valid", "test" */

struct dataset {
    struct vocabulary vocabulary;
    int steps_per_quarter;
    char source_sha256[65];
    size_t tunes, steps;
    uint8_t *melody, *chord; /* owned, as all below */
    int64_t *offset;
    uint8_t *split, *meter, *has_chords;
    int16_t *bar, *phase;
    int8_t *key;
    char **names;
    char *path; /* of the file it was loaded from, NULL = none */
};

/* Allocates for that many tunes and steps, all with chords; ERR_MEM. */
int dataset_init(struct dataset *d, size_t tunes, size_t steps, struct err *e);
void dataset_free(struct dataset *d); /* leaves it zeroed */

/* The signs of tune s, and its steps offset[s] .. offset[s+1]-1 as a tune, at
 * 120 quarters a minute and without programs; ERR_MEM, the caller frees. */
struct tune_header dataset_header(const struct dataset *d, size_t s);
void dataset_set_header(struct dataset *d, size_t s,
                        const struct tune_header *h);
struct tune_frame dataset_frame(const struct dataset *d, size_t s);
int dataset_tune(const struct dataset *d, size_t s, struct tune *t,
                 struct err *e);

/* The chords of tune s, NULL where they are unknown. */
const uint8_t *dataset_chords(const struct dataset *d, size_t s);

/* How many tunes a split has, or the whole with `split` = SPLITS; and how many
 * of them have no chords. */
size_t dataset_count(const struct dataset *d, int split);
size_t dataset_chordless(const struct dataset *d, int split);

/* The class by which the melody goes on after class `before`. */
int dataset_melody_goes_on(const struct dataset *d, int before);

/* Of all that a training sees of the tunes: their steps, signs and splits, but
 * not their names. */
void dataset_sha256(const struct dataset *d, char hex[HASH_HEX]);

/* The file as bytes into `out`, which is empty before; `name` is for messages.
 * ERR_MEM. */
int dataset_write(const struct dataset *d, const char *name, struct buf *out,
                  struct err *e);

/* Every class, offset and bar is checked, so that what follows may trust them.
 * Takes three times the file, and what tensors_load does for its header; time
 * grows as the file does. ERR_FORMAT, ERR_IO, ERR_MEM. */
int dataset_load(struct dataset *d, const char *path, struct err *e);

#endif
