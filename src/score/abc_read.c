/* ABC to scores: see abc.h. The fields are in abc_fields.h, texts in
 * abc_text.h. SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abc_fields.h"
#include "abc_text.h"
#include "nott/music/chord.h"
#include "nott/score/abc.h"

#define LONGEST    (64 * (int64_t)SCORE_WHOLE) /* of a note */
#define MOST_ITEMS 400000
#define NONE       SIZE_MAX
#define NATURAL    99 /* in `altered`: no accidental in this bar */

struct tuplet {
    int actual, normal, left; /* notes that are still to come */
    int begins;               /* 1 before the first one, which gets the size */
};

struct reader {
    struct score *s;
    struct buf *remarks;
    struct err *e;
    /* the line */
    const char *text;
    size_t size, at;
    int line;
    /* what holds */
    int64_t unit; /* ticks; 0 = the default of the meter */
    struct score_key key;
    struct score_meter meter;
    int octave; /* by which notes sound higher */
    double tempo;
    int in_body, failed;
    char voice[32]; /* the one that is read; "" = none was named */
    int silent;     /* in another one */
    int overlay;    /* up to the next bar line */
    int in_block;   /* between %%begintext and its end */
    int told_voices, told_overlay, told_macro;
    int by_octave; /* accidentals are for one octave alone */
    /* the bar */
    signed char altered[7][12];
    signed char usual[7]; /* the same as if they were for all octaves */
    size_t here; /* the bar line after which nothing stands yet; NONE = none */
    int64_t bar; /* ticks in it */
    size_t bar_begin; /* the item of the bar line before; NONE = none */
    int bars;         /* whole ones so far */
    /* the last note */
    size_t last;   /* of the items; NONE = none in this line of thought */
    int64_t plain; /* its length as it is written, without a tuplet */
    int broken; /* > 0: the next is shorter, by so many halvings; < 0: longer */
    size_t shaped; /* the item that is the second of such a pair */
    size_t dotted; /* the item after the last staccato dot */
    struct tuplet tuplet;
    int grace;
};

/* ---- telling ---- */

static void remark(struct reader *r, size_t at, const char *fmt, ...)
    ERR_PRINTF(3, 4);

static void remark(struct reader *r, size_t at, const char *fmt, ...) {
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_printf(r->remarks, "%d:%zu: ", r->line, at + 1);
    buf_add_text(r->remarks, text);
    buf_printf(r->remarks, "\n");
}

static int fail(struct reader *r, size_t at, const char *what) {
    r->failed = 1;
    return err_set(r->e, ERR_FORMAT, "%d:%zu: %s", r->line, at + 1, what);
}

/* ---- items ---- */

static int add(struct reader *r, struct score_item *item, size_t at) {
    if (r->s->count >= MOST_ITEMS)
        return fail(r, at, "the tune does not end");
    item->line = r->line;
    item->column = (int)at + 1;
    if (item->kind == SCORE_BAR)
        r->here = r->s->count;
    if (item->kind == SCORE_NOTE || item->kind == SCORE_REST ||
        item->kind == SCORE_ENDING)
        r->here = NONE;
    if (score_add(r->s, item, r->e)) {
        r->failed = 1;
        return -1;
    }
    return 0;
}

static int takes_time(const struct score_item *item) {
    return (item->kind == SCORE_NOTE || item->kind == SCORE_REST) &&
           !item->note.grace;
}

/* ---- bars ---- */

static void forget_accidentals(struct reader *r) {
    memset(r->altered, NATURAL, sizeof r->altered);
    memset(r->usual, NATURAL, sizeof r->usual);
}

/* Bars at the beginning, and at repeats and double lines, may be parts of one.
 */
static void check_bar(struct reader *r, unsigned bits, size_t at) {
    int64_t whole = score_bar_length(r->meter);
    int inner =
        r->bar_begin != NONE && !bits && r->s->items[r->bar_begin].bar == 0;
    if (!whole || r->bar == whole || (r->bar < whole && !inner))
        return;
    double units = (double)r->bar * r->meter.unit / SCORE_WHOLE;
    remark(r, at, "bar %d has %.4g of %d/%d", r->bars, units, r->meter.beats,
           r->meter.unit);
}

