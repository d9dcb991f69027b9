/* MIDI files: what is read, what is repaired, what is refused, and that songs
 * survive a round trip. SPDX-License-Identifier: MIT */
#include "music/guard.h"
#include "nott/music/midi.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/base/rng.h"

/* ---- files made of pieces ---- */

/* Track bodies are written as strings, so that they may hold NULs. */
#define BYTES(s) s, sizeof(s) - 1
#define ON       "\x00\x90\x3c\x50"     /* C4 */
#define OFF      "\x83\x60\x80\x3c\x00" /* a quarter note later */
#define END      "\x00\xff\x2f\x00"

/* In a file of one track its body starts here. */
enum { BODY = 22 };

static void put_number(struct buf *b, uint32_t v, int bytes) {
    for (int i = bytes - 1; i >= 0; i--)
        buf_add(b, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static void put_header(struct buf *b, int format, int tracks, int division) {
    buf_add(b, "MThd", 4);
    put_number(b, 6, 4);
    put_number(b, (uint32_t)format, 2);
    put_number(b, (uint32_t)tracks, 2);
    put_number(b, (uint32_t)division, 2);
}

static void put_chunk(struct buf *b, const char *kind, const void *body,
                      size_t n) {
    buf_add(b, kind, 4);
    put_number(b, (uint32_t)n, 4);
    buf_add(b, body, n);
}

static struct buf one_track(const void *body, size_t n) {
    struct buf b = {0};
    put_header(&b, 1, 1, 480);
    put_chunk(&b, "MTrk", body, n);
    return b;
}

/* A meta event after `delta` < 128 ticks. */
static void put_meta(struct buf *b, int delta, int type, const void *data,
                     size_t n) {
    buf_add(b, (const uint8_t[]){(uint8_t)delta, 0xff, (uint8_t)type}, 3);
    if (n > 127)
        put_number(b, (uint32_t)(0x80 | n >> 7), 1);
    put_number(b, n & 0x7f, 1);
    buf_add(b, data, n);
}

/* Parses and frees b. */
static struct song parsed(struct buf *b) {
    struct song s;
    struct err e = {0};
    if (midi_parse(&s, b->data, b->len, "in", &e))
        fail_msg("%s", e.text);
    buf_free(b);
    return s;
}

/* Checks that b is refused at that byte, and frees it. */
static void assert_refused(struct buf *b, size_t at, const char *what) {
    struct song s;
    struct err e = {0};
    char expect[200];
    /* An exact copy lets sanitizers see any step past the end. */
    uint8_t *exact = malloc(b->len + !b->len);
    assert_non_null(exact);
    if (b->len)
        memcpy(exact, b->data, b->len);
    snprintf(expect, sizeof expect, "in: byte %zu: %s", at, what);
    assert_int_equal(midi_parse(&s, exact, b->len, "in", &e), -1);
    assert_string_equal(e.text, expect);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_null(s.parts);
    assert_null(s.marks);
    free(exact);
    buf_free(b);
}

static void assert_note(const struct song *s, size_t part, size_t i,
                        int64_t onset, int64_t duration, int pitch) {
    assert_true(part < s->part_count && i < s->parts[part].count);
    const struct note *n = &s->parts[part].notes[i];
    assert_int_equal(n->onset, onset);
    assert_int_equal(n->duration, duration);
    assert_int_equal(n->pitch, pitch);
}

/* ---- damage ---- */

struct bad_track {
    const char *body;
    size_t size;
    size_t at; /* in the body */
    const char *what;
};

static const struct bad_track bad_tracks[] = {
    /* cut off, or without End of Track, while a note sounds */
    {BYTES(ON), 4, "no End of Track"},
    {BYTES(ON "\x0a\xff\x06\x01"
              "A"),
     9, "no End of Track"},
    {BYTES(ON "\x81"), 5, "cut short"},
    {BYTES(ON "\x00"), 5, "cut short"},
    {BYTES(ON "\x00\x90\x3c"), 6, "cut short"},
    {BYTES(ON "\x00\xff\x2f"), 7, "cut short"},
    {BYTES(ON "\x00\x91\x3c\x50\x0a\x81\x3c\x00"), 12, "no End of Track"},
    /* events that claim more than their track has */
    {BYTES("\x00\xff\x01\x05"
           "abc"),
     4, "cut short"},
    {BYTES("\x00\xf0\x05\x01"), 3, "cut short"},
    {BYTES("\x00\xf7\xff\xff\xff\x7f"), 6, "cut short"},
    {BYTES("\x00\xff\x2f\x05" ON), 4, "cut short"},
    /* running status where there is none */
    {BYTES("\x00\x3c\x50" END), 1, "data byte without a status byte"},
    {BYTES("\x00\xff\x06\x01"
           "A\x00\x3c\x50" END),
     6, "data byte without a status byte"},
    /* numbers of five bytes */
    {BYTES("\x81\x80\x80\x80\x00\x90\x3c\x50" END), 0,
     "number of more than four bytes"},
    {BYTES("\x00\xff\x01\x80\x80\x80\x80\x00" END), 3,
     "number of more than four bytes"},
    /* more ticks than an int can count; one more than four bytes can */
    {BYTES("\xff\xff\xff\x7f\x90\x3c\x50\xff\xff\xff\x7f\x3c\x00" END), 7,
     "track longer than 268435455 ticks"},
    {BYTES("\xff\xff\xff\x7f\x90\x3c\x50\x01\x3c\x00" END), 7,
     "track longer than 268435455 ticks"},
    /* keys and velocities that are none */
    {BYTES("\x00\x90\xc0\xc0" END), 2, "data byte above 127"},
    {BYTES("\x00\x90\x3c\x80" END), 3, "data byte above 127"},
    {BYTES(ON "\x00\x80\xbc\x00" END), 6, "data byte above 127"},
    /* system common messages */
    {BYTES("\x00\xf1\x00" END), 1, "status byte that has no place in a file"},
    {BYTES("\x00\xf6" END), 1, "status byte that has no place in a file"},
};

static void test_bad_tracks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_tracks / sizeof *bad_tracks; i++) {
        const struct bad_track *t = &bad_tracks[i];
        struct buf b = one_track(t->body, t->size);
        assert_refused(&b, BODY + t->at, t->what);
    }
}

struct bad_header {
    int format, tracks, division;
    size_t at;
    const char *what;
};

static const struct bad_header bad_headers[] = {
    {3, 1, 480, 8, "none of the formats 0, 1 and 2"},
    {0xffff, 1, 480, 8, "none of the formats 0, 1 and 2"},
    {1, 1, 0, 12, "no ticks per quarter note"},
    {1, 1, 0xe728, 12, "no ticks per quarter note"},
};

static void test_bad_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_headers / sizeof *bad_headers; i++) {
        const struct bad_header *h = &bad_headers[i];
        struct buf b = {0};
        put_header(&b, h->format, h->tracks, h->division);
        put_chunk(&b, "MTrk", BYTES(ON OFF END));
        assert_refused(&b, h->at, h->what);
    }
}

