/* Scores as ABC: what is written, and that reading it gives the same again.
 * With NOTT_TUNES=FOLDER what was written is kept there, for
 * tests/cli/score.bats to show to other programs. SPDX-License-Identifier: MIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "nott/base/file.h"
#include "nott/base/rng.h"
#include "scores.h"

#include <glob.h>
#include <locale.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static void keep(const struct buf *b, const char *name) {
    const char *folder = getenv("NOTT_TUNES");
    struct err e = {0};
    if (folder && file_write(file_in(folder, name).text, b->data, b->len, &e))
        fail_msg("%s", e.text);
}

static struct buf write_score(const struct score *s, long number) {
    struct buf b = {0};
    abc_write(s, number, &b);
    assert_int_equal(buf_ok(&b, "ABC", NULL), 0);
    return b;
}

/* A score and what is read of it are the same, and so are their bytes. */
static void check_again(const struct score *s, const char *of) {
    struct buf once = write_score(s, 7), twice, told = {0};
    struct score again;
    struct err e = {0};
    if (scores_try(&again, once.data, once.len, 0, &told, &e))
        fail_msg("%s\n%s\n%s", of, (char *)once.data, e.text);
    scores_same(s, &again, (char *)once.data);
    twice = write_score(&again, 7);
    assert_string_equal((char *)once.data, (char *)twice.data);
    buf_free(&once);
    buf_free(&twice);
    buf_free(&told);
    score_free(&again);
}

/* ---- the text ---- */

/* What stands behind the header. */
static void check_body(const char *text, const char *want) {
    struct score s = scores_read(text);
    struct buf b = write_score(&s, 1), body = {0};
    const char *at = strstr((char *)b.data, "\nK:");
    assert_non_null(at);
    buf_printf(&body, "%s", strchr(at + 1, '\n') + 1);
    scores_check(&body, want, text);
    check_again(&s, text);
    buf_free(&b);
    score_free(&s);
}

