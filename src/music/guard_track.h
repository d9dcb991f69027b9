/* The guard's work on one track, from event to event: see guard.h.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_GUARD_TRACK_H
#define NOTT_GUARD_TRACK_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"

/* How far the guard is; a copy is a place to go back to. */
struct place {
    size_t pos;        /* in the file */
    size_t len;        /* of the clean bytes */
    size_t marks;      /* tempo and meter events so far, */
    size_t in_all;     /* and events of all tracks */
    unsigned repaired; /* enum song_repair */
    /* of the track being read: */
    size_t events;
    int status;        /* running status, 0 = none */
    unsigned over;     /* the repair it is to be used now, 0 = none */
    uint32_t tick;     /* of the event being read */
    uint32_t kept_at;  /* tick of the last event written */
    uint32_t leave_at; /* tick of the last event left out */
};

struct guard {
    const uint8_t *data;
    size_t size;
    struct buf *out;
    struct place at;
    /* of the chunk being read: */
    size_t end;
    uint64_t claimed; /* its end by its own word, may lie beyond the file */
    int ended;        /* End of Track was seen */
    struct place after_end;
    unsigned open[16][128], sounding; /* notes without an off, and in all */
    /* what is wrong: */
    size_t fault_at;
    const char *fault;
    int cut; /* nothing but that the bytes are at their end */
};

/* Says what is wrong and where; -1. */
int guard_track_refuse(struct guard *g, size_t at, const char *what);

/* Are there n more bytes in the chunk? -1 and "cut short" if not. */
int guard_track_need(struct guard *g, size_t n);

/* Reads the body of a track, from g->at.pos to g->end, and appends a clean
 * chunk. Steps to its end, which moves if another chunk proves to begin before.
 * -1 when notes or times are in doubt. */
int guard_track_clean(struct guard *g);

#endif
