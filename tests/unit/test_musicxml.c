/* MusicXML: sound documents whose measures, ties, beams and tuplets add up.
 * SPDX-License-Identifier: MIT */
#include "nott/score/musicxml.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EIGHTH (SCORE_WHOLE / 8)

/* ---- scores in short: words parted by blanks ----
 *
 * "D4:3/2" is a note of that many eighths, "^F4" has its sharp written, "^4"
 * has not, "[CEG]" is "C4+E4+G4:2", a dash behind it ties, "{A4}" is a grace
 * note, "z:2" a rest and "x:2" a hidden one; "(3:2:3" begins a tuplet whose
 * lengths are as they are written; the rest is as in ABC. */

struct builder {
    struct score *s;
    int actual, normal, left, group;
};

static void add(struct builder *b, struct score_item item) {
    assert_int_equal(score_add(b->s, &item, NULL), 0);
}

static struct score_pitch read_pitch(const struct score *s, const char **at) {
    struct score_pitch p = {0};
    const char *sign = strchr("_=^", **at);
    if (sign) {
        p.alter = (signed char)(**at == '^' ? 1 : **at == '_' ? -1 : 0);
        p.shown = 1;
        ++*at;
    }
    p.letter =
        (signed char)(strchr("CxDxExFxGxAxBx", *(*at)++) - "CxDxExFxGxAxBx");
    p.letter = (signed char)(p.letter / 2);
    p.octave = (signed char)(*(*at)++ - '0');
    if (!sign)
        p.alter = s->key.sign[p.letter];
    return p;
}

static int64_t read_length(const char **at) {
    char *end;
    int64_t length = EIGHTH;
    if (**at != ':')
        return length;
    length *= strtol(*at + 1, &end, 10);
    if (*end == '/')
        length /= strtol(end + 1, &end, 10);
    *at = end;
    return length;
}

static void add_note(struct builder *b, const char *word) {
    struct score_item item = {.kind = SCORE_NOTE};
    if (*word == 'z' || *word == 'x') {
        item.kind = SCORE_REST;
        item.note.hidden = *word++ == 'x';
    } else {
        item.note.grace = *word == '{';
        word += *word == '{';
        do {
            word += *word == '+';
            item.note.pitch[item.note.count++] = read_pitch(b->s, &word);
        } while (*word == '+');
    }
    item.note.length = item.note.grace ? 0 : read_length(&word);
    item.note.tied = *word == '-';
    if (b->left && !item.note.grace) {
        item.note.length = item.note.length * b->normal / b->actual;
        item.note.actual = (unsigned char)b->actual;
        item.note.normal = (unsigned char)b->normal;
        item.note.group = (unsigned char)b->group;
        b->group = 0;
        b->left--;
    }
    add(b, item);
}

static struct score_meter read_meter(const char *text) {
    struct score_meter m = {0};
    sscanf(text, "%d/%d", &m.beats, &m.unit);
    return m;
}

static struct score_key read_key(const char *text) {
    struct score_key k = {
        .letter =
            (signed char)(strchr("C D E F G A B", *text) - "C D E F G A B")};
    k.letter = (signed char)(k.letter / 2);
    for (int i = 0; i < SCORE_MODES; i++)
        if (text[1] && strcmp(text + 1, score_mode_names[i]) == 0)
            k.mode = (signed char)i;
    score_key_sign(&k);
    return k;
}

static int add_bar(struct builder *b, const char *word) {
    static const struct {
        const char *text;
        unsigned bar;
    } bars[] = {{"|", 0},
                {"||", SCORE_BAR_DOUBLE},
                {"|]", SCORE_BAR_END},
                {"|:", SCORE_BAR_REPEAT},
                {":|", SCORE_BAR_REPEATED},
                {":|]", SCORE_BAR_REPEATED | SCORE_BAR_END},
                {"::", SCORE_BAR_REPEATED | SCORE_BAR_REPEAT}};
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++)
        if (strcmp(word, bars[i].text) == 0) {
            add(b, (struct score_item){.kind = SCORE_BAR, .bar = bars[i].bar});
            return 1;
        }
    return 0;
}

