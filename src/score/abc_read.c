/* ABC to scores: see abc.h. Notes are in abc_notes.h, fields in abc_fields.h,
 * texts in abc_text.h. SPDX-License-Identifier: MIT */
#include "abc_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "abc_fields.h"
#include "abc_notes.h"
#include "abc_text.h"
#include "nott/music/chord.h"

/* ---- texts over the notes ---- */

/* "Am7", "G(Em)", "A;D": the chord symbol that a text begins with. */
static int symbol_of(const char *text, char symbol[32]) {
    uint16_t set;
    int root;
    for (size_t n = strlen(text); n; n = strcspn(symbol, "(;, ")) {
        if (n > 31)
            n = strcspn(text, "(;, ");
        if (n > 31)
            return -1;
        snprintf(symbol, 32, "%.*s", (int)n, text);
        if (chord_read(symbol, &set, &root, NULL) == 0)
            return 0;
        if (strcspn(symbol, "(;, ") == n)
            break;
    }
    return -1;
}

static int read_quoted(struct abc_reader *r) {
    size_t at = r->at++;
    const char *from = r->text + r->at;
    const char *close = memchr(from, '"', r->size - r->at);
    char text[64];
    struct score_item item = {.kind = SCORE_SYMBOL};
    if (!close) {
        abc_notes_remark(r, at,
                         "a quotation mark that is not closed, left out");
        return 0;
    }
    abc_text_decode(text, sizeof text, from, (size_t)(close - from));
    r->at += (size_t)(close - from) + 1;
    const char *name = text + strspn(text, "^_<>@");
    if (name > text && strcmp(name, "N.C.") != 0)
        return 0; /* an annotation */
    int is_root = (name[0] >= 'A' && name[0] <= 'H') || name[0] == 'N';
    if (!is_root || symbol_of(name, item.text) ||
        strcmp(item.text, "H") == 0) { /* that is an ornament */
        if ((text[0] >= 'A' && text[0] <= 'G') && strlen(text) < 8)
            abc_notes_remark(r, at, "\"%s\" is no chord that we know, left out",
                             text);
        return 0;
    }
    return r->grace ? 0 : abc_notes_add(r, &item, at);
}

/* "!trill!", "+trill+": a name on one line; a mark alone is an old line break.
 */
static void skip_decoration(struct abc_reader *r) {
    char mark = abc_notes_peek(r, 0);
    for (size_t i = r->at + 1; i < r->size && i < r->at + 40; i++) {
        if (r->text[i] == mark) {
            r->at = i + 1;
            return;
        }
        if (strchr("|[]: \"", r->text[i]))
            break;
    }
    r->at++;
}

/* ---- fields ---- */

/* A field's text without a comment. */
static void field_text(char *out, size_t cap, const char *text, size_t n) {
    size_t len = 0;
    for (size_t i = 0; i < n && len + 1 < cap; i++) {
        if (text[i] == '%' && (i == 0 || text[i - 1] != '\\'))
            break;
        out[len++] = text[i];
    }
    while (len && isspace((unsigned char)out[len - 1]))
        len--;
    out[len] = 0;
}

static int set_key(struct abc_reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_KEY, .key = {.letter = -1}};
    int has_key;
    abc_fields_key(text, &item.key, &has_key, &r->octave);
    if (!has_key && r->in_body)
        return 0;
    if (r->in_body && item.key.letter < 0 &&
        memcmp(item.key.sign, r->key.sign, 7) == 0)
        return 0;
    int changed = memcmp(&item.key, &r->key, sizeof r->key) != 0;
    r->key = item.key;
    if (!r->in_body)
        r->s->key = item.key;
    return r->in_body && changed ? abc_notes_add(r, &item, at) : 0;
}

