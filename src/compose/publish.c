/* A composed tune as files: see publish.h. SPDX-License-Identifier: MIT */
#include "nott/compose/publish.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/music/midi.h"
#include "nott/music/picture.h"
#include "nott/score/abc.h"
#include "nott/score/musicxml.h"
#include "nott/score/notate.h"
#include "nott/score/page.h"
#include "nott/score/symbols.h"

/* ---- a tune made ready ---- */

/* "jig" for 6/8 and its like, "" where the meter does not tell. */
static const char *rhythm_of(const struct tune_header *h) {
    static const struct {
        int beats, unit;
        const char *rhythm;
    } kinds[] = {{6, 8, "jig"},
                 {9, 8, "slip jig"},
                 {12, 8, "slide"},
                 {3, 4, "waltz"},
                 {2, 4, "polka"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].beats == h->beats && kinds[i].unit == h->unit)
            return kinds[i].rhythm;
    return "";
}

static int add_note_text(struct song *song, const char *note, struct err *e) {
    struct mark m = {.kind = MARK_TEXT, .a = 1};
    for (size_t left = strlen(note), n; left; note += n, left -= n) {
        n = song_text_fit(note, left);
        if (n == 0)
            return 0;
        snprintf(m.text, sizeof m.text, "%.*s", (int)n, note);
        if (song_add_mark(song, m, e))
            return -1;
    }
    return 0;
}

/* ---- a melody that is kept as it was written ---- */

#define EXACT_QUARTER 24 /* steps: 32nds and triplets of 16ths */

/* Ticks from step 0 to the first bar line. */
static int64_t phase_ticks(const struct song *s, const struct tune *t) {
    return (int64_t)t->frame.header.phase * s->ppq / t->frame.steps_per_quarter;
}

/* The tick of a song of decode_song at which step 0 is. */
static int64_t first_tick(const struct song *s, const struct tune *t) {
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_METER && s->marks[i].tick > 0 &&
            s->marks[i].part == 0)
            return s->marks[i].tick - phase_ticks(s, t);
    return 0;
}

/* The key as it is written, mode and all. */
static void copy_key(struct song *s, const struct song *from) {
    const struct mark *m = song_mark_at(from, MARK_KEY, -1, 0);
    for (size_t i = 0; m && i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_KEY) {
            s->marks[i].a = m->a;
            s->marks[i].b = m->b;
            memcpy(s->marks[i].text, m->text, sizeof m->text);
        }
}

/* Puts the notes of the request's melody in place of those on the grid; of
 * several at once the highest. */
static int keep_melody(struct song *s, const struct publication *p,
                       struct err *e) {
    const struct song *from = p->request.melody;
    const struct tune *t = p->tune;
    if (!from || from->part_count <= SONG_MELODY)
        return 0;
    const struct part *notes = &from->parts[SONG_MELODY];
    int64_t first = first_tick(s, t), end = s->parts[SONG_MELODY].end;
    int64_t line = first + phase_ticks(s, t);
    copy_key(s, from);
    s->parts[SONG_MELODY].count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        struct note n = notes->notes[i];
        int64_t off = n.onset + n.duration - p->request.start;
        int next = i + 1 < notes->count && notes->notes[i + 1].onset == n.onset;
        n.onset = first + (n.onset - p->request.start) * s->ppq / from->ppq;
        off = first + off * s->ppq / from->ppq;
        off = off > end ? end : off;
        if (next || n.onset < first || off - n.onset < 2)
            continue;
        n.duration = off - n.onset - 1;
        n.velocity = decode_accent(&t->frame.header, n.onset - line,
                                   s->ppq / t->frame.steps_per_quarter);
        n.channel = 0;
        if (song_add_note(s, SONG_MELODY, n, e))
            return -1;
    }
    s->parts[SONG_MELODY].end = end;
    return 0;
}

/* The chord of the written song at a tick of the request's melody. */
static const char *chord_at(const void *user, int64_t tick, int64_t *next) {
    const struct publication *p = user;
    const struct song *s = &p->written;
    const char *name = NULL;
    int64_t first = first_tick(s, p->tune), ppq = p->request.melody->ppq;
    *next = INT64_MAX;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (!song_names_chord(m))
            continue;
        int64_t at = (m->tick - first) * ppq / s->ppq + p->request.start;
        if (at <= tick)
            name = m->text;
        else if (at < *next)
            *next = at;
    }
    return name;
}

static int add_symbols(struct publication *p, struct err *e) {
    struct symbols_source chords = {chord_at, p};
    if (symbols_write(&p->score, p->request.score, &chords, e))
        return -1;
    p->score.tempo = floor(100 * p->tune->frame.performance.tempo + 0.5) / 100;
    abc_write(&p->score, 1, &p->abc);
    return buf_ok(&p->abc, p->request.name, e);
}

static int write_down(struct publication *p, struct err *e) {
    struct notation how = {.steps_per_quarter =
                               p->request.melody
                                   ? EXACT_QUARTER
                                   : p->tune->frame.steps_per_quarter,
                           .rhythm = p->request.rhythm,
                           .fold = 1};
    if (p->request.melody && p->request.score)
        return add_symbols(p, e);
    if (notate_song(&p->score, &p->written, &how, e))
        return -1;
    abc_write(&p->score, 1, &p->abc);
    return buf_ok(&p->abc, p->request.name, e);
}

