/* Who plays what: see voices.h. SPDX-License-Identifier: MIT */
#include "voices.h"

#include <stdlib.h>

void voices_free(struct voices *v) {
    for (size_t i = 0; v->owned && i < v->count; i++)
        free(v->list[i].notes);
    free(v->list);
    free(v->track);
    *v = (struct voices){0};
}

static int split_channels(struct voices *v, const struct part *p, int track) {
    v->owned = 1;
    for (int ch = 0; ch < 16; ch++) {
        struct part q = {.program = p->program, .end = p->end};
        for (size_t i = 0; i < p->count; i++)
            q.count += p->notes[i].channel == ch;
        if (!q.count)
            continue;
        q.notes = malloc(q.count * sizeof *q.notes);
        if (!q.notes)
            return -1;
        size_t n = 0;
        for (size_t i = 0; i < p->count; i++)
            if (p->notes[i].channel == ch)
                q.notes[n++] = p->notes[i];
        v->list[v->count] = q;
        v->track[v->count++] = track;
    }
    return 0;
}

int voices_find(struct voices *v, const struct song *s) {
    *v = (struct voices){0};
    v->list = calloc(s->part_count + 16, sizeof *v->list);
    v->track = calloc(s->part_count + 16, sizeof *v->track);
    if (!v->list || !v->track)
        return -1;
    for (size_t i = 0; i < s->part_count; i++)
        if (s->parts[i].count) {
            v->list[v->count] = s->parts[i];
            v->track[v->count++] = (int)i + 1;
        }
    if (v->count != 1)
        return 0;
    struct part only = v->list[0];
    int track = v->track[0];
    v->count = 0;
    return split_channels(v, &only, track);
}

/* Share of a part's sounding time in which two notes or more sound. */
static double polyphony(const struct part *p) {
    int64_t one = 0, more = 0, covered = -1, last = -1;
    for (size_t i = 0; i < p->count; i++) {
        int64_t on = p->notes[i].onset, off = on + p->notes[i].duration;
        if (covered > on) {
            int64_t from = on > last ? on : last;
            int64_t to = off < covered ? off : covered;
            if (to > from) {
                more += to - from;
                last = to;
            }
        }
        if (off > covered) {
            one += off - (covered > on ? covered : on);
            covered = off;
        }
    }
    return one > 0 ? (double)more / (double)one : 0;
}

static double mean_pitch(const struct part *p) {
    double sum = 0;
    for (size_t i = 0; i < p->count; i++)
        sum += p->notes[i].pitch;
    return sum / (double)p->count;
}

const struct part *voices_by_track(const struct voices *v, int track) {
    for (size_t i = 0; i < v->count; i++)
        if (v->track[i] == track)
            return &v->list[i];
    return NULL;
}

void voices_choose(const struct voices *v, int melody_track, int chord_track,
                   const struct part **melody, const struct part **chords) {
    *melody = melody_track ? voices_by_track(v, melody_track) : NULL;
    *chords = chord_track ? voices_by_track(v, chord_track) : NULL;
    double densest = 0.3, highest = -1;
    for (size_t i = 0; i < v->count && !chord_track; i++) {
        const struct part *p = &v->list[i];
        double dense = polyphony(p);
        if (p != *melody && dense > densest) {
            densest = dense;
            *chords = p;
        }
    }
    for (size_t i = 0; i < v->count && !melody_track; i++) {
        const struct part *p = &v->list[i];
        if (p != *chords && mean_pitch(p) > highest) {
            highest = mean_pitch(p);
            *melody = p;
        }
    }
}

int voices_track(const struct voices *v, const struct part *p) {
    return p ? v->track[p - v->list] : 0;
}
