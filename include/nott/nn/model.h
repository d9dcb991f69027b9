/* The network: sparse input, recurrent layers, two softmaxes.
 *
 *   layer 0    a = b + Σ rows(x_t) of W + h_{t-1} U     (embedding.h)
 *   layer l    a = b + y_t W + h_{t-1} U, y = dropout(h of the layer below)
 *   each       h_t, c_t = cell(a, h_{t-1}, c_{t-1})     (cell.h)
 *   heads      chord logits = v + y V
 *              melody logits = v + y V                       (independent)
 *              melody logits = v + tanh(y P + p + E[chord]) V   (factored)
 *              with copies, V has columns for the gates         (softmax.h)
 *
 * layers.c and heads.c have the gradients beside these equations.
 *
 * With keys there are relative classes too: seen from the key, a class is one
 * of a few (a pitch is a degree of the scale, a chord a degree and a quality),
 * and seen from the chord, a melody class is one again; and so is a class seen
 * from its anchor, a class of the same output that is known at the step: then
 * it is a distance. They have weights as classes have; the logit of a class is
 * its own plus those of its relative classes, and E[chord] has a part of the
 * chord's relative class likewise. So what is learnt in one key holds in all.
 *
 * It knows nothing of music: it is handed row numbers and two classes, and
 * calls them by the names they have everywhere else.
 *
 * All weights lie in one slab, described by one list of tensors; saving,
 * clipping, optimizing and gradient checks walk that list or the slab.
 * A pass over a window of T steps of many slots is made by all threads of a
 * team together (team.h), whose number does not change the result.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MODEL_H
#define NOTT_MODEL_H

#include <stdint.h>

#include "nott/base/conf.h"
#include "nott/base/err.h"
#include "nott/base/team.h"
#include "nott/nn/cell.h"
#include "nott/nn/mat.h"

struct workspace; /* workspace.h */

#define MODEL_MAX_LAYERS 8
#define MODEL_MAX_HIDDEN 4096 /* units of a layer, and of the projection */
#define MODEL_MAX_COPIES 8
#define MODEL_MAX_ACTIVE 64 /* rows of the input that are on at a step */

enum model_heads { HEADS_INDEPENDENT, HEADS_FACTORED };
enum model_output { OUT_CHORD, OUT_MELODY, OUTPUTS };

extern const char *const model_heads_names[]; /* "independent", "factored" */

/* The sizes below the project are those of the data and its features; the rows
 * of the settings fill in the others. */
struct model_config {
    enum cell_kind cell;
    enum model_heads heads;
    size_t layers, hidden;
    size_t project;           /* width of the factored melody head */
    size_t inputs;            /* rows of the embedding */
    size_t active;            /* of them summed at each step */
    size_t classes[OUTPUTS];  /* of each output */
    size_t copies;            /* classes offered for copying, 0 = no gates */
    size_t keys;              /* relative to which classes are seen; 0 = none */
    size_t relative[OUTPUTS]; /* classes of each output relative to a key */
    size_t relative_over; /* of the melody, relative to a chord (factored) */
    size_t relative_anchor[OUTPUTS]; /* relative to the anchor, 0 = none */
};

/* Rows in settings and model files, for a struct model_config. */
extern const struct conf_group model_settings;

struct model_tensor {
    char name[32];
    size_t rows, cols, offset; /* into the slab; a bias has one row */
};

/* A matrix that takes part in products, of blocks of columns side by side. */
struct model_matrix {
    size_t offset; /* into the slab */
    size_t rows, cols, blocks;
    size_t panels[2]; /* into the slab of panels: each block as it lies; and the
                       * transpose of the whole, one block */
};

struct model_layer {
    struct model_matrix input, recurrent; /* no panels of layer 0's input */
    size_t bias;                          /* offset into the slab */
};

