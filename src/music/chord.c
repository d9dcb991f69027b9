/* Chord names, spellings and pools: see chord.h. SPDX-License-Identifier: MIT
 */
#include "nott/music/chord.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sharp_names[12] = {"C",  "C#", "D",  "D#", "E",  "F",
                                            "F#", "G",  "G#", "A",  "A#", "B"};
static const char *const common_names[12] = {"C",  "C#", "D",  "Eb", "E",  "F",
                                             "F#", "G",  "G#", "A",  "Bb", "B"};

/* Qualities as sets over a root at bit 0, the likelier reading first. */
static const struct quality {
    const char *suffix;
    uint16_t set;
} qualities[] = {
    {"", 0x091},     {"m", 0x089},    {"7", 0x491},     {"m7", 0x489},
    {"maj7", 0x891}, {"6", 0x291},    {"m6", 0x289},    {"dim", 0x049},
    {"aug", 0x111},  {"sus4", 0x0a1}, {"dim7", 0x249},  {"m7b5", 0x449},
    {"sus2", 0x085}, {"5", 0x081},    {"7sus4", 0x4a1}, {"add9", 0x095},
    {"9", 0x495},    {"1", 0x001},
};

#define QUALITIES (sizeof qualities / sizeof *qualities)

uint16_t chord_rotate(uint16_t set, int semitones) {
    unsigned s = set, up = (unsigned)((semitones % 12 + 12) % 12);
    return (uint16_t)((s << up | s >> (12 - up)) & 0xfff);
}

static int lowest_class(uint16_t set) {
    for (int pc = 0; pc < 12; pc++)
        if (set & (1u << pc))
            return pc;
    return -1;
}

static int common_bits(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

void chord_add(struct chord *c, int pitch) {
    int at = 0;
    while (at < c->voices && c->pitch[at] < pitch)
        at++;
    if (c->voices == CHORD_VOICES || (at < c->voices && c->pitch[at] == pitch))
        return;
    memmove(c->pitch + at + 1, c->pitch + at, (size_t)(c->voices - at));
    c->pitch[at] = (uint8_t)pitch;
    c->voices++;
}

uint16_t chord_set(const struct chord *c) {
    uint16_t set = 0;
    for (int i = 0; i < c->voices; i++)
        set = (uint16_t)(set | 1u << (c->pitch[i] % 12));
    return set;
}

struct chord chord_close(uint16_t set, int root) {
    struct chord c = {0};
    for (int i = 0; i < 12 && set; i++)
        if (set & (1u << ((root + i) % 12)))
            c.pitch[c.voices++] = (uint8_t)(48 + root + i);
    return c;
}

const char *chord_pitch_class_name(int pc) {
    return common_names[((pc % 12) + 12) % 12];
}

/* Finds the reading of a set: with the bass as root if there is one, else the
 * first quality that fits any root. */
static const struct quality *read_set(uint16_t set, int bass, int *root) {
    for (size_t q = 0; q < QUALITIES; q++)
        if (bass >= 0 && chord_rotate(set, -bass) == qualities[q].set) {
            *root = bass;
            return &qualities[q];
        }
    for (size_t q = 0; q < QUALITIES; q++)
        for (int r = 0; r < 12; r++)
            if (chord_rotate(set, -r) == qualities[q].set) {
                *root = r;
                return &qualities[q];
            }
    return NULL;
}

int chord_root(uint16_t set, int bass) {
    int root = bass >= 0 && set & (1u << bass) ? bass : lowest_class(set);
    read_set(set, bass, &root);
    return root;
}

void chord_name(uint16_t set, int bass, char name[CHORD_NAME]) {
    int root = chord_root(set, bass);
    const struct quality *q = set ? read_set(set, bass, &root) : NULL;
    if (!set) {
        snprintf(name, CHORD_NAME, "N.C.");
    } else if (q) {
        snprintf(name, CHORD_NAME, "%s%s", common_names[root], q->suffix);
    } else {
        size_t n = 0;
        for (int i = 0; i < 12 && n < CHORD_NAME; i++)
            if (set & (1u << ((root + i) % 12)))
                n += (size_t)snprintf(name + n, CHORD_NAME - n, "%s%s",
                                      i ? "+" : "",
                                      common_names[(root + i) % 12]);
    }
}

/* Reads "G", "F#", "Bb" at *p and moves past it; -1 if there is none. */
static int parse_pitch_class(const char **p) {
    static const char letters[] = "C D EF G A B";
    const char *at = **p ? strchr(letters, **p) : NULL;
    if (!at || **p == ' ')
        return -1;
    int pc = (int)(at - letters);
    ++*p;
    if (**p == '#')
        pc = (pc + 1) % 12, ++*p;
    else if (**p == 'b')
        pc = (pc + 11) % 12, ++*p;
    return pc;
}

static int parse_spelt(const char *p, uint16_t *set) {
    while (*p == '+') {
        p++;
        int pc = parse_pitch_class(&p);
        if (pc < 0)
            return -1;
        *set = (uint16_t)(*set | 1u << pc);
    }
    return *p ? -1 : 0;
}

int chord_parse(const char *name, uint16_t *set, int *root, struct err *e) {
    static const struct {
        const char *alias, *suffix;
    } aliases[] = {{"maj", ""},    {"M", ""},      {"min", "m"},
                   {"M7", "maj7"}, {"min7", "m7"}, {"sus", "sus4"},
                   {"o", "dim"}};
    *set = 0;
    *root = -1;
    if (strcmp(name, "N.C.") == 0 || strcmp(name, "NONE") == 0)
        return 0;
    const char *p = name;
    *root = parse_pitch_class(&p);
    if (*root < 0)
        return err_set(e, ERR_FORMAT, "%s: not a chord name", name);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(p, aliases[i].alias) == 0)
            p = aliases[i].suffix;
    for (size_t q = 0; q < QUALITIES; q++)
        if (strcmp(p, qualities[q].suffix) == 0) {
            *set = chord_rotate(qualities[q].set, *root);
            return 0;
        }
    *set = (uint16_t)(1u << *root);
    if (parse_spelt(p, set))
        return err_set(e, ERR_FORMAT, "%s: not a chord name", name);
    return 0;
}