static void test_body(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        /* beams */
        {"ABcdefga|]", "ABcd efga |]\n"},
        {"M:2/2\nK:C\nA2BcA>Bcd|]", "A2Bc A3/2B/2cd |]\n"},
        {"M:6/8\nK:C\nABcA2B|A3B>cd|]", "ABc A2B | A3 B3/2c/2d |]\n"},
        {"M:3/4\nK:C\nABcdef|]", "AB cd ef |]\n"},
        {"M:3/8\nK:C\nABc|]", "ABc |]\n"},
        {"M:6/8\nK:C\nA|BcdA2:|", "A | Bcd A2 :|\n"},
        {"M:6/8\nK:C\nAB|cdeABc|ABcd:|ef|ABcABc|]",
         "AB | cde ABc | ABc d :|\nef | ABc ABc |]\n"},
        {"M:6/8\nK:C\n|:ABc d:|:ef|ABcABc|]",
         "|: A Bcd :|\n|: ef | ABc ABc |]\n"},
        {"M:none\nK:C\nABcdA4|]", "AB cd A4 |]\n"},
        {"(3ABc (3A2B2c2|]", "(3ABc (3A2B2c2 |]\n"},
        {"\"G\"AB\"D\"cd\"E\"A2B2|]",
         "[I:MIDI=gchord cccc]\"G\"AB\"D\"cd \"E\"A2B2 |]\n"},
        {"{g}A{ab}B A{c}c[ce]2d2|]", "{g}A{ab}BA{c}c [ce]2d2 |]\n"},
        /* lines */
        {"A8|B8|c8|d8|e8|]", "A8 | B8 | c8 | d8 | e8 |]\n"},
        {"A2|B8|c8|d8|e8|f8|]", "A2 | B8 | c8 | d8 | e8 | f8 |]\n"},
        {"|:A8|B8|c8|d8:|e8|f8|]", "|: A8 | B8 | c8 | d8 :|\ne8 | f8 |]\n"},
        {"A8||B8|]", "A8 ||\nB8 |]\n"},
        {"A8|:B8:|", "A8 |\n|: B8 :|\n"},
        {"A|:B8:|", "A |: B8 :|\n"},
        {"|:A8::B8:|", "|: A8 :|\n|: B8 :|\n"},
        {"|:A8|1B8:|2c8||d8|]", "|: A8 |1 B8 :|2 c8 ||\nd8 |]\n"},
        {"|:A8|[1,3B8:|[2c8|]", "|: A8 |1,3 B8 :|2 c8 |]\n"},
        {"|:A4 [1 B4:|[2 c4|]", "|: A4[1 B4 :|2 c4 |]\n"},
        {"A8||:1B8:|2c8|]", "A8 || |:[1 B8 :|2 c8 |]\n"},
        {"|::A8::|", "|: A8 ::|\n"},
        {":|:A8||:", ":|: A8 || |:\n"},
        {"A8|:", "A8 |:\n"},
        /* fields */
        {"A4[K:D][M:3/4]B4|[Q:1/4=90][P:x]c6|]",
         "A4[K:D][M:3/4] B4 |[Q:1/4=90][P:x] c6 |]\n"},
        {"A8|\nP:|a]b\\%c\\\\d&amp;e\nB8|]",
         "A8 |[P:&#124;a&#93;b\\%c\\\\d\\&e] B8 |]\n"},
        {"A8|{b}|B8|]", "A8 | {b} | B8 |]\n"},
        {"A{b}[1c{d}[K:D]{e}f|]", "A{b}[1 c{d}[K:D]{e}f |]\n"},
        /* lengths and pitches */
        {"A2A/A3/2A//A12A/3|]", "A2A/2A3/2 A/4A12A/3 |]\n"},
        {"C,,,C,CcC'c'c''^^c__B=F|]", "C,,,C,Cc cc'c''^^c __B=F |]\n"},
        {"zx2A-A[CE]-|[CE]|]", "zx2A-A[CE]- | [CE] |]\n"},
        {"(5ABcde(3:2:2A2B(2AB|]", "(5:2:5ABcde(3:2:2A2B(2AB |]\n"},
        {"A1023/512A10081/10080|]", "A1007/504A10081/10080 |]\n"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_body(cases[i][0], cases[i][1]);
}

static void check_header(const char *text, const char *want) {
    struct score s = scores_read(text);
    struct buf b = write_score(&s, 12);
    ((char *)b.data)[strstr((char *)b.data, "\nK:") - (char *)b.data] = 0;
    scores_check(&b, want, text);
    check_again(&s, text);
    score_free(&s);
}

static void test_header(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"X:1\nT:A & B\\\\ 50\\% \"x\" \\'e [y] &#128512;\nC:a|:b\nR:jig\n"
         "M:C|\nL:1/4\nQ:1/4=90\nP:A2B\nK:C\nA|",
         "X:12\nT:A \\& B\\\\ 50\\% \"x\" é [y] 😀\nC:a|:b\nR:jig\nM:2/2\n"
         "L:1/8\nQ:1/2=45\nP:AAB"},
        {"X:1\nK:C\nA|", "X:12\nM:none\nL:1/8"},
        {"X:1\nM:6/8\nQ:3/8=120\nK:C\nA|", "X:12\nM:6/8\nL:1/8\nQ:3/8=120"},
        {"X:1\nM:6/8\nQ:1/4=100.5\nK:C\nA|", "X:12\nM:6/8\nL:1/8\nQ:3/8=67"},
        {"X:1\nM:6/8\nQ:1/4=101.25\nK:C\nA|",
         "X:12\nM:6/8\nL:1/8\nQ:1/4=101.25"},
        {"X:1\nM:2/2\nQ:1/8=125.333\nK:C\nA|",
         "X:12\nM:2/2\nL:1/8\nQ:1/4=62.667"},
        {"X:1\nM:9/8\nQ:1/4=10000\nK:C\nA|", "X:12\nM:9/8\nL:1/8\nQ:1/4=10000"},
    };
    const char *old = setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_header(cases[i][0], cases[i][1]);
    setlocale(LC_ALL, "C");
    if (!old)
        print_message(
            "no German locale here: points are not tried as commas\n");
}