/* A file that ends too early is refused unless its notes are all there. */
static void test_every_cut(void **state) {
    (void)state;
    struct buf whole = one_track(BYTES(ON OFF END));
    for (size_t n = 0; n < whole.len; n++) {
        struct song s;
        uint8_t *part = malloc(n + !n);
        assert_non_null(part);
        memcpy(part, whole.data, n);
        int silent =
            (n >= BODY && n < BODY + 4) || n >= whole.len - sizeof END + 1;
        assert_int_equal(midi_parse(&s, part, n, "in", NULL), silent ? 0 : -1);
        if (silent)
            assert_int_equal(s.repaired, REPAIR_CUT);
        song_free(&s);
        free(part);
    }
    buf_free(&whole);
}

static void test_not_midi(void **state) {
    (void)state;
    struct buf wave = {0}, empty = {0}, small = {0}, late = {0};
    buf_add(&wave, "RIFF\x20\0\0\0WAVEdata\0\0\0\0", 20);
    assert_refused(&wave, 0, "not a MIDI file");
    assert_refused(&empty, 0, "not a MIDI file");
    put_chunk(&small, "MThd", "\0\1\0\1", 4);
    put_chunk(&small, "MTrk", BYTES(END));
    assert_refused(&small, 8, "cut short");
    buf_add(&late, "MThd\0\0\0\x09\0\1\0\1\0\x60", 14);
    assert_refused(&late, 0, "chunk longer than the file");
}

/* Bytes that may be what a track lacks, and tracks that are lost. */
static void test_lost_tracks(void **state) {
    (void)state;
    struct buf unended = one_track(BYTES(ON OFF));
    buf_add(&unended, BYTES(ON OFF END));
    assert_refused(&unended, 31, "no chunk, after a track without end");
    struct buf unsized = one_track("", 0);
    buf_add(&unsized, BYTES(ON OFF END));
    assert_refused(&unsized, 22, "no chunk, after a track without end");
    struct buf alien = {0};
    put_header(&alien, 1, 1, 480);
    put_chunk(&alien, "XFIH", "??", 2);
    assert_refused(&alien, 24, "no tracks");
    for (int padded = 0; padded < 2; padded++) {
        struct buf b = {0};
        put_header(&b, 1, 2, 480);
        put_chunk(&b, "MTrk", BYTES(ON OFF END "\x00\x4d"));
        if (padded)
            b.data[BODY - 1] -= 2;
        assert_refused(&b, 37, "fewer tracks than the header says");
    }
    struct buf cut = {0};
    put_header(&cut, 1, 2, 480);
    put_chunk(&cut, "MTrk", BYTES(ON OFF "\x00\xff"));
    assert_refused(&cut, 33, "fewer tracks than the header says");
    struct buf patterns = {0};
    put_header(&patterns, 2, 2, 480);
    put_chunk(&patterns, "MTrk", BYTES(ON OFF END));
    put_chunk(&patterns, "MTrk", BYTES(ON OFF END));
    assert_refused(&patterns, 8, "format 2 with several tracks");
}

static void test_most_tracks(void **state) {
    (void)state;
    struct buf b = {0};
    struct err e = {0};
    struct song s;
    put_header(&b, 1, 0xffff, 480);
    for (int i = 0; i < 0x10000; i++)
        put_chunk(&b, "MTrk", "", 0);
    assert_int_equal(midi_parse(&s, b.data, b.len, "in", &e), -1);
    assert_string_equal(e.text, "in: byte 524294: too many tracks");
    buf_free(&b);
}

static struct buf many_events(int n) {
    struct buf body = {0};
    buf_add(&body, BYTES(ON));
    for (int i = 1; i < n - 1; i++)
        buf_add(&body, "\x00\x3c\x50", 3);
    buf_add(&body, BYTES(END));
    struct buf b = one_track(body.data, body.len);
    buf_free(&body);
    return b;
}

static void test_event_cap(void **state) {
    (void)state;
    struct buf most = many_events(MIDI_MAX_EVENTS);
    struct song s = parsed(&most);
    assert_int_equal(s.parts[0].count, MIDI_MAX_EVENTS - 1);
    song_free(&s);
    struct buf more = many_events(MIDI_MAX_EVENTS + 1);
    assert_refused(&more, more.len, "too many events in the track");
}

/* Tempo and meter changes in turn, all in the second, shorter track: the
 * order that libsmf is slowest at. */
static struct buf many_marks(int n) {
    struct buf body = {0}, b = {0};
    for (int i = 0; i < n; i++)
        if (i % 2)
            put_meta(&body, 1, 0x51, "\x07\xa1\x20", 3);
        else
            put_meta(&body, 1, 0x58, "\x04\x02\x18\x08", 4);
    buf_add(&body, BYTES(END));
    put_header(&b, 1, 2, 480);
    put_chunk(&b, "MTrk", BYTES("\xff\xff\x00\x90\x3c\x50" END));
    put_chunk(&b, "MTrk", body.data, body.len);
    buf_free(&body);
    return b;
}

static void test_mark_cap(void **state) {
    (void)state;
    struct buf most = many_marks(MIDI_MAX_MARKS);
    struct song s = parsed(&most);
    assert_int_equal(s.mark_count, MIDI_MAX_MARKS);
    assert_int_equal(s.marks[MIDI_MAX_MARKS - 1].tick, MIDI_MAX_MARKS);
    assert_int_equal(s.parts[1].end, MIDI_MAX_MARKS);
    song_free(&s);
    struct buf more = many_marks(MIDI_MAX_MARKS + 1);
    assert_refused(&more, more.len - 4 - 7, "too many tempo and meter changes");
}

/* Tracks that are as full as they may be. */
static struct buf full_tracks(int n) {
    struct buf body = {0}, b = {0};
    buf_add(&body, BYTES("\0\x90\x3c\x50"));
    for (int i = 2; i < MIDI_MAX_EVENTS; i++)
        buf_add(&body, BYTES("\0\x3c\x50"));
    buf_add(&body, BYTES(END));
    put_header(&b, 1, n, 480);
    for (int i = 0; i < n; i++)
        put_chunk(&b, "MTrk", body.data, body.len);
    buf_free(&body);
    return b;
}

