/* Scores out of short tunes in ABC, and scores and songs as short texts.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SCORES_H
#define NOTT_SCORES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nott/score/abc.h"
#include "nott/score/perform.h"

#define EIGHTH (SCORE_WHOLE / 8)

/* The header that a short text does without: it begins with X:, with another
 * field, or with notes in C. */
static inline void scores_whole(const char *text, struct buf *b) {
    const char *head = strstr(text, "X:") ? ""
                       : text[0] && text[1] == ':' && text[0] != '|'
                           ? "X:1\nM:4/4\nL:1/8\n"
                           : "X:1\nM:4/4\nL:1/8\nK:C\n";
    buf_printf(b, "%s%s", head, text);
}

/* 0, or -1 with an error; remarks may be NULL. */
static inline int scores_try(struct score *s, const void *text, size_t n,
                             size_t tune, struct buf *remarks, struct err *e) {
    struct abc_book book;
    struct buf none = {0};
    if (abc_open(&book, text, n, e))
        return -1;
    int rc = abc_read(s, &book, tune, remarks ? remarks : &none, e);
    abc_close(&book);
    buf_free(&none);
    return rc;
}

static inline struct score scores_read(const char *text) {
    struct score s;
    struct err e = {0};
    struct buf b = {0};
    scores_whole(text, &b);
    if (scores_try(&s, b.data, b.len, 0, NULL, &e))
        fail_msg("%s: %s", text, e.text);
    buf_free(&b);
    return s;
}

/* ---- scores: words parted by blanks ----
 *
 * "F#4:3/2-" is a note of so many eighths with a tie, "^F#4" one with its
 * accidental, "C4+E4" a chord, "{A4}" a grace note, "z" and "x" are rests,
 * "(3:2:3" begins a tuplet whose lengths are as they sound. */

static inline void scores_length(struct buf *b, int64_t length) {
    int64_t a = length, d = EIGHTH;
    while (d) {
        int64_t r = a % d;
        a = d;
        d = r;
    }
    if (length == EIGHTH)
        return;
    buf_printf(b, ":%lld", (long long)(length / a));
    if (EIGHTH / a != 1)
        buf_printf(b, "/%lld", (long long)(EIGHTH / a));
}

static inline void scores_note(struct buf *b, const struct score_item *item) {
    static const char *const alters[] = {"bb", "b", "", "#", "##"};
    if (item->note.group)
        buf_printf(b, "(%d:%d:%d ", item->note.actual, item->note.normal,
                   item->note.group);
    if (item->note.grace)
        buf_printf(b, "{");
    if (item->kind == SCORE_REST)
        buf_printf(b, item->note.hidden ? "x" : "z");
    for (int i = 0; i < item->note.count; i++) {
        const struct score_pitch *p = &item->note.pitch[i];
        buf_printf(b, "%s%s%c%s%d", i ? "+" : "", p->shown ? "^" : "",
                   "CDEFGAB"[p->letter], alters[p->alter + 2], p -> octave);
    }
    if (item->note.grace)
        buf_printf(b, "}");
    else
        scores_length(b, item->note.length);
    if (item->note.tied)
        buf_printf(b, "-");
}

static inline void scores_key(struct buf *b, const struct score_key *k) {
    if (k->letter < 0)
        buf_printf(b, "none");
    else
        buf_printf(b, "%c%s%s", "CDEFGAB"[k->letter],
                   k -> alter > 0      ? "#"
                        : k->alter < 0 ? "b"
                                       : "",
                   score_mode_names[(int)k->mode]);
    for (int i = 0; i < 7; i++)
        if (k->sign[i])
            buf_printf(b, "%s%c",
                       k->sign[i] == 2    ? "##"
                       : k->sign[i] == 1  ? "#"
                       : k->sign[i] == -1 ? "b"
                                          : "bb",
                       "CDEFGAB"[i]);
}

static inline void scores_bar(struct buf *b, unsigned bits) {
    if (bits & SCORE_BAR_REPEATED)
        buf_printf(b, bits & SCORE_BAR_THRICE ? "::" : ":");
    buf_printf(b, "%s",
               bits & SCORE_BAR_DOUBLE ? "||"
               : bits & SCORE_BAR_END  ? "|]"
                                       : "|");
    if (bits & SCORE_BAR_REPEAT)
        buf_printf(b, ":");
}

