/* Reading ABC: the place that is read, and what holds there; notes, rests and
 * bar lines. Functions that can fail return -1 with r->e set.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ABC_NOTES_H
#define NOTT_ABC_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/score/score.h"

#define ABC_NONE SIZE_MAX
#define ABC_NOTES_LOWEST                                                       \
    (-2) /* octave: that of the B# that is MIDI pitch 0                        \
          */

struct abc_tuplet {
    int actual, normal, left; /* notes that are still to come */
    int begins;               /* 1 before the first one, which gets the size */
};

struct abc_reader {
    struct score *s;
    struct buf *remarks; /* NULL = nothing odd is told */
    size_t more;         /* what would be told if there was room ... */
    size_t more_at;      /* ... and where that begins */
    int more_line;
    struct err *e;
    /* the line */
    const char *text;
    size_t size, at;
    size_t close; /* a ']' that was found, the size = there is none more; it
                   * holds as long as it is ahead */
    int line;
    /* what holds */
    int64_t unit; /* ticks; 0 = the default of the meter */
    struct score_key key;
    struct score_meter meter;
    int octave; /* by which notes sound higher */
    int in_body;
    char voice[32]; /* the one that is read; "" = none was named */
    int silent;     /* in another one */
    int overlay;    /* up to the next bar line */
    int in_block;   /* between %%begintext and its end */
    int told_voices, told_overlay;
    int by_octave; /* accidentals are for one octave alone */
    /* the bar */
    signed char altered[7][12]; /* by octaves from ABC_NOTES_LOWEST on */
    signed char usual[7];       /* the same as if they were for all octaves */
    size_t here; /* the bar line after which nothing stands yet; NONE = none */
    int64_t bar; /* ticks in it */
    size_t bar_begin; /* the item of the bar line before; NONE = none */
    int bars;         /* whole ones so far */
    int rests;        /* bars of rest by Z so far */
    /* the last note */
    size_t last;    /* of the items; NONE = none in this line of thought */
    size_t sounded; /* the last one that takes time, in any bar; NONE = none */
    int64_t plain;  /* its length as it is written, without a tuplet */
    int broken; /* > 0: the next is shorter, by so many halvings; < 0: longer */
    size_t shaped; /* the item that is the second of such a pair */
    size_t dotted; /* the item after the last staccato dot */
    struct abc_tuplet tuplet;
    int grace;
};

/* Tells something odd, or fails, at a byte of the line; tells at the end what
 * there was no room for. */
void abc_notes_remark(struct abc_reader *r, size_t at, const char *fmt, ...)
    ERR_PRINTF(3, 4);
void abc_notes_tell_more(struct abc_reader *r);
int abc_notes_fail(struct abc_reader *r, size_t at, const char *what);

/* Adds an item that was read there. */
int abc_notes_add(struct abc_reader *r, struct score_item *item, size_t at);

int abc_notes_take_time(const struct score_item *item);
void abc_notes_forget(struct abc_reader *r); /* the accidentals of the bar */

/* The byte so many ahead, 0 beyond the line; a whole number that stands here.
 */
char abc_notes_peek(const struct abc_reader *r, size_t ahead);
int abc_notes_number(struct abc_reader *r, int otherwise);

/* Each reads what stands here: "A2", "[CEG]", "z2" or "Z4", "(3", ">", a tie
 * that comes late, a staccato dot, a bar line, the numbers of an ending. */
int abc_notes_note(struct abc_reader *r);
int abc_notes_is_chord(const struct abc_reader *r); /* "[" with notes, closed */
int abc_notes_chord(struct abc_reader *r);
int abc_notes_rest(struct abc_reader *r);
void abc_notes_tuplet(struct abc_reader *r);
int abc_notes_broken(struct abc_reader *r);
void abc_notes_tie(struct abc_reader *r);
void abc_notes_dot(struct abc_reader *r);
int abc_notes_bar(struct abc_reader *r);
int abc_notes_ending(struct abc_reader *r, size_t at);

#endif