static int set_meter(struct abc_reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_METER};
    if (abc_fields_meter(text, &item.meter)) {
        abc_notes_remark(r, at, "M: '%.20s' is no meter, left out", text);
        return 0;
    }
    int changed =
        item.meter.beats != r->meter.beats || item.meter.unit != r->meter.unit;
    r->meter = item.meter;
    if (!r->in_body)
        r->s->meter = item.meter;
    return r->in_body && changed ? abc_notes_add(r, &item, at) : 0;
}

static int64_t default_unit(struct score_meter m) {
    int small = m.unit && 4 * m.beats < 3 * m.unit;
    return SCORE_WHOLE / (small ? 16 : 8);
}

static int set_tempo(struct abc_reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_TEMPO};
    int64_t unit = r->unit ? r->unit : default_unit(r->meter);
    if (abc_fields_tempo(text, unit, &item.tempo)) {
        if (strpbrk(text, "0123456789"))
            abc_notes_remark(r, at, "Q: '%.20s' is no tempo, left out", text);
        return 0;
    }
    if (!r->in_body) {
        r->s->tempo = item.tempo;
        return 0;
    }
    return abc_notes_add(r, &item, at);
}

static int set_part(struct abc_reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_PART};
    if (r->in_body) {
        abc_text_decode(item.text, sizeof item.text, text, strlen(text));
        return item.text[0] ? abc_notes_add(r, &item, at) : 0;
    }
    if (abc_fields_parts(text, r->s->parts, sizeof r->s->parts)) {
        r->s->parts[0] = 0;
        abc_notes_remark(r, at, "P: '%.20s' is no order of parts, left out",
                         text);
    }
    return 0;
}

/* The first voice is taken, whatever comes of others is skipped. */
static void set_voice(struct abc_reader *r, const char *text, size_t at) {
    char name[sizeof r->voice];
    size_t n = strcspn(text, " \t");
    snprintf(name, sizeof name, "%.*s", (int)(n < 31 ? n : 31), text);
    if (!r->voice[0])
        memcpy(r->voice, name, sizeof name);
    r->silent = strcmp(r->voice, name) != 0 && strcmp(name, "*") != 0;
    if (!r->in_body)
        r->silent = 0; /* it is only declared */
    if (r->silent && !r->told_voices) {
        abc_notes_remark(r, at, "of several voices the first is taken, \"%s\"",
                         r->voice);
        r->told_voices = 1;
    }
}

static void set_unit(struct abc_reader *r, const char *text, size_t at) {
    if (abc_fields_unit(text, &r->unit))
        abc_notes_remark(r, at, "L: '%.20s' is no length, left out", text);
}

static void set_text(char *out, size_t cap, const char *text) {
    if (!out[0])
        abc_text_decode(out, cap, text, strlen(text));
}

/* A field of the header, or one of the body on a line or in brackets. */
static int read_field(struct abc_reader *r, char letter, const char *from,
                      size_t n, size_t at) {
    char text[256];
    struct score *s = r->s;
    field_text(text, sizeof text, from, n);
    const char *p = text + strspn(text, " \t");
    if (r->silent && letter != 'V')
        return 0;
    switch (letter) {
    case 'T':
        set_text(s->title, sizeof s->title, p);
        return 0;
    case 'C':
        set_text(s->composer, sizeof s->composer, p);
        return 0;
    case 'R':
        set_text(s->rhythm, sizeof s->rhythm, p);
        return 0;
    case 'K':
        return set_key(r, p, at);
    case 'M':
        return set_meter(r, p, at);
    case 'Q':
        return set_tempo(r, p, at);
    case 'P':
        return set_part(r, p, at);
    case 'L':
        set_unit(r, p, at);
        return 0;
    case 'V':
        set_voice(r, p, at);
        return 0;
    case 'm':
        return abc_notes_fail(
            r, at, "macros (m:) are not understood; write the notes");
    default:
        return 0; /* fields about the source, words, symbols, remarks */
    }
}

/* The ']' behind what stands here, looked for once for all brackets before it.
 */
