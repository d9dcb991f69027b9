/* Names of keys: see key_name.h. SPDX-License-Identifier: MIT */
#include "nott/music/key_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name; /* its first three letters count */
    int mode;
} modes[] = {{"maj", 0}, {"ion", 0}, {"dor", 1}, {"phr", 2}, {"lyd", 3},
             {"mix", 4}, {"min", 5}, {"aeo", 5}, {"loc", 6}};

static int begins(const char *p, const char *word) {
    return strncasecmp(p, word, strlen(word)) == 0;
}

/* ---- as in ABC ---- */

/* The mode at *p, which goes on behind its word; major where there is none. */
static int read_mode(const char **p) {
    const char *word = *p + strspn(*p, " \t");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (begins(word, modes[i].name)) {
            while (isalpha((unsigned char)*word))
                word++;
            *p = word;
            return modes[i].mode;
        }
    if ((*word == 'm' || *word == 'M') && !isalpha((unsigned char)word[1])) {
        *p = word + 1;
        return 5;
    }
    return 0;
}

int key_name_read(struct key_name *k, const char **p) {
    static const char letters[] = "CDEFGAB";
    const char *at = **p ? strchr(letters, **p) : NULL;
    if (!at)
        return -1;
    k->letter = (int)(at - letters);
    ++*p;
    k->alter = **p == '#' ? 1 : **p == 'b' ? -1 : 0;
    *p += k->alter != 0;
    k->mode = read_mode(p);
    return 0;
}

/* ---- as it is typed ---- */

/* Signs of the tonic, and how ABC writes them. */
static const struct {
    const char *text, *sign;
} signs[] = {{"#", "#"},      {"b", "b"},     {"\u266f", "#"}, {"\u266d", "b"},
             {" sharp", "#"}, {" flat", "b"}, {"sharp", "#"},  {"flat", "b"}};

#define TYPED 64 /* longer is no name */

/* The text in the spelling of ABC: "f sharp minor" is "F# minor". */
static void spell(const char *text, char out[TYPED + 4]) {
    char plain[TYPED];
    size_t n = 0;
    for (text += strspn(text, " \t"); *text && n + 1 < sizeof plain; text++)
        plain[n++] = *text == '-' ? ' ' : *text;
    plain[n] = 0;
    const char *rest = plain + (n > 0), *sign = "";
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (begins(rest, signs[i].text)) {
            rest += strlen(signs[i].text);
            sign = signs[i].sign;
            break;
        }
    snprintf(out, TYPED + 4, "%c%s%s", toupper((unsigned char)plain[0]), sign,
             rest);
}

int key_name_parse(const char *text, int *key, struct err *e) {
    static const int classes[] = {0, 2, 4, 5, 7, 9, 11};
    static const int is_minor[] = {0, 1, 1, 0, 0, 1, 1};
    struct key_name k;
    char name[TYPED + 4];
    spell(text, name);
    const char *p = name;
    if (strlen(text) >= TYPED || key_name_read(&k, &p) || p[strspn(p, " \t")] ||
        p[-1] == 'M')
        return err_set(e, ERR_USAGE,
                       "'%.80s' is no key such as G, Em, F# minor, Bb major, "
                       "A dorian or Gmix",
                       text);
    *key = (classes[k.letter] + k.alter + 12) % 12 + 12 * is_minor[k.mode];
    return 0;
}
