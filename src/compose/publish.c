/* A composed tune to files: see publish.h. SPDX-License-Identifier: MIT */
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

static int write_picture(const struct vocabulary *v, const struct tune *t,
                         const char *title, const char *name, const char *svg,
                         struct err *e) {
    struct buf text = {0};
    picture_tune(&text, v, t->melody, t->chord, t->steps, &t->frame, name,
                 title);
    int rc = buf_ok(&text, svg, e);
    if (rc == 0)
        rc = file_write(svg, text.data, text.len, e);
    buf_free(&text);
    return rc;
}

int publish_tune(const struct vocabulary *v, const struct tune *t,
                 const char *title, const char *note, const char *mid,
                 const char *svg, struct err *e) {
    struct song song;
    const char *slash = strrchr(mid, '/');
    if (decode_song(&song, v, t->melody, t->chord, t->steps, &t->frame, title,
                    e))
        return -1;
    int rc = add_note_text(&song, note, e);
    if (rc == 0)
        rc = midi_save(&song, mid, e);
    song_free(&song);
    if (rc == 0 && svg)
        rc = write_picture(v, t, title, slash ? slash + 1 : mid, svg, e);
    return rc;
}