/* ---- as people write them ---- */

enum {
    MINOR = 1,
    MAJOR = 2,
    DIM = 4,
    AUG = 8,
    SUS = 16,
    SIX = 32,
    SEVEN = 64,
    FLAT_FIFTH = 128,
    ADDS = 256,
    SUS_TWO = 512,
    INNER = 1024 /* not the first of a suffix */
};

/* Parts of a suffix and what they say; those that say nothing add notes that
 * no triad or seventh has. */
static const struct {
    const char *text;
    int says;
} suffix_parts[] = {
    {"maj", MAJOR},     {"Maj", MAJOR},
    {"Min", MINOR},     {"-5", FLAT_FIFTH | INNER},
    {"-9", INNER},      {"+9", INNER},
    {"+11", INNER},     {"sus2", SUS_TWO},
    {"min", MINOR},     {"dim", DIM},
    {"aug", AUG},       {"sus", SUS},
    {"add", ADDS},      {"madd", MINOR | ADDS},
    {"mi", MINOR},      {"ma", MAJOR},
    {"m", MINOR},       {"M", MAJOR},
    {"-", MINOR},       {"o", DIM},
    {"°", DIM},         {"ø", MINOR | FLAT_FIFTH | SEVEN},
    {"+", AUG},         {"Δ", MAJOR | SEVEN},
    {"b5", FLAT_FIFTH}, {"#5", AUG},
    {"b9", 0},          {"#9", 0},
    {"#11", 0},         {"b13", 0},
    {"11", SEVEN},      {"13", SEVEN},
    {"2", 0},           {"4", 0},
    {"5", 0},           {"6", SIX},
    {"7", SEVEN},       {"9", SEVEN},
    {"(", 0},           {")", 0},
    {",", 0},           {"/", 0},
    {" ", 0},
};

/* What a suffix says, or -1 when it has other parts. "add" takes back the
 * seventh that a ninth would have. */