static void test_keys(void **state) {
    (void)state;
    static const char *const odd[] = {
        "none",   "D exp ^f", "exp ^^f __b", "Am ^g", "A exp", "HP",
        "G# ^^f", "Cb",       "C#",          "F#loc", "exp",
    };
    char text[80];
    for (size_t i = 0; i < LENGTH(odd); i++) {
        snprintf(text, sizeof text, "X:1\nK:%s\nABc[K:G]d[K:%s]ABc|", odd[i],
                 odd[i]);
        struct score s = scores_read(text);
        check_again(&s, text);
        score_free(&s);
    }
    for (int mode = 0; mode < SCORE_MODES; mode++)
        for (int sharps = -7; sharps <= 7; sharps++) {
            struct score s = scores_read("A[K:G]z|]");
            struct score_item note = {.kind = SCORE_NOTE};
            note.note.length = EIGHTH;
            s.key = score_key_of(sharps, (enum score_mode)mode);
            s.items[1].key = score_key_of(-sharps, SCORE_MAJOR);
            if (sharps == 0)
                s.items[1].key = score_key_of(1, SCORE_LOCRIAN);
            note.note.pitch[0] = (struct score_pitch){4, 4, s.key.sign[4], 0};
            note.note.count = 1;
            s.items[0] = note;
            check_again(&s, "keys");
            score_free(&s);
        }
}

/* ---- tunes ---- */

/* In which other programs find no fault. */
static const char *const sound[] = {
    "X:1\nT:A \\& B: 50\\% \\'e\nC:trad.\nR:jig\nM:6/8\nL:1/8\nQ:3/8=120\n"
    "K:Ador\ne|:\"Am\"{a}A2Bc2d|\"G7\"(3efg^f3-f|[K:D]{cd}A>Bc[Ac]3-|"
    "[Ac]3x2e:|[M:9/8]A>BcA<Bcd3|(2ABc3(4Bcde|^^c__B=f_eGzA3|]\n",
    "X:2\nT:Endings\nM:4/4\nL:1/4\nQ:1/2=80\nK:Bbm\n|:BcdB|cdec|1f4:|2g4||"
    "|:A4-|A4|B4|c4|d4:|(5A/B/c/d/e/ (3Bcd|B4|]\n",
    "X:3\nT:Free\nM:none\nK:D exp ^f\nABcdef|\"D\"g4f2\"A7\"e2|d8|]\n",
};

static const char *const rich[] = {
    "X:1\nT:All & \\\\every 50\\% \"x\" \\'e &#9837;\nC:100\\% \\& co\nR:jig\n"
    "M:6/8\nL:1/8\nQ:3/8=120\nP:ABA\nK:Ador\nP:A\ne|:\"Am\"{a}A2B c2d|\"G7/B\""
    "(3efg{c^d}f2 [K:D]f|[M:9/8]A>BcA<Bcd3|[Q:1/4=90]\"N.C.\"z3x3z2x::|\n"
    "P:B\n|:[Ac]-[Ac]2[^CE]3-|[CE]3-[CE]3|1,3A6-:|2A6:|4A6||\nP:C\n"
    "^^c__B=f_e^G6|[K:exp ^f "
    "_b]\nM:none\n(5ABcde(2AB(4ABcd(7ABcdefg(9ABcdefgab|\n"
    "(3:2:2A2B(3::4A/B/cd(11:8:11ABcdefgabc'd'(13:5AAAAAAAAAAAAA|]\n",
    "X:2\nT:Bars\nM:4/4\nL:1/16\nK:F#\n|:A16|B16|1c16:|2d16|]A16||B16::c16:|\n"
    "A4|B12|:c4:|A16|A16|A16|A16|A16|A16|1A16:|2A16:|3-5A16:|]\n",
    "X:3\nT:Lengths\nK:C\nA64/3A/7A512A/10080A10079/10080(3A/7B/7c/7"
    "(11ABcdefgABcd(10:9AB>cD<<EFGABcd(99:2A(2:99B(97:96C|]\n",
    "X:4\n%%propagate-accidentals "
    "octave\nK:D\n^cCc=c'C'cc'c,|c-c'-C-c|^f-|fFf'|]"
    "\n",
    "X:5\nM:6/8\nK:C\n(2A>>>>>B(4A<<B>c>>>d(3A>B>C|A>>>>>B/7>c/7(2:3A>>>B|]\n",
    "X:6\nK:C\n\"G\"|\"D\"A\"E\"|\"F\"|[K:D]\"A\"|]\"B\"B\"C\"",
    "X:7\nK:C\n{a}|{b}[1{c}A|{d}|[P:x]{e}\"G\"{f}|]{g}",
};