static inline void scores_text(const struct score *s, struct buf *b) {
    for (size_t i = 0; i < s->count; i++) {
        const struct score_item *item = &s->items[i];
        buf_printf(b, i ? " " : "");
        switch (item->kind) {
        case SCORE_NOTE:
        case SCORE_REST:
            scores_note(b, item);
            break;
        case SCORE_BAR:
            scores_bar(b, item->bar);
            break;
        case SCORE_ENDING:
            buf_printf(b, "[");
            for (int k = 0, some = 0; k < 16; k++)
                if (item->endings >> k & 1)
                    buf_printf(b, "%s%d", some++ ? "," : "", k + 1);
            break;
        case SCORE_KEY:
            buf_printf(b, "K:");
            scores_key(b, &item->key);
            break;
        case SCORE_METER:
            buf_printf(b, "M:%d/%d", item->meter.beats, item->meter.unit);
            break;
        case SCORE_TEMPO:
            buf_printf(b, "Q:%g", item->tempo);
            break;
        case SCORE_PART:
            buf_printf(b, "P:%s", item->text);
            break;
        default:
            buf_printf(b, "\"%s\"", item->text);
        }
    }
}

/* ---- songs: "C#4 z:2 C4+E4:1.5", lengths in eighths ---- */

static inline void scores_pitch(struct buf *b, int pitch) {
    static const char *const names[] = {"C",  "C#", "D",  "D#", "E",  "F",
                                        "F#", "G",  "G#", "A",  "A#", "B"};
    buf_printf(b, "%s%d", names[pitch % 12], pitch / 12 - 1);
}

static inline void scores_time(struct buf *b, int64_t ticks) {
    if (ticks != EIGHTH)
        buf_printf(b, ":%.4g", (double)ticks / EIGHTH);
}

/* A part of a song of perform_score. */
static inline void scores_part(const struct part *p, struct buf *b) {
    int64_t now = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        int with = i + 1 < p->count && p->notes[i + 1].onset == n->onset;
        if (n->onset > now) {
            buf_printf(b, "%sz", b->len ? " " : "");
            scores_time(b, n->onset - now);
        }
        buf_printf(b, "%s",
                   i && p->notes[i - 1].onset == n->onset ? "+"
                   : b->len                               ? " "
                                                          : "");
        scores_pitch(b, n->pitch);
        if (!with || p->notes[i + 1].duration != n->duration)
            scores_time(b, n->duration);
        now = n->onset + n->duration > now ? n->onset + n->duration : now;
    }
    if (p->end > now) {
        buf_printf(b, "%sz", b->len ? " " : "");
        scores_time(b, p->end - now);
    }
}

static inline void scores_check(struct buf *b, const char *want,
                                const char *of) {
    const char *got = b->data ? (const char *)b->data : "";
    if (strcmp(got, want) != 0)
        fail_msg("%s\n  is     %s\n  not    %s", of, got, want);
    buf_free(b);
}

/* A text of ABC as it is played: the melody. */
static inline void scores_check_played(const char *text, const char *want) {
    struct score s = scores_read(text);
    struct song song;
    struct err e = {0};
    struct buf b = {0};
    if (perform_score(&song, &s, &e))
        fail_msg("%s: %s", text, e.text);
    scores_part(&song.parts[1], &b);
    scores_check(&b, want, text);
    song_free(&song);
    score_free(&s);
}

/* A text of ABC as it is written. */
static inline void scores_check_written(const char *text, const char *want) {
    struct score s = scores_read(text);
    struct buf b = {0};
    scores_text(&s, &b);
    scores_check(&b, want, text);
    score_free(&s);
}

static inline void scores_same(const struct score *a, const struct score *b,
                               const char *of) {
    size_t at = score_differs(a, b);
    if (at == SIZE_MAX)
        return;
    struct buf x = {0}, y = {0};
    buf_printf(&x, "%s/%s/%s/%s %d/%d %.17g ", a->title, a->composer, a->rhythm,
               a->parts, a->meter.beats, a->meter.unit, a->tempo);
    scores_key(&x, &a->key);
    buf_printf(&y, "%s/%s/%s/%s %d/%d %.17g ", b->title, b->composer, b->rhythm,
               b->parts, b->meter.beats, b->meter.unit, b->tempo);
    scores_key(&y, &b->key);
    buf_printf(&x, " ");
    buf_printf(&y, " ");
    scores_text(a, &x);
    scores_text(b, &y);
    print_error("differs at %zu: %s\n", at, of);
    scores_check(&y, (const char *)x.data, of);
    fail_msg("differs in what is not shown");
}

#endif
