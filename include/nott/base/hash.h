/* SHA-256, as text. SPDX-License-Identifier: MIT */
#ifndef NOTT_HASH_H
#define NOTT_HASH_H

#include <stddef.h>

#include "nott/base/err.h"

#define HASH_HEX 65 /* 64 hexadecimal digits and a NUL */

struct hash {
    void *state; /* owned from hash_begin to hash_end */
};

int hash_begin(struct hash *h, struct err *e); /* ERR_MEM */
void hash_add(struct hash *h, const void *data, size_t n);
/* Writes the digest in lower-case hex (NULL: only frees). */
void hash_end(struct hash *h, char hex[HASH_HEX]);

#endif
