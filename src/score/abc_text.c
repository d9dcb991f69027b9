/* Texts as ABC writes them: see abc_text.h. SPDX-License-Identifier: MIT */
#include "abc_text.h"

#include <stdint.h>
#include <string.h>

#include "nott/base/plain.h"

/* An accent of the standard, 8.1, and the letters that it can stand on, each
 * with what they give together. */
static const struct {
    char accent;
    const char *base;
    uint16_t letter[20];
} accents[] = {
    {'`',
     "AEIOUaeiou",
     {0xc0, 0xc8, 0xcc, 0xd2, 0xd9, 0xe0, 0xe8, 0xec, 0xf2, 0xf9}},
    {'\'',
     "AEIOUYaeiouy",
     {0xc1, 0xc9, 0xcd, 0xd3, 0xda, 0xdd, 0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xfd}},
    {'^',
     "AEIOUWYaeiouwy",
     {0xc2, 0xca, 0xce, 0xd4, 0xdb, 0x174, 0x176, 0xe2, 0xea, 0xee, 0xf4, 0xfb,
      0x175, 0x177}},
    {'~', "ANOano", {0xc3, 0xd1, 0xd5, 0xe3, 0xf1, 0xf5}},
    {'"',
     "AEIOUYaeiouy",
     {0xc4, 0xcb, 0xcf, 0xd6, 0xdc, 0x178, 0xe4, 0xeb, 0xef, 0xf6, 0xfc, 0xff}},
    {'c', "CcSsTt", {0xc7, 0xe7, 0x15e, 0x15f, 0x162, 0x163}},
    {'v',
     "CcSsZzEeRr",
     {0x10c, 0x10d, 0x160, 0x161, 0x17d, 0x17e, 0x11a, 0x11b, 0x158, 0x159}},
    {'u', "AaEeGg", {0x102, 0x103, 0x114, 0x115, 0x11e, 0x11f}},
    {'r', "AaUu", {0xc5, 0xe5, 0x16e, 0x16f}},
    {'/', "Oo", {0xd8, 0xf8}},
    {'H', "Oo", {0x150, 0x151}},
    {'a', "Aa", {0xc5, 0xe5}},
    {'A', "AaEe", {0xc5, 0xe5, 0xc6, 0xe6}},
    {'D', "H", {0xd0}},
    {'d', "h", {0xf0}},
    {'T', "H", {0xde}},
    {'t', "h", {0xfe}},
};

/* Names of letters in HTML that titles have. */
static const struct {
    const char *name;
    uint16_t letter;
} entities[] = {
    {"amp;", '&'},      {"lt;", '<'},       {"gt;", '>'},
    {"quot;", '"'},     {"apos;", '\''},    {"nbsp;", ' '},
    {"aacute;", 0xe1},  {"eacute;", 0xe9},  {"iacute;", 0xed},
    {"oacute;", 0xf3},  {"uacute;", 0xfa},  {"Aacute;", 0xc1},
    {"Eacute;", 0xc9},  {"Iacute;", 0xcd},  {"Oacute;", 0xd3},
    {"Uacute;", 0xda},  {"agrave;", 0xe0},  {"egrave;", 0xe8},
    {"igrave;", 0xec},  {"ograve;", 0xf2},  {"ugrave;", 0xf9},
    {"acirc;", 0xe2},   {"ecirc;", 0xea},   {"icirc;", 0xee},
    {"ocirc;", 0xf4},   {"ucirc;", 0xfb},   {"auml;", 0xe4},
    {"euml;", 0xeb},    {"iuml;", 0xef},    {"ouml;", 0xf6},
    {"uuml;", 0xfc},    {"Auml;", 0xc4},    {"Ouml;", 0xd6},
    {"Uuml;", 0xdc},    {"aring;", 0xe5},   {"Aring;", 0xc5},
    {"aelig;", 0xe6},   {"AElig;", 0xc6},   {"oslash;", 0xf8},
    {"Oslash;", 0xd8},  {"szlig;", 0xdf},   {"ccedil;", 0xe7},
    {"Ccedil;", 0xc7},  {"ntilde;", 0xf1},  {"Ntilde;", 0xd1},
    {"rsquo;", 0x2019}, {"lsquo;", 0x2018},
};

