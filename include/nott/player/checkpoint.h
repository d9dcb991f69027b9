/* Models on disk: best.safetensors and last.safetensors.
 *
 * best holds all that composing and judging need: the weights under their
 * tensor names, the vocabulary, the network's settings, the openings of the
 * training tunes to start new tunes from, their forms where the network is told
 * forms (forms.h), and the critic if there is one. last adds the state of the
 * training (resume.h). Both are safetensors files; the texts are `format`
 * ("nott-model 3"), the rows of model_settings and context_settings by their
 * keys, steps_per_quarter, data_sha256, epoch, valid_nats, and the vocabulary's
 * (dataset.h). A row that the file lacks, because it is older than the row, has
 * the value that switches it off. SPDX-License-Identifier: MIT */
#ifndef NOTT_CHECKPOINT_H
#define NOTT_CHECKPOINT_H

#include "nott/base/err.h"
#include "nott/base/tensors.h"
#include "nott/music/tune.h"
#include "nott/nn/model.h"
#include "nott/player/context.h"
#include "nott/player/critic.h"
#include "nott/player/evidence.h"
#include "nott/player/shingles.h"

#ifdef REAL_IS_DOUBLE
#define TENSOR_REAL TENSOR_F64
#else
#define TENSOR_REAL TENSOR_F32
#endif

/* Its files in the folder of a run. */
#define CHECKPOINT_BEST "best.safetensors"
#define CHECKPOINT_LAST "last.safetensors"

/* How a training tune begins: the classes of its first step, and its signs. */
struct opening {
    int melody, chord;
    struct tune_header header;
};

/* Where a model comes from: what it was trained on. */
struct origin {
    struct vocabulary vocabulary;
    int steps_per_quarter;
    char data_sha256[65];
    struct opening *openings; /* owned, [opening_count], at least one */
    size_t opening_count;
    struct form *forms; /* owned, of the same tunes; NULL = unknown */
};

void checkpoint_free_origin(struct origin *o);

struct checkpoint {
    struct model model;
    struct context context;
    struct origin origin;
    struct critic critic;
    struct evidence evidence; /* none unless the network hears melodies ahead */
    struct shingles shingles; /* none in old models, or without forms */
    int epoch; /* of the best model so far, from 1; last.safetensors may hold
                * the weights of a later one */
    double valid_nats; /* of that model: nats per step on the validation */
};

/* Builds the context and the model (zeroed) for an origin, which is taken over,
 * also on failure. What the sizes of *c owe to data and features is filled in.
 * ERR_MEM, ERR_FORMAT. */
int checkpoint_init(struct checkpoint *t, struct origin *from,
                    const struct model_config *c, const struct features *f,
                    struct err *e);
void checkpoint_free(struct checkpoint *t);

/* 0 when the weights of one mean the same in the other: classes, features and
 * network are alike. */
int checkpoint_differs(const struct checkpoint *a, const struct checkpoint *b);

/* The same, and 0 only when they come from the same data in the same steps. */
int checkpoint_differs_in_data(const struct checkpoint *a,
                               const struct checkpoint *b);

/* Do tunes of this vocabulary and grid, those of the file `path`, mean to a
 * model what its own did? It is that of the run in `dir`. (One that takes
 * weights class by class asks for less: inherit.h.) ERR_FORMAT says what either
 * has, and what makes such tunes. */
int checkpoint_check_tunes(const struct origin *o, const char *dir,
                           const struct vocabulary *v, int steps_per_quarter,
                           const char *path, struct err *e);

/* Writes the model whole or not at all; `more` are arrays and texts to add to
 * it, NULL for none. ERR_IO, ERR_MEM. */
int checkpoint_save(const struct checkpoint *t, const struct tensors *more,
                    const char *path, struct err *e);

/* Reads a model and checks everything in it. A network is made only where the
 * file has room for its weights, so that memory and time grow as the file does
 * (tensors_load). With `file` not NULL the
 * container stays open there, for what was added; the caller frees it.
 * ERR_IO, ERR_FORMAT, ERR_MEM. */
int checkpoint_load(struct checkpoint *t, const char *path,
                    struct tensors *file, struct err *e);

/* The best model of the run in a folder. As checkpoint_load. */
int checkpoint_load_run(struct checkpoint *t, const char *dir, struct err *e);

#endif
