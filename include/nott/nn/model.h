/* The network: sparse input, recurrent layers, two softmaxes.
 *
 *   layer 0    a = Σ rows(x_t) + h_{t-1} R + bias     (embedding.h)
 *   layer l    a = y_t W + h_{t-1} R + bias, y = dropout(h of the layer below)
 *   heads      chord logits = y C + c
 *              melody logits = y M + m                       (independent)
 *              melody logits = tanh(y P + p + E[chord]) M + m   (factored)
 *              with copies, C and M have columns for the gates  (softmax.h)
 *
 * With keys, classes share a part of their logits with others of their kind:
 * from each key a class is of some kind (a pitch is a degree of the scale), and
 * a melody class also over each chord. The logit of a class is its own plus
 * those of its kinds, which have weights as classes have, and E[chord] is
 * shared in the same way. So what is learnt in one key holds in all.
 *
 * It knows nothing of music: it is handed row numbers and two classes, and
 * calls them by the names they have everywhere else.
 *
 * All weights lie in one slab, described by one list of tensors; saving,
 * clipping, optimizing and gradient checks walk that list or the slab.
 * A window of T steps of many slots is cut into shards of slots; each shard
 * has its own `struct workspace`, so shards may run in parallel, and their
 * number, not the number of threads, decides the rounding of the result.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MODEL_H
#define NOTT_MODEL_H

#include <stdint.h>

#include "nott/base/conf.h"
#include "nott/base/err.h"
#include "nott/nn/cell.h"
#include "nott/nn/mat.h"
#include "nott/nn/softmax.h"

#define MODEL_MAX_LAYERS 8
#define MODEL_MAX_HIDDEN 4096 /* units of a layer, and of the projection */
#define MODEL_MAX_COPIES 8
#define MODEL_MAX_ACTIVE 48 /* rows of the input that are on at a step */

enum model_heads { HEADS_INDEPENDENT, HEADS_FACTORED };
enum model_output { OUT_CHORD, OUT_MELODY, OUTPUTS };

extern const char *const model_heads_names[]; /* "independent", "factored" */

/* The sizes below the project are those of the data and its features; the rows
 * of the settings fill in the others. */
struct model_config {
    enum cell_kind cell;
    enum model_heads heads;
    size_t layers, hidden;
    size_t project;          /* width of the factored melody head */
    size_t inputs;           /* rows of the embedding */
    size_t active;           /* of them summed at each step */
    size_t classes[OUTPUTS]; /* of each output */
    size_t copies;           /* classes offered for copying, 0 = no gates */
    size_t keys; /* from which classes are seen as kinds; 0 = none */
    size_t relative[OUTPUTS]; /* of each output's classes, seen from a key */
    size_t relative_over; /* of the melody's, seen from a chord (factored) */
};

/* Rows in settings and model files, for a struct model_config. */
extern const struct conf_group model_settings;

struct model_tensor {
    char name[32];
    size_t rows, cols, offset; /* into the slab; a bias has one row */
};

struct model_layer {
    size_t input, recurrent, bias; /* offsets into the slab */
};

