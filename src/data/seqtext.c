/* Datasets as text and as MIDI: see seqtext.h. SPDX-License-Identifier: MIT */
#include "nott/data/seqtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/music/midi.h"

/* "name" or "name:length". */
static void run(const char *name, size_t length, struct buf *out) {
    buf_add(out, " ", 1);
    buf_add_text(out, name);
    if (length > 1)
        buf_printf(out, ":%zu", length);
}

/* One of these for each run of equal classes. */
static void runs(const struct dataset *d, const uint8_t *class, size_t from,
                 size_t to, int chords, struct buf *out) {
    for (size_t k = from, end; k < to; k = end) {
        char name[16];
        for (end = k + 1; end < to && class[end] == class[k];)
            end++;
        if (!chords)
            vocabulary_melody_name(&d->vocabulary, class[k], name);
        run(chords ? d->vocabulary.chords[class[k]].name : name, end - k, out);
    }
}

void seqtext_tune(const struct dataset *d, size_t s, struct buf *out) {
    size_t from = (size_t)d->offset[s], to = (size_t)d->offset[s + 1];
    struct tune_header h = dataset_header(d, s);
    char key[TUNE_KEY_NAME];
    buf_add_text(out, d->names[s]);
    buf_printf(out, " %s %zu steps %d/%d key %s bar %d phase %d\n",
               split_names[d->split[s]], to - from, h.beats, h.unit,
               tune_key_name(h.key, key), h.bar, h.phase);
    size_t bar = (size_t)h.bar, phase = (size_t)h.phase;
    for (size_t k = from, end; k < to; k = end) {
        end = k == from && phase ? from + phase : k + bar;
        end = end < to ? end : to;
        buf_printf(out, " ");
        runs(d, d->melody, k, end, 0, out);
        buf_printf(out, " |");
        if (d->has_chords[s])
            runs(d, d->chord, k, end, 1, out);
        else
            run("?", end - k, out);
        buf_printf(out, "\n");
    }
}

int seqtext_song(const struct dataset *d, size_t s, struct song *song,
                 struct err *e) {
    struct tune_frame f = dataset_frame(d, s);
    size_t from = (size_t)d->offset[s];
    return decode_song(song, &d->vocabulary, d->melody + from,
                       dataset_chords(d, s), (size_t)d->offset[s + 1] - from,
                       &f, d->names[s], e);
}

/* Would DIR/NAME.mid lie outside DIR? */
static int leads_out(const char *name) {
    return strncmp(name, "../", 3) == 0 || strstr(name, "/../") != NULL;
}

char *seqtext_path(const char *dir, const char *name) {
    size_t n = strlen(dir) + strlen(name) + sizeof "/.mid";
    char *path = malloc(n);
    if (path)
        snprintf(path, n, "%s/%s.mid", dir, name);
    return path;
}

static int export_to(const struct dataset *d, size_t s, char *path,
                     struct err *e) {
    struct song song;
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

static int export_tune(const struct dataset *d, size_t s, const char *dir,
                       struct err *e) {
    if (leads_out(d->names[s]))
        return err_set(e, ERR_FORMAT, "%s: leads out of the folder",
                       d->names[s]);
    char *path = seqtext_path(dir, d->names[s]);
    int rc = path ? export_to(d, s, path, e)
                  : err_set(e, ERR_MEM, "%s: out of memory", d->names[s]);
    free(path);
    return rc;
}

int seqtext_export(const struct dataset *d, const char *dir, struct err *e) {
    for (size_t s = 0; s < d->tunes; s++)
        if (export_tune(d, s, dir, e))
            return -1;
    return 0;
}
