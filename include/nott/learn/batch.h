/* Tunes side by side: from a dataset to windows for the network.
 *
 * B slots each play one tune after the other; a slot that has finished takes
 * the next tune of the epoch's order at once, in mid-window if need be, so
 * that no step is dropped and little is padded. A tune of n steps fills n - 1
 * places: step t is given, step t + 1 is the target; its first step is never
 * a target. Where the network learns when a tune ends, the last step fills a
 * place too, whose only target is the end. A tune whose chords are unknown has
 * targets for the melody alone: no chords, and no end, which is one of them.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_BATCH_H
#define NOTT_BATCH_H

#include "nott/base/err.h"
#include "nott/data/dataset.h"
#include "nott/data/transpose.h"
#include "nott/nn/model.h"
#include "nott/player/context.h"

struct slot {
    int tune; /* number in the dataset, -1 = idle */
    size_t at, steps;
    struct tune_header header; /* transposed, too */
    int length_known, has_chords;
    uint8_t *melody, *chord; /* the tune, transposed; owned by the batch */
    uint8_t *input[OUTPUTS]; /* what the network gets of it; owned too */
    struct context_state state;
    int form_known, melody_known;
    struct form form; /* of the tune, transposed; not looked at where the
                       * context has no forms */
};

struct batch {
    const struct dataset *data;
    const struct context *context;
    size_t T, slots, active;
    struct slot *slot;  /* owned, as all below */
    int *order;         /* the tunes of the split */
    int *shift;         /* semitones by which each of them is moved */
    uint8_t *known;     /* 1 = the network is told its length */
    uint8_t *hidden;    /* 1 = but not its chords */
    uint8_t *shown;     /* 1 = and its form */
    uint8_t *ahead;     /* 1 = and its melody, for which it is to find chords */
    uint64_t key;       /* of what is noisy in this epoch */
    double input_noise; /* share of the steps */
    size_t tunes, next;
    size_t scored_steps; /* of a whole epoch */
    uint16_t *indices;
    int16_t *target[OUTPUTS], *before[OUTPUTS]; /* before: class of step t */
    int16_t *copy[OUTPUTS];
    uint8_t *reset, *keys; /* keys: 0 = unknown, else 1 + key */
    uint8_t *anchor[OUTPUTS];
    struct window window; /* over the arrays above */
    struct transpose transpose;
};

/* `data` and `context` are borrowed until batch_free. ERR_MEM; ERR_FORMAT when
 * the split has no tune. */
int batch_init(struct batch *b, const struct dataset *data,
               const struct context *context, enum split split, size_t slots,
               size_t T, struct err *e);
void batch_free(struct batch *b);

/* What the network is told of a tune beforehand, besides its signs. */
enum told { TOLD_NOTHING, TOLD_LENGTH = 1, TOLD_FORM = 2, TOLD_MELODY = 4 };

/* Starts an epoch in the order of the dataset, untransposed, in which the
 * network is told that much (enum told). */
void batch_begin(struct batch *b, int told);

/* What is done to the tunes in training; 0 = nothing. */
struct batch_changes {
    int transpose;      /* semitones at most, up or down */
    double input_noise; /* share of the steps */
    double hide_chords; /* share of the tunes */
    double hide_form;   /* likewise */
    double show_melody; /* of those with chords */
};

/* Starts training epoch number `epoch`: an order drawn from (seed, epoch), and
 * each tune moved by up to `transpose` semitones, among the shifts that keep
 * its melody and chords within the classes. Half of the lengths are told. The
 * share `input_noise` of the melody's steps, and of the chords between two
 * changes twice that, is not what the tune has there but what it has at a step
 * drawn at random: so the network learns to find back when it has gone astray
 * while composing (Bengio et al. 2015, section 2.4, with noise for its own
 * choices). The targets are the tune's own. In the share `hide_chords` of the
 * tunes, drawn anew as well, chords are taken for unknown, and in the share
 * `hide_form` the form; in the share `show_melody` the melody is known
 * beforehand. */
void batch_begin_shuffled(struct batch *b, uint64_t seed, uint64_t epoch,
                          const struct batch_changes *how);

/* Fills b->window with the next T steps of every slot and returns how many
 * of them are scored, by the melody; 0 = the epoch is over. Windows of nothing
 * but ends of tunes are passed over. */
size_t batch_next(struct batch *b);

#endif