static size_t next_close(struct abc_reader *r) {
    if (r->close <= r->at) {
        const char *p = memchr(r->text + r->at, ']', r->size - r->at);
        r->close = p ? (size_t)(p - r->text) : r->size;
    }
    return r->close;
}

/* The length of "[K:...]" at hand; 0 = it is none. */
static size_t inline_field(struct abc_reader *r) {
    if (!isalpha((unsigned char)abc_notes_peek(r, 1)) ||
        abc_notes_peek(r, 2) != ':' ||
        strchr("|:", abc_notes_peek(r, 3) ? abc_notes_peek(r, 3) : ' '))
        return 0;
    size_t close = next_close(r);
    return close < r->size ? close - r->at + 1 : 0;
}

/* ---- lines ---- */

static int read_bracket(struct abc_reader *r) {
    size_t at = r->at, n = inline_field(r);
    if (n) {
        char letter = abc_notes_peek(r, 1);
        r->at += n;
        return read_field(r, letter, r->text + at + 3, n - 4, at);
    }
    if (r->silent || (r->overlay && abc_notes_peek(r, 1) != '|')) {
        r->at++;
        return 0;
    }
    if (abc_notes_peek(r, 1) == '|')
        return abc_notes_bar(r);
    if (isdigit((unsigned char)abc_notes_peek(r, 1))) {
        r->at++;
        return abc_notes_ending(r, at);
    }
    if (abc_notes_is_chord(r))
        return abc_notes_chord(r);
    abc_notes_remark(r, r->at++, "'[' begins nothing, left out");
    return 0;
}

static int is_note(char c) {
    return c && (strchr("ABCDEFGabcdefg^_=", c) != NULL);
}

static void skip_overlay(struct abc_reader *r) {
    if (!r->told_overlay)
        abc_notes_remark(r, r->at, "a second voice after '&' is left out");
    r->told_overlay = r->overlay = 1;
    r->at++;
}

static int read_other(struct abc_reader *r, char c) {
    static const char quiet[] =
        " \t`)$\\*~;,'#?-]HIJKLMNOPQRSTUVWhijklmnopqrstuvwy";
    if (!strchr(quiet, c))
        abc_notes_remark(r, r->at, "'%c' means nothing here, left out", c);
    r->at++;
    if (c == 'y')
        abc_notes_number(r, 1);
    return 0;
}

static int read_music(struct abc_reader *r) {
    char c = abc_notes_peek(r, 0);
    if (c == '[')
        return read_bracket(r);
    if (r->silent || (r->overlay && c != '|' && c != ':')) {
        r->at++;
        return 0;
    }
    if (is_note(c))
        return abc_notes_note(r);
    switch (c) {
    case '|':
    case ':':
        return abc_notes_bar(r);
    case 'z':
    case 'x':
    case 'Z':
    case 'X':
        return abc_notes_rest(r);
    case '"':
        return read_quoted(r);
    case '!':
    case '+':
        skip_decoration(r);
        return 0;
    case '{':
        r->grace = 1;
        r->at += abc_notes_peek(r, 1) == '/' ? 2 : 1;
        return 0;
    case '}':
        r->grace = 0;
        r->at++;
        return 0;
    case '(':
        if (isdigit((unsigned char)abc_notes_peek(r, 1)))
            abc_notes_tuplet(r);
        else
            r->at++;
        return 0;
    case '<':
    case '>':
        return abc_notes_broken(r);
    case '-':
        abc_notes_tie(r);
        return 0;
    case '.':
        abc_notes_dot(r);
        return 0;
    case '&':
        skip_overlay(r);
        return 0;
    default:
        return read_other(r, c);
    }
}

/* The length of the line without a comment. */
static size_t music_length(const struct abc_reader *r) {
    for (size_t i = 0; i < r->size; i++)
        if (r->text[i] == '%' && (!i || r->text[i - 1] != '\\'))
            return i;
    return r->size;
}