static void add_text(struct builder *b, enum score_kind kind,
                     const char *text) {
    struct score_item item = {.kind = kind};
    snprintf(item.text, sizeof item.text, "%s", text);
    item.text[strcspn(item.text, "\"")] = 0;
    add(b, item);
}

static void add_ending(struct builder *b, const char *word) {
    struct score_item item = {.kind = SCORE_ENDING};
    for (; *word; word++)
        if (*word >= '1' && *word <= '9')
            item.endings |= 1u << (*word - '1');
    add(b, item);
}

static void add_word(struct builder *b, const char *word) {
    struct score_item item = {0};
    if (add_bar(b, word))
        return;
    if (*word == '"') {
        add_text(b, SCORE_SYMBOL, word + 1);
    } else if (word[0] == 'P' && word[1] == ':') {
        add_text(b, SCORE_PART, word + 2);
    } else if (word[1] == ':' && strchr("MKQ", *word)) {
        item.kind = *word == 'M'   ? SCORE_METER
                    : *word == 'K' ? SCORE_KEY
                                   : SCORE_TEMPO;
        if (*word == 'M')
            item.meter = read_meter(word + 2);
        else if (*word == 'K')
            b->s->key = item.key = read_key(word + 2); /* for what follows */
        else
            item.tempo = strtod(word + 2, NULL);
        add(b, item);
    } else if (*word == '[') {
        add_ending(b, word);
    } else if (*word == '(') {
        sscanf(word, "(%d:%d:%d", &b->actual, &b->normal, &b->left);
        b->group = b->left;
    } else {
        add_note(b, word);
    }
}

static struct score build(const char *key, const char *meter,
                          const char *text) {
    struct score s = {.title = "A Tune", .composer = "Trad."};
    struct builder b = {.s = &s};
    struct score_key first = read_key(key);
    s.key = first;
    s.meter = read_meter(meter);
    while (*text) {
        char word[64];
        size_t n = strcspn(text, " \n");
        assert_true(n < sizeof word);
        memcpy(word, text, n);
        word[n] = 0;
        if (n)
            add_word(&b, word);
        text += n + strspn(text + n, " \n");
    }
    s.key = first;
    return s;
}

static char *write_score(const struct score *s) {
    struct buf out = {0};
    musicxml_write(s, &out);
    assert_int_equal(buf_ok(&out, "test", NULL), 0);
    assert_int_equal(strlen((char *)out.data), out.len);
    return (char *)out.data;
}

/* ---- what a document has ---- */

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        n++;
    return n;
}

/* The number in element `name` between `at` and `end`, or `otherwise`. */
static long number_in(const char *at, const char *end, const char *name,
                      long otherwise) {
    char tag[40];
    snprintf(tag, sizeof tag, "<%s>", name);
    const char *found = strstr(at, tag);
    return found && found < end ? strtol(found + strlen(tag), NULL, 10)
                                : otherwise;
}

static int has(const char *at, const char *end, const char *what) {
    const char *found = strstr(at, what);
    return found && found < end;
}

