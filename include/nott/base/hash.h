/* SHA-256, as text. SPDX-License-Identifier: MIT */
#ifndef NOTT_HASH_H
#define NOTT_HASH_H

#include <stddef.h>

#include "nott/base/err.h"

#define HASH_HEX 65 /* 64 hexadecimal digits and a NUL */

struct hash {
    void *state; /* owned from hash_begin to hash_end */
    int failed;  /* something could not be added; hash_end tells */
};

int hash_begin(struct hash *h, struct err *e); /* ERR_MEM */
void hash_add(struct hash *h, const void *data, size_t n);
/* Writes the digest in lower-case hex, or "" when anything failed on the way:
 * ERR_MEM. NULL for `hex` only frees. */
int hash_end(struct hash *h, char hex[HASH_HEX], struct err *e);

/* Of a regular file. ERR_IO, ERR_FORMAT (not a regular file), ERR_MEM. */
int hash_file(const char *path, char hex[HASH_HEX], struct err *e);

/* Is `text` a digest, 64 hexadecimal digits of either case? */
int hash_is_hex(const char *text);

/* Fails with ERR_FORMAT unless the file has this digest; ERR_IO, ERR_MEM. */
int hash_verify(const char *path, const char *hex, struct err *e);

#endif