static int read_music_line(struct abc_reader *r) {
    size_t size = r->size;
    r->size = music_length(r);
    while (r->at < r->size)
        if (read_music(r))
            return -1;
    r->size = size;
    r->grace = 0;
    return 0;
}

/* A letter and a colon; in the music some letters are notes before a repeat. */
static int is_field_line(const struct abc_reader *r) {
    char c = abc_notes_peek(r, 0); /* at the first that is no blank */
    if (!isalpha((unsigned char)c) || abc_notes_peek(r, 1) != ':')
        return 0;
    int repeat = abc_notes_peek(r, 2) == '|' || abc_notes_peek(r, 2) == ':';
    return !(r->in_body && repeat && is_note(c));
}

static int starts(const struct abc_reader *r, const char *word) {
    size_t n = strlen(word);
    return r->size - r->at >= n && memcmp(r->text + r->at, word, n) == 0;
}

static void read_directive(struct abc_reader *r) {
    if (starts(r, "%%begin"))
        r->in_block = 1;
    if (starts(r, "%%end"))
        r->in_block = 0;
    if (starts(r, "%%propagate-accidentals octave"))
        r->by_octave = 1;
}

static void begin_body(struct abc_reader *r) {
    if (!r->unit)
        r->unit = default_unit(r->s->meter);
    r->in_body = 1;
    abc_notes_forget(r);
}

static int read_line(struct abc_reader *r) {
    char c = abc_notes_peek(r, 0);
    if (c == '%') {
        read_directive(r);
        return 0;
    }
    if (r->in_block || c == '<') /* of a page of the web */
        return 0;
    if (is_field_line(r)) {
        size_t at = r->at;
        int rc = read_field(r, c, r->text + at + 2, r->size - at - 2, at);
        if (rc == 0 && c == 'K' && !r->in_body)
            begin_body(r);
        return rc;
    }
    if (!r->in_body && !starts(r, "+:")) {
        if (!memchr(r->text, '|', r->size))
            return 0;
        abc_notes_remark(r, 0, "music before K:; the key is not known");
        begin_body(r);
    }
    return starts(r, "+:") ? 0 : read_music_line(r);
}

/* What stands behind a blank line is no music of a tune, if it is not all
 * notes: somebody's words between two tunes. */
static int is_words(const struct abc_reader *r) {
    size_t letters = 0, others = 0;
    int bars = memchr(r->text, '|', r->size) != NULL;
    for (size_t i = 0; i < r->size; i++) {
        if (!isalpha((unsigned char)r->text[i]))
            continue;
        letters++;
        others += !strchr("ABCDEFGabcdefgzx", r->text[i]);
    }
    return !is_field_line(r) && (!bars || 4 * others > letters);
}

/* Takes the next line, which begins at *at; the first of it that is no blank is
 * at hand. */
static void take_line(struct abc_reader *r, const char *text, size_t *at,
                      size_t to) {
    size_t end = *at;
    while (end < to && text[end] != '\n' && text[end] != '\r')
        end++;
    r->text = text + *at;
    r->size = end - *at;
    r->close = 0;
    for (r->at = 0;
         abc_notes_peek(r, 0) == ' ' || abc_notes_peek(r, 0) == '\t';)
        r->at++;
    int two = end + 1 < to && text[end] == '\r' && text[end + 1] == '\n';
    *at = end + 1 + (size_t)two;
}

/* What stands before the first tune is for all, if it says how to read them. */
static int read_header(struct abc_reader *r, const struct abc_book *b) {
    r->line = 1;
    for (size_t at = 0; at < b->header; r->line++) {
        take_line(r, b->text, &at, b->header);
        char c = abc_notes_peek(r, 0);
        if ((c == '%' || (c && strchr("MLQRCm", c) && is_field_line(r))) &&
            read_line(r))
            return -1;
    }
    return 0;
}

