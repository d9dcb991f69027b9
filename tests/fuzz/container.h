/* Safetensors files changed where it counts: bytes that are changed anywhere
 * would nearly all be refused for the length of the header. So either the
 * header alone changes, and its length is put right, or what is behind it. It
 * begins with a file that a target makes, without its checksum.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FUZZ_CONTAINER_H
#define NOTT_FUZZ_CONTAINER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/file.h"

/* Of libFuzzer, or of replay.c. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);

static struct buf container_first;

/* Takes a file that is sound to begin with. A text by another name than
 * "sha256" is no checksum. */
static inline void container_begin(const char *path) {
    static const char name[] = "\"sha256\"";
    struct buf *b = &container_first;
    if (file_read(b, path, (size_t)1 << 20, NULL))
        abort();
    for (size_t i = 0; i + sizeof name < b->len; i++)
        if (memcmp(b->data + i, name, sizeof name - 1) == 0) {
            b->data[i + 1] = 'S';
            return;
        }
    abort();
}

static inline uint64_t container_header(const uint8_t *data, size_t size) {
    uint64_t n = 0;
    for (size_t i = 8; i-- > 0 && size >= 8;)
        n = n << 8 | data[i];
    return n;
}

/* ---- words: what stands between the signs of JSON ---- */

static inline int container_is_sign(uint8_t c) {
    return c < 0x20 || strchr("\"\\{}[],: ", c) != NULL;
}

/* The word at or after `at` in a header of n bytes; its length. */
static inline size_t container_word(const uint8_t *header, size_t n,
                                    size_t *at) {
    size_t len = 0;
    while (*at < n && container_is_sign(header[*at]))
        ++*at;
    while (*at + len < n && !container_is_sign(header[*at + len]))
        len++;
    return len;
}

/* Puts another word in the place of one: a number, one from elsewhere, or the
 * same changed. The header of n bytes has room for `max`; its new length. */
static inline size_t container_change_word(uint8_t *header, size_t n,
                                           size_t max, unsigned seed) {
    static const char *const numbers[] = {"0",          "1",
                                          "-1",         "2",
                                          "3",          "12",
                                          "127",        "255",
                                          "256",        "4096",
                                          "65536",      "2147483647",
                                          "4294967296", "9223372036854775807",
                                          "1e9",        "null"};
    uint8_t word[64];
    size_t at = seed * (size_t)2654435761u % (n + 1), from = seed / 7 % (n + 1);
    size_t len = container_word(header, n, &at), now;
    if (seed % 3 == 0) {
        const char *number = numbers[seed / 3 % 16];
        now = strlen(number);
        memcpy(word, number, now);
    } else if (seed % 3 == 1) {
        now = container_word(header, n, &from);
        now = now < sizeof word ? now : sizeof word;
        memcpy(word, header + from, now);
    } else {
        now = len < sizeof word ? len : sizeof word;
        memcpy(word, header + at, now);
        now = LLVMFuzzerMutate(word, now, sizeof word);
        for (size_t i = 0; i < now; i++)
            word[i] = container_is_sign(word[i]) ? '0' : word[i];
    }
    if (n - len + now > max)
        return n;
    memmove(header + at + now, header + at + len, n - at - len);
    memcpy(header + at, word, now);
    return n - len + now;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed) {
    if (size < 64 && container_first.len && container_first.len <= max) {
        size = container_first.len;
        memcpy(data, container_first.data, size);
    }
    uint64_t n = container_header(data, size);
    if (size < 8 || n > size - 8 || seed % 16 == 0)
        return LLVMFuzzerMutate(data, size, max);
    size_t rest = size - 8 - (size_t)n;
    if (seed % 4 == 0)
        return 8 + (size_t)n +
               LLVMFuzzerMutate(data + 8 + n, rest, max - 8 - (size_t)n);
    uint8_t *behind = malloc(rest + 1);
    if (!behind)
        return size;
    memcpy(behind, data + 8 + n, rest);
    n = seed % 4 == 1 ? LLVMFuzzerMutate(data + 8, (size_t)n, max - 8 - rest)
                      : container_change_word(data + 8, (size_t)n,
                                              max - 8 - rest, seed / 4);
    for (size_t i = 0; i < 8; i++)
        data[i] = (uint8_t)(n >> 8 * i);
    memcpy(data + 8 + n, behind, rest);
    free(behind);
    return 8 + (size_t)n + rest;
}

#endif
