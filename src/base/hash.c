/* SHA-256 by libcrypto: see hash.h. SPDX-License-Identifier: MIT */
#include "nott/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "nott/base/file.h"

int hash_begin(struct hash *h, struct err *e) {
    *h = (struct hash){.state = EVP_MD_CTX_new()};
    if (h->state && EVP_DigestInit_ex(h->state, EVP_sha256(), NULL) == 1)
        return 0;
    hash_end(h, NULL, NULL);
    return err_set(e, ERR_MEM, "SHA-256: not available");
}

void hash_add(struct hash *h, const void *data, size_t n) {
    if (n && EVP_DigestUpdate(h->state, data, n) != 1)
        h->failed = 1;
}

int hash_end(struct hash *h, char hex[HASH_HEX], struct err *e) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int bad = hex && (h->failed ||
                      EVP_DigestFinal_ex(h->state, digest, &n) != 1 || n != 32);
    EVP_MD_CTX_free(h->state);
    h->state = NULL;
    if (hex)
        hex[0] = 0;
    if (bad)
        return err_set(e, ERR_MEM, "SHA-256: failed");
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    return 0;
}

static int hash_fd(int fd, const char *path, char hex[HASH_HEX],
                   struct err *e) {
    uint8_t block[65536];
    struct hash h;
    ssize_t n;
    if (hash_begin(&h, e))
        return -1;
    do {
        n = read(fd, block, sizeof block);
        if (n > 0)
            hash_add(&h, block, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n == 0)
        return hash_end(&h, hex, e);
    err_errno(e, "%s", path);
    hash_end(&h, NULL, NULL);
    return -1;
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

int hash_verify(const char *path, const char *hex, struct err *e) {
    char own[HASH_HEX];
    if (hash_file(path, own, e))
        return -1;
    if (strcasecmp(own, hex) == 0)
        return 0;
    return err_set(e, ERR_FORMAT, "%s: its SHA-256 is %s, not %s", path, own,
                   hex);
}
