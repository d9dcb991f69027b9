/* The guard before libsmf: MIDI bytes, checked and written anew.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_GUARD_H
#define NOTT_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/song.h"

enum {
    TICK_MAX = 0x0fffffff,    /* the largest number four VLQ bytes can hold */
    TEXT_MAX = SONG_TEXT_MAX, /* libsmf reads a length as one byte below 128 */
    HEADER_SIZE = 14,
    META_TEXT_FIRST = 0x01,
    META_NAME = 0x03,
    META_TEXT_LAST = 0x09,
    META_END = 0x2f,
    META_TEMPO = 0x51,
    META_METER = 0x58,
    META_KEY = 0x59,
};

/* An event that says nothing (sequencer-specific, maker 7D = nobody): it
 * keeps the tick of a last event that a song or the guard leaves out. */
extern const uint8_t guard_filler[4];

/* Big-endian numbers of n bytes. */
uint32_t guard_read_number(const uint8_t *p, int n);
void guard_write_number(uint8_t *p, uint32_t v, int n);

/* Appends a number of up to TICK_MAX, seven bits in a byte. */
void guard_add_vlq(struct buf *out, uint32_t v);

/* Appends the header chunk of a MIDI file. */
void guard_header(struct buf *out, int format, uint32_t tracks, uint32_t ppq);

/* Appends to `out` a well-formed standard MIDI file with the same notes,
 * signatures, tempos, programs and texts as data[0..n), or refuses with
 * ERR_FORMAT and the byte offset of the damage. `name` is for messages.
 *
 * Formats 0 and 1 with ticks per quarter are taken, and what can only be meant
 * as one of them; SMPTE time is refused. System exclusive and unknown meta
 * events are dropped, their time kept; texts are cut to 127 bytes. Damage that
 * leaves neither a note nor a time in doubt is put right, and *repaired says
 * what it was: bits of enum song_repair. A file that is cut off is taken where
 * no note sounds, for a note without an end has no length. */
int guard_clean(struct buf *out, const uint8_t *data, size_t n,
                const char *name, unsigned *repaired, struct err *e);

#endif