static void test_cap_in_all(void **state) {
    (void)state;
    int most = MIDI_MAX_IN_ALL / MIDI_MAX_EVENTS;
    struct buf full = full_tracks(most), more = full_tracks(most + 1);
    size_t track = (more.len - 14) / (size_t)(most + 1);
    struct song s = parsed(&full);
    assert_int_equal(s.part_count, most);
    struct buf out = {0};
    struct err e = {0};
    /* with names, and an off for each note, it would be more */
    assert_int_equal(midi_write(&s, "song", &out, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    song_free(&s);
    buf_free(&out);
    assert_refused(&more, more.len - track + 8 + 4, "too many events");
}

static void test_size_cap(void **state) {
    (void)state;
    struct buf b = one_track(BYTES(ON OFF END));
    uint8_t *zeros = calloc(1, MIDI_MAX_BYTES);
    assert_non_null(zeros);
    put_chunk(&b, "junk", zeros, MIDI_MAX_BYTES - 8 - b.len);
    struct buf more = {0};
    buf_add(&more, b.data, b.len);
    buf_add(&more, "", 1);
    struct song s = parsed(&b);
    song_free(&s);
    assert_refused(&more, MIDI_MAX_BYTES, "file too large");
    free(zeros);
}

/* ---- repair ---- */

/* Checks that b is read with those repairs, that the clean file needs none,
 * and that it is clean to the byte. Frees b. */
static struct song repaired(struct buf *b, unsigned repairs) {
    struct buf once = {0}, twice = {0};
    unsigned first = 0, second = 0;
    struct err e = {0};
    uint8_t *exact = malloc(b->len);
    assert_non_null(exact);
    memcpy(exact, b->data, b->len);
    if (guard_clean(&once, exact, b->len, "in", &first, &e))
        fail_msg("%s", e.text);
    free(exact);
    assert_int_equal(first, repairs);
    assert_int_equal(
        guard_clean(&twice, once.data, once.len, "in", &second, NULL), 0);
    assert_int_equal(second, 0);
    assert_int_equal(twice.len, once.len);
    assert_memory_equal(twice.data, once.data, twice.len);
    buf_free(&once);
    buf_free(&twice);
    struct song s = parsed(b);
    assert_int_equal(s.repaired, repairs);
    return s;
}

/* Tracks of one note C4 of a quarter note from tick 0 on. */
struct mended_track {
    const char *body;
    size_t size;
    unsigned repairs;
    int64_t end; /* of the part */
};

static const struct mended_track mended_tracks[] = {
    {BYTES(ON OFF END), 0, 480},
    /* End of Track: missing, cut, doubled, early, with data, padded */
    {BYTES(ON OFF), REPAIR_NO_END, 480},
    {BYTES(ON OFF "\x0a\xff\x7f\x00"), REPAIR_NO_END, 490},
    {BYTES(ON OFF "\x00"), REPAIR_CUT, 480},
    {BYTES(ON OFF "\x00\xff\x2f"), REPAIR_CUT, 480},
    {BYTES(ON OFF "\x00\x90\x3c"), REPAIR_CUT, 480},
    {BYTES(ON OFF END "\x0a\xff\x2f\x00"), REPAIR_EARLY_END, 480},
    {BYTES(END ON OFF END), REPAIR_EARLY_END, 480},
    {BYTES(ON END OFF), REPAIR_EARLY_END, 480},
    {BYTES(ON OFF "\x00\xff\x2f\x01\x00"), REPAIR_LONG_END, 480},
    {BYTES(ON OFF END "\0\0\0"), REPAIR_AFTER_END, 480},
    {BYTES(ON OFF END "\0"), REPAIR_AFTER_END, 480},
    {BYTES(ON OFF END END "\0"), REPAIR_EARLY_END | REPAIR_AFTER_END, 480},
    {BYTES(ON OFF END "\x00\x91\x3c\x50\x00\x91"), REPAIR_AFTER_END, 480},
    {BYTES(ON END OFF END "\0\0\0"), REPAIR_EARLY_END | REPAIR_AFTER_END, 480},
    /* running status goes on; a status byte ends what it goes on over */
    {BYTES(ON "\x81\x70\xff\x06\x01"
              "A\x81\x70\x3c\x00" END),
     REPAIR_RUNNING_META, 480},
    {BYTES(ON "\x81\x70\xf0\x01\xf7\x81\x70\x3c\x00" END), REPAIR_RUNNING_SYSEX,
     480},
    {BYTES(ON "\x81\x70\xf7\x01\xfe\x81\x70\x3c\x00" END), REPAIR_RUNNING_SYSEX,
     480},
    {BYTES(ON "\x00\xf7\x01\xfe\x00\xff\x7f\x00\x83\x60\x3c\x00" END),
     REPAIR_RUNNING_META | REPAIR_RUNNING_SYSEX, 480},
    {BYTES(ON "\x00\xf0\x01\xf7\x83\x60\x90\x3c\x00\x00\x3c\x00" END), 0, 480},
    /* messages of the wire, which leave running status alone */
    {BYTES(ON "\x81\x70\xf8\x81\x70\x3c\x00\x05\xfe\x05\xfc" END),
     REPAIR_REALTIME, 490},
    /* data of which nothing is used */
    {BYTES("\x00\xb0\x07\xff" ON OFF END), REPAIR_DATA, 480},
    {BYTES("\x00\xb0\xff\x07\x00\xe0\x80\x80\x00\xd0\xff" ON OFF END),
     REPAIR_DATA, 480},
    {BYTES(ON "\x83\x60\x80\x3c\xff" END), REPAIR_DATA, 480},
    {BYTES("\x00\xc0\xff" ON OFF END), REPAIR_DATA, 480},
    /* signatures that say nothing */
    {BYTES("\x00\xff\x51\x00" ON OFF END), REPAIR_TEMPO, 480},
    {BYTES("\x00\xff\x51\x02\x07\xa1" ON OFF END), REPAIR_TEMPO, 480},
    {BYTES("\x00\xff\x51\x03\x00\x00\x00" ON OFF END), REPAIR_TEMPO, 480},
    {BYTES("\x00\xff\x58\x01\x04" ON OFF END), REPAIR_METER, 480},
    {BYTES("\x00\xff\x58\x02\x00\x02" ON OFF END), REPAIR_METER, 480},
    {BYTES("\x00\xff\x58\x04\x00\x02\x18\x08" ON OFF END), REPAIR_METER, 480},
    {BYTES("\x00\xff\x58\x04\x04\xff\x18\x08" ON OFF END), REPAIR_METER, 480},
    {BYTES("\x00\xff\x58\x04\x04\x07\x18\x08" ON OFF END), REPAIR_METER, 480},
    {BYTES("\x00\xff\x59\x02\x08\x00" ON OFF END), REPAIR_KEY, 480},
    {BYTES("\x00\xff\x59\x02\xf8\x00" ON OFF END), REPAIR_KEY, 480},
    {BYTES("\x00\xff\x59\x02\x00\x02" ON OFF END), REPAIR_KEY, 480},
    {BYTES("\x00\xff\x59\x02\xfe\xff" ON OFF END), REPAIR_KEY, 480},
    {BYTES("\x00\xff\x59\x01\x00" ON OFF END), REPAIR_KEY, 480},
};

static void test_mended_tracks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mended_tracks / sizeof *mended_tracks; i++) {
        const struct mended_track *t = &mended_tracks[i];
        struct buf b = one_track(t->body, t->size);
        struct song s = repaired(&b, t->repairs);
        assert_int_equal(s.parts[0].count, 1);
        assert_note(&s, 0, 0, 0, 480, 60);
        assert_int_equal(s.parts[0].end, t->end);
        for (size_t m = 0; m < s.mark_count; m++)
            assert_int_equal(s.marks[m].kind, MARK_TEXT);
        song_free(&s);
    }
}

/* Two bytes of a time signature say the meter, however many there are. */
static void test_odd_meters(void **state) {
    (void)state;
    struct buf list[] = {
        one_track(BYTES("\x00\xff\x58\x02\x06\x03" ON OFF END)),
        one_track(BYTES("\x00\xff\x58\x03\x06\x03\x18" ON OFF END)),
        one_track(BYTES("\x00\xff\x58\x05\x06\x03\x18\x08\x00" ON OFF END)),
        one_track(BYTES("\x00\xff\x58\x04\x06\x03\x18\x08" ON OFF END))};
    for (size_t i = 0; i < 4; i++) {
        struct song s = repaired(&list[i], i < 3 ? REPAIR_METER : 0);
        assert_int_equal(s.mark_count, 1);
        assert_int_equal(s.marks[0].kind, MARK_METER);
        assert_int_equal(s.marks[0].a, 6);
        assert_int_equal(s.marks[0].b, 8);
        song_free(&s);
    }
}

