/* The recurrent cells: what happens at one time step, unit by unit, once the
 * matrix products are done. See model.h for the products around it.
 *
 * Each step has a row of `saved` numbers per slot, `saved` blocks of H: before
 * cell_forward its pre-activations, after it what cell_backward needs, after
 * that the gradients of the pre-activations. The product with the layer's
 * input fills the first `input` blocks, the one with the previous state the
 * last `recurrent` blocks; the bias covers them all.
 *
 *   LSTM  i f g o      both products fill all four. Hochreiter & Schmidhuber
 *                      1997 with the forget gate of Gers et al. 2000:
 *                      c' = σ(f) c + σ(i) tanh(g),  h' = σ(o) tanh(c')
 *   GRU   n r z m      input fills n r z, state fills r z m (Cho et al. 2014,
 *                      with the reset after the product, as in PyTorch):
 *                      h' = (1 - σ(z)) tanh(n + σ(r) m) + σ(z) h
 *   tanh  a            h' = tanh(a)  (Elman 1990)
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CELL_H
#define NOTT_CELL_H

#include "nott/nn/mat.h"

enum cell_kind { CELL_LSTM, CELL_GRU, CELL_TANH };

extern const char *const cell_names[]; /* "lstm", "gru", "tanh", NULL */

struct cell_blocks {
    size_t saved, input, recurrent; /* in units of H columns */
};

struct cell_blocks cell_blocks(enum cell_kind kind);

/* Some of the slots and units of a step: of saved[B, saved*H], h_prev[B,H] and
 * c_prev[B,H], the state that it starts from. c is used by the LSTM alone. */
struct cell_step {
    enum cell_kind kind;
    size_t H;
    size_t first_slot, end_slot, first_unit, end_unit;
    real *saved;
    const real *h_prev, *c_prev;
};

/* Fills their h[B,H] and c[B,H], the state that it ends with. */
void cell_forward(const struct cell_step *s, real *h, real *c);

/* dh[B,H] and dc[B,H] come in as the gradients of h and c. They leave as the
 * gradients of h_prev, but for the part that flows through the product with
 * the state (the caller adds it), and of c_prev, complete. */
void cell_backward(const struct cell_step *s, real *dh, real *dc);

#endif
