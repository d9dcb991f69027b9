/* MIDI files: see midi.h. The format is that of "Standard MIDI Files 1.0".
 * Reading what the guard has cleaned goes through libsmf.
 * SPDX-License-Identifier: MIT */
#include "nott/music/midi.h"

#include <smf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complaint.h"
#include "guard.h"
#include "nott/base/file.h"
#include "nott/base/plain.h"

/* ---- libsmf ---- */

/* smf_delete looks for each event in its track, in quadratic time. Events
 * that no longer know their track are just freed. */
static void smf_free(smf_t *smf) {
    if (!smf)
        return;
    for (int t = 1; t <= smf->number_of_tracks; t++) {
        smf_track_t *track = smf_get_track_by_number(smf, t);
        for (int i = 1; i <= track->number_of_events; i++) {
            smf_event_t *event = smf_track_get_event_by_number(track, i);
            event->track = NULL;
            smf_event_delete(event);
        }
        g_ptr_array_set_size(track->events_array, 0);
        track->number_of_events = 0;
    }
    smf_delete(smf);
}

/* ---- reading ---- */

/* One track on its way into a part. Open notes of a key wait in a queue: it
 * holds numbers of notes plus one, so that 0 is none. */
struct reader {
    struct song *song;
    int part;
    int named;
    unsigned used; /* a bit for each channel whose queues below are filled in */
    struct {
        size_t first, last;
    } open[16][128];
    size_t *next; /* owned: next[i] comes after note i in its queue */
    struct err *e;
};

static struct part *reader_part(const struct reader *r) {
    return &r->song->parts[r->part];
}

static int is_used(const struct reader *r, int channel) {
    return r->used >> channel & 1;
}

static int open_note(struct reader *r, int64_t tick, const uint8_t *b) {
    struct note note = {
        .onset = tick, .pitch = b[1], .velocity = b[2], .channel = b[0] & 0x0f};
    if (!is_used(r, note.channel))
        memset(r->open[note.channel], 0, sizeof r->open[note.channel]);
    r->used |= 1u << note.channel;
    if (song_add_note(r->song, r->part, note, r->e))
        return -1;
    size_t number = reader_part(r)->count;
    size_t *last = &r->open[note.channel][note.pitch].last;
    if (*last)
        r->next[*last - 1] = number;
    else
        r->open[note.channel][note.pitch].first = number;
    *last = number;
    return 0;
}

static void close_note(struct reader *r, int channel, int pitch, int64_t tick) {
    size_t *first = &r->open[channel][pitch].first;
    if (!is_used(r, channel) || !*first)
        return;
    struct note *note = &reader_part(r)->notes[*first - 1];
    note->duration = tick - note->onset;
    if (reader_part(r)->end < tick)
        reader_part(r)->end = tick;
    *first = r->next[*first - 1];
    if (!*first)
        r->open[channel][pitch].last = 0;
}

static void close_all(struct reader *r, int64_t tick) {
    for (int c = 0; c < 16; c++)
        for (int p = 0; p < 128 && is_used(r, c); p++)
            while (r->open[c][p].first)
                close_note(r, c, p, tick);
}

static int read_text(struct reader *r, struct mark *m, const uint8_t *text,
                     size_t n) {
    n = strnlen((const char *)text, n);
    if (n == 0)
        return 0;
    if (m->a == META_NAME && !r->named) {
        r->named = 1;
        plain_decode(reader_part(r)->name, SONG_TEXT_MAX + 1,
                     (const char *)text, n);
        return 0;
    }
    m->kind = MARK_TEXT;
    plain_decode(m->text, sizeof m->text, (const char *)text, n);
    return song_add_mark(r->song, *m, r->e);
}

/* `b` is FF, type, length below 128, data: the guard has seen to that. */
static int read_meta(struct reader *r, int64_t tick, const uint8_t *b) {
    struct mark m = {.tick = tick, .part = r->part};
    switch (b[1]) {
    case META_TEMPO:
        m.kind = MARK_TEMPO;
        m.a = (int)guard_read_number(b + 3, 3);
        return song_add_mark(r->song, m, r->e);
    case META_METER:
        m.kind = MARK_METER;
        m.a = b[3];
        m.b = 1 << b[4];
        return song_add_mark(r->song, m, r->e);
    case META_KEY:
        m.kind = MARK_KEY;
        m.a = b[3] < 128 ? b[3] : b[3] - 256;
        m.b = b[4];
        return song_add_mark(r->song, m, r->e);
    default:
        m.a = b[1];
        return m.a >= META_TEXT_FIRST && m.a <= META_TEXT_LAST
                   ? read_text(r, &m, b + 3, b[2])
                   : 0;
    }
}