static int end_bar(struct reader *r, unsigned bits, size_t at) {
    struct score_item item = {.kind = SCORE_BAR, .bar = bits};
    r->overlay = 0;
    forget_accidentals(r);
    r->last = NONE;
    if (r->here != NONE) {
        unsigned *here = &r->s->items[r->here].bar;
        *here |= bits;
        if (*here & SCORE_BAR_END)
            *here &= ~(unsigned)SCORE_BAR_DOUBLE;
        return 0;
    }
    if (!r->s->count && !(bits & SCORE_BAR_REPEAT))
        return 0;
    if (r->bar) {
        r->bars += r->bar_begin != NONE || r->bar >= score_bar_length(r->meter);
        check_bar(r, bits, at);
    }
    r->bar = 0;
    r->bar_begin = r->s->count;
    return add(r, &item, at);
}

/* ---- numbers ---- */

static char peek(const struct reader *r, size_t ahead) {
    return r->at + ahead < r->size ? r->text[r->at + ahead] : 0;
}

static int digit_here(const struct reader *r) {
    return isdigit((unsigned char)peek(r, 0));
}

/* A whole number, `otherwise` where there is none. */
static int whole_number(struct reader *r, int otherwise) {
    if (!digit_here(r))
        return otherwise;
    int v = 0;
    for (; digit_here(r); r->at++)
        v = v < 1000000 ? 10 * v + (peek(r, 0) - '0') : v;
    return v;
}

/* "3/2", "/", "//", "/4" over a length. */
static int read_length(struct reader *r, int64_t base, int64_t *length) {
    size_t at = r->at;
    int64_t top = whole_number(r, 1), bottom = 1;
    while (peek(r, 0) == '/') {
        r->at++;
        int by = whole_number(r, 2);
        bottom = bottom < 1 << 20 ? bottom * by : bottom;
    }
    if (!bottom || !top)
        return fail(r, at, "not a length");
    *length = base * top / bottom;
    if (*length < 1 || *length > LONGEST)
        return fail(r, at, "a note of this length cannot be written");
    return 0;
}

/* ---- notes ---- */

/* Broken rhythm over the note before, n halvings: it is longer (n > 0) or
 * shorter by what the next one loses or gains. */
static int64_t break_length(int64_t length, int n, int first) {
    int longer = (n > 0) == first, times = abs(n);
    int64_t part = length >> times ? length >> times : 1;
    return longer ? 2 * length - part : part;
}

/* How long a note sounds. */
static void set_length(struct score_item *item, int64_t plain) {
    item->note.length = plain;
    if (item->note.actual)
        item->note.length = plain * item->note.normal / item->note.actual;
    if (item->note.length < 1)
        item->note.length = 1;
}

static int start_broken(struct reader *r) {
    size_t at = r->at;
    char c = peek(r, 0);
    int n = 0;
    for (; peek(r, 0) == c; r->at++)
        n++;
    if (r->last == NONE || n > 5) {
        remark(r, at, "'%c' has no note before it, left out", c);
        return 0;
    }
    struct score_item *item = &r->s->items[r->last];
    if (r->shaped == r->last) /* A>B>c>d is two pairs */
        return 0;
    r->broken = c == '>' ? n : -n;
    r->bar -= item->note.length;
    r->plain = break_length(r->plain, r->broken, 1);
    if (r->plain > LONGEST)
        return fail(r, at, "a note of this length cannot be written");
    set_length(item, r->plain);
    r->bar += item->note.length;
    return 0;
}

/* What broken rhythm and a tuplet make of a length. */
static int shape(struct reader *r, struct score_item *item, size_t at) {
    struct tuplet *t = &r->tuplet;
    r->plain = item->note.length;
    if (r->broken) {
        r->plain = break_length(r->plain, r->broken, 0);
        r->shaped = r->s->count;
    }
    r->broken = 0;
    if (t->left) {
        item->note.actual = (unsigned char)t->actual;
        item->note.normal = (unsigned char)t->normal;
        item->note.group = (unsigned char)(t->begins ? t->left : 0);
        t->begins = 0;
        t->left--;
    }
    set_length(item, r->plain);
    return r->plain > LONGEST
               ? fail(r, at, "a note of this length cannot be written")
               : 0;
}

static int finish_note(struct reader *r, struct score_item *item, size_t at) {
    if (r->grace) {
        item->note.grace = 1;
        item->note.length = 0;
        item->note.tied = 0;
        return item->kind == SCORE_NOTE ? add(r, item, at) : 0;
    }
    if (shape(r, item, at))
        return -1;
    r->last = r->s->count;
    r->bar += item->note.length;
    return add(r, item, at);
}

