/* The guard before libsmf: see guard.h. SPDX-License-Identifier: MIT */
#include "guard.h"

#include <string.h>

#include "guard_track.h"
#include "nott/music/midi.h"

const uint8_t guard_filler[4] = {0xff, 0x7f, 0x01, 0x7d};

uint32_t guard_read_number(const uint8_t *p, int n) {
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

void guard_write_number(uint8_t *p, uint32_t v, int n) {
    for (int i = n - 1; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

void guard_add_vlq(struct buf *out, uint32_t v) {
    uint8_t bytes[4];
    int n = sizeof bytes;
    bytes[--n] = v & 0x7f;
    while (v >>= 7)
        bytes[--n] = 0x80 | (v & 0x7f);
    buf_add(out, bytes + n, sizeof bytes - (size_t)n);
}

void guard_header(struct buf *out, int format, uint32_t tracks, uint32_t ppq) {
    uint8_t h[HEADER_SIZE] = "MThd\0\0\0\6";
    guard_write_number(h + 8, (uint32_t)format, 2);
    guard_write_number(h + 10, tracks, 2);
    guard_write_number(h + 12, ppq, 2);
    buf_add(out, h, sizeof h);
}

/* What the header says, and where it lies. */
struct header {
    size_t at;
    uint32_t format, tracks, ppq;
};

/* Steps over the head of the next chunk and bounds the guard to its body. */
static int open_chunk(struct guard *g) {
    g->end = g->size;
    if (guard_track_need(g, 8))
        return -1;
    g->at.pos += 8;
    g->claimed =
        g->at.pos + (uint64_t)guard_read_number(g->data + g->at.pos - 4, 4);
    if (g->claimed < g->end)
        g->end = (size_t)g->claimed;
    return 0;
}

static int is_kind(const struct guard *g, size_t at, const char *kind) {
    return g->size - at >= 4 && memcmp(g->data + at, kind, 4) == 0;
}

/* Bounds the guard to the MIDI file in a RIFF container (RIFF counts from the
 * small end, and pads to even). A wrong size of the whole does not matter. */
static int open_riff(struct guard *g) {
    size_t at = 12;
    while (g->size - at >= 8) {
        uint32_t n = 0;
        for (int i = 7; i >= 4; i--)
            n = n << 8 | g->data[at + (size_t)i];
        size_t body = at + 8, left = g->size - body;
        if (is_kind(g, at, "data")) {
            g->at.pos = body;
            g->size = n < left ? body + n : g->size;
            g->at.repaired |= REPAIR_RIFF;
            return 0;
        }
        if (n > left)
            break;
        at = body + n + (n & 1 && n < left);
    }
    return guard_track_refuse(g, at, "no MIDI file in the RIFF container");
}

/* Old Macintosh programs put 128 bytes before a file that begin with 0
 * (MacBinary). */
static void skip_macbinary(struct guard *g) {
    if (g->size >= 132 && g->data[0] == 0 && is_kind(g, 128, "MThd")) {
        g->at.pos = 128;
        g->at.repaired |= REPAIR_STRAY;
    }
}

static int clean_header(struct guard *g, struct header *h) {
    if (g->size > MIDI_MAX_BYTES)
        return guard_track_refuse(g, MIDI_MAX_BYTES, "file too large");
    if (g->size >= 12 && is_kind(g, 0, "RIFF") && is_kind(g, 8, "RMID") &&
        open_riff(g))
        return -1;
    skip_macbinary(g);
    size_t at = g->at.pos;
    if (!is_kind(g, at, "MThd"))
        return guard_track_refuse(g, at, "not a MIDI file");
    if (open_chunk(g))
        return -1;
    if (g->claimed > g->end)
        return guard_track_refuse(g, at, "chunk longer than the file");
    if (guard_track_need(g, 6))
        return -1;
    h->at = g->at.pos;
    h->format = guard_read_number(g->data + h->at, 2);
    h->tracks = guard_read_number(g->data + h->at + 2, 2);
    h->ppq = guard_read_number(g->data + h->at + 4, 2);
    if (h->format > 2)
        return guard_track_refuse(g, h->at, "none of the formats 0, 1 and 2");
    if (h->ppq == 0 || h->ppq > 0x7fff)
        return guard_track_refuse(g, h->at + 4, "no ticks per quarter note");
    g->at.pos = g->end;
    g->ended = 1;
    return 0;
}

/* Steps over a chunk of a kind that nobody knows, if it is one. */
static int skip_alien(struct guard *g) {
    size_t at = g->at.pos;
    for (size_t i = at; i < at + 4; i++)
        if (g->data[i] < 0x20 || g->data[i] > 0x7e)
            return 0;
    if (is_kind(g, at, "MThd") || open_chunk(g) || g->claimed > g->end) {
        g->at.pos = at;
        return 0;
    }
    g->at.pos = g->end;
    g->at.repaired |= REPAIR_ALIEN;
    return 1;
}

/* Steps over bytes that are no chunk to the next track, or to the end if there
 * is none or another file begins. They may be padding; but after a track
 * without an end they are what is lacking there. */
static int skip_stray(struct guard *g) {
    size_t at = g->at.pos;
    if (!g->ended)
        return guard_track_refuse(g, at, "no chunk, after a track without end");
    g->at.repaired |= REPAIR_STRAY;
    for (; at < g->size && !is_kind(g, at, "MThd"); at++)
        if (at > g->at.pos && is_kind(g, at, "MTrk")) {
            g->at.pos = at;
            return 0;
        }
    g->at.pos = g->size;
    return 0;
}

static int clean_chunks(struct guard *g, uint32_t *tracks) {
    while (g->at.pos < g->size) {
        size_t at = g->at.pos;
        int whole = g->size - at >= 8;
        if (whole && is_kind(g, at, "MTrk")) {
            if (++*tracks > 0xffff)
                return guard_track_refuse(g, at, "too many tracks");
            if (open_chunk(g) || guard_track_clean(g))
                return -1;
        } else if (!(whole && skip_alien(g)) && skip_stray(g)) {
            return -1;
        }
    }
    return 0;
}

/* Holds the tracks that are there against the header. Fewer than it promises
 * are a matter of counting, unless there are bytes that might have been one. */
static int check_tracks(struct guard *g, const struct header *h,
                        uint32_t tracks) {
    const unsigned lost = REPAIR_STRAY | REPAIR_CUT | REPAIR_AFTER_END;
    if (tracks == 0)
        return guard_track_refuse(g, g->size, "no tracks");
    if (h->format == 2 && tracks > 1)
        return guard_track_refuse(g, h->at, "format 2 with several tracks");
    if (tracks < h->tracks && g->at.repaired & lost)
        return guard_track_refuse(g, g->size,
                                  "fewer tracks than the header says");
    if (tracks != h->tracks)
        g->at.repaired |= REPAIR_TRACKS;
    if (h->format == 2)
        g->at.repaired |= REPAIR_FORMAT_2;
    if (h->format == 0 && tracks > 1)
        g->at.repaired |= REPAIR_FORMAT_0;
    return 0;
}

static int clean_file(struct guard *g) {
    size_t start = g->out->len;
    struct header h = {0};
    uint32_t tracks = 0;
    if (clean_header(g, &h))
        return -1;
    guard_header(g->out, 0, 0, h.ppq);
    if (clean_chunks(g, &tracks) || check_tracks(g, &h, tracks))
        return -1;
    if (g->out->failed)
        return 0;
    uint8_t *fields = g->out->data + start + 8;
    guard_write_number(fields, tracks > 1 || h.format == 1, 2);
    guard_write_number(fields + 2, tracks, 2);
    return 0;
}

int guard_clean(struct buf *out, const uint8_t *data, size_t n,
                const char *name, unsigned *repaired, struct err *e) {
    struct guard g = {.data = data, .size = n, .out = out};
    size_t before = out->len;
    int rc = clean_file(&g);
    if (rc)
        err_set(e, ERR_FORMAT, "%s: byte %zu: %s", name, g.fault_at, g.fault);
    else
        rc = buf_ok(out, name, e);
    if (rc)
        out->len = before;
    else
        *repaired = g.at.repaired;
    return rc;
}