static int read_event(struct reader *r, const smf_event_t *event) {
    const uint8_t *b = event->midi_buffer;
    int64_t tick = event->time_pulses;
    struct part *p = reader_part(r);
    if (b[0] == 0xff && b[1] == META_END) {
        close_all(r, tick);
        return 0;
    }
    p->end = tick;
    int kind = b[0] & 0xf0;
    if (kind == 0x90 && b[2] == 0)
        kind = 0x80;
    switch (kind) {
    case 0x90:
        return open_note(r, tick, b);
    case 0x80:
        close_note(r, b[0] & 0x0f, b[1], tick);
        return 0;
    case 0xc0:
        if (p->program < 0 && p->count == 0)
            p->program = b[1];
        return 0;
    case 0xf0:
        return read_meta(r, tick, b);
    default:
        return 0;
    }
}

static int read_track(struct song *s, const smf_track_t *track, struct err *e) {
    struct reader r; /* its queues are left as they are */
    r.song = s;
    r.e = e;
    r.named = 0;
    r.used = 0;
    r.part = song_add_part(s, "", -1);
    r.next = calloc((size_t)track->number_of_events + 1, sizeof *r.next);
    int rc = -1;
    if (r.part < 0 || !r.next) {
        err_set(e, ERR_MEM, "track: out of memory");
        goto out;
    }
    for (int i = 1; i <= track->number_of_events; i++)
        if (read_event(&r, smf_track_get_event_by_number(track, i)))
            goto out;
    rc = 0;
out:
    free(r.next);
    return rc;
}

struct loading {
    const struct buf *bytes;
    smf_t *smf;
};

static void load_bytes(void *user) {
    struct loading *l = user;
    l->smf = smf_load_from_memory(l->bytes->data, (int)l->bytes->len);
}

/* Loads one clean track as a file of its own: libsmf works out all times anew
 * for each tempo event that lies before the end of another track. */
static int parse_track(struct song *s, const uint8_t *chunk, size_t n,
                       const char *name, struct err *e) {
    struct buf one = {0};
    struct loading l = {.bytes = &one};
    int rc = -1;
    guard_header(&one, 0, 1, (uint32_t)s->ppq);
    buf_add(&one, chunk, n);
    if (buf_ok(&one, name, e))
        goto out;
    rc = complaint_none(load_bytes, &l, name, e);
    if (rc == COMPLAINT_LEFT)
        l.smf = NULL;
    if (rc == 0 && (!l.smf || l.smf->number_of_tracks != 1))
        rc = err_set(e, ERR_FORMAT, "%s: libsmf: refused", name);
    if (rc == 0)
        rc = read_track(s, smf_get_track_by_number(l.smf, 1), e);
    smf_free(l.smf);
out:
    buf_free(&one);
    return rc ? -1 : 0;
}

int midi_parse(struct song *s, const uint8_t *data, size_t n, const char *name,
               struct err *e) {
    struct buf clean = {0};
    *s = (struct song){0};
    int rc = guard_clean(&clean, data, n, name, &s->repaired, e);
    if (rc == 0)
        s->ppq = (int)guard_read_number(clean.data + 12, 2);
    for (size_t at = HEADER_SIZE; rc == 0 && at < clean.len;) {
        size_t size = 8 + guard_read_number(clean.data + at + 4, 4);
        rc = parse_track(s, clean.data + at, size, name, e);
        at += size;
    }
    if (rc)
        song_free(s);
    buf_free(&clean);
    return rc;
}

int midi_load(struct song *s, const char *path, struct err *e) {
    struct buf file = {0};
    *s = (struct song){0};
    int rc = file_read(&file, path, MIDI_MAX_BYTES, e);
    if (rc == 0)
        rc = midi_parse(s, file.data, file.len, path, e);
    buf_free(&file);
    return rc;
}

/* ---- writing ---- */

/* Name, program, guard_filler and End of Track, besides marks and notes. */
#define PART_EVENTS 4

/* One event to be: either a mark or up to four bytes. */
struct item {
    int64_t tick;
    int rank;   /* order within a tick: marks, note-offs, note-ons, guard_filler
                 */
    size_t seq; /* order within a rank */
    const struct mark *mark;
    uint8_t bytes[4];
    size_t size;
};

struct items {
    struct item *v; /* owned */
    size_t count;
};

static int in(int64_t x, int64_t low, int64_t high) {
    return low <= x && x <= high;
}

