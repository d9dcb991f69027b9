/* Which bars are played anew: see rework.h. SPDX-License-Identifier: MIT */
#include "nott/compose/rework.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int mark_parts(uint8_t *anew, const struct form *f, const char *keep,
                      struct err *e) {
    for (const char *s = keep; *s; s++) {
        int there = 0;
        for (int p = 0; p < form_parts(f); p++)
            there |= f->part[p].letter == toupper((unsigned char)*s) - 'A';
        if (!there)
            return err_set(e, ERR_USAGE, "--keep: there is no part %c", *s);
    }
    for (int b = 0; b < f->bars; b++) {
        int letter = f->part[b / FORM_PART].letter;
        anew[b] = !strchr(keep, 'A' + letter) && !strchr(keep, 'a' + letter);
    }
    return 0;
}

/* "17-32" or "5"; returns what follows, NULL = it is none. */
static const char *parse_bars(const char *s, long *from, long *to) {
    char *end;
    if (!isdigit((unsigned char)*s))
        return NULL;
    *from = *to = strtol(s, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        *to = strtol(end + 1, &end, 10);
    return *end == ',' ? end + 1 : *end ? NULL : end;
}

static int mark_bars(uint8_t *anew, const struct form *f, const char *rewrite,
                     struct err *e) {
    long from = 0, to = 0;
    const char *s = rewrite;
    do {
        s = parse_bars(s, &from, &to);
        if (!s || from < 1 || to < from || to > f->bars)
            return err_set(e, ERR_USAGE,
                           "--rewrite: \"%s\" is not bars of 1 to %d, such as "
                           "17-32 or 5,7",
                           rewrite, f->bars);
        memset(anew + from - 1, 1, (size_t)(to - from + 1));
    } while (*s);
    return 0;
}

static void mark_share(uint8_t *anew, const struct form *f, double share,
                       struct rng *rng) {
    for (int b = 0; b < f->bars; b++) {
        const struct form_bar *y = &f->bar[b];
        int again = y->way == FORM_SAME || y->way == FORM_ENDING;
        anew[b] = again ? anew[b - y->from] : rng_uniform(rng) < share;
    }
}

static void become_new(struct form_bar *y) {
    y->way = FORM_NEW;
    y->from = 0;
}

int rework_bars(uint8_t anew[FORM_BARS], struct form *f,
                const struct rework *how, struct rng *rng, struct err *e) {
    int rc = 0,
        ways = (how->keep != NULL) + (how->rewrite != NULL) + (how->vary > 0);
    memset(anew, 0, FORM_BARS);
    if (ways != 1)
        return err_set(e, ERR_USAGE,
                       "--rework: say what changes, by one of --keep, "
                       "--rewrite and --vary");
    if (how->keep)
        rc = mark_parts(anew, f, how->keep, e);
    else if (how->rewrite)
        rc = mark_bars(anew, f, how->rewrite, e);
    else
        mark_share(anew, f, how->vary, rng);
    for (int b = 0; rc == 0 && b < f->bars; b++)
        if (anew[b] && f->bar[b].from && !anew[b - f->bar[b].from])
            become_new(&f->bar[b]);
    return rc;
}