static int read_suffix(const char *p, size_t n) {
    int says = 0, adds = 0, first = 1;
    for (const char *end = p + n; p < end;) {
        size_t i = 0, len = 0;
        while (i < sizeof suffix_parts / sizeof *suffix_parts &&
               (strncmp(p, suffix_parts[i].text,
                        len = strlen(suffix_parts[i].text)) != 0 ||
                (first && suffix_parts[i].says & INNER)))
            i++;
        if (i == sizeof suffix_parts / sizeof *suffix_parts)
            return -1;
        says |= adds ? 0 : suffix_parts[i].says;
        if (*p != '(')
            adds = suffix_parts[i].says & ADDS;
        first = 0;
        p += len;
    }
    return says;
}

static uint16_t said_set(int says) {
    int third = says & SUS_TWO         ? 2
                : says & SUS           ? 5
                : says & (MINOR | DIM) ? 3
                                       : 4;
    int fifth = says & (DIM | FLAT_FIFTH) ? 6 : says & AUG ? 8 : 7;
    unsigned set = 1u | 1u << third | 1u << fifth;
    if (says & SIX) /* a ninth over it, "C6/9", brings no seventh */
        set |= 1u << 9;
    else if (says & SEVEN)
        set |= 1u << (says & MAJOR                      ? 11
                      : (says & DIM) && !(says & MINOR) ? 9
                                                        : 10);
    return (uint16_t)set;
}

int chord_read(const char *text, uint16_t *set, int *root, struct err *e) {
    if (chord_parse(text, set, root, NULL) == 0)
        return 0;
    if (strcmp(text, "NC") == 0 || strcmp(text, "n.c.") == 0)
        return 0; /* chord_parse has left it empty */
    const char *p = text, *bass = strrchr(text, '/');
    if (bass && bass[1] == '9') /* "C6/9" */
        bass = NULL;
    size_t n = bass ? (size_t)(bass - text) : strlen(text);
    const char *low = bass ? bass + 1 : NULL;
    if (bass && (parse_pitch_class(&low) < 0 || *low))
        return err_set(e, ERR_FORMAT, "%s: not a chord name", text);
    char over[CHORD_NAME] = "";
    if (bass && n < sizeof over) {
        memcpy(over, text, n);
        if (chord_parse(over, set, root, NULL) == 0)
            return 0;
    }
    if (*p == 'H') { /* German for B */
        *root = 11;
        p++;
    } else {
        *root = parse_pitch_class(&p);
    }
    int says = *root < 0 ? -1 : read_suffix(p, n - (size_t)(p - text));
    if (says < 0)
        return err_set(e, ERR_FORMAT, "%s: not a chord name", text);
    *set = chord_rotate(said_set(says), *root);
    return 0;
}

int chord_likeness(uint16_t a, int root_a, uint16_t b, int root_b) {
    int both = common_bits(a & b);
    if (!both)
        return 0;
    int score = 16 + 4 * both - 2 * common_bits(a & ~b & 0xfff) -
                2 * common_bits(b & ~a & 0xfff);
    if (root_a == root_b)
        score += 6;
    return both >= 2 || root_a == root_b ? score : 0;
}

/* ---- the 2016 names ---- */

/* What the reference's naming library made of sets that no rule explains. */
static const struct {
    const char *classes, *name;
} classic_exceptions[] = {
    {"2 6 9 1 4 7", "DM"},  {"1 5 8 11", NULL},      {"0 4 7 11 2 5", "CM"},
    {"2 5 9 11", "Dm"},     {"7 11 2 3 6 9", "D#m"}, {"2 6 9 1 4", "DM"},
    {"9 4 8 11 2", "G#m"},  {"2 6 11 2 6", "Bm"},    {"2 5 9 1 4 7", "C#m"},
    {"4 8 11 3 6 9", "EM"}, {"5 0 4 7 10", "Em"},    {"4 8 11 2 6", "E"},
    {"5 9 0 4", "FM"},      {"2 5 9 0 4", "Dm"},
};

static int same_classes(const struct chord *c, const char *classes) {
    char text[CHORD_VOICES * 4] = "";
    size_t n = 0;
    for (int i = 0; i < c->voices; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", i ? " " : "",
                              c->pitch[i] % 12);
    return strcmp(text, classes) == 0;
}