static int note_ok(const struct note *n) {
    return in(n->onset, 0, TICK_MAX) &&
           in(n->duration, 0, TICK_MAX - n->onset) && in(n->pitch, 0, 127) &&
           in(n->velocity, 1, 127) && in(n->channel, 0, 15);
}

static int mark_ok(const struct mark *m) {
    if (!in(m->tick, 0, TICK_MAX))
        return 0;
    switch (m->kind) {
    case MARK_TEMPO:
        return in(m->a, 1, 0xffffff);
    case MARK_METER:
        return in(m->a, 1, 255) && in(m->b, 1, 64) && (m->b & (m->b - 1)) == 0;
    case MARK_KEY:
        return in(m->a, -7, 7) && in(m->b, 0, 1);
    case MARK_TEXT:
        return in(m->a, META_TEXT_FIRST, META_TEXT_LAST);
    }
    return 0;
}

static int check_parts(const struct song *s, const char *path, struct err *e) {
    size_t events = s->mark_count;
    for (size_t i = 0; i < s->part_count; i++)
        events += 2 * s->parts[i].count + PART_EVENTS;
    if (events > MIDI_MAX_IN_ALL)
        return err_set(e, ERR_FORMAT, "%s: too many events", path);
    for (size_t i = 0; i < s->part_count; i++) {
        const struct part *p = &s->parts[i];
        if (!in(p->program, -1, 127) || !in(p->end, 0, TICK_MAX))
            return err_set(e, ERR_FORMAT, "%s: part %zu: out of range", path,
                           i);
        for (size_t j = 0; j < p->count; j++)
            if (!note_ok(&p->notes[j]))
                return err_set(e, ERR_FORMAT,
                               "%s: part %zu, note %zu: out of range", path, i,
                               j);
    }
    return 0;
}

static int check_song(const struct song *s, const char *path, struct err *e) {
    size_t counted = 0;
    if (!in(s->ppq, 1, 0x7fff))
        return err_set(e, ERR_FORMAT, "%s: %d ticks per quarter note", path,
                       s->ppq);
    if (s->part_count < 1 || s->part_count > 0xffff)
        return err_set(e, ERR_FORMAT, "%s: %zu parts", path, s->part_count);
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        int least = i ? s->marks[i - 1].part : 0;
        if (!mark_ok(m) || !in(m->part, least, (int64_t)s->part_count - 1))
            return err_set(e, ERR_FORMAT, "%s: mark %zu: out of range", path,
                           i);
        counted += m->kind == MARK_TEMPO || m->kind == MARK_METER;
    }
    if (counted > MIDI_MAX_MARKS)
        return err_set(e, ERR_FORMAT, "%s: too many tempo and meter changes",
                       path);
    return check_parts(s, path, e);
}

static void add_item(struct items *it, int64_t tick, int rank,
                     const struct mark *mark, const uint8_t *bytes,
                     size_t size) {
    struct item *x = &it->v[it->count];
    *x = (struct item){.tick = tick, .rank = rank, .mark = mark, .size = size};
    if (size)
        memcpy(x->bytes, bytes, size);
    x->seq = it->count++;
}

static void add_note_items(struct items *it, const struct note *n) {
    uint8_t c = (uint8_t)n->channel, p = (uint8_t)n->pitch;
    uint8_t on[] = {0x90 | c, p, (uint8_t)n->velocity};
    uint8_t off[] = {0x80 | c, p, 0};
    add_item(it, n->onset, 2, NULL, on, sizeof on);
    /* The off of a note without length must not come before its on. */
    add_item(it, n->onset + n->duration, n->duration ? 1 : 2, NULL, off,
             sizeof off);
}

