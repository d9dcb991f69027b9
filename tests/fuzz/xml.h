/* Is a text well-formed XML, as far as we write it? Every tag that opens is
 * closed in its order, no & and < stand bare, and all is UTF-8 without control
 * characters. SPDX-License-Identifier: MIT */
#ifndef NOTT_FUZZ_XML_H
#define NOTT_FUZZ_XML_H

#include <stdlib.h>
#include <string.h>

#define XML_DEEP 64

/* Bytes of the character at p, 0 = it is none that XML may have. */
static inline size_t xml_character(const char *p, const char *end) {
    const unsigned char *c = (const unsigned char *)p;
    size_t n = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
    unsigned long v = n == 1 ? *c : *c & (0xffu >> (n + 1));
    if ((*c >= 0x80 && *c < 0xc2) || *c > 0xf4 || (size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (c[i] & 0x3fu);
    }
    if ((n == 3 && v < 0x800) || (n == 4 && (v < 0x10000 || v > 0x10ffff)) ||
        (v >= 0xd800 && v < 0xe000) || v == 0xfffe || v == 0xffff)
        return 0;
    return n == 1 && v < 0x20 && v != '\n' && v != '\t' ? 0 : n;
}

/* Steps over a text up to one of `stop`; NULL = it is no good. */
static inline const char *xml_text(const char *p, const char *end,
                                   const char *stop) {
    static const char *const entities[] = {"&amp;",  "&lt;",   "&gt;",
                                           "&quot;", "&apos;", "&#"};
    while (p < end && !strchr(stop, *p)) {
        size_t n = xml_character(p, end), known = *p != '&';
        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
            known |= strncmp(p, entities[i], strlen(entities[i])) == 0;
        if (!n || !known || *p == '<')
            return NULL;
        p += n;
    }
    return p < end ? p : NULL;
}

/* The end of a tag that begins at p + 1; *alone = it closes itself. */
static inline const char *xml_tag(const char *p, const char *end, int *alone) {
    for (p++; p && p < end && *p != '>'; p++) {
        if (*p == '"')
            p = xml_text(p + 1, end, "\"");
        else if (!xml_character(p, end) || *p == '<')
            return NULL;
        if (!p)
            return NULL;
    }
    *alone = p < end && p[-1] == '/';
    return p < end ? p : NULL;
}

/* The n bytes are followed by a NUL. */
static inline int xml_is_sound(const char *text, size_t n) {
    struct {
        const char *name;
        size_t n;
    } open[XML_DEEP];
    size_t deep = 0;
    const char *end = text + n;
    if (strlen(text) != n)
        return 0;
    for (const char *p = text; p < end; p++) {
        int alone = 0;
        if (*p != '<') { /* text; outside of all tags blanks alone */
            const char *next = xml_text(p, end, "<");
            if (!next && (deep || strspn(p, "\n ") != (size_t)(end - p)))
                return 0;
            if (!next)
                return 1;
            p = next;
        }
        const char *name = p + 1, *stop = xml_tag(p, end, &alone);
        if (!stop)
            return 0;
        p = stop;
        if (*name == '?' || *name == '!')
            continue;
        int closes = *name == '/';
        name += closes;
        size_t len = strcspn(name, " />\n");
        if (closes) {
            if (!deep-- || open[deep].n != len ||
                memcmp(open[deep].name, name, len) != 0)
                return 0;
        } else if (!alone) {
            if (deep == XML_DEEP)
                return 0;
            open[deep].name = name;
            open[deep++].n = len;
        }
    }
    return deep == 0;
}

#endif