struct model {
    struct model_config config;
    struct model_tensor *tensors; /* owned */
    size_t tensor_count;
    real *weights; /* owned slab of `size` numbers */
    real *panels;  /* owned: the matrices of products once more (mat.h) */
    real *bf16;    /* owned; those of the layers in bfloat16, or NULL */
    size_t size, panels_size;
    int for_training; /* the last model_refresh was */
    struct model_layer layer[MODEL_MAX_LAYERS];
    struct model_matrix project; /* factored only, as what follows */
    size_t project_bias, project_chord;
    struct model_matrix weight[OUTPUTS];
    size_t bias[OUTPUTS];
    struct model_matrix relative[OUTPUTS]; /* with keys only */
    size_t project_relative;
    /* Owned, to be filled in by the caller: the relative class of each class,
     * relative_class[k][keys, classes of k] and
     * relative_over_chord[chord classes, melody classes] and
     * relative_anchor[k][classes of k, classes of k], by the anchor and the
     * class; -1 = it has none. */
    int16_t *relative_class[OUTPUTS], *relative_over_chord;
    int16_t *relative_anchor[OUTPUTS];
};

/* Allocates the slab, zeroed. ERR_MEM; ERR_FORMAT when a size of the
 * configuration is out of range. */
int model_init(struct model *m, const struct model_config *c, struct err *e);
void model_free(struct model *m);

/* Weights uniform in ±range, or, when range is 0, in ±1/sqrt(H); biases 0, the
 * forget gate's `forget_bias` (Jozefowicz et al. 2015: 1). Tensor k draws from
 * stream k of the seed. */
void model_randomize(struct model *m, uint64_t seed, double range,
                     double forget_bias);

/* From now on training passes multiply in bfloat16: weights, sums, states,
 * gates and gradients stay as they are, only the operands of the layers'
 * products are rounded (Kalamkar et al. 2019). The heads, and passes without
 * training, are not touched. To be called before workspace_init. ERR_MEM;
 * ERR_USAGE when the processor cannot. */
int model_use_bf16(struct model *m, struct err *e);

/* Brings the panels up to date, with `train` also those that only training
 * reads: to be called by all threads after the weights have changed, and before
 * any pass. Biases, and rows that are added up, are read as they are. */
void model_refresh(struct model *m, int train, const struct team_member *who);

/* Block g of a matrix, or its transpose, as panels; the same in bfloat16. */
struct mat_panels model_panels(const struct model *m,
                               const struct model_matrix *y, int transposed,
                               size_t g);
struct mat_panels model_bf16_panels(const struct model *m,
                                    const struct model_matrix *y,
                                    int transposed, size_t g);

/* T steps of `slots` slots; index of step t of slot b: t * slots + b. */
struct window {
    size_t T, slots;
    const uint16_t *indices;        /* [T, slots, active] */
    const int16_t *target[OUTPUTS]; /* [T, slots], -1 = not scored */
    const int16_t *copy[OUTPUTS];   /* [T, slots, copies], -1 = not there */
    const uint8_t *key;             /* [T, slots]; not looked at without keys */
    const uint8_t *anchor[OUTPUTS]; /* [T, slots]; nor without anchors */
    const uint8_t *reset; /* [T, slots], 1 = a tune begins before this step;
                           * NULL = never */
};

/* What a training pass adds to a forward pass. */
struct training_pass {
    real keep_input, keep_output; /* dropout: the shares kept, 1 = all */
    uint64_t key;                 /* of this update's dropout */
    real scale[OUTPUTS];          /* weight of each output's nats in the loss */
};

/* A pass over a window, which has as many slots as the workspace, from the
 * state that the workspace begins with; the state after the window becomes the
 * next window's. Scores the steps: nll and best; with a training pass fills the
 * gradient as well. All threads call it together. */
void model_run(const struct model *m, struct workspace *w,
               const struct window *x, const struct training_pass *pass,
               const struct team_member *who);

/* One step of every slot of w, without scoring: indices[B, active]. The state
 * moves on; heads_log_p (heads.h) then tells what may come. */
void model_step(const struct model *m, struct workspace *w,
                const uint16_t *indices);

#endif