struct model {
    struct model_config config;
    struct model_tensor *tensors; /* owned */
    size_t tensor_count;
    real *weights;    /* owned slab of `size` numbers */
    real *transposed; /* owned; matrices used in products, at their offsets */
    real *bf16[2];    /* owned; both in bfloat16 (mat.h), or NULL */
    size_t size;
    struct model_layer layer[MODEL_MAX_LAYERS];
    size_t project, project_bias, project_chord; /* factored only */
    size_t weight[OUTPUTS], bias[OUTPUTS];
    size_t relative[OUTPUTS], project_relative; /* with keys only */
    /* Owned, to be filled in by the caller: kind[k][keys, classes of k] and
     * kind_over[chord classes, melody classes]; -1 = of no kind. */
    int16_t *relative_class[OUTPUTS], *relative_over_chord;
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
 * training, are not touched. To be called before work_init. ERR_MEM; ERR_USAGE
 * when the processor cannot. */
int model_use_bf16(struct model *m, struct err *e);

/* Brings the transposed copies up to date; call it after the weights change
 * and before model_forward for training. */
void model_refresh(struct model *m);

/* T steps of `slots` slots; index of step t of slot b: t * slots + b. */
struct window {
    size_t T, slots;
    const uint16_t *indices;        /* [T, slots, active] */
    const int16_t *target[OUTPUTS]; /* [T, slots], -1 = not scored */
    const int16_t *copy[OUTPUTS];   /* [T, slots, copies], -1 = not there */
    const uint8_t *key;             /* [T, slots]; not looked at without keys */
    const uint8_t *reset; /* [T, slots], 1 = a tune begins before this step;
                           * NULL = never */
};

/* What a training pass adds to a forward pass. */
struct training_pass {
    real keep_input, keep_output; /* dropout: the shares kept, 1 = all */
    uint64_t key;                 /* of this update's dropout */
    real scale[OUTPUTS];          /* weight of each output's nats in the loss */
};

/* Where the time goes, for benchmarks: the caller's clock is read between the
 * parts of the work and its seconds are added up. */
enum model_part {
    PART_INPUT,          /* bias, rows, products with the layer's input */
    PART_RECURRENT,      /* products with the state */
    PART_GATES,          /* the cells, dropout */
    PART_HEADS,          /* logits, softmax, loss, their gradients */
    PART_BACK_RECURRENT, /* the same backwards */
    PART_BACK_GATES,
    PART_WEIGHTS, /* gradients of weights, and of the layers' inputs */
    MODEL_PARTS
};

struct stopwatch {
    double (*now)(void);
    double last, spent[MODEL_PARTS];
};

struct layer_workspace {
    real *saved; /* [T, B, blocks*H] */
    real *h, *c; /* [T+1, B, H]: the state each step ends with, from step 1 */
    real *out;   /* [chunk, B, H]: what the next layer reads; its gradient */
};

/* The activations of one shard of B slots over at most T steps. */
struct workspace {
    size_t T, B, chunk; /* chunk: steps whose products are done together */
    struct layer_workspace layer[MODEL_MAX_LAYERS];
    real *logits[OUTPUTS]; /* [chunk, B, K + gates] */
    real *project;         /* [chunk, B, D] and its gradient */
    real *dproject;
    real *dh, *dc;           /* [layers, B, H] */
    int16_t *targets;        /* [chunk, B] */
    int16_t *copy;           /* [chunk, B, copies] */
    int16_t *key, *given;    /* [chunk, B]; given: the chord the melody knows */
    real *relative[OUTPUTS]; /* [chunk, B, kinds]: their logits, or gradients */
    real *nll[OUTPUTS];      /* [T, B]: nats of each scored step */
    int16_t *best[OUTPUTS];
    real *h0, *c0;   /* [B, H]: a state in which some slots begin a tune */
    real *aside;     /* [chunk, B, H]: rows of h put aside; training only */
    real *gradient;  /* [size of the model], training only */
    real *bf16_rows; /* for products in bfloat16: an operand */
    real *bf16_state, *bf16_gates; /* in rows, and two in pairs of rows */
    struct stopwatch *watch;       /* borrowed; NULL = nothing is measured */
    real *slab;       /* owned; all of the above but targets and best */
    int16_t *classes; /* owned */
};

/* `train` adds the gradient. ERR_MEM. */
int workspace_init(struct workspace *w, const struct model *m, size_t T,
                   size_t B, int train, struct err *e);
void workspace_free(struct workspace *w);
/* Bytes that work_init would take. */
size_t workspace_bytes(const struct model *m, size_t T, size_t B, int train);

/* Runs the slots first .. first+B-1 of the window from the state in
 * layer[].h[0], c[0], and leaves the state after the window behind (call
 * model_carry between windows, after model_backward). Without a pass it scores
 * the steps: nll and best. With a pass, model_backward scores them, on its way
 * back, and fills the gradient: so a layer's outputs need not be kept for the
 * whole window, they are made again from h. */
void model_forward(const struct model *m, struct workspace *w,
                   const struct window *x, size_t first,
                   const struct training_pass *pass);
void model_backward(const struct model *m, struct workspace *w,
                    const struct window *x, size_t first,
                    const struct training_pass *pass);

/* Makes the state after the window of T steps the state of the next one. */
void model_carry(const struct model *m, struct workspace *w, size_t T);
void model_clear_state(const struct model *m, struct workspace *w);

/* One step of every slot of w, without scoring: indices[B, active]. The state
 * moves on. */
void model_step(const struct model *m, struct workspace *w,
                const uint16_t *indices);

/* What an answer depends on besides the state: one element a slot, `copies` of
 * them in copy, as in struct window. What the network does not use is not
 * looked at. */
struct model_given {
    const int16_t *chord; /* for the factored melody */
    const int16_t *copy;
    const uint8_t *key;
};

/* After model_step: log probabilities of one output into log_p[classes], bent
 * by `parameters` (softmax.h), for slot b; `given` is that of this slot alone.
 */
void model_log_p(const struct model *m, struct workspace *w, size_t b,
                 enum model_output out, const struct model_given *given,
                 const struct softmax_params *params, real *log_p);

/* The same for every slot: log_p[B, classes]. */
void model_log_p_all(const struct model *m, struct workspace *w,
                     enum model_output out, const struct model_given *given,
                     const struct softmax_params *params, real *log_p);

#endif
