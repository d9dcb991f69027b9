/* The whole way: any bytes → song → steps → song → MIDI → song → the same
 * melody and chords (bars and key are heard anew, by evidence); and what is
 * published of them is sound: ABC and MIDI are read again as the same music,
 * the others are well-formed. SPDX-License-Identifier: MIT */
#include "nott/compose/publish.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "nott/base/json.h"
#include "nott/music/decode.h"
#include "nott/score/notate.h"
#include "tune.h"
#include "xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vocabulary classes;

static void wrong(const char *what) {
    fprintf(stderr, "%s\n", what);
    abort();
}

/* ---- notes ---- */

/* The nearest step of the grid, from the first note on: what is written as less
 * than a bar is played as a pickup, which may begin with a rest. */
static int64_t step_of(const struct song *s, int part, int64_t tick) {
    int64_t from = s->parts[part].notes[0].onset;
    return (int64_t)floor((double)(tick - from) * 4 / s->ppq + 0.5);
}

static int same_notes(const struct song *s, const struct song *t, int part) {
    const struct part *a = &s->parts[part], *b = &t->parts[part];
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct note *x = &a->notes[i], *y = &b->notes[i];
        if (step_of(s, part, x->onset) != step_of(t, part, y->onset) ||
            step_of(s, part, x->onset + x->duration) !=
                step_of(t, part, y->onset + y->duration) ||
            x->pitch != y->pitch)
            return 0;
    }
    return 1;
}

/* What is written as a score is played as it was. */
static void check_score(const struct song *s) {
    struct notation how = {.steps_per_quarter = 4, .rhythm = "", .fold = 1};
    struct score score, again;
    struct song played;
    struct buf text = {0}, told = {0};
    struct abc_book book;
    if (notate_song(&score, s, &how, NULL))
        wrong("not written down");
    abc_write(&score, 1, &text);
    if (abc_open(&book, text.data, text.len, NULL) || book.count != 1 ||
        abc_read(&again, &book, 0, &told, NULL))
        wrong("our own ABC is not read");
    score.title[0] = again.title[0] = 0; /* no title of ABC has two lines */
    if (score_differs(&score, &again) != SIZE_MAX)
        wrong("our own ABC is read as another score");
    if (told.len)
        wrong("our own ABC is found odd");
    if (perform_score(&played, &again, NULL))
        wrong("our own score is not played");
    if (played.part_count < 2 || !same_notes(s, &played, SONG_MELODY))
        wrong("our own score is played with other notes");
    song_free(&played);
    score_free(&score);
    score_free(&again);
    abc_close(&book);
    buf_free(&text);
    buf_free(&told);
}

/* ---- steps ---- */

/* Chords are heard by evidence: those that change elsewhere may be heard to
 * change on the beat next to it, and where none is struck none are heard. */
static int changes_on_bars(const struct tune *t) {
    const struct tune_header *h = &t->frame.header;
    int some = t->has_chords && t->chord[0] != 0;
    for (size_t k = 1; k < t->steps; k++) {
        int place = ((int)k - h->phase) % h->bar;
        some |= t->has_chords && t->chord[k] != 0;
        if (t->chord[k] != t->chord[k - 1] && place != 0)
            return 0;
    }
    return some;
}

/* MIDI does not say where bars are: a tune that begins with a rest may be heard
 * to begin where its first chord would be on a bar line. */
static int may_begin_later(const struct tune *t) {
    const struct tune_header *h = &t->frame.header;
    size_t k = 0;
    while (t->has_chords && k < t->steps && t->chord[k] == 0)
        k++;
    return t->melody[0] == vocabulary_rest(&classes) && t->has_chords &&
           k < t->steps && ((int)k - h->phase) % h->bar != 0;
}

/* Up to the last note that is struck: how long it lasts, and a rest behind it,
 * go by the bar lines that are heard. */
static size_t struck_steps(const struct tune *t) {
    size_t n = t->steps;
    while (n > 0 && vocabulary_struck(&classes, t->melody, n - 1) < 0)
        n--;
    return n;
}

