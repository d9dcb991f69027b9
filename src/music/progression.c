/* Chords as people type them: see progression.h.
 * SPDX-License-Identifier: MIT */
#include "nott/music/progression.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progression_word.h"

struct reader {
    struct progression *p;
    struct err *e;
    int has_lines; /* bar lines, which say how long a bar is */
    int bar;       /* that is being read, from 1 */
    int written;   /* chords and bars so far */
    size_t first;  /* its first chord */
    int again;     /* it is the one before again */
    int may_be_empty;
    size_t repeat; /* first bar of what may be repeated */
};

static int complain(const struct reader *r, const char *word, size_t n,
                    const char *what) {
    int shown = n < 24 ? (int)n : 24;
    while (shown > 0 && (size_t)shown < n && (word[shown] & 0xc0) == 0x80)
        shown--; /* not within a letter */
    return err_set(r->e, ERR_USAGE, "chords: bar %d: '%.*s%s' %s", r->bar,
                   shown, word, (size_t)shown < n ? "..." : "", what);
}

static int count_one(struct reader *r) {
    if (++r->written > PROGRESSION_MOST)
        return err_set(r->e, ERR_USAGE, "chords: more than %d",
                       PROGRESSION_MOST);
    return 0;
}

static void add_bar(struct progression *p, struct progression_bar bar) {
    p->bars[p->bar_count++] = bar;
}

/* Ends the bar, if there is anything in it. */
static int close_bar(struct reader *r) {
    struct progression *p = r->p;
    size_t n = p->chord_count - r->first;
    if (!n && !r->again)
        return 0;
    add_bar(p, n ? (struct progression_bar){r->first, n}
                 : p->bars[p->bar_count - 1]);
    r->first = p->chord_count;
    r->again = 0;
    r->bar++;
    return 1;
}

/* The last chord once more, in the same bar. */
static int add_slash(struct reader *r, const char *word) {
    struct progression *p = r->p;
    if (!p->chord_count)
        return complain(r, word, 1, "has no chord before it");
    if (count_one(r))
        return -1;
    p->chords[p->chord_count] = p->chords[p->chord_count - 1];
    p->chords[p->chord_count++].bar = r->bar;
    return 0;
}

static int add_again(struct reader *r, const char *word) {
    if (r->p->chord_count > r->first) /* beside chords */
        return add_slash(r, word);
    if (!r->p->bar_count)
        return complain(r, word, 1, "has no bar before it");
    r->again = 1;
    return count_one(r);
}

static int add_chord(struct reader *r, const char *word, size_t n) {
    struct progression *p = r->p;
    if (r->written >= PROGRESSION_MOST || (r->again && add_slash(r, word)))
        return count_one(r);
    r->again = 0;
    struct progression_chord *c = &p->chords[p->chord_count];
    snprintf(c->text, sizeof c->text, "%.*s", (int)(n < sizeof c->text ? n : 0),
             word);
    if (progression_word_read(c, c->text))
        return complain(r, word, n,
                        "is no chord such as Am7, Bb/D, vi, bVII or N.C.");
    c->bar = r->bar;
    p->chord_count++;
    return count_one(r);
}

static int read_word(struct reader *r, const char *word, size_t n) {
    int rc = n == 1 && *word == '%'                   ? add_again(r, word)
             : n == 1 && *word == '/' && r->has_lines ? add_slash(r, word)
                                                      : add_chord(r, word, n);
    if (rc == 0 && !r->has_lines)
        close_bar(r);
    return rc;
}

/* What stands before is played twice. */
static void repeat(struct reader *r) {
    struct progression *p = r->p;
    size_t end = p->bar_count;
    for (size_t i = r->repeat; i < end; i++)
        add_bar(p, p->bars[i]);
    r->repeat = p->bar_count;
}

/* A bar line; `apart` when a blank stands before it. */
static int read_mark(struct reader *r, const char *mark, size_t n, int apart) {
    size_t from = strspn(mark, "[]"), to = n;
    while (to > from && strchr("[]", mark[to - 1]))
        to--;
    if (from >= to)
        return 0;
    int ends = mark[from] == ':', begins = mark[to - 1] == ':';
    if (!memchr(mark, '|', n) && to - from != 2) /* but :: */
        return complain(r, mark, n, "is no bar line");
    int plain = !ends && !begins;
    if (!close_bar(r) && plain && apart && r->may_be_empty && r->p->bar_count) {
        r->again = 1;
        if (count_one(r))
            return -1;
        close_bar(r);
    }
    r->may_be_empty = plain;
    if (ends)
        repeat(r);
    if (begins)
        r->repeat = r->p->bar_count;
    return 0;
}

static int read_text(struct reader *r, const char *text) {
    int apart = 0;
    for (const char *p = text; *p;) {
        size_t gap = progression_word_gap(p, 0),
               mark = progression_word_mark(p);
        if (gap) {
            if (*p == '\n' && r->has_lines) {
                close_bar(r);
                r->may_be_empty = 0;
            }
            apart = 1;
            p += gap;
            continue;
        }
        size_t n = mark ? mark : progression_word_length(p);
        if (mark ? read_mark(r, p, n, apart) : read_word(r, p, n))
            return -1;
        apart = 0;
        p += n;
    }
    close_bar(r);
    return r->p->bar_count ? 0 : err_set(r->e, ERR_USAGE, "chords: none given");
}

/* "a" among capitals may be A, or as some write it A minor. */
static int check_small(struct reader *r) {
    const struct progression *p = r->p;
    const struct progression_chord *small = NULL;
    int capitals = 0;
    for (size_t i = 0; i < p->chord_count; i++) {
        const struct progression_chord *c = &p->chords[i];
        int is_name = c->root >= 0, is_small = islower((unsigned char)*c->text);
        capitals |= is_name && !is_small;
        if (is_name && is_small &&
            chord_rotate(c->set, -c->root) & OVER_MAJOR_THIRD && !small)
            small = c;
    }
    if (!capitals || !small)
        return 0;
    r->bar = small->bar;
    return complain(r, small->text, strlen(small->text),
                    "is small among capitals: major or minor?");
}

int progression_read(struct progression *p, const char *text, struct err *e) {
    struct reader r = {
        .p = p, .e = e, .has_lines = strchr(text, '|') != NULL, .bar = 1};
    *p = (struct progression){.chord_count = 0};
    p->chords = calloc(PROGRESSION_MOST + 1, sizeof *p->chords);
    p->bars = calloc(2 * PROGRESSION_MOST + 2, sizeof *p->bars);
    int rc =
        p->chords && p->bars ? 0 : err_set(e, ERR_MEM, "chords: out of memory");
    if (rc == 0 && (read_text(&r, text) || check_small(&r)))
        rc = -1;
    if (rc)
        progression_free(p);
    return rc;
}

void progression_free(struct progression *p) {
    free(p->chords);
    free(p->bars);
    *p = (struct progression){.chord_count = 0};
}
