/* SHA-256, as text. SPDX-License-Identifier: MIT */
#ifndef NOTT_HASH_H
#define NOTT_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"

#define HASH_HEX 65 /* 64 hexadecimal digits and a NUL */

/* A digest on its way; it owns nothing and may be left off at any time. */
struct hash {
    uint64_t state[16];
};

void hash_begin(struct hash *h);
void hash_add(struct hash *h, const void *data, size_t n);
void hash_end(struct hash *h, char hex[HASH_HEX]); /* in lower case */

/* Of a regular file. ERR_IO, ERR_FORMAT (not a regular file). */
int hash_file(const char *path, char hex[HASH_HEX], struct err *e);

/* Is `text` a digest, 64 hexadecimal digits of either case? */
int hash_is_hex(const char *text);

/* Fails with ERR_FORMAT unless `own`, the digest of what is at `path`, is the
 * other, whatever their case. */
int hash_compare(const char *path, const char *own, const char *hex,
                 struct err *e);

/* Fails with ERR_FORMAT unless the file has this digest; ERR_IO. */
int hash_verify(const char *path, const char *hex, struct err *e);

#endif
