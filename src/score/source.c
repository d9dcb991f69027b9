/* Files with tunes: see source.h. SPDX-License-Identifier: MIT */
#include "nott/score/source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nott/base/file.h"
#include "nott/music/midi.h"
#include "nott/score/perform.h"

static int is_stream(const char *path) {
    return strcmp(path, "-") == 0;
}

const char *source_name(const struct source *s) {
    return is_stream(s->path) ? "standard input" : s->path;
}

int source_is_abc_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return dot && base[0] != '.' && strcasecmp(dot, ".abc") == 0;
}

int source_is_name(const char *path) {
    return source_is_abc_name(path) || file_is_midi_name(path);
}

static int open_bytes(struct source *s, struct err *e) {
    struct err why = {0};
    s->is_abc = source_is_abc_name(s->path) ||
                (!file_is_midi_name(s->path) &&
                 abc_is_text(s->bytes.data, s->bytes.len));
    s->tunes = 1;
    if (!s->is_abc) {
        if (is_stream(s->path) || file_is_midi_name(s->path))
            return 0;
        return err_set(e, ERR_FORMAT, "%s: neither a .mid nor an .abc file",
                       s->path);
    }
    if (abc_open(&s->abc, s->bytes.data ? (const void *)s->bytes.data : "",
                 s->bytes.len, &why))
        return err_set(e, why.code, "%s: %s", source_name(s), why.text);
    s->tunes = s->abc.count;
    return 0;
}

int source_load(struct source *s, const char *path, struct err *e) {
    *s = (struct source){.path = strdup(path)};
    size_t max = file_is_midi_name(path) ? MIDI_MAX_BYTES : ABC_MAX_BYTES;
    int rc = -1;
    if (!s->path)
        err_set(e, ERR_MEM, "%s: out of memory", path);
    else if (is_stream(path))
        rc = file_read_input(&s->bytes, max, e);
    else
        rc = file_read(&s->bytes, path, max, e);
    if (rc == 0)
        rc = open_bytes(s, e);
    if (rc)
        source_free(s);
    return rc;
}

void source_free(struct source *s) {
    abc_close(&s->abc);
    buf_free(&s->bytes);
    free(s->path);
    *s = (struct source){0};
}

int source_song(struct song *song, struct score *score, const struct source *s,
                size_t tune, struct buf *remarks, struct err *e) {
    struct err why = {0};
    struct score read = {0};
    *song = (struct song){0};
    if (score)
        *score = read;
    if (!s->is_abc)
        return midi_parse(song, s->bytes.data, s->bytes.len, source_name(s), e);
    if (abc_read(&read, &s->abc, tune, remarks, &why))
        return err_set(e, why.code, "%s:%s", source_name(s), why.text);
    int rc = perform_score(song, &read, &why);
    if (rc)
        err_set(e, why.code, "%s:%d:1: %s", source_name(s),
                s->abc.tunes[tune].line, why.text);
    if (rc || !score)
        score_free(&read);
    else
        *score = read;
    return rc;
}