/* The 128 bytes of old Macintosh programs are passed over. */
static void test_macbinary(void **state) {
    (void)state;
    static const uint8_t head[128] = {0, 4, 't', 'u', 'n', 'e'};
    struct buf midi = one_track(BYTES(ON OFF END)), b = {0}, other = {0};
    buf_add(&b, head, sizeof head);
    buf_add(&b, midi.data, midi.len);
    struct song s = repaired(&b, REPAIR_STRAY);
    assert_note(&s, 0, 0, 0, 480, 60);
    song_free(&s);
    buf_add(&other, head + 1, sizeof head - 1); /* not one byte less */
    buf_add(&other, midi.data, midi.len);
    assert_refused(&other, 0, "not a MIDI file");
    buf_free(&midi);
}

/* Notes after an early End of Track count, with the time that it took. */
static void test_early_end(void **state) {
    (void)state;
    struct buf b =
        one_track(BYTES(ON OFF "\x0a\xff\x2f\x00\x0a\x90\x3e\x50\x0a\x3e\x00"));
    struct song s = repaired(&b, REPAIR_EARLY_END);
    assert_int_equal(s.parts[0].count, 2);
    assert_note(&s, 0, 1, 500, 10, 62);
    song_free(&s);
}

/* Files of `tracks` chunks of one note each. */
struct mended_header {
    int format, promised, tracks;
    unsigned repairs;
};

static const struct mended_header mended_headers[] = {
    {1, 1, 1, 0},
    {1, 2, 1, REPAIR_TRACKS},
    {1, 65535, 1, REPAIR_TRACKS},
    {1, 0, 1, REPAIR_TRACKS},
    {1, 1, 3, REPAIR_TRACKS},
    {0, 2, 2, REPAIR_FORMAT_0},
    {0, 1, 2, REPAIR_FORMAT_0 | REPAIR_TRACKS},
    {0, 2, 1, REPAIR_TRACKS},
    {2, 1, 1, REPAIR_FORMAT_2},
    {2, 3, 1, REPAIR_FORMAT_2 | REPAIR_TRACKS},
};

static void test_mended_headers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mended_headers / sizeof *mended_headers;
         i++) {
        const struct mended_header *h = &mended_headers[i];
        struct buf b = {0};
        put_header(&b, h->format, h->promised, 480);
        for (int t = 0; t < h->tracks; t++)
            put_chunk(&b, "MTrk", BYTES(ON OFF END));
        struct song s = repaired(&b, h->repairs);
        assert_int_equal(s.part_count, h->tracks);
        for (int t = 0; t < h->tracks; t++)
            assert_note(&s, (size_t)t, 0, 0, 480, 60);
        song_free(&s);
    }
}

static void test_chunk_lengths(void **state) {
    (void)state;
    static const uint32_t lengths[] = {14, 0x100, 0x7ffffff8, 0x7fffffff,
                                       0xffffffff};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct buf b = {0};
        put_header(&b, 1, 2, 480);
        for (int t = 0; t < 2; t++) {
            buf_add(&b, "MTrk", 4);
            put_number(&b, lengths[i], 4);
            buf_add(&b, BYTES(ON OFF END));
        }
        struct song s = repaired(&b, REPAIR_LENGTH);
        assert_int_equal(s.part_count, 2);
        assert_note(&s, 0, 0, 0, 480, 60);
        assert_note(&s, 1, 0, 0, 480, 60);
        song_free(&s);
    }
}

/* The file ends, and its last track has more to come. */
static void test_cut_files(void **state) {
    (void)state;
    struct cut {
        const char *body;
        size_t size;
        int notes; /* -1 = refused */
    } cuts[] = {
        {BYTES(""), 0},
        {BYTES(ON OFF), 1},
        {BYTES(ON OFF "\x00\xff\x01\x30 la la"), 1},
        {BYTES(ON OFF "\x00\xf0\x30\x01"), 1},
        {BYTES(ON OFF "\x00\x90"), 1},
        {BYTES(ON OFF ON), -1},
        {BYTES(ON OFF ON "\x00\xff\x01\x30 la la"), -1},
    };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct buf b = {0};
        put_header(&b, 1, 1, 480);
        buf_add(&b, "MTrk\0\0\1\0", 8);
        buf_add(&b, cuts[i].body, cuts[i].size);
        if (cuts[i].notes < 0) {
            assert_refused(&b, BODY + (i == 5 ? 13 : 17), "cut short");
            continue;
        }
        struct song s = repaired(&b, REPAIR_CUT);
        assert_int_equal(s.parts[0].count, cuts[i].notes);
        song_free(&s);
    }
}

static void test_empty_tracks(void **state) {
    (void)state;
    struct buf b = {0};
    put_header(&b, 1, 3, 480);
    put_chunk(&b, "MTrk", "", 0);
    put_chunk(&b, "MTrk", BYTES(ON OFF END));
    put_chunk(&b, "MTrk", "", 0);
    struct song s = repaired(&b, REPAIR_EMPTY);
    assert_int_equal(s.part_count, 3);
    assert_int_equal(s.parts[0].count, 0);
    assert_note(&s, 1, 0, 0, 480, 60);
    song_free(&s);
}

/* Padding, junk, half a chunk, another file: before, between, after. */
static void test_stray_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } strays[] = {
        {BYTES("\0")},   {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0")},
        {BYTES("\x1a")}, {BYTES("XFIH\x00\x00\xff\xff?")},
        {BYTES("XFIH")}, {BYTES("MMTr")},
    };
    for (size_t i = 0; i < sizeof strays / sizeof *strays; i++) {
        struct buf b = {0};
        put_header(&b, 1, 2, 480);
        for (int t = 0; t < 2; t++) {
            buf_add(&b, strays[i].bytes, strays[i].size);
            put_chunk(&b, "MTrk", BYTES(ON OFF END));
        }
        buf_add(&b, strays[i].bytes, strays[i].size);
        struct song s = repaired(&b, REPAIR_STRAY);
        assert_int_equal(s.part_count, 2);
        assert_note(&s, 1, 0, 0, 480, 60);
        song_free(&s);
    }
    struct buf two = {0};
    for (int i = 0; i < 2; i++) {
        put_header(&two, 1, 1, 480);
        put_chunk(&two, "MTrk", BYTES(ON OFF END));
    }
    buf_add(&two, "MTrk", 4);
    struct song s = repaired(&two, REPAIR_STRAY);
    assert_int_equal(s.part_count, 1);
    song_free(&s);
}

/* A chunk of a RIFF file. */
static void put_riff(struct buf *b, const char *kind, const void *body,
                     uint32_t n) {
    const uint8_t size[4] = {(uint8_t)n, (uint8_t)(n >> 8), 0, 0};
    buf_add(b, kind, 4);
    buf_add(b, size, 4);
    buf_add(b, body, n);
    buf_add(b, "", n & 1);
}

static struct buf riff(const char *kind, const struct buf *midi) {
    struct buf b = {0};
    buf_add(&b, "RIFF\xff\xff\xff\xff" /* not looked at */ "RMID", 12);
    put_riff(&b, "DISP", "\0", 1);
    put_riff(&b, kind, midi->data, (uint32_t)midi->len);
    put_riff(&b, "LIST", "INFO", 4);
    return b;
}

