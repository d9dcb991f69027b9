/* Chord symbols over a score: see symbols.h. SPDX-License-Identifier: MIT */
#include "nott/score/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/score/perform.h"

struct copier {
    struct score *out;
    const struct symbols_source *chords;
    struct err *e;
    char last[32]; /* the symbol before */
    int begins;    /* a bar does */
};

static int add_symbol(struct copier *c, const char *name) {
    struct score_item item = {.kind = SCORE_SYMBOL};
    int changes = name && strcmp(name, c->last) != 0;
    if (!name || (!changes && (!c->begins || score_is_silence(name))) ||
        (score_is_silence(name) && !c->last[0]))
        return 0;
    snprintf(item.text, sizeof item.text, "%.31s", name);
    memcpy(c->last, item.text, sizeof c->last);
    return score_add(c->out, &item, c->e);
}

/* A note or rest from a tick on, cut where the chord changes under it. */
static int add_sound(struct copier *c, struct score_item item, int64_t tick) {
    int64_t next, length = item.note.length;
    int tied = item.note.tied, cuts = !item.note.actual && !item.note.grace;
    for (;; tick += item.note.length) {
        if (add_symbol(c, c->chords->at(c->chords->user, tick, &next)))
            return -1;
        c->begins = 0;
        int cut = cuts && next - tick < length;
        item.note.length = cut ? next - tick : length;
        item.note.tied = (unsigned char)(cut ? item.kind == SCORE_NOTE : tied);
        if (score_add(c->out, &item, c->e))
            return -1;
        if (!cut)
            return 0;
        length -= item.note.length;
    }
}

static int copy_item(struct copier *c, const struct score_item *item,
                     int64_t tick) {
    if (item->kind == SCORE_SYMBOL)
        return 0;
    if (item->kind == SCORE_BAR)
        c->begins = 1;
    if ((item->kind == SCORE_NOTE || item->kind == SCORE_REST) && tick >= 0)
        return add_sound(c, *item, tick);
    return score_add(c->out, item, c->e);
}

int symbols_write(struct score *out, const struct score *s,
                  const struct symbols_source *chords, struct err *e) {
    struct copier c = {.out = out, .chords = chords, .e = e, .begins = 1};
    struct song song = {0};
    int64_t *last = malloc((s->count + 1) * sizeof *last);
    *out = *s;
    out->items = NULL;
    out->count = out->cap = 0;
    int rc = last ? perform_places(&song, s, last, e)
                  : err_set(e, ERR_MEM, "score: out of memory");
    for (size_t i = 0; rc == 0 && i < s->count; i++)
        rc = copy_item(&c, &s->items[i], last[i]);
    song_free(&song);
    free(last);
    if (rc)
        score_free(out);
    return rc;
}
