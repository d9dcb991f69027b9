/* Chords by name: see names.h. SPDX-License-Identifier: MIT */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "nott/music/chord.h"

/* A chord by name from a tick on. */
struct named {
    int64_t tick;
    int part;
    uint16_t set; /* 0 = silence */
    int root;
};

static int read_name(const char *text, struct named *n) {
    char name[CHORD_NAME];
    size_t len = strlen(text);
    while (len && text[len - 1] == ' ')
        len--;
    char last = len > 1 ? text[len - 1] : 0;
    if ((*text == '[' && last == ']') || (*text == '(' && last == ')')) {
        text++; /* "[G]", as over words */
        len -= 2;
    }
    if (!len || len >= sizeof name)
        return 0;
    memcpy(name, text, len);
    name[len] = 0;
    return chord_read(name, &n->set, &n->root, NULL) == 0;
}

static int by_tick(const void *a, const void *b) {
    const struct named *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    if (x->set != y->set)
        return (int)x->set - (int)y->set;
    return x->root != y->root ? x->root - y->root : x->part - y->part;
}

/* A name that stands in several parts, maybe a bar apart, counts once. */
static size_t drop_copies(struct named *list, size_t n, int ppq) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct named *last = kept ? &list[kept - 1] : NULL;
        if (!last || last->set != list[i].set || last->root != list[i].root ||
            list[i].tick - last->tick > 4 * ppq)
            list[kept++] = list[i];
    }
    return kept;
}

/* Sections of a piece are named too: A, A, B, C, each later than a bar or two
 * after the one before. */
static int are_sections(const struct named *list, size_t n, double bars) {
    static const int letters[] = {9, 11, 0, 2, 4, 5, 7}; /* A, B, C ... */
    size_t at = 0;
    int in_order = 1, bare = list[0].root == letters[0];
    for (size_t i = 0; i < n; i++) {
        at += i > 0 && at + 1 < 7 && list[i].root == letters[at + 1];
        in_order &= list[i].root == letters[at];
        bare &= list[i].set == chord_rotate(0x091, list[i].root);
    }
    return bare && (in_order || 2 * (double)n < bars);
}

/* Where the last note ends; without notes, where the song does. */
static int64_t song_end(const struct song *s) {
    int64_t end = 0, notes = 0;
    for (size_t i = 0; i < s->part_count; i++) {
        const struct part *p = &s->parts[i];
        end = p->end > end ? p->end : end;
        for (size_t k = 0; k < p->count; k++)
            if (p->notes[k].onset + p->notes[k].duration > notes)
                notes = p->notes[k].onset + p->notes[k].duration;
    }
    return notes ? notes : end;
}

/* The names in the order of time; 0 where they are no harmony. */
static size_t list_names(struct named *list, const struct song *s) {
    size_t texts = 0, n = 0, kept, chords = 0;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind != MARK_TEXT || m->a == 3 || !m->text[0])
            continue;
        list[n] = (struct named){.tick = m->tick, .part = m->part};
        texts++;
        n += (size_t)read_name(m->text, &list[n]);
    }
    qsort(list, n, sizeof *list, by_tick);
    kept = drop_copies(list, n, s->ppq);
    for (size_t i = 0; i < kept; i++)
        chords += list[i].set != 0;
    double bars = (double)song_end(s) / s->ppq / 4;
    int enough = chords >= 2 && 2 * n >= texts && 4 * (double)chords >= bars;
    return enough && !are_sections(list, kept, bars) ? kept : 0;
}

static void strike(struct part *p, const struct named *n, int64_t to) {
    struct chord c = chord_close(n->set, n->root);
    for (int i = 0; i < c.voices && to > n->tick; i++)
        p->notes[p->count++] = (struct note){.onset = n->tick,
                                             .duration = to - n->tick,
                                             .pitch = c.pitch[i],
                                             .velocity = 64};
}

int names_find(struct part *p, int *part, const struct song *s, struct err *e) {
    *p = (struct part){.program = -1, .end = song_end(s)};
    struct named *list = calloc(s->mark_count + 1, sizeof *list);
    size_t n = list ? list_names(list, s) : 0;
    p->notes = list ? calloc(12 * n + 1, sizeof *p->notes) : NULL;
    if (p->notes)
        for (size_t i = 0; i < n; i++)
            strike(p, &list[i], i + 1 < n ? list[i + 1].tick : p->end);
    *part = n ? list[0].part : 0;
    free(list);
    if (!p->notes)
        return err_set(e, ERR_MEM, "chords: out of memory");
    return p->count > 0;
}