static void test_riff(void **state) {
    (void)state;
    struct buf midi = one_track(BYTES(ON OFF END));
    struct buf whole = riff("data", &midi), cut = riff("data", &midi);
    cut.data[26] = 0xff; /* more than there is: LIST is taken for MIDI */
    struct song s = repaired(&whole, REPAIR_RIFF);
    assert_note(&s, 0, 0, 0, 480, 60);
    song_free(&s);
    s = repaired(&cut, REPAIR_RIFF | REPAIR_STRAY);
    assert_note(&s, 0, 0, 0, 480, 60);
    song_free(&s);
    struct buf none = riff("date", &midi), other = {0}, bad = {0};
    assert_refused(&none, 12 + 10 + 8 + midi.len + 1 + 12,
                   "no MIDI file in the RIFF container");
    struct buf text = {0};
    buf_add(&text, "text", 4);
    other = riff("data", &text);
    assert_refused(&other, 30, "not a MIDI file");
    /* damage inside is named by its place in the whole file */
    midi.data[BODY + 2] = 0xbc;
    bad = riff("data", &midi);
    assert_refused(&bad, 30 + BODY + 2, "data byte above 127");
    struct buf huge = {0};
    buf_add(&huge, "RIFF\0\0\0\0RMIDLIST\xff\xff\xff\xff", 20);
    assert_refused(&huge, 12, "no MIDI file in the RIFF container");
    buf_free(&midi);
    buf_free(&text);
}

static void test_karaoke(void **state) {
    (void)state;
    struct buf body = {0}, b = {0};
    put_meta(&body, 0, 3, "Words", 5);
    put_meta(&body, 0, 1, "@KMIDI KARAOKE FILE", 19);
    put_meta(&body, 0, 1, "@TTitle", 7);
    put_meta(&body, 9, 1, "\\la", 3);
    buf_add(&body, BYTES(END));
    put_header(&b, 1, 1, 480);
    put_chunk(&b, "MTrk", body.data, body.len);
    buf_free(&body);
    struct song s = repaired(&b, 0);
    assert_string_equal(s.parts[0].name, "Words");
    assert_int_equal(s.mark_count, 3);
    assert_string_equal(s.marks[1].text, "@TTitle");
    song_free(&s);
}

static void test_clean_is_stable(void **state) {
    (void)state;
    struct buf b = one_track(BYTES(ON "\x60\x3c\x00" END));
    struct buf once = {0}, twice = {0};
    unsigned repairs = 9;
    buf_add(&once, "before", 6);
    assert_int_equal(guard_clean(&once, b.data, b.len, "in", &repairs, NULL),
                     0);
    assert_int_equal(repairs, 0);
    assert_memory_equal(once.data, "beforeMThd", 10);
    assert_int_equal(
        guard_clean(&twice, once.data + 6, once.len - 6, "in", &repairs, NULL),
        0);
    assert_int_equal(twice.len, once.len - 6);
    assert_memory_equal(twice.data, once.data + 6, twice.len);
    /* A refusal takes back what it had written. */
    assert_int_equal(guard_clean(&once, b.data, 28, "in", &repairs, NULL), -1);
    assert_int_equal(once.len, 6 + twice.len);
    buf_free(&b);
    buf_free(&once);
    buf_free(&twice);
}

static void test_running_status(void **state) {
    (void)state;
    struct buf b =
        one_track(BYTES(ON "\x60\x3c\x00\x00\x40\x50\x60\x80\x40\x00" END));
    struct buf clean = {0};
    unsigned repairs;
    assert_int_equal(guard_clean(&clean, b.data, b.len, "in", &repairs, NULL),
                     0);
    assert_int_equal(clean.len, BODY + 4 * 4 + 4);
    assert_memory_equal(clean.data + BODY + 4, "\x60\x90\x3c\x00", 4);
    buf_free(&clean);
    struct song s = parsed(&b);
    assert_int_equal(s.parts[0].count, 2);
    assert_note(&s, 0, 0, 0, 96, 60);
    assert_note(&s, 0, 1, 96, 96, 64);
    song_free(&s);
}

static void test_format_0(void **state) {
    (void)state;
    struct buf b = {0};
    put_header(&b, 0, 1, 96);
    put_chunk(&b, "MTrk",
              BYTES("\x00\xff\x03\x03"
                    "All" ON OFF "\x00\x95\x40\x01" END));
    struct song s = parsed(&b);
    assert_int_equal(s.ppq, 96);
    assert_int_equal(s.part_count, 1);
    assert_string_equal(s.parts[0].name, "All");
    assert_int_equal(s.parts[0].notes[0].channel, 0);
    assert_int_equal(s.parts[0].notes[1].channel, 5);
    song_free(&s);
}

static void test_long_header(void **state) {
    (void)state;
    struct buf b = {0};
    put_chunk(&b, "MThd", "\0\1\0\1\0\x60\1\2\3", 9);
    put_chunk(&b, "MTrk", BYTES(ON OFF END));
    struct song s = parsed(&b);
    assert_int_equal(s.ppq, 96);
    assert_int_equal(s.parts[0].count, 1);
    song_free(&s);
}

static void test_alien_chunks(void **state) {
    (void)state;
    struct buf b = {0};
    put_header(&b, 1, 2, 480);
    put_chunk(&b, "XFIH", "MTrk", 4);
    put_chunk(&b, "MTrk", BYTES(END));
    put_chunk(&b, "XFKM", "", 0);
    put_chunk(&b, "MTrk", BYTES(ON OFF END));
    put_chunk(&b, "~ !0", "x", 1);
    struct song s = repaired(&b, REPAIR_ALIEN);
    assert_int_equal(s.part_count, 2);
    assert_int_equal(s.parts[0].count, 0);
    assert_note(&s, 1, 0, 0, 480, 60);
    song_free(&s);
}

/* System exclusive and escape events go, the time they took stays. */
static void test_sysex_and_escapes(void **state) {
    (void)state;
    struct buf b = one_track(BYTES("\x0a\xf0\x03\x43\x12\xf7\x0a\xf7\x00"
                                   "\x0a\xf7\x03\xf2\x01\x02" ON OFF END));
    struct song s = parsed(&b);
    assert_int_equal(s.parts[0].count, 1);
    assert_note(&s, 0, 0, 30, 480, 60);
    song_free(&s);
}

static void test_end_survives_dropping(void **state) {
    (void)state;
    struct buf b = one_track(
        BYTES(ON OFF "\x0a\xf0\x01\xf7\x07\xff\x7f\x01\x7d\x64\xff\x2f\x00"));
    struct song s = parsed(&b);
    assert_int_equal(s.parts[0].end, 480 + 17);
    song_free(&s);
}

