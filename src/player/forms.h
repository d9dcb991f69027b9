/* Forms of training tunes as an array of bytes, as model files hold them: of
 * each tune how many bars it has, the five numbers of each bar and those of
 * each part, in the order of their structs. SPDX-License-Identifier: MIT */
#ifndef NOTT_FORMS_H
#define NOTT_FORMS_H

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/form.h"

void forms_pack(const struct form *list, size_t n, struct buf *out);

/* Exactly n forms from `size` bytes. ERR_FORMAT when there are others or their
 * numbers make no sense. */
int forms_unpack(struct form *list, size_t n, const uint8_t *bytes, size_t size,
                 struct err *e);

#endif
