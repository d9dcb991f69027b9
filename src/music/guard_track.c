/* Tracks before libsmf: see guard_track.h. SPDX-License-Identifier: MIT */
#include "guard_track.h"

#include <string.h>

#include "guard.h"
#include "nott/music/midi.h"

int guard_track_refuse(struct guard *g, size_t at, const char *what) {
    g->fault_at = at;
    g->fault = what;
    g->cut = 0;
    return -1;
}

int guard_track_need(struct guard *g, size_t n) {
    if (n <= g->end - g->at.pos)
        return 0;
    guard_track_refuse(g, g->at.pos, "cut short");
    g->cut = 1;
    return -1;
}

static int read_vlq(struct guard *g, uint32_t *v) {
    *v = 0;
    for (int i = 0; i < 4; i++) {
        if (guard_track_need(g, 1))
            return -1;
        uint8_t byte = g->data[g->at.pos++];
        *v = *v << 7 | (byte & 0x7f);
        if (byte < 0x80)
            return 0;
    }
    return guard_track_refuse(g, g->at.pos - 4,
                              "number of more than four bytes");
}

/* The length of the body that follows. One that the chunk itself has no room
 * for may have swallowed notes; one that ends with the file has not. */
static int read_length(struct guard *g, uint32_t *n) {
    if (read_vlq(g, n))
        return -1;
    if (*n > g->claimed - g->at.pos)
        return guard_track_refuse(g, g->at.pos, "cut short");
    return guard_track_need(g, *n);
}

/* ---- events ---- */

static int keep(struct guard *g, const uint8_t *bytes, size_t n) {
    if (++g->at.events > MIDI_MAX_EVENTS)
        return guard_track_refuse(g, g->at.pos, "too many events in the track");
    if (++g->at.in_all > MIDI_MAX_IN_ALL)
        return guard_track_refuse(g, g->at.pos, "too many events");
    guard_add_vlq(g->out, g->at.tick - g->at.kept_at);
    buf_add(g->out, bytes, n);
    g->at.kept_at = g->at.tick;
    return 0;
}

static int leave_out(struct guard *g, unsigned repair) {
    g->at.repaired |= repair;
    g->at.leave_at = g->at.tick;
    return 0;
}

static void count_sounding(struct guard *g, const uint8_t *b) {
    unsigned *open = &g->open[b[0] & 0x0f][b[1]];
    if ((b[0] & 0xf0) == 0x90 && b[2]) {
        ++*open;
        g->sounding++;
    } else if ((b[0] & 0xf0) <= 0x90 && *open) {
        --*open;
        g->sounding--;
    }
}

static int clean_channel(struct guard *g) {
    struct place *at = &g->at;
    if (g->data[at->pos] >= 0x80) {
        at->status = g->data[at->pos++];
        at->over = 0;
    }
    if (!at->status)
        return guard_track_refuse(g, at->pos,
                                  "data byte without a status byte");
    int kind = at->status & 0xf0;
    size_t n = kind == 0xc0 || kind == 0xd0 ? 1 : 2;
    if (guard_track_need(g, n))
        return -1;
    uint8_t bytes[3] = {(uint8_t)at->status};
    int odd = 0;
    for (size_t i = 0; i < n; i++, at->pos++) {
        bytes[1 + i] = g->data[at->pos];
        /* of a note-off the song keeps the key alone, of others nothing */
        if (bytes[1 + i] > 127 && (kind == 0x90 || (kind == 0x80 && i == 0)))
            return guard_track_refuse(g, at->pos, "data byte above 127");
        odd |= bytes[1 + i] > 127;
    }
    at->repaired |= at->over;
    if (odd && kind != 0x80)
        return leave_out(g, REPAIR_DATA);
    if (odd) {
        at->repaired |= REPAIR_DATA;
        bytes[2] = 0;
    }
    count_sounding(g, bytes);
    return keep(g, bytes, 1 + n);
}

static int skip_sysex(struct guard *g) {
    uint32_t n;
    g->at.pos++;
    if (read_length(g, &n))
        return -1;
    g->at.pos += n;
    g->at.over |= REPAIR_RUNNING_SYSEX;
    return leave_out(g, 0);
}

static int clean_text(struct guard *g, int type, const uint8_t *text,
                      size_t n) {
    uint8_t bytes[3 + TEXT_MAX] = {0xff, (uint8_t)type};
    n = song_text_fit((const char *)text, n);
    bytes[2] = (uint8_t)n;
    memcpy(bytes + 3, text, n);
    return keep(g, bytes, 3 + n);
}

/* End of Track is written when the chunk is at its end. */
static int see_end(struct guard *g, uint32_t n) {
    if (n)
        g->at.repaired |= REPAIR_LONG_END;
    /* What comes behind has to name its status: padding does not. */
    g->at.status = 0;
    g->ended = 1;
    if (g->at.pos < g->end && g->size - g->at.pos >= 4 &&
        memcmp(g->data + g->at.pos, "MTrk", 4) == 0) {
        g->at.repaired |= REPAIR_LENGTH;
        g->end = g->at.pos;
    }
    g->at.len = g->out->len;
    g->after_end = g->at;
    return 0;
}