static void test_texts(void **state) {
    (void)state;
    struct buf body = {0};
    put_meta(&body, 0, 1, "", 0); /* says nothing */
    put_meta(&body, 0, 1, "one", 3);
    put_meta(&body, 1, 3, "N\xe1me", 4); /* of Windows */
    put_meta(&body, 1, 3, "Second", 6);
    put_meta(&body, 1, 6, "A\0B", 3); /* ends at the NUL */
    put_meta(&body, 1, 6, "\0B", 2);  /* so this has nothing left */
    put_meta(&body, 1, 9, "n\x92ne", 4);
    put_meta(&body, 1, 10, "ten", 3);                /* no text type */
    put_meta(&body, 1, 0x58, "\x06\x03\x18\x08", 4); /* no text either */
    buf_add(&body, BYTES(END));
    struct buf b = one_track(body.data, body.len);
    buf_free(&body);
    struct song s = parsed(&b);
    static const struct mark expect[] = {
        {.tick = 0, .kind = MARK_TEXT, .a = 1, .text = "one"},
        {.tick = 2, .kind = MARK_TEXT, .a = 3, .text = "Second"},
        {.tick = 3, .kind = MARK_TEXT, .a = 6, .text = "A"},
        {.tick = 5, .kind = MARK_TEXT, .a = 9, .text = "n’ne"},
        {.tick = 7, .kind = MARK_METER, .a = 6, .b = 8},
    };
    assert_string_equal(s.parts[0].name, "Náme");
    assert_int_equal(s.mark_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(s.marks[i].tick, expect[i].tick);
        assert_int_equal(s.marks[i].kind, expect[i].kind);
        assert_int_equal(s.marks[i].a, expect[i].a);
        assert_int_equal(s.marks[i].b, expect[i].b);
        assert_string_equal(s.marks[i].text, expect[i].text);
    }
    song_free(&s);
}

/* libsmf alone takes what is beyond 128 bytes of a text for events. */
static void test_long_texts(void **state) {
    (void)state;
    static const size_t sizes[] = {127, 128, 129, 300, 16383};
    char text[16383];
    memset(text, '<', sizeof text);
    memcpy(text + 126, "\xc3\xbc", 2);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buf body = {0};
        put_meta(&body, 0, 1, text, sizes[i]);
        buf_add(&body, BYTES(ON OFF END));
        struct buf b = one_track(body.data, body.len);
        buf_free(&body);
        struct song s = parsed(&b);
        assert_int_equal(s.mark_count, 1);
        assert_int_equal(strlen(s.marks[0].text), 126);
        assert_int_equal(s.parts[0].count, 1);
        assert_note(&s, 0, 0, 0, 480, 60);
        song_free(&s);
    }
}

/* ---- notes and marks ---- */

static void test_pairing(void **state) {
    (void)state;
    struct buf b = one_track(
        BYTES("\x00\x80\x3c\x00"             /* nothing to close */
              "\x00\x90\x3c\x50\x0a\x3c\x51" /* the same key twice */
              "\x00\x40\x50\x00\x40\x00"     /* no length */
              "\x00\x91\x3c\x52"             /* another channel */
              "\x0a\x90\x3c\x00\x0a\x3c\x00" /* first opened, first closed */
              "\x0a\xff\x2f\x00"));          /* closes the rest */
    struct song s = parsed(&b);
    assert_int_equal(s.parts[0].count, 4);
    assert_note(&s, 0, 0, 0, 20, 60);
    assert_note(&s, 0, 1, 10, 20, 60);
    assert_note(&s, 0, 2, 10, 0, 64);
    assert_note(&s, 0, 3, 10, 30, 60);
    assert_int_equal(s.parts[0].notes[1].velocity, 0x51);
    assert_int_equal(s.parts[0].notes[3].channel, 1);
    assert_int_equal(s.parts[0].end, 40);
    song_free(&s);
}

static void test_program(void **state) {
    (void)state;
    struct buf b = {0};
    put_header(&b, 1, 3, 480);
    put_chunk(&b, "MTrk", BYTES("\x00\xc0\x15\x00\xc1\x16" ON OFF END));
    put_chunk(&b, "MTrk", BYTES(ON OFF END));
    put_chunk(&b, "MTrk", BYTES(ON "\x00\xc0\x15" END)); /* not its start */
    struct song s = parsed(&b);
    assert_int_equal(s.parts[0].program, 0x15);
    assert_int_equal(s.parts[1].program, -1);
    assert_int_equal(s.parts[2].program, -1);
    song_free(&s);
}

static void test_signatures(void **state) {
    (void)state;
    struct buf b = one_track(BYTES("\x00\xff\x51\x03\xff\xff\xff"
                                   "\x01\xff\x58\x04\x0c\x03\x24\x08"
                                   "\x01\xff\x59\x02\xf9\x01"
                                   "\x01\xff\x59\x02\x07\x00" END));
    struct song s = parsed(&b);
    assert_int_equal(s.mark_count, 4);
    assert_int_equal(song_mark_at(&s, MARK_TEMPO, 0, 9)->a, 0xffffff);
    assert_int_equal(song_mark_at(&s, MARK_METER, 0, 9)->a, 12);
    assert_int_equal(song_mark_at(&s, MARK_METER, 0, 9)->b, 8);
    assert_int_equal(song_mark_at(&s, MARK_KEY, 0, 2)->a, -7);
    assert_int_equal(song_mark_at(&s, MARK_KEY, 0, 2)->b, 1);
    assert_int_equal(song_mark_at(&s, MARK_KEY, 0, 3)->a, 7);
    song_free(&s);
}

/* ---- writing ---- */

struct folder {
    char path[256], file[300];
};

static int make_folder(void **state) {
    struct folder *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");
    if (!f)
        return -1;
    snprintf(f->path, sizeof f->path, "%s/test_midi.XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    *state = f;
    if (!mkdtemp(f->path))
        return -1;
    snprintf(f->file, sizeof f->file, "%s/song.mid", f->path);
    return 0;
}

static int remove_folder(void **state) {
    struct folder *f = *state;
    unlink(f->file);
    int rc = rmdir(f->path); /* fails if anything was left behind */
    free(f);
    return rc;
}

static int entries(const char *path) {
    DIR *d = opendir(path);
    int n = -2; /* . and .. */
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void assert_same_part(const struct part *a, const struct part *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->program, b->program);
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->notes[i].onset, b->notes[i].onset);
        assert_int_equal(a->notes[i].duration, b->notes[i].duration);
        assert_int_equal(a->notes[i].pitch, b->notes[i].pitch);
        assert_int_equal(a->notes[i].velocity, b->notes[i].velocity);
        assert_int_equal(a->notes[i].channel, b->notes[i].channel);
    }
}

static void assert_same_song(const struct song *a, const struct song *b) {
    assert_int_equal(a->ppq, b->ppq);
    assert_int_equal(a->part_count, b->part_count);
    for (size_t i = 0; i < a->part_count; i++)
        assert_same_part(&a->parts[i], &b->parts[i]);
    assert_int_equal(a->mark_count, b->mark_count);
    for (size_t i = 0; i < a->mark_count; i++) {
        assert_int_equal(a->marks[i].tick, b->marks[i].tick);
        assert_int_equal(a->marks[i].kind, b->marks[i].kind);
        assert_int_equal(a->marks[i].part, b->marks[i].part);
        assert_int_equal(a->marks[i].a, b->marks[i].a);
        assert_int_equal(a->marks[i].b, b->marks[i].b);
        assert_string_equal(a->marks[i].text, b->marks[i].text);
    }
}

/* Saves s in the folder, loads it and expects the same again. */
static void assert_round_trip(const struct folder *f, const struct song *s) {
    struct song again;
    struct err e = {0};
    if (midi_save(s, f->file, &e) || midi_load(&again, f->file, &e))
        fail_msg("%s", e.text);
    assert_same_song(s, &again);
    song_free(&again);
}

static void add_note(struct song *s, int64_t onset, int64_t duration,
                     int pitch) {
    struct note n = {onset, duration, pitch, 80, 0};
    assert_int_equal(song_add_note(s, 0, n, NULL), 0);
}