/* Every element is closed in its order, and there is no bare sign. */
static void check_balance(const char *text) {
    char open[16][32];
    int depth = 0;
    for (const char *p = strstr(text, "<score-partwise"); *p; p++) {
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
        assert_int_not_equal(*p, '>');
        if (*p == '&')
            assert_true(strchr(p, ';') && strchr(p, ';') - p <= 5);
        if (*p != '<')
            continue;
        const char *name = p + 1 + (p[1] == '/'), *end = strchr(p, '>');
        assert_non_null(end);
        size_t n = strcspn(name, " />");
        assert_in_range(n, 1, 31);
        if (p[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_int_equal(strlen(open[depth]), n);
            assert_memory_equal(open[depth], name, n);
        } else if (end[-1] != '/') {
            assert_true(depth < 16);
            memcpy(open[depth], name, n);
            open[depth++][n] = 0;
        }
        p = end;
    }
    assert_int_equal(depth, 0);
}

/* What is open while the notes pass. */
struct passing {
    int beams[6], tuplet, ties;
};

static void pass_beams(const char *note, const char *end, struct passing *x) {
    for (int k = 0; k < 6; k++) {
        char tag[32];
        snprintf(tag, sizeof tag, "<beam number=\"%d\">", k + 1);
        const char *beam = strstr(note, tag);
        if (!beam || beam > end) {
            assert_int_equal(x->beams[k], 0);
            continue;
        }
        beam += strlen(tag);
        int begins = strncmp(beam, "begin", 5) == 0;
        int ends = strncmp(beam, "end", 3) == 0;
        int hook = has(beam, end, " hook</beam>") && !begins && !ends &&
                   strncmp(beam, "continue", 8) != 0;
        assert_int_equal(x->beams[k], !begins && !hook);
        x->beams[k] += begins - ends;
    }
}

static void pass_note(const char *note, const char *end, struct passing *x) {
    int chord = has(note, end, "<chord/>");
    assert_int_equal(has(note, end, "<tie type=\"start\"/>"),
                     has(note, end, "<tied type=\"start\"/>"));
    assert_int_equal(has(note, end, "<tie type=\"stop\"/>"),
                     has(note, end, "<tied type=\"stop\"/>"));
    if (!chord && !has(note, end, "<grace")) {
        pass_beams(note, end, x);
        x->tuplet += has(note, end, "<tuplet type=\"start\"/>");
        assert_int_equal(x->tuplet, has(note, end, "<time-modification>"));
        x->tuplet -= has(note, end, "<tuplet type=\"stop\"/>");
    }
    x->ties -= has(note, end, "<tie type=\"stop\"/>");
    assert_true(x->ties >= 0);
    x->ties += has(note, end, "<tie type=\"start\"/>");
}

/* The duration of a measure in eighths times 1000. */
static long pass_measure(const char *at, const char *end, long divisions,
                         struct passing *x) {
    long sum = 0;
    for (at = strstr(at, "<note"); at && at < end;
         at = strstr(at + 1, "<note")) {
        const char *stop = strstr(at, "</note>");
        pass_note(at, stop, x);
        if (!has(at, stop, "<chord/>"))
            sum += number_in(at, stop, "duration", 0);
    }
    for (int k = 0; k < 6; k++)
        assert_int_equal(x->beams[k], 0);
    assert_int_equal(x->tuplet, 0);
    return (sum * 2000 + divisions / 2) / divisions;
}

/* Measures as they should be: "0:1 1:6 X1:2", number and eighths. */
static void check_measures(const char *text, const char *expected) {
    check_balance(text);
    struct passing x = {0};
    long divisions = number_in(text, text + strlen(text), "divisions", 0);
    assert_true(divisions > 0);
    char found[512] = "";
    for (const char *at = strstr(text, "<measure "); at;
         at = strstr(at + 1, "<measure ")) {
        const char *number = strchr(at, '"') + 1;
        const char *end = strstr(at, "</measure>");
        size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%s%.*s:%g", n ? " " : "",
                 (int)strcspn(number, "\""), number,
                 (double)pass_measure(at, end, divisions, &x) / 1000);
        assert_int_equal(has(at, strchr(at, '>'), "implicit"),
                         *number == 'X' || *number == '0');
    }
    assert_int_equal(x.ties, 0);
    assert_string_equal(found, expected);
}

/* The document of a score, looked through; its measures as expected. */
static char *document(const char *key, const char *meter, const char *tune,
                      const char *measures) {
    struct score s = build(key, meter, tune);
    char *text = write_score(&s);
    check_measures(text, measures);
    score_free(&s);
    return text;
}

/* ---- tests ---- */

static const char jig[] =
    "|: \"G\" D4 | \"G\" G4:2 G4 G4 A4 B4 | \"D7\" A4:2 A4 A4 B4 c4 |"
    " B4:2 G4 \"Am7/E\" E4 F4 G4 | [1 \"D7\" A4:3 A4:2 :|"
    " [2 \"G\" G4:3 G4:2 || P:B d4 | e4:3 d4:3 | c4 B4 A4 G4:2 :|]";

static void replace_lower(char *tune) { /* c4 is the C over middle C */
    for (; *tune; tune++)
        if (*tune >= 'c' && *tune <= 'e' && tune[1] == '4') {
            *tune = (char)(*tune - 32);
            tune[1] = '5';
        }
}

