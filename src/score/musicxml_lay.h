/* A score laid out in measures and in notes that can be drawn, ahead of its
 * being written as MusicXML. SPDX-License-Identifier: MIT */
#ifndef NOTT_MUSICXML_LAY_H
#define NOTT_MUSICXML_LAY_H

#include "nott/score/score.h"

#define LAY_LEVELS 6  /* beams of a 256th */
#define LAY_TYPES  12 /* maxima .. 256th */
#define LAY_EIGHTH 6  /* the first type with a beam */

enum lay_beam {
    LAY_BEAM_NONE,
    LAY_BEAM_BEGIN,
    LAY_BEAM_CONTINUE,
    LAY_BEAM_END,
    LAY_BEAM_FORWARD, /* hooks: one note's own beam */
    LAY_BEAM_BACKWARD,
};

/* A note or rest as it is drawn; a length that no single one has takes
 * several, tied. */
struct lay_piece {
    size_t item;
    int64_t length;     /* ticks as it sounds; 0 = takes no time */
    int type, dots;     /* 0 = maxima, 1 = long .. 11 = 256th */
    int first, last;    /* of its item */
    unsigned from, to;  /* bit k: pitch k is tied from, or to, its neighbour */
    int whole;          /* a rest that fills its measure */
    int actual, normal; /* of its tuplet, 0 = none */
    int opens, closes;  /* it */
    unsigned char beam[LAY_LEVELS]; /* enum lay_beam */
};

/* What stands between two bar lines. */
struct lay_measure {
    size_t first, end; /* its items, the bar line at its end not included */
    size_t piece, piece_end;
    unsigned left, right; /* bits of enum score_bar */
    int invisible;        /* the line at its right is not drawn */
    int number, implicit; /* implicit: has no number of its own */
    int64_t length, at;   /* ticks, and where in its bar it begins */
    struct score_meter meter;
    unsigned opens, closes; /* bits of the ending that begins and ends here */
    int closed;             /* with a jog, at a line that says so */
    int times;              /* that its repeat is played; 0 = twice */
};

struct lay {
    struct lay_measure *measures; /* owned; at least one */
    size_t measure_count, measure_cap;
    struct lay_piece *pieces; /* owned */
    size_t piece_count, piece_cap;
};

/* ERR_MEM. */
int musicxml_lay_out(const struct score *s, struct lay *lay, struct err *e);
void musicxml_lay_free(struct lay *lay);

/* An item as it is taken: a note that sounds, one that takes no time (as do
 * those of length 0), a rest. Rests of no length are nothing. */
enum lay_role { LAY_OTHER, LAY_SOUND, LAY_GRACE, LAY_REST };
enum lay_role musicxml_lay_role(const struct score_item *item);

int musicxml_lay_pitches(const struct score_item *item);

/* The length of an item, within what can be counted with. */
int64_t musicxml_lay_length(const struct score_item *item);

/* Whether a single note, with up to `dots` dots, has this length. */
int musicxml_lay_single(int64_t written, int most_dots, int *type, int *dots);

/* A meter without sense is a free one. */
struct score_meter musicxml_lay_meter(struct score_meter m);

#endif