static struct song simple_song(void) {
    struct song s = {.ppq = 480};
    assert_int_equal(song_add_part(&s, "Melody", 21), 0);
    add_note(&s, 0, 480, 60);
    return s;
}

/* A part of the size of a small tune, byte for byte. */
static void test_saved_bytes(void **state) {
    struct folder *f = *state;
    struct song s = simple_song();
    struct buf expect = {0}, got = {0}, bytes = {0};
    struct mark m = {.tick = 480, .kind = MARK_METER, .a = 6, .b = 8};
    add_note(&s, 480, 0, 62);
    add_note(&s, 480, 10, 60);
    assert_int_equal(song_add_mark(&s, m, NULL), 0);
    s.parts[0].end = 500;
    assert_int_equal(midi_save(&s, f->file, NULL), 0);
    put_header(&expect, 1, 1, 480);
    put_chunk(&expect, "MTrk",
              BYTES("\x00\xff\x03\x06"
                    "Melody"
                    "\x00\xc0\x15"
                    "\x00\x90\x3c\x50"
                    "\x83\x60\xff\x58\x04\x06\x03\x18\x08"
                    "\x00\x80\x3c\x00"
                    "\x00\x90\x3e\x50"
                    "\x00\x80\x3e\x00"
                    "\x00\x90\x3c\x50"
                    "\x0a\x80\x3c\x00"
                    "\x0a\xff\x7f\x01\x7d" END));
    assert_int_equal(file_read(&got, f->file, 1000, NULL), 0);
    assert_int_equal(got.len, expect.len);
    assert_memory_equal(got.data, expect.data, got.len);
    buf_add(&bytes, "before", 6);
    assert_int_equal(midi_write(&s, "song", &bytes, NULL), 0);
    assert_int_equal(bytes.len, 6 + expect.len);
    assert_memory_equal(bytes.data + 6, expect.data, expect.len);
    assert_int_equal(entries(f->path), 1);
    assert_round_trip(f, &s);
    buf_free(&expect);
    buf_free(&got);
    buf_free(&bytes);
    song_free(&s);
}

/* Sorts the ends of notes of one key, as first opened, first closed does. */
static void sort_ends(struct part *p) {
    for (size_t i = 0; i < p->count; i++)
        for (size_t j = i + 1; j < p->count; j++) {
            struct note *a = &p->notes[i], *b = &p->notes[j];
            int64_t a_end = a->onset + a->duration;
            int64_t b_end = b->onset + b->duration;
            if (a->pitch != b->pitch || a->channel != b->channel ||
                a_end <= b_end)
                continue;
            a->duration = b_end - a->onset;
            b->duration = a_end - b->onset;
        }
}

static struct mark random_mark(struct rng *r, int part, int64_t length) {
    static const char *const texts[] = {"Am", "Gr\xc3\xbcn", "-"};
    struct mark m = {.part = part,
                     .kind = (enum mark_kind)rng_below(r, 4),
                     .tick = (int64_t)rng_below(r, (size_t)length)};
    if (m.kind == MARK_TEMPO) {
        m.a = 1 + (int)rng_below(r, 0xffffff);
    } else if (m.kind == MARK_METER) {
        m.a = 1 + (int)rng_below(r, 255);
        m.b = 1 << rng_below(r, 7);
    } else if (m.kind == MARK_KEY) {
        m.a = (int)rng_below(r, 15) - 7;
        m.b = (int)rng_below(r, 2);
    } else {
        m.a = 1 + (int)rng_below(r, 9);
        strncpy(m.text, texts[rng_below(r, 3)], sizeof m.text - 1);
    }
    return m;
}

static struct note random_note(struct rng *r, int64_t length, int keys) {
    return (struct note){.onset = (int64_t)rng_below(r, (size_t)length),
                         .duration = (int64_t)rng_below(r, 6),
                         .pitch = (int)rng_below(r, (size_t)keys),
                         .velocity = 1 + (int)rng_below(r, 127),
                         .channel = (int)rng_below(r, 16)};
}

/* Short songs on few keys meet themselves often; long ones on all keys and
 * with long rests try the numbers. */
static struct song random_song(struct rng *r) {
    int dense = rng_below(r, 2) == 0;
    int64_t length = dense ? 12 : 1000000;
    struct song s = {.ppq = 1 + (int)rng_below(r, 0x7fff)};
    int parts = 1 + (int)rng_below(r, 4);
    for (int p = 0; p < parts; p++) {
        song_add_part(&s, "Part", (int)rng_below(r, 129) - 1);
        for (size_t i = rng_below(r, 40); i > 0; i--) {
            struct note n = random_note(r, length, dense ? 2 : 128);
            if (dense)
                n.channel %= 2;
            assert_int_equal(song_add_note(&s, p, n, NULL), 0);
        }
        for (size_t i = rng_below(r, 10); i > 0; i--) {
            struct mark m = random_mark(r, p, length);
            assert_int_equal(song_add_mark(&s, m, NULL), 0);
            if (s.parts[p].end < m.tick)
                s.parts[p].end = m.tick;
        }
        s.parts[p].end += (int64_t)rng_below(r, 3);
        sort_ends(&s.parts[p]);
    }
    return s;
}

static void test_random_round_trips(void **state) {
    struct folder *f = *state;
    struct rng r;
    rng_seed(&r, 1, 2);
    for (int i = 0; i < 400; i++) {
        struct song s = random_song(&r);
        assert_round_trip(f, &s);
        song_free(&s);
    }
    assert_int_equal(entries(f->path), 1);
}

/* Ends of equal notes may change places, and nothing else. */
static void test_nested_equal_notes(void **state) {
    struct folder *f = *state;
    struct song s = simple_song(), again;
    add_note(&s, 100, 50, 60);
    assert_int_equal(midi_save(&s, f->file, NULL), 0);
    assert_int_equal(midi_load(&again, f->file, NULL), 0);
    assert_note(&again, 0, 0, 0, 150, 60);
    assert_note(&again, 0, 1, 100, 380, 60);
    song_free(&s);
    song_free(&again);
}

static void test_limits_round_trip(void **state) {
    struct folder *f = *state;
    struct song s = simple_song();
    song_add_part(&s, "", -1); /* nothing in it at all */
    add_note(&s, 0x0fffffff, 0, 127);
    add_note(&s, 0, 0x0fffffff, 0);
    struct mark m = {.kind = MARK_TEXT, .a = 9};
    memset(m.text, 'x', SONG_TEXT_MAX);
    assert_int_equal(song_add_mark(&s, m, NULL), 0);
    memset(s.parts[0].name, 'y', SONG_TEXT_MAX);
    assert_round_trip(f, &s);
    song_free(&s);
}

/* Texts that nothing ended, or that say nothing. */
static void test_odd_texts(void **state) {
    struct folder *f = *state;
    struct song s = simple_song(), again;
    struct mark m = {.kind = MARK_TEXT, .a = 1};
    assert_int_equal(song_add_mark(&s, m, NULL), 0);
    memset(m.text, 'x', sizeof m.text);
    memcpy(m.text + 126, "\xc3\xbc", 2);
    assert_int_equal(song_add_mark(&s, m, NULL), 0);
    assert_int_equal(midi_save(&s, f->file, NULL), 0);
    assert_int_equal(midi_load(&again, f->file, NULL), 0);
    assert_int_equal(again.mark_count, 1);
    assert_int_equal(strlen(again.marks[0].text), 126);
    song_free(&s);
    song_free(&again);
}