/* What the tie of the note before, over the bar line, says of a pitch. */
static int tied_alter(const struct reader *r, int letter, int octave,
                      int *alter) {
    for (size_t i = r->s->count; i-- > 0;) {
        const struct score_item *item = &r->s->items[i];
        if (!takes_time(item))
            continue;
        for (int k = 0; item->note.tied && k < item->note.count; k++)
            if (item->note.pitch[k].letter == letter &&
                item->note.pitch[k].octave == octave) {
                *alter = item->note.pitch[k].alter;
                return 1;
            }
        break;
    }
    return 0;
}

/* "^^c'": the pitch at hand; -1 with an error, 1 = there is none. */
static int read_pitch(struct reader *r, struct score_pitch *p) {
    static const char letters[] = "CDEFGAB";
    size_t at = r->at;
    int alter = 0, shown = 0;
    for (; peek(r, 0) == '^' || peek(r, 0) == '_' || peek(r, 0) == '=';
         r->at++, shown = 1)
        alter += peek(r, 0) == '^' ? 1 : peek(r, 0) == '_' ? -1 : 0;
    if (shown && (digit_here(r) || peek(r, 0) == '/')) {
        remark(r, r->at, "microtones are left out");
        whole_number(r, 1);
        while (peek(r, 0) == '/') {
            r->at++;
            whole_number(r, 1);
        }
    }
    char c = peek(r, 0);
    const char *letter = c ? strchr(letters, toupper((unsigned char)c)) : NULL;
    if (!letter) {
        r->at = at;
        return 1;
    }
    int octave = 4 + (islower((unsigned char)c) != 0) + r->octave;
    for (r->at++; peek(r, 0) == '\'' || peek(r, 0) == ','; r->at++)
        octave += peek(r, 0) == '\'' ? 1 : -1;
    int n = (int)(letter - letters);
    if (alter < -2 || alter > 2 || octave < 0 || octave > 9)
        return fail(r, at, "no note is that high or low");
    signed char *known = &r->altered[n][r->by_octave ? octave : 0];
    int tied = 0;
    if (shown)
        *known = (signed char)alter;
    else if (*known != NATURAL)
        alter = *known;
    else if (!r->bar && !r->grace && tied_alter(r, n, octave, &alter))
        tied = r->usual[n] == NATURAL;
    else
        alter = r->key.sign[n];
    int usual = r->usual[n] != NATURAL ? r->usual[n] : r->key.sign[n];
    if (r->by_octave && !tied && alter != usual)
        shown = 1; /* so that nobody has to know the directive */
    if (shown)
        r->usual[n] = (signed char)alter;
    *p = (struct score_pitch){(signed char)n, (signed char)octave,
                              (signed char)alter, (unsigned char)shown};
    int midi = score_pitch_midi(p);
    return midi < 0 || midi > 127 ? fail(r, at, "no note is that high or low")
                                  : 0;
}

static void read_tie(struct reader *r, struct score_item *item) {
    if (peek(r, 0) == '-') {
        item->note.tied = 1;
        r->at++;
    }
}

static int read_note(struct reader *r) {
    struct score_item item = {.kind = SCORE_NOTE};
    size_t at = r->at;
    int none = read_pitch(r, &item.note.pitch[0]);
    if (none < 0)
        return -1;
    if (none) {
        remark(r, at, "an accidental without a note, left out");
        r->at++;
        return 0;
    }
    item.note.count = 1;
    if (read_length(r, r->unit, &item.note.length))
        return -1;
    read_tie(r, &item);
    return finish_note(r, &item, at);
}

