/* What the fields of ABC say: see abc_fields.h.
 * SPDX-License-Identifier: MIT */
#include "abc_fields.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "nott/music/key_name.h"

static const char *skip(const char *p) {
    return p + strspn(p, " \t");
}

/* A number of 1..most at *p, which goes on behind it; 0 = there is none. */
static int number(const char **p, int most) {
    long v = 0;
    for (; isdigit((unsigned char)**p); ++*p)
        v = v <= most ? 10 * v + (**p - '0') : v;
    return v <= most ? (int)v : 0;
}

static int begins(const char *p, const char *word) {
    return strncasecmp(p, word, strlen(word)) == 0;
}

/* ---- meter, unit, tempo ---- */

int abc_fields_meter(const char *text, struct score_meter *m) {
    const char *p = skip(text);
    int beats = 0;
    if (begins(p, "C|") || begins(p, "C"))
        *m = p[1] == '|' ? (struct score_meter){2, 2}
                         : (struct score_meter){4, 4};
    else if (begins(p, "none") || !*p)
        *m = (struct score_meter){0, 0};
    else {
        while (isdigit((unsigned char)*p) || strchr("+() ", *p)) {
            if (!*p)
                return -1;
            if (isdigit((unsigned char)*p))
                beats += number(&p, 255);
            else
                p++;
        }
        if (*p++ != '/')
            return -1;
        p = skip(p);
        int unit = number(&p, 64);
        if (beats < 1 || beats > 255 || unit < 1 || (unit & (unit - 1)))
            return -1;
        *m = (struct score_meter){beats, unit};
    }
    return 0;
}

/* "3/8" or "2" in whole notes, as ticks; 0 = there is none. */
static int64_t length(const char **p) {
    int top = number(p, 1024), bottom = 1;
    if (!top)
        return 0;
    if (**p == '/') {
        ++*p;
        bottom = number(p, 1024);
    }
    return bottom ? (int64_t)SCORE_WHOLE * top / bottom : 0;
}

int abc_fields_unit(const char *text, int64_t *unit) {
    const char *p = skip(text);
    int64_t v = length(&p);
    if (v < 1 || v > SCORE_WHOLE)
        return -1;
    *unit = v;
    return 0;
}

/* "100.5" at p, to thousandths; 0 = there is none. */
static double decimal(const char *p) {
    int64_t v = number(&p, 1000000) * (int64_t)1000;
    if (*p == '.')
        for (int64_t of = 100; isdigit((unsigned char)*++p) && of; of /= 10)
            v += of * (*p - '0');
    return (double)v / 1000;
}

int abc_fields_tempo(const char *text, int64_t unit, double *quarters) {
    const char *p = skip(text);
    int64_t beat = 0;
    if (*p == '"') {
        const char *close = strchr(p + 1, '"');
        p = close ? skip(close + 1) : "";
    }
    if (!strchr(p, '=')) {
        beat = unit;
    } else if (*p == 'C' || *p == 'c' || *p == 'L') {
        p++;
        int times = number(&p, 64);
        beat = unit * (times ? times : 1);
    } else {
        while (isdigit((unsigned char)*p)) {
            beat += length(&p);
            p = skip(p);
        }
    }
    p = skip(p);
    if (*p == '=')
        p = skip(p + 1);
    double v = floor(decimal(p) * (double)beat * 1000 / SCORE_PPQ + 0.5) / 1000;
    if (!score_tempo_fits(v))
        return -1;
    *quarters = v;
    return 0;
}

/* ---- key ---- */

static int letter_of(char c) {
    static const char letters[] = "CDEFGAB";
    const char *at = c ? strchr(letters, toupper((unsigned char)c)) : NULL;
    return at ? (int)(at - letters) : -1;
}

/* "^f", "__B", "=c": 1 and p behind it; 0 = there is none. */
static int read_accidental(const char **p, struct score_key *k) {
    const char *c = *p;
    int alter = 0;
    for (; *c == '^' || *c == '_' || *c == '='; c++)
        alter += *c == '^' ? 1 : *c == '_' ? -1 : 0;
    if (c == *p || letter_of(*c) < 0 || alter < -2 || alter > 2)
        return 0;
    k->sign[letter_of(*c)] = (signed char)alter;
    *p = c + 1;
    return 1;
}

/* The pipes: their scale is always that of A mixolydian without its G sharp. */
static void pipe_key(struct score_key *k) {
    *k = (struct score_key){.letter = 5, .mode = SCORE_MIXOLYDIAN};
    score_key_sign(k);
}

static int read_tonic(const char **p, struct score_key *k) {
    const char *c = *p;
    if (begins(c, "none")) {
        *p = c + 4;
        return 1;
    }
    if (begins(c, "HP")) {
        *p = c + 2;
        pipe_key(k);
        return 1;
    }
    struct key_name name;
    if (key_name_read(&name, p))
        return 0;
    k->letter = (signed char)name.letter;
    k->alter = (signed char)name.alter;
    k->mode = (signed char)name.mode; /* both count them by the major scale */
    if (score_key_sign(k))            /* as in G# major */
        k->letter = -1;
    return 1;
}

/* "-1" and its like, -4..4; 0 for anything else. */
static int octave_shift(const char *text) {
    int minus = *text == '-';
    const char *p = text + (*text == '-' || *text == '+');
    int n = number(&p, 4);
    return minus ? -n : n;
}

/* A word about the clef: what it says of octaves. */
static int clef_octave(const char *word, size_t n) {
    if (begins(word, "octave="))
        return octave_shift(word + 7);
    for (size_t i = 0; i + 1 < n; i++)
        if (word[i + 1] == '8' && (word[i] == '-' || word[i] == '+'))
            return word[i] == '-' ? -1 : 1;
    return 0;
}

int abc_fields_key(const char *text, struct score_key *k, int *has_key,
                   int *octave) {
    const char *p = skip(text);
    struct score_key key = {.letter = -1};
    *octave = 0;
    *has_key = read_tonic(&p, &key) || !*p;
    for (p = skip(p); *p; p = skip(p)) {
        size_t n = strcspn(p, " \t");
        if (begins(p, "exp") && !isalpha((unsigned char)p[3])) {
            memset(key.sign, 0, sizeof key.sign);
        } else if (read_accidental(&p, &key)) {
            *has_key = 1;
            continue;
        } else {
            *octave += clef_octave(p, n);
        }
        p += n;
    }
    if (*has_key)
        *k = key;
    return 0;
}

/* ---- parts ---- */

/* Appends `n` bytes of `out` from `from` on once more; -1 = no room. */
static int again(char *out, size_t cap, size_t *len, size_t from, size_t n) {
    if (*len + n + 1 > cap)
        return -1;
    memmove(out + *len, out + from, n);
    *len += n;
    return 0;
}

int abc_fields_parts(const char *text, char *out, size_t cap) {
    size_t open[8], depth = 0, len = 0, unit = 0;
    for (const char *p = text; *p;) {
        if (isalpha((unsigned char)*p) && len + 1 < cap) {
            unit = len;
            out[len++] = *p++;
        } else if (*p == '(' && depth < 8) {
            open[depth++] = len;
            p++;
        } else if (*p == ')' && depth) {
            unit = open[--depth];
            p++;
        } else if (isdigit((unsigned char)*p)) {
            int times = number(&p, 100);
            size_t n = len - unit;
            for (int i = 1; i < times; i++)
                if (again(out, cap, &len, unit, n))
                    return -1;
        } else if (*p == ' ' || *p == '.' || *p == '\t') {
            p++;
        } else {
            return -1;
        }
    }
    out[len] = 0;
    return 0;
}