/* Expects ERR_FORMAT and no file; frees the song. */
static void assert_unsaved(const struct folder *f, struct song *s) {
    struct err e = {0};
    assert_int_equal(midi_save(s, f->file, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_int_equal(entries(f->path), 0);
    song_free(s);
}

static void test_bad_notes(void **state) {
    static const struct note bad[] = {
        {-1, 1, 60, 80, 0},      {0, -1, 60, 80, 0},
        {0, 1, -1, 80, 0},       {0, 1, 128, 80, 0},
        {0, 1, 60, 0, 0},        {0, 1, 60, 128, 0},
        {0, 1, 60, 80, -1},      {0, 1, 60, 80, 16},
        {1 << 28, 0, 60, 80, 0}, {1, (1 << 28) - 1, 60, 80, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct song s = simple_song();
        s.parts[0].notes[0] = bad[i];
        assert_unsaved(*state, &s);
    }
}

static void test_bad_marks(void **state) {
    static const struct mark bad[] = {
        {.kind = MARK_TEMPO, .a = 0},
        {.kind = MARK_TEMPO, .a = 1 << 24},
        {.kind = MARK_METER, .a = 0, .b = 4},
        {.kind = MARK_METER, .a = 256, .b = 4},
        {.kind = MARK_METER, .a = 4, .b = 3},
        {.kind = MARK_METER, .a = 4, .b = 0},
        {.kind = MARK_METER, .a = 4, .b = 128},
        {.kind = MARK_KEY, .a = 8},
        {.kind = MARK_KEY, .a = -8},
        {.kind = MARK_KEY, .b = 2},
        {.kind = MARK_TEXT, .a = 0},
        {.kind = MARK_TEXT, .a = 10},
        {.kind = (enum mark_kind)9},
        {.kind = MARK_KEY, .tick = -1},
        {.kind = MARK_KEY, .tick = 1 << 28},
        {.kind = MARK_KEY, .part = 1},
        {.kind = MARK_KEY, .part = -1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct song s = simple_song();
        assert_int_equal(song_add_mark(&s, (struct mark){0}, NULL), 0);
        s.marks[0] = bad[i];
        assert_unsaved(*state, &s);
    }
}

static void test_bad_songs(void **state) {
    static const int ppq[] = {0, -1, 0x8000};
    for (size_t i = 0; i < 3; i++) {
        struct song s = simple_song();
        s.ppq = ppq[i];
        assert_unsaved(*state, &s);
    }
    struct song none = {.ppq = 480};
    assert_unsaved(*state, &none);
    struct song program = simple_song();
    program.parts[0].program = 128;
    assert_unsaved(*state, &program);
    struct song end = simple_song();
    end.parts[0].end = 1 << 28;
    assert_unsaved(*state, &end);
}

/* What midi_load would refuse, midi_save does not write. */
static void test_too_much(void **state) {
    struct song notes = simple_song();
    for (int i = 1; i < MIDI_MAX_EVENTS / 2 - 1; i++)
        add_note(&notes, i, 1, 60);
    assert_unsaved(*state, &notes);
    struct song marks = simple_song();
    struct mark m = {.kind = MARK_TEMPO, .a = 1};
    for (int i = 0; i <= MIDI_MAX_MARKS; i++)
        assert_int_equal(song_add_mark(&marks, m, NULL), 0);
    assert_unsaved(*state, &marks);
}

static void test_unwritable(void **state) {
    struct folder *f = *state;
    struct song s = simple_song();
    char path[400];
    /* below a folder that is not there */
    struct err e = {0};
    snprintf(path, sizeof path, "%s/none/song.mid", f->path);
    assert_int_equal(midi_save(&s, path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    /* below a file */
    e = (struct err){0};
    assert_int_equal(midi_save(&s, f->file, NULL), 0);
    snprintf(path, sizeof path, "%s/song.mid", f->file);
    assert_int_equal(midi_save(&s, path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    /* onto a folder: fails only at the very end */
    e = (struct err){0};
    assert_int_equal(midi_save(&s, f->path, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    /* a name of more than PATH_MAX */
    e = (struct err){0};
    char endless[5000];
    memset(endless, 'n', sizeof endless);
    endless[sizeof endless - 1] = 0;
    assert_int_equal(midi_save(&s, endless, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(entries(f->path), 1);
    song_free(&s);
}

/* A limit on the size of files fails a write as a full disk does. */
static void test_disk_full(void **state) {
    struct folder *f = *state;
    struct song s = simple_song(), again;
    struct rlimit before;
    struct err e = {0};
    assert_int_equal(midi_save(&s, f->file, NULL), 0);
    add_note(&s, 480, 480, 62);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 20, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = midi_save(&s, f->file, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(entries(f->path), 1);
    /* the old file is untouched */
    assert_int_equal(midi_load(&again, f->file, NULL), 0);
    assert_int_equal(again.parts[0].count, 1);
    song_free(&s);
    song_free(&again);
}

static void test_load_errors(void **state) {
    struct folder *f = *state;
    struct song s;
    struct err e = {0};
    assert_int_equal(midi_load(&s, f->file, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_null(s.parts);
    e = (struct err){0};
    assert_int_equal(midi_load(&s, f->path, &e), -1);
    assert_true(e.code == ERR_FORMAT || e.code == ERR_IO);
    e = (struct err){0};
    assert_int_equal(file_write(f->file, "MThd", 4, NULL), 0);
    assert_int_equal(midi_load(&s, f->file, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_non_null(strstr(e.text, "song.mid: byte 0: "));
}

#define IN_FOLDER(t)                                                           \
    cmocka_unit_test_setup_teardown(t, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_tracks),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_not_midi),
        cmocka_unit_test(test_lost_tracks),
        cmocka_unit_test(test_most_tracks),
        cmocka_unit_test(test_event_cap),
        cmocka_unit_test(test_mark_cap),
        cmocka_unit_test(test_size_cap),
        cmocka_unit_test(test_cap_in_all),
        cmocka_unit_test(test_mended_tracks),
        cmocka_unit_test(test_odd_meters),
        cmocka_unit_test(test_macbinary),
        cmocka_unit_test(test_early_end),
        cmocka_unit_test(test_mended_headers),
        cmocka_unit_test(test_chunk_lengths),
        cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_empty_tracks),
        cmocka_unit_test(test_stray_bytes),
        cmocka_unit_test(test_riff),
        cmocka_unit_test(test_karaoke),
        cmocka_unit_test(test_clean_is_stable),
        cmocka_unit_test(test_running_status),
        cmocka_unit_test(test_format_0),
        cmocka_unit_test(test_long_header),
        cmocka_unit_test(test_alien_chunks),
        cmocka_unit_test(test_sysex_and_escapes),
        cmocka_unit_test(test_end_survives_dropping),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_pairing),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_signatures),
        IN_FOLDER(test_saved_bytes),
        IN_FOLDER(test_random_round_trips),
        IN_FOLDER(test_nested_equal_notes),
        IN_FOLDER(test_limits_round_trip),
        IN_FOLDER(test_odd_texts),
        IN_FOLDER(test_bad_notes),
        IN_FOLDER(test_bad_marks),
        IN_FOLDER(test_bad_songs),
        IN_FOLDER(test_too_much),
        IN_FOLDER(test_unwritable),
        IN_FOLDER(test_disk_full),
        IN_FOLDER(test_load_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