static void test_jig(void **state) {
    (void)state;
    char tune[sizeof jig];
    memcpy(tune, jig, sizeof jig);
    replace_lower(tune);
    char *text =
        document("G", "6/8", tune, "0:1 1:6 2:6 3:6 4:5 5:5 X1:1 6:6 7:5");
    assert_int_equal(count(text, "<ending number=\"1\" type=\"start\"/>"), 1);
    assert_int_equal(count(text, "<ending number=\"1\" type=\"stop\"/>"), 1);
    assert_int_equal(count(text, "<ending number=\"2\" type=\"stop\"/>"), 1);
    /* One is added: that of the second part is not written. */
    assert_int_equal(count(text, "<repeat direction=\"forward\"/>"), 2);
    assert_int_equal(count(text, "<repeat direction=\"backward\"/>"), 2);
    assert_int_equal(count(text, "light-light"), 1);
    assert_int_equal(count(text, "<rehearsal>B</rehearsal>"), 1);
    assert_int_equal(count(text, "<divisions>2</divisions>"), 1);
    assert_int_equal(count(text, "<fifths>1</fifths>"), 1);
    assert_int_equal(count(text, "<mode>major</mode>"), 1);
    assert_int_equal(count(text, "<bass-step>E</bass-step>"), 1);
    assert_int_equal(count(text, "<harmony>"), 6);
    free(text);
}

static void test_parted_measure(void **state) {
    (void)state;
    char *text = document("D", "4/4",
                          "|: F4:8 | G4:4 :| A4:4 | B4:4 [1 A4:4 |"
                          " D4:8 :| [2 D4:4 A4:4 | D4:8 |",
                          "1:8 2:4 X1:4 3:4 X2:4 4:8 5:8 6:8");
    assert_int_equal(count(text, "<bar-style>none</bar-style>"), 1);
    assert_int_equal(count(text, "number=\"2\" type=\"discontinue\""), 1);
    free(text);
    text = document("D", "4/4", "F4:8 | G4:8 || A4:2 | B4:8 | A4:6 |]",
                    "1:8 2:8 X1:2 3:8 4:6");
    free(text);
    text = document("D", "3/4", "F4:6 | M:2/4 G4:4 | G4:4 M:6/8 | A4:6 |",
                    "1:6 2:4 3:4 4:6");
    assert_int_equal(count(text, "<time>"), 3);
    assert_true(strstr(text, "<beats>6</beats>") >
                strstr(text, "<measure number=\"4\">"));
    free(text);
}

static void test_many_endings(void **state) {
    (void)state;
    char *text = document("D", "2/4",
                          "|: F4:4 | [1,3 G4:4 :| [2 B4:4 :| [4 A4:4 |]"
                          " |: D4:4 | [1,2,3 D4:4 :| [4 E4:4 || F4:4 |",
                          "1:4 2:4 3:4 4:4 5:4 6:4 7:4 8:4");
    assert_int_equal(count(text, "<ending number=\"1,3\" type=\"start\"/>"), 1);
    assert_int_equal(count(text, "times=\"4\""), 2);
    assert_int_equal(count(text, "times=\"3\""), 1);
    assert_int_equal(count(text, "type=\"start\"/>"), 5);
    assert_int_equal(count(text, "type=\"stop\"/>"), 5);
    free(text);
}

static void check_beginnings(const char *tune, size_t expected) {
    struct score s = build("C", "2/4", tune);
    char *text = write_score(&s);
    check_balance(text);
    assert_int_equal(count(text, "<repeat direction=\"forward\"/>"), expected);
    free(text);
    score_free(&s);
}

static void test_beginnings(void **state) {
    (void)state;
    check_beginnings("C4:4 :| D4:4 :|", 0);
    check_beginnings("C4:4 || D4:4 :|", 1);
    check_beginnings("|: C4:4 || D4:4 :|", 1);
    check_beginnings("|: C4:4 :| D4:4 || E4:4 :|", 2);
    check_beginnings("C4:4 [1 D4:4 :| [2 E4:4 || F4:4 || C4:4 :|", 1);
    check_beginnings("|: C4:4 [1 D4:4 :| [2 E4:4 :| F4:4 :|", 1);
}