/* "[CEG]2": the length of the first note counts. */
static int read_chord(struct reader *r) {
    struct score_item item = {.kind = SCORE_NOTE};
    size_t at = r->at++;
    int64_t length = r->unit, other;
    while (peek(r, 0) && peek(r, 0) != ']') {
        struct score_pitch p;
        size_t before = r->at;
        struct reader now = *r; /* what has no room alters nothing */
        int none = read_pitch(r, &p);
        if (none < 0)
            return -1;
        if (none) {
            r->at++; /* decorations, slurs */
            if (before + 1 < r->at ||
                !strchr(" ()~.uvTHLMOPS-", r->text[before]))
                remark(r, before, "'%c' in a chord is left out",
                       r->text[before]);
            continue;
        }
        if (read_length(r, r->unit, &other))
            return -1;
        if (!item.note.count)
            length = other;
        if (item.note.count < SCORE_PITCHES) {
            item.note.pitch[item.note.count++] = p;
        } else {
            memcpy(r->altered, now.altered, sizeof now.altered);
            memcpy(r->usual, now.usual, sizeof now.usual);
        }
        read_tie(r, &item);
    }
    if (peek(r, 0) != ']' || !item.note.count) {
        remark(r, at, "'[' begins nothing, left out");
        r->at = at + 1;
        return 0;
    }
    r->at++;
    if (read_length(r, length, &item.note.length))
        return -1;
    read_tie(r, &item);
    return finish_note(r, &item, at);
}

/* "z2", "x", and "Z4": whole bars of rest. */
static int read_rest(struct reader *r) {
    size_t at = r->at;
    char c = r->text[r->at++];
    struct score_item item = {.kind = SCORE_REST};
    item.note.hidden = c == 'x' || c == 'X';
    if (c == 'z' || c == 'x')
        return read_length(r, r->unit, &item.note.length)
                   ? -1
                   : finish_note(r, &item, at);
    int bars = whole_number(r, 1);
    int64_t length = score_bar_length(r->meter);
    item.note.length = length ? length : SCORE_WHOLE;
    int64_t one = item.note.length;
    for (int i = 0; i < bars; i++) {
        if (i >= 1000)
            return fail(r, at, "a rest of more than 1000 bars");
        item = (struct score_item){.kind = SCORE_REST};
        item.note.hidden = c == 'X';
        item.note.length = one;
        if (finish_note(r, &item, at) || (i + 1 < bars && end_bar(r, 0, at)))
            return -1;
    }
    return 0;
}

/* A tie that is put off by blanks or a decoration, or goes to another pitch. */
static void late_tie(struct reader *r) {
    if (r->last != NONE && r->s->items[r->last].kind == SCORE_NOTE && !r->grace)
        r->s->items[r->last].note.tied = 1;
    r->at++;
}

/* "(3", "(3:2:4"; 0 where it is a slur. */
static void read_tuplet(struct reader *r) {
    static const int times[10] = {0, 0, 3, 2, 3, 0, 2, 0, 3, 0};
    size_t at = r->at++;
    int p = whole_number(r, 0), q = 0, n = 0;
    if (peek(r, 0) == ':') {
        r->at++;
        q = whole_number(r, 0);
        if (peek(r, 0) == ':') {
            r->at++;
            n = whole_number(r, 0);
        }
    }
    int compound = r->meter.beats > 3 && r->meter.beats % 3 == 0;
    if (!q && p < 10)
        q = times[p] ? times[p] : compound ? 3 : 2;
    if (p < 2 || p > 99 || q < 1 || q > 99 || n > 99) {
        remark(r, at, "no tuplet is like this, left out");
        return;
    }
    n = n ? n : p;
    r->tuplet = (struct tuplet){p, q, n, 1};
}

/* ---- bar lines ---- */

static void read_pipes(struct reader *r, unsigned *bits) {
    int n = 0;
    for (; peek(r, 0) == '|'; r->at++)
        n++;
    *bits |= n > 1 ? SCORE_BAR_DOUBLE : 0;
    if (peek(r, 0) == ']') {
        r->at++;
        *bits |= SCORE_BAR_END;
        *bits &= ~(unsigned)SCORE_BAR_DOUBLE;
    }
}

static int read_colons(struct reader *r) {
    int n = 0;
    for (; peek(r, 0) == ':'; r->at++)
        n++;
    return n;
}

/* "1", "1,3", "1-3" up to what ends it, as bits. */
static unsigned read_endings(struct reader *r) {
    unsigned bits = 0;
    while (digit_here(r)) {
        int from = whole_number(r, 1), to = from;
        if (peek(r, 0) == '-' && isdigit((unsigned char)peek(r, 1))) {
            r->at++;
            to = whole_number(r, from);
        }
        for (int k = from; k <= to && k <= 16; k++)
            bits |= k ? 1u << (k - 1) : 0;
        if (peek(r, 0) == ',' && isdigit((unsigned char)peek(r, 1)))
            r->at++;
    }
    return bits;
}

static int add_ending(struct reader *r, size_t at) {
    struct score_item item = {.kind = SCORE_ENDING, .endings = read_endings(r)};
    if (!item.endings)
        return 0;
    return add(r, &item, at);
}

