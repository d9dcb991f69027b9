/* The words of a progression: see progression_word.h.
 * SPDX-License-Identifier: MIT */
#include "progression_word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- words ---- */

/* What is written in more than one way, and the way that chord_read knows. */
static const struct {
    const char *text, *plain;
} spellings[] = {
    {"\u266d", "b"},      {"\u266f", "#"},      {"\u00ba", "\u00b0"},
    {"\u00d8", "\u00f8"}, {"\u2206", "\u0394"}, {"\u2013", "-"},
    {"\u2014", "-"},      {"\u2212", "-"},
};

#define SPELLINGS (sizeof spellings / sizeof *spellings)

/* The spelling that begins at p; SPELLINGS = it is a letter as it stands. */
static size_t spelling_at(const char *p) {
    size_t i = 0;
    while (i < SPELLINGS &&
           strncmp(p, spellings[i].text, strlen(spellings[i].text)) != 0)
        i++;
    return i;
}

/* A word in the letters of chord_read; shorter than it was. */
static void spell(char plain[PROGRESSION_WORD], const char *word) {
    size_t n = 0;
    while (*word) {
        size_t i = spelling_at(word);
        const char *as = i < SPELLINGS ? spellings[i].plain : word;
        size_t len = i < SPELLINGS ? strlen(as) : 1;
        memcpy(plain + n, as, len);
        n += len;
        word += i < SPELLINGS ? strlen(spellings[i].text) : 1;
    }
    plain[n] = 0;
}

/* Bytes of a hyphen or dash at p. */
static size_t hyphen_at(const char *p) {
    size_t i = spelling_at(p);
    int is_dash = i < SPELLINGS && spellings[i].plain[0] == '-';
    return *p == '-' ? 1 : is_dash ? strlen(spellings[i].text) : 0;
}

/* Bytes at p that part words; in a word a hyphen before a digit does not. */
size_t progression_word_gap(const char *p, int in_word) {
    size_t n = hyphen_at(p);
    if (n)
        return in_word && isdigit((unsigned char)p[n]) ? 0 : n;
    if (strncmp(p, "\u00a0", 2) == 0) /* a blank as pages have it */
        return 2;
    return *p && strchr(" \t\r\n,", *p) ? 1 : 0;
}

/* Bytes at p that are a bar line, with its dots and brackets. */
size_t progression_word_mark(const char *p) {
    return strspn(p, "|[]:");
}

size_t progression_word_length(const char *p) {
    size_t n = 0;
    while (p[n] && !progression_word_mark(p + n) &&
           !progression_word_gap(p + n, n > 0))
        n++;
    return n;
}

/* ---- numerals ---- */

struct degree {
    int up[2]; /* semitones over the tonic in major and in minor */
    int small, natural_seventh;
};

/* "IV", "bvii" at *p, which goes on behind it; 0 = it is none. */
static int read_degree(struct degree *d, const char **p) {
    static const struct {
        const char *big, *small;
        int up[2];
    } list[] = {{"VII", "vii", {11, 10}}, {"VI", "vi", {9, 8}},
                {"IV", "iv", {5, 5}},     {"V", "v", {7, 7}},
                {"III", "iii", {4, 3}},   {"II", "ii", {2, 2}},
                {"I", "i", {0, 0}}};
    int alter = **p == '#' ? 1 : **p == 'b' ? -1 : 0;
    const char *at = *p + (alter != 0);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t n = strlen(list[i].big);
        int big = strncmp(at, list[i].big, n) == 0;
        if (!big && strncmp(at, list[i].small, n) != 0)
            continue;
        /* the third, sixth and seventh of minor are flat as they are */
        int flat = alter < 0 && list[i].up[0] != list[i].up[1];
        d->up[0] = list[i].up[0] + alter;
        d->up[1] = list[i].up[1] + (flat ? 0 : alter);
        d->small = !big;
        d->natural_seventh = i == 0 && !alter;
        *p = at + n;
        return 1;
    }
    return 0;
}

/* The degree behind a slash, as in V/ii; 0 = there is none. */
static int read_target(struct degree *d, const char *p) {
    const char *slash = strrchr(p, '/'), *end = slash ? slash + 1 : p;
    return slash && read_degree(d, &end) && !*end;
}

/* Is it a diminished triad, with a seventh or without? */
int progression_word_is_diminished(unsigned set) {
    return (set & (OVER_THIRDS | OVER_FLAT_FIFTH | OVER_FIFTH)) ==
           (OVER_MINOR_THIRD | OVER_FLAT_FIFTH);
}

/* 0 = no numeral; -1 = one with something that is no chord. */
static int read_numeral(struct progression_chord *c, const char *plain) {
    char name[PROGRESSION_WORD + 4];
    struct degree d, target = {.small = 0};
    const char *p = plain;
    int root;
    if (!read_degree(&d, &p))
        return 0;
    int has_target = read_target(&target, p);
    size_t n = has_target ? (size_t)(strrchr(p, '/') - p) : strlen(p);
    int says_dim =
        *p == 'o' || strncmp(p, "dim", 3) == 0 || strncmp(p, "\u00b0", 2) == 0;
    snprintf(name, sizeof name, "C%s%.*s", d.small && !says_dim ? "m" : "",
             (int)n, p);
    if (chord_read(name, &c->set, &root, NULL))
        return -1;
    if (d.natural_seventh && progression_word_is_diminished(c->set))
        d.up[1] = d.up[0];
    c->root = -1;
    for (int minor = 0; minor < 2; minor++)
        c->up[minor] =
            has_target ? target.up[minor] + d.up[target.small] : d.up[minor];
    return 1;
}

/* ---- names ---- */

static int is_silence(const char *plain) {
    static const char *const names[] = {"N.C.", "NC", "N.C", "NONE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(plain, names[i]) == 0)
            return 1;
    return 0;
}

/* "F#m7", "am", "d/f#"; -1 = it is none. */
static int read_name(struct progression_chord *c, const char *plain) {
    char name[PROGRESSION_WORD];
    snprintf(name, sizeof name, "%s", plain);
    char *slash = strrchr(name, '/');
    name[0] = (char)toupper((unsigned char)name[0]);
    if (slash)
        slash[1] = (char)toupper((unsigned char)slash[1]);
    if (name[0] < 'A' || name[0] > 'G')
        return -1;
    return chord_read(name, &c->set, &c->root, NULL);
}

int progression_word_read(struct progression_chord *c, const char *word) {
    char plain[PROGRESSION_WORD];
    spell(plain, word);
    c->root = -1;
    c->set = 0;
    if (is_silence(plain))
        return 0;
    int rc = read_numeral(c, plain);
    if (rc == 0) /* a flat that is spelt b is none */
        rc = isalpha((unsigned char)*word) ? read_name(c, plain) : -1;
    return rc < 0 ? -1 : 0;
}

int progression_word_is_numeral(const struct progression_chord *c) {
    return c->set && c->root < 0;
}