static void test_rich(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(rich); i++) {
        struct score s = scores_read(rich[i]);
        check_again(&s, rich[i]);
        score_free(&s);
    }
}

static void test_sound(void **state) {
    (void)state;
    struct buf all = {0};
    for (size_t i = 0; i < LENGTH(sound); i++) {
        struct score s = scores_read(sound[i]);
        check_again(&s, sound[i]);
        abc_write(&s, (long)i + 1, &all);
        buf_add(&all, "\n", 1);
        score_free(&s);
    }
    keep(&all, "sound.abc");
    buf_free(&all);
}

static void check_file(const char *path, struct buf *all, long *number) {
    struct buf b = {0}, told = {0};
    struct abc_book book;
    struct err e = {0};
    if (file_read(&b, path, ABC_MAX_BYTES, &e) ||
        abc_open(&book, b.data, b.len, &e))
        fail_msg("%s", e.text);
    for (size_t k = 0; k < book.count; k++) {
        struct score s;
        if (abc_read(&s, &book, k, &told, &e))
            fail_msg("%s: %s", path, e.text);
        check_again(&s, path);
        abc_write(&s, ++*number, all);
        buf_add(all, "\n", 1);
        score_free(&s);
    }
    assert_int_equal(told.len, 0);
    abc_close(&book);
    buf_free(&told);
    buf_free(&b);
}