static int read_bar(struct reader *r) {
    size_t at = r->at;
    unsigned bits = 0;
    int colons = read_colons(r);
    if (colons)
        bits |= SCORE_BAR_REPEATED;
    if (colons > 1 && peek(r, 0) == '|')
        bits |= SCORE_BAR_THRICE;
    if (peek(r, 0) == '[' && peek(r, 1) == '|') {
        r->at++;
        bits |= SCORE_BAR_DOUBLE;
    }
    if (peek(r, 0) == '|') {
        read_pipes(r, &bits);
        if (read_colons(r))
            bits |= SCORE_BAR_REPEAT;
    } else if (colons > 1) {
        bits |= SCORE_BAR_REPEAT;
    } else {
        remark(r, at, "':' without a bar line, left out");
        return 0;
    }
    if (end_bar(r, bits, at))
        return -1;
    return digit_here(r) ? add_ending(r, at) : 0;
}

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

static int read_quoted(struct reader *r) {
    size_t at = r->at++;
    const char *from = r->text + r->at;
    const char *close = memchr(from, '"', r->size - r->at);
    char text[64];
    struct score_item item = {.kind = SCORE_SYMBOL};
    if (!close) {
        remark(r, at, "a quotation mark that is not closed, left out");
        return 0;
    }
    abc_text_decode(text, sizeof text, from, (size_t)(close - from));
    r->at += (size_t)(close - from) + 1;
    const char *name = text + strspn(text, "^_<>@");
    if (name > text && strcmp(name, "N.C.") != 0)
        return 0; /* an annotation */
    int is_root = (name[0] >= 'A' && name[0] <= 'G') || name[0] == 'N' ||
                  (name[0] == 'H' && name[1]); /* "H" alone is an ornament */
    if (!is_root || symbol_of(name, item.text)) {
        if ((text[0] >= 'A' && text[0] <= 'G') && strlen(text) < 8)
            remark(r, at, "\"%s\" is no chord that we know, left out", text);
        return 0;
    }
    return r->grace ? 0 : add(r, &item, at);
}

/* "!trill!", "+trill+": a name on one line; a mark alone is an old line break.
 */
static void skip_decoration(struct reader *r) {
    char mark = peek(r, 0);
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

static int set_key(struct reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_KEY};
    int has_key, octave;
    abc_fields_key(text, &item.key, &has_key, &octave);
    r->octave = octave;
    if (!has_key) {
        if (!r->in_body)
            item.key.letter = -1;
        else
            return 0;
    }
    if (r->in_body && item.key.letter < 0 &&
        memcmp(item.key.sign, r->key.sign, 7) == 0)
        return 0;
    int changed = memcmp(&item.key, &r->key, sizeof r->key) != 0;
    r->key = item.key;
    if (!r->in_body)
        r->s->key = item.key;
    return r->in_body && changed ? add(r, &item, at) : 0;
}

static int set_meter(struct reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_METER};
    if (abc_fields_meter(text, &item.meter)) {
        remark(r, at, "M: '%.20s' is no meter, left out", text);
        return 0;
    }
    int changed =
        item.meter.beats != r->meter.beats || item.meter.unit != r->meter.unit;
    r->meter = item.meter;
    if (!r->in_body)
        r->s->meter = item.meter;
    return r->in_body && changed ? add(r, &item, at) : 0;
}

static int64_t default_unit(struct score_meter m) {
    int small = m.unit && 4 * m.beats < 3 * m.unit;
    return SCORE_WHOLE / (small ? 16 : 8);
}

static int set_tempo(struct reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_TEMPO};
    int64_t unit = r->unit ? r->unit : default_unit(r->meter);
    if (abc_fields_tempo(text, unit, &item.tempo)) {
        if (strpbrk(text, "0123456789"))
            remark(r, at, "Q: '%.20s' is no tempo, left out", text);
        return 0;
    }
    if (!r->in_body) {
        r->s->tempo = item.tempo;
        return 0;
    }
    return add(r, &item, at);
}

static int set_part(struct reader *r, const char *text, size_t at) {
    struct score_item item = {.kind = SCORE_PART};
    if (r->in_body) {
        abc_text_decode(item.text, sizeof item.text, text, strlen(text));
        return item.text[0] ? add(r, &item, at) : 0;
    }
    if (abc_fields_parts(text, r->s->parts, sizeof r->s->parts)) {
        r->s->parts[0] = 0;
        remark(r, at, "P: '%.20s' is no order of parts, left out", text);
    }
    return 0;
}