static void test_ties(void **state) {
    (void)state;
    char *text = document("G", "4/4",
                          "G4:4 A4:4- | A4:2 {B4} B4:2- {A4} B4:4 |"
                          " C4+E4+G4:4- C4+F4+G4:4 | D4:4- z:4 | A4:4- G4:4 |",
                          "1:8 2:8 3:8 4:8 5:8");
    assert_int_equal(count(text, "<tie type=\"start\"/>"), 4);
    assert_int_equal(count(text, "<chord/>"), 4);
    free(text);
    /* Chains, and what no single note can say. */
    text = document("G", "4/4", "G4:8- | G4:8- | G4:5 G4:3 |", "1:8 2:8 3:8");
    assert_int_equal(count(text, "<tie type=\"start\"/>"), 3);
    assert_int_equal(count(text, "<duration>"), 5);
    free(text);
    text = document("G", "9/8", "^G4:9 | z:9 | z:5 x:4 |", "1:9 2:9 3:9");
    assert_int_equal(count(text, "<rest measure=\"yes\"/>"), 1);
    assert_int_equal(count(text, "<accidental>"), 1);
    assert_int_equal(count(text, "print-object=\"no\""), 1);
    assert_int_equal(count(text, "<tie "), 2);
    free(text);
}

static void test_tuplets(void **state) {
    (void)state;
    char *text = document("G", "4/4",
                          "(3:2:3 G4 A4 B4 A4:3/2 G4:1/2 F4:2 (3:2:2 E4:2 D4 |"
                          " (5:4:5 E4 D4 {G4} E4 z F4 G4:4 |"
                          " G4:7 (3:2:3 A4:1/2 B4:1/2 | A4:1/2 G4:7 |",
                          "1:8 2:8 3:7.667 4:7.333");
    assert_int_equal(count(text, "<tuplet type=\"start\"/>"), 5);
    assert_int_equal(count(text, "<tuplet type=\"stop\"/>"), 5);
    assert_int_equal(count(text, "backward hook"), 1);
    assert_int_equal(count(text, "<actual-notes>5</actual-notes>"), 5);
    free(text);
}

/* The beams of the first level as letters: begin, continue, end, none. */
static void check_beams(const char *meter, const char *tune,
                        const char *expected) {
    struct score s = build("C", meter, tune);
    char *text = write_score(&s), found[64] = "";
    for (const char *at = strstr(text, "<note"); at;
         at = strstr(at + 1, "<note")) {
        const char *beam = strstr(at, "<beam number=\"1\">");
        size_t n = strlen(found);
        found[n] = beam && beam < strstr(at, "</note>") ? beam[17] : '-';
        found[n + 1] = 0;
    }
    assert_string_equal(found, expected);
    free(text);
    score_free(&s);
}

static void test_beams(void **state) {
    (void)state;
    check_beams("4/4", "C4 C4 C4 C4 C4 C4 C4 C4 |", "bccebcce");
    check_beams("2/2", "C4 C4 C4 C4 C4:2 C4 C4 |", "bcce-be");
    check_beams("4/4", "C4:3/2 C4:1/2 C4 C4 C4 C4 C4 z |", "bebebce-");
    check_beams("6/8", "C4 | C4 C4 C4 C4:2 C4 | C4 z C4 C4 C4 C4 |",
                "-bce-----bce");
    check_beams("4/4", "C4 C4 | C4 C4 z C4 C4:4 |", "bebe---");
    check_beams("9/8", "C4 C4 C4 C4 C4 C4 C4 C4 C4 |", "bcebcebce");
    check_beams("2/4", "{C4} {D4} {E4} C4 {C4} C4 C4 C4 |", "bceb-ebe");
    check_beams("0/0", "C4 C4 C4 C4 |", "bebe");
}