/* The repair that a meta event of n bytes needs, 0 if none. */
static unsigned meta_fault(int type, const uint8_t *p, uint32_t n) {
    switch (type) {
    case META_TEMPO:
        return n == 3 && guard_read_number(p, 3) ? 0 : REPAIR_TEMPO;
    case META_METER:
        return n >= 2 && p[0] >= 1 && p[1] <= 6 ? 0 : REPAIR_METER;
    case META_KEY:
        return n == 2 && (p[0] <= 7 || p[0] >= 0xf9) && p[1] <= 1 ? 0
                                                                  : REPAIR_KEY;
    default:
        return 0;
    }
}

/* Of a time signature two bytes matter; how the others click does not. */
static int clean_meter(struct guard *g, const uint8_t *p, uint32_t n) {
    const uint8_t whole[] = {p[0], p[1], 24, 8};
    g->at.repaired |= n == 4 ? 0 : (unsigned)REPAIR_METER;
    return clean_text(g, META_METER, n == 4 ? p : whole, 4);
}

static int clean_meta(struct guard *g) {
    size_t at = g->at.pos++;
    uint32_t n;
    if (guard_track_need(g, 1))
        return -1;
    int type = g->data[g->at.pos++];
    if (read_length(g, &n))
        return -1;
    const uint8_t *body = g->data + g->at.pos;
    g->at.pos += n;
    if (type == META_END)
        return see_end(g, n);
    g->at.over |= REPAIR_RUNNING_META;
    unsigned fault = meta_fault(type, body, n);
    if (fault)
        return leave_out(g, fault);
    if (type == META_TEMPO || type == META_METER) {
        if (++g->at.marks > MIDI_MAX_MARKS)
            return guard_track_refuse(g, at,
                                      "too many tempo and meter changes");
    } else if (type != META_KEY &&
               (type < META_TEXT_FIRST || type > META_TEXT_LAST || n == 0)) {
        return leave_out(g, 0);
    }
    return type == META_METER ? clean_meter(g, body, n)
                              : clean_text(g, type, body, n);
}

static int clean_event(struct guard *g) {
    size_t at = g->at.pos;
    uint32_t delta;
    if (read_vlq(g, &delta) || guard_track_need(g, 1))
        return -1;
    if (delta > TICK_MAX - g->at.tick)
        return guard_track_refuse(g, at, "track longer than 268435455 ticks");
    g->at.tick += delta;
    uint8_t first = g->data[g->at.pos];
    if (first == 0xff)
        return clean_meta(g);
    if (first == 0xf0 || first == 0xf7)
        return skip_sysex(g);
    if (first >= 0xf8) {
        g->at.pos++;
        return leave_out(g, REPAIR_REALTIME);
    }
    if (first > 0xf0)
        return guard_track_refuse(g, g->at.pos,
                                  "status byte that has no place in a file");
    return clean_channel(g);
}

/* ---- tracks ---- */

static struct place here(const struct guard *g) {
    struct place p = g->at;
    p.len = g->out->len;
    return p;
}

static void go_back(struct guard *g, const struct place *to) {
    g->at = *to;
    g->out->len = to->len;
}

/* Reads events up to the end of the chunk. One that is broken ends them: after
 * End of Track nothing has to be one, and where no note sounds the last may be
 * cut off by the end of the chunk. */
static int clean_events(struct guard *g) {
    while (g->at.pos < g->end) {
        struct place before = here(g);
        int late = g->ended;
        g->at.repaired |= late ? REPAIR_EARLY_END : 0;
        if (clean_event(g) == 0)
            continue;
        if (!late && (!g->cut || g->sounding))
            return -1;
        go_back(g, late ? &g->after_end : &before);
        g->at.repaired |= late ? REPAIR_AFTER_END : REPAIR_CUT;
        return 0;
    }
    return 0;
}

/* A track without End of Track may end where no note sounds. */
static int check_end(struct guard *g, size_t start) {
    int past = g->claimed > g->end;
    if (g->ended)
        g->at.repaired |= past ? REPAIR_LENGTH : 0;
    else if (g->sounding)
        return guard_track_refuse(g, g->at.pos,
                                  past ? "cut short" : "no End of Track");
    else if (past)
        g->at.repaired |= REPAIR_CUT;
    else if (g->at.pos == g->end)
        g->at.repaired |= start == g->end ? REPAIR_EMPTY : REPAIR_NO_END;
    return 0;
}

static int write_end(struct guard *g) {
    if (g->at.leave_at > g->at.kept_at) {
        uint32_t tick = g->at.tick;
        g->at.tick = g->at.leave_at;
        if (keep(g, guard_filler, sizeof guard_filler))
            return -1;
        g->at.tick = tick;
    }
    return keep(g, (const uint8_t[]){0xff, META_END, 0}, 3);
}

static void begin(struct guard *g) {
    g->at = (struct place){.pos = g->at.pos,
                           .marks = g->at.marks,
                           .in_all = g->at.in_all,
                           .repaired = g->at.repaired};
    g->ended = 0;
    g->sounding = 0;
    memset(g->open, 0, sizeof g->open);
}

int guard_track_clean(struct guard *g) {
    size_t start = g->at.pos;
    begin(g);
    buf_add(g->out, "MTrk\0\0\0", 8);
    size_t body = g->out->len;
    if (clean_events(g) || check_end(g, start) || write_end(g))
        return -1;
    if (!g->out->failed)
        guard_write_number(g->out->data + body - 4,
                           (uint32_t)(g->out->len - body), 4);
    g->at.pos = g->end;
    return 0;
}