/* The first voice is taken, whatever comes of others is skipped. */
static void set_voice(struct reader *r, const char *text, size_t at) {
    char name[sizeof r->voice];
    size_t n = strcspn(text, " \t");
    snprintf(name, sizeof name, "%.*s", (int)(n < 31 ? n : 31), text);
    if (!r->voice[0])
        memcpy(r->voice, name, sizeof name);
    r->silent = strcmp(r->voice, name) != 0 && strcmp(name, "*") != 0;
    if (!r->in_body && r->silent) {
        r->silent = 0; /* it is only declared */
    }
    if (r->silent && !r->told_voices) {
        remark(r, at, "of several voices the first is taken, \"%s\"", r->voice);
        r->told_voices = 1;
    }
}

static void set_unit(struct reader *r, const char *text, size_t at) {
    if (abc_fields_unit(text, &r->unit))
        remark(r, at, "L: '%.20s' is no length, left out", text);
}

static void set_text(char *out, size_t cap, const char *text) {
    if (!out[0])
        abc_text_decode(out, cap, text, strlen(text));
}

/* A field of the header, or one of the body on a line or in brackets. */
static int read_field(struct reader *r, char letter, const char *from, size_t n,
                      size_t at) {
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
        return fail(r, at, "macros (m:) are not understood; write the notes");
    default:
        return 0; /* fields about the source, words, symbols, remarks */
    }
}

/* The length of "[K:...]" at hand; 0 = it is none. */
static size_t inline_field(const struct reader *r) {
    if (!isalpha((unsigned char)peek(r, 1)) || peek(r, 2) != ':' ||
        strchr("|:", peek(r, 3) ? peek(r, 3) : ' '))
        return 0;
    const char *from = r->text + r->at;
    const char *close = memchr(from, ']', r->size - r->at);
    return close ? (size_t)(close - from) + 1 : 0;
}

/* ---- lines ---- */

static int read_bracket(struct reader *r) {
    size_t at = r->at, n = inline_field(r);
    if (n) {
        char letter = peek(r, 1);
        r->at += n;
        return read_field(r, letter, r->text + at + 3, n - 4, at);
    }
    if (r->silent || (r->overlay && peek(r, 1) != '|')) {
        r->at++;
        return 0;
    }
    if (peek(r, 1) == '|')
        return read_bar(r);
    if (isdigit((unsigned char)peek(r, 1))) {
        r->at++;
        return add_ending(r, at);
    }
    return read_chord(r);
}

static int is_note(char c) {
    return c && (strchr("ABCDEFGabcdefg^_=", c) != NULL);
}

/* A tie between two notes that are both to be short joins nothing. */
static void read_dot(struct reader *r) {
    if (r->last != NONE && r->last == r->dotted)
        r->s->items[r->last].note.tied = 0;
    r->dotted = r->s->count; /* the note to come */
    r->at++;
}

static void skip_overlay(struct reader *r) {
    if (!r->told_overlay)
        remark(r, r->at, "a second voice after '&' is left out");
    r->told_overlay = r->overlay = 1;
    r->at++;
}

static int read_other(struct reader *r, char c) {
    static const char quiet[] =
        " \t`)$\\*~;,'#?-]HIJKLMNOPQRSTUVWhijklmnopqrstuvwy";
    if (!strchr(quiet, c))
        remark(r, r->at, "'%c' means nothing here, left out", c);
    r->at++;
    if (c == 'y')
        whole_number(r, 1);
    return 0;
}

static int read_music(struct reader *r) {
    char c = peek(r, 0);
    if (c == '[')
        return read_bracket(r);
    if (r->silent || (r->overlay && c != '|' && c != ':')) {
        r->at++;
        return 0;
    }
    if (is_note(c))
        return read_note(r);
    switch (c) {
    case '|':
    case ':':
        return read_bar(r);
    case 'z':
    case 'x':
    case 'Z':
    case 'X':
        return read_rest(r);
    case '"':
        return read_quoted(r);
    case '!':
    case '+':
        skip_decoration(r);
        return 0;
    case '{':
        r->grace = 1;
        r->at += peek(r, 1) == '/' ? 2 : 1;
        return 0;
    case '}':
        r->grace = 0;
        r->at++;
        return 0;
    case '(':
        if (isdigit((unsigned char)peek(r, 1)))
            read_tuplet(r);
        else
            r->at++;
        return 0;
    case '<':
    case '>':
        return start_broken(r);
    case '-':
        late_tie(r);
        return 0;
    case '.':
        read_dot(r);
        return 0;
    case '&':
        skip_overlay(r);
        return 0;
    default:
        return read_other(r, c);
    }
}

