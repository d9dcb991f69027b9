/* Datasets as text and as MIDI: see seqtext.h. SPDX-License-Identifier: MIT */
#include "nott/data/seqtext.h"

#include <stdio.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/music/midi.h"

/* "name" or "name:length" for each run of equal classes. */
static void runs(const struct dataset *d, const uint8_t *class, size_t from,
                 size_t to, int chords, struct buf *out) {
    for (size_t k = from, end; k < to; k = end) {
        char name[16];
        for (end = k + 1; end < to && class[end] == class[k];)
            end++;
        if (!chords)
            vocabulary_melody_name(&d->vocabulary, class[k], name);
        buf_printf(out, " %s",
                   chords ? d->vocabulary.chords[class[k]].name : name);
        if (end - k > 1)
            buf_printf(out, ":%zu", end - k);
    }
}

void seqtext_tune(const struct dataset *d, size_t s, struct buf *out) {
    size_t from = (size_t)d->offset[s], to = (size_t)d->offset[s + 1];
    int key = d->key[s];
    buf_printf(out, "%s %s %zu steps %d/%d key %s%s bar %d phase %d\n",
               d->names[s], split_names[d->split[s]], to - from,
               d->meter[2 * s], d->meter[2 * s + 1],
               key < 0 ? "?" : chord_pitch_class_name(key),
               key >= 12 ? "m" : "", d->bar[s], d->phase[s]);
    size_t bar = (size_t)d->bar[s], phase = (size_t)d->phase[s];
    for (size_t k = from, end; k < to; k = end) {
        end = k == from && phase ? from + phase : k + bar;
        end = end < to ? end : to;
        buf_printf(out, " ");
        runs(d, d->melody, k, end, 0, out);
        buf_printf(out, " |");
        runs(d, d->chord, k, end, 1, out);
        buf_printf(out, "\n");
    }
}

struct tune_frame seqtext_frame(const struct dataset *d, size_t s) {
    return (struct tune_frame){.steps_per_quarter = d->steps_per_quarter,
                               .bar = d->bar[s],
                               .phase = d->phase[s],
                               .beats = d->meter[2 * s],
                               .unit = d->meter[2 * s + 1],
                               .key = d->key[s],
                               .tempo = 120,
                               .melody_program = -1,
                               .chord_program = -1};
}

int seqtext_song(const struct dataset *d, size_t s, struct song *song,
                 struct err *e) {
    struct tune_frame f = seqtext_frame(d, s);
    size_t from = (size_t)d->offset[s];
    return decode_song(song, &d->vocabulary, d->melody + from, d->chord + from,
                       (size_t)d->offset[s + 1] - from, &f, d->names[s], e);
}

/* Would DIR/NAME.mid lie outside DIR? */
static int leads_out(const char *name) {
    return strncmp(name, "../", 3) == 0 || strstr(name, "/../") != NULL;
}

static int export_tune(const struct dataset *d, size_t s, const char *dir,
                       struct err *e) {
    char path[4096];
    struct song song;
    if (leads_out(d->names[s]))
        return err_set(e, ERR_FORMAT, "%s: leads out of the folder",
                       d->names[s]);
    int n = snprintf(path, sizeof path, "%s/%s.mid", dir, d->names[s]);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_FORMAT, "%s: path too long", d->names[s]);
    char *slash = strrchr(path, '/');
    *slash = 0;
    if (file_make_dir(path, e))
        return -1;
    *slash = '/';
    if (seqtext_song(d, s, &song, e))
        return -1;
    int rc = midi_save(&song, path, e);
    song_free(&song);
    return rc;
}

int seqtext_export(const struct dataset *d, const char *dir, struct err *e) {
    for (size_t s = 0; s < d->tunes; s++)
        if (export_tune(d, s, dir, e))
            return -1;
    return 0;
}