static const char *classic_major(int root, char name[CHORD_NAME]) {
    int flat = root == 1 || root == 3 || root == 8 || root == 10;
    const char *letter =
        flat ? sharp_names[(root + 1) % 12] : sharp_names[root];
    snprintf(name, CHORD_NAME, "%s%sM", letter, flat ? "b" : "");
    return name;
}

static const char *classic_root(int root, const char *suffix,
                                char name[CHORD_NAME]) {
    snprintf(name, CHORD_NAME, "%s%s", sharp_names[root], suffix);
    return name;
}

/* Triads and sevenths in any inversion; a minor or sixth chord that does not
 * stand on its root is heard from its bass. NULL if it is neither. */
static const char *classic_by_rule(uint16_t set, int bass,
                                   char name[CHORD_NAME]) {
    for (int r = 0; r < 12; r++)
        switch (chord_rotate(set, -r)) {
        case 0x091:
            return classic_major(r, name);
        case 0x089:
            return r == bass ? classic_root(r, "m", name)
                             : classic_major((r + 3) % 12, name);
        case 0x049:
            return classic_root(r, "m", name);
        case 0x491:
            if (r == 10)
                return "Bb";
            return classic_root(r, "", name);
        case 0x291:
            return (r + 9) % 12 == bass ? classic_root(bass, "m", name)
                                        : classic_major(r, name);
        default:
            break;
        }
    return NULL;
}

const char *chord_classic(const struct chord *c, char name[CHORD_NAME]) {
    uint16_t set = chord_set(c);
    if (!c->voices)
        return "NONE";
    for (size_t i = 0;
         i < sizeof classic_exceptions / sizeof *classic_exceptions; i++)
        if (same_classes(c, classic_exceptions[i].classes))
            return classic_exceptions[i].name;
    if (c->voices == 1)
        return classic_root(c->pitch[0] % 12, "", name);
    if (c->voices != common_bits(set))
        return NULL;
    if (c->voices == 2)
        return "NONE";
    return classic_by_rule(set, c->pitch[0] % 12, name);
}

/* ---- pool ---- */

static int same_chord(const struct chord *a, const struct chord *b) {
    return a->voices == b->voices && memcmp(a->pitch, b->pitch, a->voices) == 0;
}

/* The slot of a chord: that which has its number, or the empty one that would
 * get it. One in two at least is empty. */
static int *find_slot(const struct chord_pool *p, const struct chord *c) {
    uint32_t h = c->voices;
    for (int i = 0; i < c->voices; i++)
        h = (h ^ c->pitch[i]) * 0x01000193u; /* FNV-1 */
    size_t at = (h ^ h >> 15) & (2 * p->cap - 1);
    while (p->slot[at] && !same_chord(&p->list[p->slot[at] - 1], c))
        at = (at + 1) & (2 * p->cap - 1);
    return &p->slot[at];
}

/* Room for twice as many; `cap` is a power of two. */
static int grow_pool(struct chord_pool *p, struct err *e) {
    size_t cap = p->cap ? 2 * p->cap : 64;
    struct chord *list = realloc(p->list, cap * sizeof *list);
    if (list)
        p->list = list;
    int *slot = list ? calloc(2 * cap, sizeof *slot) : NULL;
    if (!slot)
        return err_set(e, ERR_MEM, "chords: out of memory");
    free(p->slot);
    p->slot = slot;
    p->cap = cap;
    for (size_t i = 0; i < p->count; i++)
        *find_slot(p, &p->list[i]) = (int)i + 1;
    return 0;
}

static int find_or_add(struct chord_pool *p, const struct chord *c) {
    int *slot = find_slot(p, c);
    if (!*slot) {
        p->list[p->count] = *c;
        *slot = (int)++p->count;
    }
    return *slot - 1;
}

int chord_pool_find(struct chord_pool *p, const struct chord *c,
                    struct err *e) {
    if (p->count == p->cap && grow_pool(p, e))
        return -1;
    if (!p->count)
        find_or_add(p, &(const struct chord){0});
    return find_or_add(p, c);
}

void chord_pool_free(struct chord_pool *p) {
    free(p->list);
    free(p->slot);
    *p = (struct chord_pool){0};
}