/* Is the line one of notes? Its length without a comment goes to *n. */
static size_t music_length(const struct reader *r) {
    for (size_t i = 0; i < r->size; i++)
        if (r->text[i] == '%' && (!i || r->text[i - 1] != '\\'))
            return i;
    return r->size;
}

static int read_music_line(struct reader *r) {
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
static int is_field_line(const struct reader *r) {
    char c = peek(r, 0); /* at the first that is no blank */
    if (!isalpha((unsigned char)c) || peek(r, 1) != ':')
        return 0;
    int repeat = peek(r, 2) == '|' || peek(r, 2) == ':';
    return !(r->in_body && repeat && is_note(c));
}

static int starts(const struct reader *r, const char *word) {
    size_t n = strlen(word);
    return r->size - r->at >= n && memcmp(r->text + r->at, word, n) == 0;
}

static void read_directive(struct reader *r) {
    if (starts(r, "%%begin"))
        r->in_block = 1;
    if (starts(r, "%%end"))
        r->in_block = 0;
    if (starts(r, "%%propagate-accidentals octave"))
        r->by_octave = 1;
}

static void begin_body(struct reader *r) {
    if (!r->unit)
        r->unit = default_unit(r->s->meter);
    r->in_body = 1;
    forget_accidentals(r);
}

static int read_line(struct reader *r) {
    char c = peek(r, 0);
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
        remark(r, 0, "music before K:; the key is not known");
        begin_body(r);
    }
    return starts(r, "+:") ? 0 : read_music_line(r);
}

/* What stands behind a blank line is no music of a tune, if it is not all
 * notes: somebody's words between two tunes. */
static int is_words(const struct reader *r) {
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
static void take_line(struct reader *r, const char *text, size_t *at,
                      size_t to) {
    size_t end = *at;
    while (end < to && text[end] != '\n' && text[end] != '\r')
        end++;
    r->text = text + *at;
    r->size = end - *at;
    for (r->at = 0; peek(r, 0) == ' ' || peek(r, 0) == '\t';)
        r->at++;
    int two = end + 1 < to && text[end] == '\r' && text[end + 1] == '\n';
    *at = end + 1 + (size_t)two;
}

/* What stands before the first tune is for all, if it says how to read them. */
static int read_header(struct reader *r, const char *text, size_t to) {
    for (size_t at = 0; at < to; r->line++) {
        take_line(r, text, &at, to);
        char c = peek(r, 0);
        if ((c == '%' || (c && strchr("MLQRCm", c) && is_field_line(r))) &&
            read_line(r))
            return -1;
    }
    return 0;
}

static int read_lines(struct reader *r, const char *text, size_t from,
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
        if (!takes_time(item))
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

static int finish(struct reader *r) {
    struct score *s = r->s;
    struct score_item bar = {.kind = SCORE_BAR};
    if (!count_notes(s))
        return err_set(r->e, ERR_FORMAT, "%d:1: no notes", r->line);
    if (r->here == NONE && add(r, &bar, 0))
        return -1;
    drop_slurs(s);
    return buf_ok(r->remarks, "ABC", r->e);
}

int abc_read(struct score *s, const struct abc_book *b, size_t tune,
             struct buf *remarks, struct err *e) {
    const struct abc_tune *t = &b->tunes[tune];
    *s = (struct score){.key = {.letter = -1}};
    struct reader r = {.s = s,
                       .remarks = remarks,
                       .e = e,
                       .line = 1,
                       .key = {.letter = -1},
                       .bar_begin = NONE,
                       .here = NONE,
                       .last = NONE,
                       .shaped = NONE,
                       .dotted = NONE};
    int rc = read_header(&r, b->text, b->header);
    r.line = t->line;
    if (rc == 0)
        rc = read_lines(&r, b->text, t->from, t->to);
    if (rc == 0)
        rc = finish(&r);
    if (rc)
        score_free(s);
    return rc;
}
