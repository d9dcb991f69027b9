/* A composed tune as files: see publish.h. SPDX-License-Identifier: MIT */
#include "nott/compose/publish.h"

#include <stdio.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/music/midi.h"
#include "nott/music/picture.h"

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

int publish_midi(const struct vocabulary *v, const struct tune *t,
                 const char *title, const char *note, const char *name,
                 struct buf *out, struct err *e) {
    struct song song;
    const uint8_t *chord = t->has_chords ? t->chord : NULL;
    if (decode_song(&song, v, t->melody, chord, t->steps, &t->frame, title, e))
        return -1;
    int rc = add_note_text(&song, note, e);
    if (rc == 0)
        rc = midi_write(&song, name, out, e);
    song_free(&song);
    return rc;
}

int publish_picture(const struct vocabulary *v, const struct tune *t,
                    const char *title, const char *name, struct buf *out,
                    struct err *e) {
    const char *slash = strrchr(name, '/');
    picture_tune(out, v, t->melody, t->has_chords ? t->chord : NULL, t->steps,
                 &t->frame, slash ? slash + 1 : name, title);
    return buf_ok(out, name, e);
}
