/* SHA-256 by libcrypto: see hash.h. SPDX-License-Identifier: MIT */
#include "nott/base/hash.h"

#include <openssl/evp.h>
#include <stdio.h>

int hash_begin(struct hash *h, struct err *e) {
    h->state = EVP_MD_CTX_new();
    if (h->state && EVP_DigestInit_ex(h->state, EVP_sha256(), NULL))
        return 0;
    hash_end(h, NULL);
    return err_set(e, ERR_MEM, "SHA-256: not available");
}

void hash_add(struct hash *h, const void *data, size_t n) {
    if (n)
        EVP_DigestUpdate(h->state, data, n);
}

void hash_end(struct hash *h, char hex[HASH_HEX]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (hex && EVP_DigestFinal_ex(h->state, digest, &n))
        for (unsigned i = 0; i < n && i < 32; i++)
            snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(h->state);
    h->state = NULL;
}