/* Programs for notation draw the signature of the mode, which does not tell its
 * tonic: a text does, so that midi2seq knows the key again. */
static int sign_mode(struct song *song, const struct score *s, int is_written,
                     struct err *e) {
    int sharps = score_key_sharps(&s->key);
    struct mark text = {.kind = MARK_TEXT, .a = 1};
    for (size_t i = 0; i < song->mark_count && s->key.letter >= 0; i++) {
        struct mark *m = &song->marks[i];
        if (m->kind != MARK_KEY || (m->a == sharps && !is_written))
            continue;
        m->a = sharps;
        m->b = s->key.mode == SCORE_MINOR;
        snprintf(text.text, sizeof text.text, "key %.100s", m->text);
        return song_add_mark(song, text, e);
    }
    return 0;
}

static int play(struct publication *p, struct err *e) {
    if (sign_mode(&p->played, &p->score, p->request.melody != NULL, e) ||
        add_note_text(&p->played, p->request.note, e) ||
        arrange_song(&p->played, &p->request.arrangement, e))
        return -1;
    return midi_write(&p->played, p->request.name, &p->midi, e);
}

int publish_open(struct publication *p, const struct vocabulary *v,
                 const struct tune *t, const struct publish_request *request,
                 struct err *e) {
    const uint8_t *chord = t->has_chords ? t->chord : NULL;
    const char *title = request->title;
    *p = (struct publication){.vocabulary = v, .tune = t, .request = *request};
    if (!request->rhythm[0])
        p->request.rhythm = rhythm_of(&t->frame.header);
    buf_printf(&p->about, "%s", request->about);
    if (decode_song(&p->written, v, t->melody, chord, t->steps, &t->frame,
                    title, e) ||
        decode_song(&p->played, v, t->melody, chord, t->steps, &t->frame, title,
                    e) ||
        keep_melody(&p->written, p, e) || keep_melody(&p->played, p, e) ||
        write_down(p, e) || play(p, e))
        return -1;
    return buf_ok(&p->about, request->name, e);
}

void publish_close(struct publication *p) {
    song_free(&p->written);
    song_free(&p->played);
    score_free(&p->score);
    buf_free(&p->midi);
    buf_free(&p->abc);
    buf_free(&p->sheet);
    buf_free(&p->about);
    *p = (struct publication){0};
}

/* ---- printers ---- */

static int print_midi(const struct publication *p, size_t count,
                      const char *path, struct buf *out, struct err *e) {
    (void)count;
    buf_add(out, p->midi.data, p->midi.len);
    return buf_ok(out, path, e);
}

static int print_abc(const struct publication *p, size_t count,
                     const char *path, struct buf *out, struct err *e) {
    for (size_t i = 0; i < count; i++) {
        abc_write(&p[i].score, (long)i + 1, out);
        if (i + 1 < count)
            buf_printf(out, "\n");
    }
    return buf_ok(out, path, e);
}

static int print_musicxml(const struct publication *p, size_t count,
                          const char *path, struct buf *out, struct err *e) {
    (void)count;
    musicxml_write(&p->score, out);
    return buf_ok(out, path, e);
}

static int print_roll(const struct publication *p, size_t count,
                      const char *path, struct buf *out, struct err *e) {
    const struct tune *t = p->tune;
    (void)count;
    picture_tune(out, p->vocabulary, t->melody, t->has_chords ? t->chord : NULL,
                 t->steps, &t->frame, p->request.name, p->request.title);
    return buf_ok(out, path, e);
}

#define MOST_TUNES 1000 /* of a page */

static int print_page(const struct publication *p, size_t count,
                      const char *path, struct buf *out, struct err *e) {
    struct page_tune tunes[MOST_TUNES];
    if (count > MOST_TUNES)
        return err_set(e, ERR_USAGE, "%s: more than %d tunes", path,
                       MOST_TUNES);
    for (size_t i = 0; i < count; i++)
        tunes[i] = (struct page_tune){
            .title = p[i].request.title,
            .about = p[i].about.data ? (const char *)p[i].about.data : "",
            .command = p[i].request.note,
            .name = p[i].request.name,
            .song = &p[i].played,
            .abc = (const char *)p[i].abc.data,
            .midi = &p[i].midi,
            .sheet = p[i].sheet.len ? &p[i].sheet : NULL};
    return page_write(tunes, count, "Tunes by nott", out, e);
}

const struct publish_format publish_formats[] = {
    {".mid", "MIDI", 0, 0, 1, print_midi},
    {".midi", "MIDI", 0, 0, 1, print_midi},
    {".abc", "ABC notation", 1, 0, 0, print_abc},
    {".musicxml", "MusicXML", 0, 0, 0, print_musicxml},
    {".svg", "a picture, the piano roll", 0, 0, 0, print_roll},
    {".html", "a page to listen to", 1, 1, 0, print_page},
    {NULL, NULL, 0, 0, 0, NULL},
};

const struct publish_format *publish_format_of(const char *path) {
    for (const struct publish_format *f = publish_formats; f->ending; f++)
        if (file_ends_in(path, f->ending))
            return f;
    return NULL;
}
