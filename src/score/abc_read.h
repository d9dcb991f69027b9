/* What abc_book.c has abc_read.c do. SPDX-License-Identifier: MIT */
#ifndef NOTT_ABC_READ_H
#define NOTT_ABC_READ_H

#include "nott/score/abc.h"

/* Reads the first b->header bytes to b->preface. */
void abc_read_preface(struct abc_book *b);

#endif
