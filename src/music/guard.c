/* The guard before libsmf: see guard.h. SPDX-License-Identifier: MIT */
#include "guard.h"

#include <string.h>

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

void guard_header(struct buf *out, int format, uint32_t tracks, uint32_t ppq) {
    uint8_t h[HEADER_SIZE] = "MThd\0\0\0\6";
    guard_write_number(h + 8, (uint32_t)format, 2);
    guard_write_number(h + 10, tracks, 2);
    guard_write_number(h + 12, ppq, 2);
    buf_add(out, h, sizeof h);
}

struct guard {
    const uint8_t *data;
    size_t size, pos, end; /* `end` is that of the chunk being read */
    struct buf *out;
    const char *name;
    struct err *e;
    uint32_t tracks; /* promised by the header */
    size_t marks;    /* tempo and meter events so far */
    /* of the track being read: */
    size_t events;
    int status;        /* running status, 0 = none */
    int ended;         /* End of Track was seen */
    uint32_t tick;     /* of the event being read */
    uint32_t kept_at;  /* tick of the last event written */
    uint32_t leave_at; /* tick of the last event left out */
};

static int refuse(const struct guard *g, size_t at, const char *what) {
    return err_set(g->e, ERR_FORMAT, "%s: byte %zu: %s", g->name, at, what);
}

static int need(const struct guard *g, size_t n) {
    return n > g->end - g->pos ? refuse(g, g->pos, "cut short") : 0;
}

static int read_vlq(struct guard *g, uint32_t *v) {
    *v = 0;
    for (int i = 0; i < 4; i++) {
        if (need(g, 1))
            return -1;
        uint8_t byte = g->data[g->pos++];
        *v = *v << 7 | (byte & 0x7f);
        if (byte < 0x80)
            return 0;
    }
    return refuse(g, g->pos - 4, "number of more than four bytes");
}

static void put_vlq(struct buf *out, uint32_t v) {
    uint8_t b[4];
    int n = 0;
    for (int shift = 21; shift > 0; shift -= 7)
        if (v >> shift)
            b[n++] = (uint8_t)(0x80 | (v >> shift & 0x7f));
    b[n++] = v & 0x7f;
    buf_add(out, b, (size_t)n);
}

static int keep(struct guard *g, uint32_t tick, const uint8_t *bytes,
                size_t n) {
    if (++g->events > MIDI_MAX_EVENTS)
        return refuse(g, g->pos, "too many events in the track");
    put_vlq(g->out, tick - g->kept_at);
    buf_add(g->out, bytes, n);
    g->kept_at = tick;
    return 0;
}

static int clean_channel(struct guard *g) {
    if (g->data[g->pos] >= 0x80)
        g->status = g->data[g->pos++];
    if (!g->status)
        return refuse(g, g->pos, "data byte without a status byte");
    int kind = g->status & 0xf0;
    size_t n = kind == 0xc0 || kind == 0xd0 ? 1 : 2;
    if (need(g, n))
        return -1;
    uint8_t bytes[3] = {(uint8_t)g->status};
    for (size_t i = 0; i < n; i++, g->pos++) {
        bytes[1 + i] = g->data[g->pos];
        if (bytes[1 + i] > 127)
            return refuse(g, g->pos, "data byte above 127");
    }
    return keep(g, g->tick, bytes, 1 + n);
}

static int skip_sysex(struct guard *g) {
    uint32_t n;
    g->pos++;
    if (read_vlq(g, &n) || need(g, n))
        return -1;
    g->pos += n;
    g->status = 0;
    g->leave_at = g->tick;
    return 0;
}

static int clean_text(struct guard *g, int type, const uint8_t *text,
                      size_t n) {
    uint8_t bytes[3 + TEXT_MAX] = {0xff, (uint8_t)type};
    n = song_text_fit((const char *)text, n);
    bytes[2] = (uint8_t)n;
    memcpy(bytes + 3, text, n);
    return keep(g, g->tick, bytes, 3 + n);
}

static int clean_end(struct guard *g) {
    if (g->pos != g->end)
        return refuse(g, g->pos, "data after End of Track");
    if (g->leave_at > g->kept_at &&
        keep(g, g->leave_at, guard_filler, sizeof guard_filler))
        return -1;
    g->ended = 1;
    return keep(g, g->tick, (const uint8_t[]){0xff, META_END, 0}, 3);
}

/* Says what is wrong with a meta event of n bytes, NULL if nothing is. */
static const char *meta_fault(int type, const uint8_t *p, uint32_t n) {
    switch (type) {
    case META_END:
        return n == 0 ? NULL : "End of Track with data";
    case META_TEMPO:
        return n == 3 && guard_read_number(p, 3) ? NULL : "bad tempo";
    case META_METER:
        return n == 4 && p[0] >= 1 && p[1] <= 6 ? NULL : "bad time signature";
    case META_KEY:
        return n == 2 && (p[0] <= 7 || p[0] >= 0xf9) && p[1] <= 1
                   ? NULL
                   : "bad key signature";
    default:
        return NULL;
    }
}