static int item_order(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Lists the events of a part in the order of the file. `name` is its name as
 * a mark, the `n` marks are its own. */
static void list_items(struct items *it, const struct part *p,
                       const struct mark *name, const struct mark *marks,
                       size_t n) {
    add_item(it, 0, 0, name, NULL, 0);
    if (p->program >= 0) {
        int channel = p->count ? p->notes[0].channel : 0;
        uint8_t set[] = {(uint8_t)(0xc0 | channel), (uint8_t)p->program};
        add_item(it, 0, 0, NULL, set, sizeof set);
    }
    for (size_t i = 0; i < n; i++)
        add_item(it, marks[i].tick, 0, &marks[i], NULL, 0);
    for (size_t i = 0; i < p->count; i++)
        add_note_items(it, &p->notes[i]);
    qsort(it->v, it->count, sizeof *it->v, item_order);
    if (it->v[it->count - 1].tick < p->end)
        add_item(it, p->end, 3, NULL, guard_filler, sizeof guard_filler);
}

static size_t text_size(const char *text) {
    return song_text_fit(text, strnlen(text, TEXT_MAX + 1));
}

/* The bytes of a mark as a meta event; returns how many, 0 for a text without
 * characters: that is no event. */
static size_t mark_bytes(uint8_t *b, const struct mark *m) {
    b[0] = 0xff;
    switch (m->kind) {
    case MARK_TEMPO:
        b[1] = META_TEMPO;
        b[2] = 3;
        guard_write_number(b + 3, (uint32_t)m->a, 3);
        break;
    case MARK_METER:
        b[1] = META_METER;
        b[2] = 4;
        b[3] = (uint8_t)m->a;
        b[4] = 0;
        while (1 << b[4] < m->b)
            b[4]++;
        b[5] = 24; /* MIDI clocks per click of the metronome */
        b[6] = 8;  /* 32nd notes per quarter note */
        break;
    case MARK_KEY:
        b[1] = META_KEY;
        b[2] = 2;
        b[3] = (uint8_t)m->a;
        b[4] = (uint8_t)m->b;
        break;
    case MARK_TEXT:
        b[1] = (uint8_t)m->a;
        b[2] = (uint8_t)text_size(m->text);
        memcpy(b + 3, m->text, b[2]);
        return b[2] ? 3 + (size_t)b[2] : 0;
    }
    return 3 + (size_t)b[2];
}

static void add_event(struct buf *out, const struct item *x, int64_t *now) {
    uint8_t bytes[3 + TEXT_MAX];
    size_t n = x->mark ? mark_bytes(bytes, x->mark) : x->size;
    if (n == 0)
        return;
    guard_add_vlq(out, (uint32_t)(x->tick - *now));
    buf_add(out, x->mark ? bytes : x->bytes, n);
    *now = x->tick;
}

static void add_track(struct buf *out, const struct items *it) {
    static const uint8_t head[] = "MTrk\0\0\0", last[] = {0xff, META_END, 0};
    int64_t now = 0;
    size_t begin = out->len + 8;
    buf_add(out, head, 8);
    for (size_t i = 0; i < it->count; i++)
        add_event(out, &it->v[i], &now);
    guard_add_vlq(out, (uint32_t)(it->v[it->count - 1].tick - now));
    buf_add(out, last, sizeof last);
    if (!out->failed)
        guard_write_number(out->data + begin - 4, (uint32_t)(out->len - begin),
                           4);
}

static int write_part(struct buf *out, const struct part *p,
                      const struct mark *marks, size_t n, const char *path,
                      struct err *e) {
    struct mark name = {.kind = MARK_TEXT, .a = META_NAME};
    memcpy(name.text, p->name, text_size(p->name));
    if (p->count > MIDI_MAX_EVENTS / 2 || n > MIDI_MAX_EVENTS ||
        2 * p->count + n + PART_EVENTS > MIDI_MAX_EVENTS)
        return err_set(e, ERR_FORMAT, "%s: too many events in a part", path);
    struct items it = {.v = calloc(2 * p->count + n + 3, sizeof *it.v)};
    if (!it.v)
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    list_items(&it, p, &name, marks, n);
    add_track(out, &it);
    free(it.v);
    return 0;
}

static int write_parts(struct buf *out, const struct song *s, const char *path,
                       struct err *e) {
    const struct mark *m = s->marks;
    size_t left = s->mark_count;
    for (size_t i = 0; i < s->part_count; i++) {
        size_t n = 0;
        while (n < left && (size_t)m[n].part == i)
            n++;
        if (write_part(out, &s->parts[i], m, n, path, e))
            return -1;
        left -= n;
        m = n ? m + n : m;
    }
    return 0;
}

/* Not by libsmf: it writes files alone, reads each of them again, and ends the
 * program where that fails. */
int midi_write(const struct song *s, const char *name, struct buf *out,
               struct err *e) {
    size_t before = out->len;
    if (check_song(s, name, e))
        return -1;
    guard_header(out, 1, (uint32_t)s->part_count, (uint32_t)s->ppq);
    int rc = write_parts(out, s, name, e) || buf_ok(out, name, e) ? -1 : 0;
    if (rc == 0 && out->len - before > MIDI_MAX_BYTES)
        rc = err_set(e, ERR_FORMAT, "%s: larger than %zu bytes", name,
                     MIDI_MAX_BYTES);
    if (rc)
        out->len = before;
    return rc;
}

int midi_save(const struct song *s, const char *path, struct err *e) {
    struct buf file = {0};
    int rc = midi_write(s, path, &file, e);
    if (rc == 0)
        rc = file_write(path, file.data, file.len, e);
    buf_free(&file);
    return rc;
}