/* Each reads what stands at p, up to end, as one letter: how many bytes it
 * takes, 0 = it is none. */

static size_t read_accent(const char *p, const char *end, uint32_t *letter) {
    if (end - p < 3)
        return 0;
    if (p[1] == 's' && p[2] == 's') {
        *letter = 0xdf;
        return 3;
    }
    if ((p[1] == 'a' || p[1] == 'A') && (p[2] == 'e' || p[2] == 'E')) {
        *letter = p[1] == 'a' ? 0xe6 : 0xc6;
        return 3;
    }
    for (size_t i = 0; i < sizeof accents / sizeof *accents; i++) {
        const char *at =
            p[1] == accents[i].accent ? strchr(accents[i].base, p[2]) : NULL;
        if (at && *at) {
            *letter = accents[i].letter[at - accents[i].base];
            return 3;
        }
    }
    return 0;
}

static int digit_value(char c, int base) {
    int v = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : 99;
    return v < base ? v : -1;
}

/* A number of at most `most` digits; *n gets their count. */
static uint32_t read_digits(const char *p, const char *end, int base,
                            size_t most, size_t *n) {
    uint32_t v = 0;
    for (*n = 0; *n < most && p + *n < end && digit_value(p[*n], base) >= 0;
         ++*n)
        v = v * (uint32_t)base + (uint32_t)digit_value(p[*n], base);
    return v;
}

static size_t read_escape(const char *p, const char *end, uint32_t *letter) {
    size_t n;
    if (end - p < 2)
        return 0;
    if (p[1] == 'u') {
        *letter = read_digits(p + 2, end, 16, 4, &n);
        if (n == 4)
            return 6;
    }
    if (p[1] == '%' || p[1] == '&' || p[1] == '\\') {
        *letter = (unsigned char)p[1];
        return 2;
    }
    return read_accent(p, end, letter);
}

static size_t read_entity(const char *p, const char *end, uint32_t *letter) {
    size_t n, left = (size_t)(end - p) - 1;
    if (left > 2 && p[1] == '#') {
        int hex = p[2] == 'x' || p[2] == 'X';
        *letter = read_digits(p + 2 + hex, end, hex ? 16 : 10, 6, &n);
        const char *after = p + 2 + hex + n;
        return n && after < end && *after == ';' ? (size_t)(after - p) + 1 : 0;
    }
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        n = strlen(entities[i].name);
        if (n <= left && memcmp(p + 1, entities[i].name, n) == 0) {
            *letter = entities[i].letter;
            return n + 1;
        }
    }
    return 0;
}

static size_t read_letter(const char *p, const char *end, uint32_t *letter) {
    size_t n = *p == '\\'  ? read_escape(p, end, letter)
               : *p == '&' ? read_entity(p, end, letter)
               : (unsigned char)*p >= 0x80u
                   ? plain_letter(p, (size_t)(end - p), letter)
                   : 0;
    if (!n) {
        *letter = plain_windows((unsigned char)*p);
        n = 1;
    }
    if (*letter > 0x10ffff || !plain_shows(*letter))
        *letter = ' ';
    return n;
}

void abc_text_decode(char *out, size_t cap, const char *text, size_t n) {
    const char *p = text, *end = text + n;
    size_t len = 0;
    while (p < end) {
        uint32_t letter;
        char bytes[4];
        p += read_letter(p, end, &letter);
        if (!len && letter == ' ')
            continue;
        size_t k = plain_put(bytes, letter);
        if (len + k + 1 > cap)
            break;
        memcpy(out + len, bytes, k);
        len += k;
    }
    while (len && out[len - 1] == ' ')
        len--;
    out[len] = 0;
}