static int clean_meta(struct guard *g) {
    size_t at = g->pos++;
    uint32_t n;
    if (need(g, 1))
        return -1;
    int type = g->data[g->pos++];
    if (read_vlq(g, &n) || need(g, n))
        return -1;
    const uint8_t *body = g->data + g->pos;
    const char *fault = meta_fault(type, body, n);
    if (fault)
        return refuse(g, at, fault);
    g->pos += n;
    g->status = 0;
    if (type == META_END)
        return clean_end(g);
    if (type == META_TEMPO || type == META_METER) {
        if (++g->marks > MIDI_MAX_MARKS)
            return refuse(g, at, "too many tempo and meter changes");
    } else if (type != META_KEY &&
               (type < META_TEXT_FIRST || type > META_TEXT_LAST || n == 0)) {
        g->leave_at = g->tick;
        return 0;
    }
    return clean_text(g, type, body, n);
}

static int clean_event(struct guard *g) {
    size_t at = g->pos;
    uint32_t delta;
    if (read_vlq(g, &delta) || need(g, 1))
        return -1;
    if (delta > TICK_MAX - g->tick)
        return refuse(g, at, "track longer than 268435455 ticks");
    g->tick += delta;
    uint8_t first = g->data[g->pos];
    if (first == 0xff)
        return clean_meta(g);
    if (first == 0xf0 || first == 0xf7)
        return skip_sysex(g);
    if (first > 0xf0)
        return refuse(g, g->pos, "status byte that has no place in a file");
    return clean_channel(g);
}

static int clean_track(struct guard *g) {
    buf_add(g->out, "MTrk\0\0\0", 8);
    size_t body = g->out->len;
    g->events = 0;
    g->status = g->ended = 0;
    g->tick = g->kept_at = g->leave_at = 0;
    while (g->pos < g->end)
        if (clean_event(g))
            return -1;
    if (!g->ended)
        return refuse(g, g->pos, "no End of Track");
    if (!g->out->failed)
        guard_write_number(g->out->data + body - 4,
                           (uint32_t)(g->out->len - body), 4);
    return 0;
}

/* Steps over the head of the next chunk and bounds the guard to its body. */
static int open_chunk(struct guard *g) {
    g->end = g->size;
    size_t at = g->pos;
    if (need(g, 8))
        return -1;
    uint32_t n = guard_read_number(g->data + g->pos + 4, 4);
    g->pos += 8;
    if (n > g->size - g->pos)
        return refuse(g, at, "chunk longer than the file");
    g->end = g->pos + n;
    return 0;
}

static int clean_header(struct guard *g) {
    if (g->size > MIDI_MAX_BYTES)
        return refuse(g, MIDI_MAX_BYTES, "file too large");
    if (g->size < 4 || memcmp(g->data, "MThd", 4) != 0)
        return refuse(g, 0, "not a MIDI file");
    if (open_chunk(g) || need(g, 6))
        return -1;
    uint32_t format = guard_read_number(g->data + g->pos, 2);
    uint32_t ppq = guard_read_number(g->data + g->pos + 4, 2);
    g->tracks = guard_read_number(g->data + g->pos + 2, 2);
    if (format > 1)
        return refuse(g, g->pos, "neither format 0 nor format 1");
    if (g->tracks == 0 || (format == 0 && g->tracks > 1))
        return refuse(g, g->pos + 2, "wrong number of tracks");
    if (ppq == 0 || ppq > 0x7fff)
        return refuse(g, g->pos + 4, "no ticks per quarter note");
    guard_header(g->out, (int)format, g->tracks, ppq);
    g->pos = g->end;
    return 0;
}

static int clean_file(struct guard *g) {
    if (clean_header(g))
        return -1;
    uint32_t seen = 0;
    while (g->pos < g->size) {
        size_t at = g->pos;
        if (open_chunk(g))
            return -1;
        if (memcmp(g->data + at, "MTrk", 4) != 0) {
            g->pos = g->end; /* chunks of other kinds are to be ignored */
            continue;
        }
        if (++seen > g->tracks)
            return refuse(g, at, "more tracks than the header says");
        if (clean_track(g))
            return -1;
    }
    if (seen < g->tracks)
        return refuse(g, g->pos, "fewer tracks than the header says");
    return buf_ok(g->out, g->name, g->e);
}

int guard_clean(struct buf *out, const uint8_t *data, size_t n,
                const char *name, struct err *e) {
    struct guard g = {
        .data = data, .size = n, .out = out, .name = name, .e = e};
    size_t before = out->len;
    if (clean_file(&g)) {
        out->len = before;
        return -1;
    }
    return 0;
}
