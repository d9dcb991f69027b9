/* SHA-256 by libcrypto: see hash.h. SPDX-License-Identifier: MIT */
#include "nott/base/hash.h"

#include <errno.h>
/* Its newer interface asks for memory hundreds of times before the first byte,
 * and where there is none it may write through a null pointer. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "nott/base/file.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hash),
               "struct hash is too small");

static SHA256_CTX *context(struct hash *h) {
    return (void *)h->state;
}

void hash_begin(struct hash *h) {
    SHA256_Init(context(h));
}

void hash_add(struct hash *h, const void *data, size_t n) {
    if (n)
        SHA256_Update(context(h), data, n);
}

void hash_end(struct hash *h, char hex[HASH_HEX]) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, context(h));
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static int hash_fd(int fd, const char *path, char hex[HASH_HEX],
                   struct err *e) {
    uint8_t block[65536];
    struct hash h;
    ssize_t n;
    hash_begin(&h);
    do {
        n = read(fd, block, sizeof block);
        if (n > 0)
            hash_add(&h, block, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        return err_errno(e, "%s", path);
    hash_end(&h, hex);
    return 0;
}

int hash_file(const char *path, char hex[HASH_HEX], struct err *e) {
    int fd = file_open_regular(path, NULL, e);
    if (fd < 0)
        return -1;
    int rc = hash_fd(fd, path, hex, e);
    close(fd);
    return rc;
}

int hash_is_hex(const char *text) {
    return strspn(text, "0123456789abcdefABCDEF") == HASH_HEX - 1 &&
           text[HASH_HEX - 1] == 0;
}

int hash_compare(const char *path, const char *own, const char *hex,
                 struct err *e) {
    if (strcasecmp(own, hex) == 0)
        return 0;
    return err_set(e, ERR_FORMAT, "%s: its SHA-256 is %s, not %s", path, own,
                   hex);
}

int hash_verify(const char *path, const char *hex, struct err *e) {
    char own[HASH_HEX];
    return hash_file(path, own, e) || hash_compare(path, own, hex, e) ? -1 : 0;
}
