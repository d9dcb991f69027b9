/* Texts from anywhere: see plain.h. SPDX-License-Identifier: MIT */
#include "nott/base/plain.h"

#include <string.h>

size_t plain_letter(const char *text, size_t n, uint32_t *letter) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    size_t bytes = *p < 0x80   ? 1
                   : *p < 0xc2 ? 0
                   : *p < 0xe0 ? 2
                   : *p < 0xf0 ? 3
                   : *p < 0xf5 ? 4
                               : 0;
    if (!bytes || bytes > n)
        return 0;
    uint32_t v = bytes == 1 ? *p : *p & (0xffu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3f);
    }
    *letter = v;
    return v < least[bytes] || v > 0x10ffff ? 0 : bytes;
}

size_t plain_put(char out[4], uint32_t v) {
    size_t n = v < 0x80 ? 1 : v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; v >>= 6)
        out[i] = (char)(0x80 | (v & 0x3f));
    static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[n] | v);
    return n;
}

uint32_t plain_windows(unsigned char byte) {
    static const uint16_t from_80[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
        0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
    return byte >= 0x80 && byte < 0xa0 ? from_80[byte - 0x80] : byte;
}

/* Are the n bytes, up to the end of a text, the beginning of a letter? */
static int is_begun(const char *text, size_t n) {
    size_t i = 1;
    while (i < n && ((unsigned char)text[i] & 0xc0) == 0x80)
        i++;
    return n < 4 && i == n && ((unsigned char)*text & 0xc0) == 0xc0;
}

/* Is it UTF-8, but for a last letter of which the end is missing? */
static int is_utf8(const char *text, size_t n) {
    int beyond_ascii = 0;
    uint32_t letter;
    for (size_t bytes; n; text += bytes, n -= bytes) {
        bytes = plain_letter(text, n, &letter);
        if (!bytes)
            return beyond_ascii && is_begun(text, n);
        beyond_ascii |= bytes > 1;
    }
    return 1;
}

static int is_windows(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= 0x80 &&
            !plain_shows(plain_windows((unsigned char)text[i])))
            return 0;
    return 1;
}

void plain_decode(char *out, size_t cap, const char *text, size_t n) {
    int by_letter = is_utf8(text, n) || !is_windows(text, n);
    size_t len = 0;
    for (size_t skip; n; text += skip, n -= skip) {
        char bytes[4] = {*text};
        uint32_t letter;
        size_t more = 1;
        skip = by_letter ? plain_letter(text, n, &letter) : 0;
        if (skip)
            memcpy(bytes, text, more = skip);
        else if (!by_letter)
            more = plain_put(bytes, plain_windows((unsigned char)*text));
        skip = skip ? skip : 1;
        if (len + more + 1 > cap)
            break;
        memcpy(out + len, bytes, more);
        len += more;
    }
    out[len] = 0;
}

int plain_shows(uint32_t letter) {
    static const uint32_t ranges[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200e, 0x200f},
        {0x2028, 0x202e}, {0x2066, 0x2069}, {0xd800, 0xdfff}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (letter >= ranges[i][0] && letter <= ranges[i][1])
            return 0;
    return (letter & 0xfffe) != 0xfffe;
}

size_t plain_bytes(const char *text, size_t n, size_t *skip) {
    uint32_t letter;
    size_t bytes = plain_letter(text, n, &letter);
    *skip = bytes ? bytes : 1;
    return bytes && plain_shows(letter) ? bytes : 0;
}

int plain_only(const char *text) {
    size_t skip;
    for (size_t left = strlen(text); left; text += skip, left -= skip)
        if (!plain_bytes(text, left, &skip))
            return 0;
    return 1;
}

void plain_text(char *text) {
    char *to = text;
    for (size_t left = strlen(text), skip; left; text += skip, left -= skip) {
        size_t n = plain_bytes(text, left, &skip);
        if (n)
            memmove(to, text, n);
        else
            *to = '?';
        to += n ? n : 1;
    }
    *to = 0;
}