static int read_lines(struct abc_reader *r, const char *text, size_t from,
                      size_t to) {
    int blank = 0;
    for (size_t at = from; at < to; r->line++) {
        take_line(r, text, &at, to);
        if (r->at == r->size) {
            blank = 1;
            continue;
        }
        if (blank && r->in_body && r->s->count && is_words(r))
            break;
        if (read_line(r))
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

static int has_pitch(const struct score_item *item,
                     const struct score_pitch *p) {
    for (int i = 0; i < item->note.count; i++)
        if (score_pitch_midi(&item->note.pitch[i]) == score_pitch_midi(p))
            return 1;
    return 0;
}

/* What looks like a tie to another pitch is a slur. */
static void drop_slurs(struct score *s) {
    struct score_item *before = NULL;
    for (size_t i = 0; i < s->count; i++) {
        struct score_item *item = &s->items[i];
        if (!abc_notes_take_time(item))
            continue;
        int meets = 0;
        for (int k = 0;
             before && item->kind == SCORE_NOTE && k < before->note.count; k++)
            meets |= has_pitch(item, &before->note.pitch[k]);
        if (before && !meets)
            before->note.tied = 0;
        before = item;
    }
    if (before)
        before->note.tied = 0;
}

static size_t count_notes(const struct score *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->items[i].kind == SCORE_NOTE && !s->items[i].note.grace;
    return n;
}

static int finish(struct abc_reader *r) {
    struct score *s = r->s;
    struct score_item bar = {.kind = SCORE_BAR};
    if (!count_notes(s))
        return err_set(r->e, ERR_FORMAT, "%d:1: no notes", r->line);
    if (r->here == ABC_NONE && abc_notes_add(r, &bar, 0))
        return -1;
    drop_slurs(s);
    return 0;
}

static struct abc_reader reader(struct score *s, struct buf *remarks,
                                struct err *e) {
    *s = (struct score){.key = {.letter = -1}};
    return (struct abc_reader){.s = s,
                               .remarks = remarks,
                               .e = e,
                               .key = {.letter = -1},
                               .bar_begin = ABC_NONE,
                               .here = ABC_NONE,
                               .last = ABC_NONE,
                               .sounded = ABC_NONE,
                               .shaped = ABC_NONE,
                               .dotted = ABC_NONE};
}

void abc_read_preface(struct abc_book *b) {
    struct score s;
    struct abc_preface *p = &b->preface;
    struct abc_reader r = reader(&s, NULL, &p->failed);
    read_header(&r, b);
    memcpy(p->composer, s.composer, sizeof p->composer);
    memcpy(p->rhythm, s.rhythm, sizeof p->rhythm);
    p->meter = s.meter;
    p->tempo = s.tempo;
    p->unit = r.unit;
    p->by_octave = r.by_octave;
    p->in_block = r.in_block;
}

/* The same as if the tune had said it. */
static int take_preface(struct abc_reader *r, const struct abc_preface *p) {
    if (p->failed.code)
        return err_set(r->e, p->failed.code, "%s", p->failed.text);
    memcpy(r->s->composer, p->composer, sizeof p->composer);
    memcpy(r->s->rhythm, p->rhythm, sizeof p->rhythm);
    r->s->meter = r->meter = p->meter;
    r->s->tempo = p->tempo;
    r->unit = p->unit;
    r->by_octave = p->by_octave;
    r->in_block = p->in_block;
    return 0;
}

int abc_read(struct score *s, const struct abc_book *b, size_t tune,
             struct buf *remarks, struct err *e) {
    const struct abc_tune *t = &b->tunes[tune];
    struct abc_reader r = reader(s, remarks, e);
    int rc = tune ? take_preface(&r, &b->preface) : read_header(&r, b);
    r.line = t->line;
    if (rc == 0)
        rc = read_lines(&r, b->text, t->from, t->to);
    if (rc == 0)
        rc = finish(&r);
    abc_notes_tell_more(&r);
    if (rc == 0)
        rc = buf_ok(remarks, "ABC", e);
    if (rc)
        score_free(s);
    return rc;
}