static void check_steps(const struct tune *t, const struct song *s) {
    struct buf midi = {0};
    struct song again;
    struct tune twice;
    if (midi_write(s, "song", &midi, NULL) ||
        midi_parse(&again, midi.data, midi.len, "song", NULL))
        wrong("our own MIDI is not read");
    if (again.part_count != s->part_count)
        wrong("our own MIDI has other parts");
    for (size_t i = 0; i < s->part_count; i++)
        if (!same_notes(s, &again, (int)i))
            wrong("our own MIDI has other notes");
    if (again.repaired)
        wrong("our own MIDI needs a repair");
    size_t n = struck_steps(t);
    if (n < 2 /* no tune is that short */ || may_begin_later(t))
        goto out;
    if (tune_from_song(&twice, &classes, 4, 0, &again, "song", NULL))
        wrong("our own MIDI is no tune");
    if (twice.steps < n || twice.steps > t->steps ||
        memcmp(t->melody, twice.melody, twice.steps) != 0)
        wrong("our own MIDI has another melody");
    if (changes_on_bars(t) &&
        (!twice.has_chords || memcmp(t->chord, twice.chord, twice.steps) != 0))
        wrong("our own MIDI has other chords");
    tune_free(&twice);
out:
    song_free(&again);
    buf_free(&midi);
}

/* ---- what is published ---- */

/* The tunes stand in a page as JSON, in which nothing closes the script. */
static void check_page(const char *page) {
    const char *begin = strstr(page, "type=\"application/json\"");
    const char *from = begin ? strchr(begin, '>') : NULL;
    const char *to = from ? strstr(from, "</script") : NULL;
    json_t *value =
        to ? json_parse(from + 1, (size_t)(to - from - 1), "page", NULL) : NULL;
    if (!value)
        wrong("the page holds no JSON");
    json_decref(value);
}

static void publish(const struct tune *t, const char *title) {
    struct publish_request request = {.title = title,
                                      .about = title,
                                      .note = title,
                                      .rhythm = "",
                                      .name = "song"};
    struct publication p = {0};
    if (publish_open(&p, &classes, t, &request, NULL))
        wrong("not published");
    for (const struct publish_format *f = publish_formats; f->ending; f++) {
        struct buf out = {0};
        if (f->print(&p, 1, "song", &out, NULL) || out.failed)
            wrong(f->ending);
        if ((strcmp(f->ending, ".svg") == 0 ||
             strcmp(f->ending, ".musicxml") == 0) &&
            !xml_is_sound((const char *)out.data, out.len))
            wrong("not well-formed");
        if (strcmp(f->ending, ".html") == 0)
            check_page((const char *)out.data);
        buf_free(&out);
    }
    publish_close(&p);
}

static void check_tune(const struct tune *t, const char *title) {
    struct song s;
    if (decode_song(&s, &classes, t->melody, t->has_chords ? t->chord : NULL,
                    t->steps, &t->frame, title, NULL))
        wrong("not played");
    check_steps(t, &s);
    check_score(&s);
    song_free(&s);
    publish(t, title);
}

/* The title may be anything: it is the bytes themselves. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t count = 1;
    char title[64] = "";
    if (!classes.chord_count)
        tune_classes(&classes, 0, 128);
    memcpy(title, data, size < sizeof title - 1 ? size : sizeof title - 1);
    for (size_t i = 0; i < count && i < TUNE_MOST; i++) {
        struct song s;
        struct tune t;
        if (tune_song(&s, data, size, i, &count))
            continue;
        if (tune_from_song(&t, &classes, 4, 0, &s, "input", NULL) == 0) {
            struct performance *how = &t.frame.performance;
            how->tempo = how->tempo > 0 ? how->tempo : 120;
            how->melody_program = how->chord_program = -1;
            if (t.steps <= TUNE_STEPS)
                check_tune(&t, title);
            tune_free(&t);
        }
        song_free(&s);
    }
    return 0;
}
