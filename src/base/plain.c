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