static void test_starter(void **state) {
    (void)state;
    glob_t files;
    struct buf all = {0};
    long number = 0;
    assert_int_equal(glob("data/starter/*.abc", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_file(files.gl_pathv[i], &all, &number);
    assert_true(number >= 50);
    keep(&all, "starter.abc");
    buf_free(&all);
    globfree(&files);
}

/* ---- random scores ---- */

static struct rng rng;

static int dice(int sides) {
    return (int)rng_below(&rng, (size_t)sides);
}

static void put(struct score *s, struct score_item item) {
    assert_int_equal(score_add(s, &item, NULL), 0);
}

static struct score_key random_key(void) {
    struct score_key k =
        score_key_of(dice(15) - 7, (enum score_mode)dice(SCORE_MODES));
    if (dice(4) == 0)
        k.sign[dice(7)] = (signed char)(dice(5) - 2);
    return k;
}

static struct score_meter random_meter(void) {
    static const struct score_meter meters[] = {
        {4, 4}, {6, 8}, {2, 2}, {3, 4}, {9, 8}, {5, 8}, {0, 0}, {3, 16}};
    return meters[dice(8)];
}

static double random_tempo(void) {
    return dice(2) ? 20 + dice(300) : (4000 + dice(400000)) / 1000.0;
}

static int64_t random_length(void) {
    static const int parts[] = {1, 2, 3, 4, 6, 8, 12, 16, 7, 20};
    return dice(20) ? SCORE_WHOLE / 32 * parts[dice(10)] : 1 + dice(200000);
}

static struct score_item random_note(int grace, int actual, int normal) {
    struct score_item item = {.kind =
                                  grace || dice(8) ? SCORE_NOTE : SCORE_REST};
    item.note.hidden = item.kind == SCORE_REST && dice(3) == 0;
    item.note.grace = (unsigned char)grace;
    if (item.kind == SCORE_NOTE)
        item.note.count = (unsigned char)(dice(6) ? 1 : 2 + dice(7));
    for (int i = 0; i < item.note.count; i++)
        item.note.pitch[i] = (struct score_pitch){
            (signed char)dice(7), (signed char)(3 + dice(4)),
            (signed char)(dice(5) - 2), (unsigned char)(dice(5) == 0)};
    if (grace)
        return item;
    item.note.length = random_length();
    item.note.tied = item.kind == SCORE_NOTE && dice(2);
    item.note.actual = (unsigned char)actual;
    item.note.normal = (unsigned char)normal;
    if (actual)
        item.note.length = item.note.length * normal / actual;
    item.note.length += !item.note.length;
    return item;
}

/* Lines of every kind, but two that are one. */
static void random_bar(struct score *s) {
    static const unsigned bits[] = {0,
                                    0,
                                    0,
                                    0,
                                    SCORE_BAR_DOUBLE,
                                    SCORE_BAR_END,
                                    SCORE_BAR_REPEATED,
                                    SCORE_BAR_REPEAT,
                                    SCORE_BAR_REPEATED | SCORE_BAR_REPEAT,
                                    SCORE_BAR_REPEATED | SCORE_BAR_THRICE,
                                    SCORE_BAR_REPEAT | SCORE_BAR_DOUBLE,
                                    SCORE_BAR_REPEATED | SCORE_BAR_END |
                                        SCORE_BAR_REPEAT};
    struct score_item item = {.kind = SCORE_BAR, .bar = bits[dice(12)]};
    if (!s->count)
        item.bar |= SCORE_BAR_REPEAT;
    for (size_t i = s->count; i-- > 0;) {
        enum score_kind kind = s->items[i].kind;
        if (kind == SCORE_BAR)
            return;
        if (kind == SCORE_NOTE || kind == SCORE_REST || kind == SCORE_ENDING)
            break;
    }
    put(s, item);
}

static void random_sign(struct score *s, struct score_key *key,
                        struct score_meter *meter) {
    static const char *const names[] = {"A",    "B",     "x]y",     "50%",
                                        "a\\b", "&amp;", "\xc3\xa9"};
    struct score_item item = {.kind = SCORE_KEY, .key = random_key()};
    struct score_key old = *key;
    switch (dice(4)) {
    case 0:
        if (old.letter != item.key.letter || old.mode != item.key.mode)
            put(s, item), *key = item.key;
        break;
    case 1:
        item.kind = SCORE_METER;
        item.meter = random_meter();
        if (item.meter.beats != meter->beats || item.meter.unit != meter->unit)
            put(s, item), *meter = item.meter;
        break;
    case 2:
        item.kind = SCORE_TEMPO;
        item.tempo = random_tempo();
        put(s, item);
        break;
    default:
        item.kind = SCORE_PART;
        snprintf(item.text, sizeof item.text, "%s", names[dice(7)]);
        put(s, item);
    }
}

static void random_item(struct score *s, struct score_key *key,
                        struct score_meter *meter) {
    static const char *const chords[] = {"G", "Am7/E", "N.C.", "F#m", "Bb7"};
    struct score_item item = {.kind = SCORE_SYMBOL};
    int actual = 2 + dice(12), normal = 1 + dice(12), group = 1 + dice(10);
    switch (dice(12)) {
    case 0:
    case 1:
        random_bar(s);
        break;
    case 2:
        put(s, random_note(1, 0, 0));
        break;
    case 3:
        snprintf(item.text, sizeof item.text, "%s", chords[dice(5)]);
        put(s, item);
        break;
    case 4:
        for (int i = 0; i < group; i++) {
            item = random_note(0, actual, normal);
            item.note.group = (unsigned char)(i ? 0 : group);
            put(s, item);
            if (dice(4) == 0)
                random_bar(s);
        }
        break;
    case 5:
        item.kind = SCORE_ENDING;
        item.endings = 1u + (unsigned)dice(65535);
        if (dice(3) == 0)
            put(s, item);
        break;
    case 6:
        if (dice(3) == 0)
            random_sign(s, key, meter);
        break;
    default:
        put(s, random_note(0, 0, 0));
    }
}

static int same_place(const struct score_pitch *a,
                      const struct score_pitch *b) {
    return a->letter == b->letter && a->octave == b->octave;
}

static int meets(const struct score_item *a, const struct score_item *b,
                 const struct score_pitch **of) {
    for (int i = 0; a && i < a->note.count; i++)
        for (int k = 0; k < b->note.count; k++)
            if (of ? *of == &b->note.pitch[k] &&
                         same_place(&a->note.pitch[i], *of)
                   : score_pitch_midi(&a->note.pitch[i]) ==
                         score_pitch_midi(&b->note.pitch[k])) {
                if (of)
                    *of = &a->note.pitch[i];
                return 1;
            }
    return 0;
}

/* Gives each pitch without an accidental what the bar, a tie over the bar line
 * and the key say, and ends ties that lead nowhere. */
static void settle(struct score *s) {
    signed char altered[7], nothing[7] = {9, 9, 9, 9, 9, 9, 9};
    struct score_key key = s->key;
    struct score_item *last = NULL;
    int begins = 1;
    memcpy(altered, nothing, 7);
    for (size_t i = 0; i < s->count; i++) {
        struct score_item *item = &s->items[i];
        if (item->kind == SCORE_KEY)
            key = item->key;
        if (item->kind == SCORE_BAR) {
            memcpy(altered, nothing, 7);
            begins = 1;
        }
        if (item->kind != SCORE_NOTE && item->kind != SCORE_REST)
            continue;
        for (int k = 0; k < item->note.count; k++) {
            struct score_pitch *p = &item->note.pitch[k];
            const struct score_pitch *from = p;
            if (p->shown)
                altered[p->letter] = p->alter;
            else if (altered[p->letter] != 9)
                p->alter = altered[p->letter];
            else if (begins && !item->note.grace && last && last->note.tied &&
                     meets(last, item, &from))
                p->alter = from->alter;
            else
                p->alter = key.sign[p->letter];
        }
        if (item->note.grace)
            continue;
        if (last && !meets(last, item, NULL))
            last->note.tied = 0;
        begins = 0;
        last = item;
    }
    if (last)
        last->note.tied = 0;
}

static void test_random(void **state) {
    (void)state;
    rng_seed(&rng, 20, 0);
    for (int n = 0; n < 1000; n++) {
        struct score s = {.key = random_key(), .meter = random_meter()};
        struct score_key key = s.key;
        struct score_meter meter = s.meter;
        int left = 3 + dice(80);
        if (dice(2))
            s.tempo = random_tempo();
        for (int i = 0; i < 126 && dice(20); i++)
            s.title[i] = (char)(33 + dice(94));
        for (int i = 0; i < 30 && dice(5); i++)
            s.rhythm[i] = (char)(97 + dice(26));
        while (left--)
            random_item(&s, &key, &meter);
        put(&s, random_note(0, 0, 0));
        random_bar(&s);
        settle(&s);
        for (size_t i = 0; i < s.count && !s.items[0].line; i++)
            if (s.items[i].kind == SCORE_NOTE && !s.items[i].note.grace)
                s.items[0].line = 1; /* there is a note */
        if (s.items[0].line)
            check_again(&s, "random");
        score_free(&s);
    }
}

/* ---- no room ---- */

static void test_no_room(void **state) {
    (void)state;
    struct score s = scores_read(rich[0]);
    struct buf whole = write_score(&s, 1);
    for (size_t n = 1; n < whole.len; n += 7) {
        struct buf b = {.max = n};
        abc_write(&s, 1, &b);
        assert_int_equal(b.failed, 1);
        buf_free(&b);
    }
    long n = 1;
    for (int ended = !FAILING_WORKS; !ended; n++) {
        struct buf b = {0};
        failing_start(n, FAIL_ONCE);
        abc_write(&s, 1, &b);
        ended = !failing_stop();
        assert_int_equal(b.failed, !ended);
        buf_free(&b);
    }
    assert_true(!FAILING_WORKS || n > 3);
    buf_free(&whole);
    score_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body),   cmocka_unit_test(test_header),
        cmocka_unit_test(test_keys),   cmocka_unit_test(test_rich),
        cmocka_unit_test(test_sound),  cmocka_unit_test(test_starter),
        cmocka_unit_test(test_random), cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