static void test_symbols(void **state) {
    (void)state;
    static const struct {
        const char *name, *kind;
    } names[] = {
        {"G", "text=\"\">major<"},
        {"Am7/E", "text=\"m7\">minor-seventh<"},
        {"F#m7b5", "text=\"m7b5\">half-diminished<"},
        {"Bb", "<root-alter>-1<"},
        {"Dsus4", "text=\"sus4\">suspended-fourth<"},
        {"Asus2", "suspended-second<"},
        {"Gmaj7", "text=\"maj7\">major-seventh<"},
        {"A+", "text=\"+\">augmented<"},
        {"Edim", ">diminished<"},
        {"Cdim7", ">diminished-seventh<"},
        {"D7", ">dominant<"},
        {"D9", ">dominant-ninth<"},
        {"E6", ">major-sixth<"},
        {"Em6", ">minor-sixth<"},
        {"D5", ">power<"},
        {"N.C.", "text=\"N.C.\">none<"},
        {"Hm", "<root-step text=\"H\">B<"},
        {"C7#9&<", "text=\"7#9&amp;&lt;\">other<"},
        {"C6/9", "text=\"6/9\">other<"},
        {"D/F#", "<bass-alter>1<"},
        {"G\xc3", "text=\"?\">other<"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char tune[80];
        snprintf(tune, sizeof tune, "\"%s\" C4:8 |", names[i].name);
        char *text = document("C", "4/4", tune, "1:8");
        assert_int_equal(count(text, names[i].kind), 1);
        assert_int_equal(count(text, "<harmony>"), 1);
        free(text);
    }
    char *words = document("C", "4/4", "\"Fine\" C4:4 \"\xc3<\" C4:4 |", "1:8");
    assert_int_equal(count(words, "<words>Fine</words>"), 1);
    assert_int_equal(count(words, "<words>?&lt;</words>"), 1);
    assert_int_equal(count(words, "<harmony>"), 0);
    free(words);
    /* Several over one note, and one before a bar line. */
    char *text = document("C", "4/4", "\"C\" \"F\" \"G\" C4:8 \"D\" | D4:8 |",
                          "1:8 2:8");
    assert_int_equal(count(text, "<divisions>3</divisions>"), 1);
    assert_int_equal(count(text, "<offset>4</offset>"), 1);
    assert_int_equal(count(text, "<offset>8</offset>"), 1);
    assert_true(strstr(text, "<root-step>D") > strstr(text, "</measure>"));
    free(text);
}

static void test_keys(void **state) {
    (void)state;
    char *text =
        document("Ddorian", "0/0", "C4:8 | K:Eminor F4:3 |", "1:8 2:3");
    assert_int_equal(count(text, "<mode>dorian</mode>"), 1);
    assert_int_equal(count(text, "<mode>minor</mode>"), 1);
    assert_int_equal(count(text, "<senza-misura/>"), 1);
    free(text);
    struct score s = build("D", "2/2", "C4:8 |");
    s.key.sign[0] = 0; /* one sharp, and not of this key */
    text = write_score(&s);
    assert_int_equal(count(text, "<fifths>1</fifths>"), 1);
    assert_int_equal(count(text, "<mode>"), 0);
    assert_int_equal(count(text, "<beat-type>2</beat-type>"), 1);
    free(text);
    s.key.sign[6] = -1;
    text = write_score(&s);
    check_balance(text);
    assert_int_equal(count(text, "<fifths>"), 0);
    assert_int_equal(count(text, "<key-step>"), 2);
    assert_int_equal(count(text, "<key-alter>-1</key-alter>"), 1);
    free(text);
    s.key = (struct score_key){.letter = -1};
    text = write_score(&s);
    assert_int_equal(count(text, "<mode>none</mode>"), 1);
    free(text);
    score_free(&s);
}

static void test_tempo(void **state) {
    (void)state;
    struct score s = build("D", "6/8", "C4:6 | Q:100.5 C4:6 |");
    s.tempo = 180;
    char *text = write_score(&s);
    check_balance(text);
    assert_int_equal(count(text, "<beat-unit-dot/>"), 2);
    assert_int_equal(count(text, "<per-minute>120</per-minute>"), 1);
    assert_int_equal(count(text, "<sound tempo=\"180\"/>"), 1);
    assert_int_equal(count(text, "<per-minute>67</per-minute>"), 1);
    assert_int_equal(count(text, "<sound tempo=\"100.5\"/>"), 1);
    free(text);
    score_free(&s);
}

static void test_texts(void **state) {
    (void)state;
    struct score s = build("D", "6/8", "P:<A> \"\xff\" C4:6 |");
    snprintf(s.title, sizeof s.title, "%s", "\"Tom\" & <Jerry>'s \x01\xc3 é");
    snprintf(s.composer, sizeof s.composer, "%s", "]]>\x7f");
    snprintf(s.rhythm, sizeof s.rhythm, "%s", "j&g");
    snprintf(s.parts, sizeof s.parts, "%s", "A<B");
    char *text = write_score(&s);
    check_measures(text, "1:6");
    assert_int_equal(
        count(text, ">&quot;Tom&quot; &amp; &lt;Jerry&gt;&#39;s ?? é</"), 2);
    assert_int_equal(count(text, ">]]&gt;?</creator>"), 1);
    assert_int_equal(count(text, "<rehearsal>&lt;A&gt;</rehearsal>"), 1);
    assert_int_equal(count(text, ">j&amp;g</"), 1);
    free(text);
    score_free(&s);
}

static void check_odd(struct score *s) {
    char *text = write_score(s);
    check_balance(text);
    assert_true(count(text, "<measure ") > 0);
    assert_int_equal(count(text, "<measure "), count(text, "</measure>"));
    assert_int_equal(count(text, "type=\"start\"/>"),
                     count(text, "type=\"stop\"/>") +
                         count(text, "type=\"discontinue\"/>"));
    free(text);
    score_free(s);
}

static void test_odd_scores(void **state) {
    (void)state;
    static const char *const tunes[] = {
        "",
        "|",
        "| || |: :| ::",
        "[1",
        "\"G\"",
        "P:A M:3/4",
        "{A4}",
        "{A4} |",
        "C4:0 z:0 |",
        "(3:2:3 C4",
        "(3:2:3 C4 |",
        "(7:0:2 C4 C4 |",
        "[1 C4",
        "C4 [1 [2 |",
        "| [1 C4 | [2 | ",
        "C4- |",
        "M:-3/8 C4 |",
        "M:3/0 C4 |",
        "M:7/5 C4 C4 C4 |",
        "Q:-1 C4 |",
        "C4:1/7 z:1/1000 |",
        "z:9/7 (3:2:3 C4:1/100 |",
        "C4:100000 | z:100000 | C4:123/32 |",
    };
    for (size_t i = 0; i < sizeof tunes / sizeof *tunes; i++) {
        struct score s = build("C", "6/8", tunes[i]);
        check_odd(&s);
    }
    struct score s = build("C", "4/4", "C4:8 D4 (3:2:3 E4 z K:D [1 | C4 |");
    for (size_t i = 0; i < s.count; i++)
        if (s.items[i].kind == SCORE_NOTE) {
            s.items[i].note.count = 255;
            s.items[i].note.pitch[1] = (struct score_pitch){-9, -9, -9, 9};
            s.items[i].note.pitch[2] = (struct score_pitch){99, 99, 99, 9};
            s.items[i].note.length = i ? INT64_MAX : INT64_MIN;
            s.items[i].note.group = 255;
        }
    s.key = (struct score_key){99, 99, 99, {99, -99, 5, 5, 5, 5, 5}};
    s.tempo = 1e300;
    check_odd(&s);
}

static void test_same_bytes(void **state) {
    (void)state;
    struct score s = build("D", "6/8", "Q:100.5 \"D\" C4:6 |");
    char *a = write_score(&s);
    const char *old = setlocale(LC_ALL, "de_DE.UTF-8");
    char *b = write_score(&s);
    setlocale(LC_ALL, "C");
    assert_string_equal(a, b);
    if (!old)
        print_message("no German locale here: only repeated\n");
    free(a);
    free(b);
    score_free(&s);
}

static void test_no_room(void **state) {
    (void)state;
    struct score s = build("D", "6/8", "C4:6 |");
    struct buf out = {.max = 100};
    musicxml_write(&s, &out);
    assert_int_equal(out.failed, 1);
    buf_free(&out);
    score_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jig),
        cmocka_unit_test(test_parted_measure),
        cmocka_unit_test(test_many_endings),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_tuplets),
        cmocka_unit_test(test_beams),
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_tempo),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_odd_scores),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
