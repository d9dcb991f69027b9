/* Chords as people type them. SPDX-License-Identifier: MIT */
#include "nott/music/progression.h"

#include "toydata.h"

#define LENGTH(list) (sizeof(list) / sizeof *(list))

/* ---- vocabularies ---- */

/* Every chord that has a name. */
static struct vocabulary all;

/* What the model that comes along knows. */
static struct vocabulary folk;

static int set_up(void **state) {
    (void)state;
    static const char *const kinds[] = {
        "",     "m",    "7",    "m7",   "maj7", "6", "m6",    "dim",  "aug",
        "sus4", "dim7", "m7b5", "sus2", "5",    "9", "7sus4", "add9", "1"};
    static const char *const names[] = {
        "N.C.", "C",   "C1",  "C7",  "Cm", "C#1", "C#m", "D",  "D1", "D7",
        "Dm",   "Eb",  "E",   "E1",  "E7", "Em",  "Em7", "F",  "F1", "F7",
        "F#",   "F#1", "F#7", "F#m", "G",  "G1",  "G6",  "G7", "Gm", "A",
        "A1",   "A7",  "Am",  "Bb",  "B",  "B1",  "B7",  "Bm"};
    music_class(&all, "N.C.", "N.C.");
    for (int root = 0; root < 12; root++)
        for (size_t k = 0; k < LENGTH(kinds); k++) {
            char name[CHORD_NAME];
            snprintf(name, sizeof name, "%s%s", chord_pitch_class_name(root),
                     kinds[k]);
            music_class(&all, name, name);
        }
    toy_chords(&folk, names, LENGTH(names));
    return 0;
}

static const struct tune_header four_four = {16, 0, 4, 4, 0};

/* ---- what is played ---- */

/* "D:16 G:8 A7:8": the runs of one time through, each chord that is written
 * anew; a bar begins with a run of its own. */
static void runs(struct buf *b, const struct progression *p,
                 const struct vocabulary *v, const struct tune_header *h) {
    size_t steps = p->bar_count * (size_t)h->bar, run = 0;
    uint8_t *chord = calloc(steps + 1, 1);
    assert_non_null(chord);
    assert_ok(progression_lay(p, v, h, chord, steps, e));
    for (size_t k = 0; k < steps; k++) {
        run++;
        if (k + 1 < steps && (k + 1) % (size_t)h->bar &&
            chord[k + 1] == chord[k])
            continue;
        buf_printf(b, "%s%s:%zu", b->len ? " " : "", v->chords[chord[k]].name,
                   run);
        run = 0;
    }
    free(chord);
}

static void check_under(const char *text, const struct vocabulary *v,
                        const struct tune_header *h, const char *want) {
    struct progression p;
    struct err why = {0};
    struct buf b = {0};
    if (progression_read(&p, text, &why))
        fail_msg("'%s': %s", text, why.text);
    runs(&b, &p, v, h);
    if (strcmp((const char *)b.data, want) != 0)
        fail_msg("'%s' is %s, wanted %s", text, (const char *)b.data, want);
    buf_free(&b);
    progression_free(&p);
}

static void check(const char *text, const char *want) {
    check_under(text, &all, &four_four, want);
}

static void test_one_a_bar(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"D G A7 D", "D:16 G:16 A7:16 D:16"},
        {"D-G-A7-D", "D:16 G:16 A7:16 D:16"},
        {"  D - G,\tA7\r\nD\n", "D:16 G:16 A7:16 D:16"},
        {"D\u2013G \u2014 A\u2212D", "D:16 G:16 A:16 D:16"},
        {"D\u00a0G", "D:16 G:16"},
        {"[D] [G] [A7]", "D:16 G:16 A7:16"},
        {"[D G A7 D]", "D:16 G:16 A7:16 D:16"},
        {"D % % G", "D:16 D:16 D:16 G:16"},
        {"N.C. D NC n.c. G", "N.C.:16 D:16 N.C.:16 N.C.:16 G:16"},
        {"Am7 % N.C. %", "Am7:16 Am7:16 N.C.:16 N.C.:16"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check(list[i][0], list[i][1]);
}

static void test_bar_lines(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"D | G", "D:16 G:16"},
        {"D|G", "D:16 G:16"},
        {"|D|G|", "D:16 G:16"},
        {"| D G | A7 |", "D:8 G:8 A7:16"},
        {"|| D G || A7 ||", "D:8 G:8 A7:16"},
        {"[| D G | A7 |]", "D:8 G:8 A7:16"},
        {"[ D | G ]", "D:16 G:16"},
        {"| D G A |", "D:8 G:4 A:4"},
        {"| D G A D |", "D:4 G:4 A:4 D:4"},
        {"| D G A D G |", "D:4 G:3 A:3 D:3 G:3"},
        {"| D - G | A, D |", "D:8 G:8 A:8 D:8"},
        {"| D | % | G |", "D:16 D:16 G:16"},
        {"| D G | % | % | A", "D:8 G:8 D:8 G:8 D:8 G:8 A:16"},
        {"| D G | % % | A", "D:8 G:8 D:8 G:8 A:16"},
        {"| D % G % |", "D:8 G:8"},
        {"| D | % G |", "D:16 D:8 G:8"},
        {"| D / / G |", "D:12 G:4"},
        {"| D | / G / / |", "D:16 D:4 G:12"},
        {"| D |  | G | |", "D:16 D:16 G:16 G:16"},
        {"| | D | G", "D:16 G:16"},
        {"| D || G |||", "D:16 G:16"},
        {"D G | A D\nG | D", "D:8 G:8 A:8 D:8 G:16 D:16"},
        {"| D | G |\n| A | D |", "D:16 G:16 A:16 D:16"},
        {"| D | G |\r\n\r\n| A |", "D:16 G:16 A:16"},
        {"D G A7 D |", "D:4 G:4 A7:4 D:4"},
        {"| N.C. D | NC |", "N.C.:8 D:8 N.C.:16"},
        {"| D D | G |", "D:16 G:16"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check(list[i][0], list[i][1]);
}

static void test_repeats(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"|: D | G :|", "D:16 G:16 D:16 G:16"},
        {"D | G :|", "D:16 G:16 D:16 G:16"},
        {"D |: G :| A", "D:16 G:16 G:16 A:16"},
        {"|: D :|: G :| A", "D:16 D:16 G:16 G:16 A:16"},
        {"|: D :||: G :|", "D:16 D:16 G:16 G:16"},
        {"|: D :: G :|", "D:16 D:16 G:16 G:16"},
        {"|: D :|\n|: G :|", "D:16 D:16 G:16 G:16"},
        {"|: D :| |: G :|", "D:16 D:16 G:16 G:16"},
        {"[|: D :|]", "D:16 D:16"},
        {"||: D :||", "D:16 D:16"},
        {"|: D G | % :| % |", "D:8 G:8 D:8 G:8 D:8 G:8 D:8 G:8 D:8 G:8"},
        /* unbalanced ones do what they can */
        {"|: D | G", "D:16 G:16"},
        {"|: D |: G :|", "D:16 G:16 G:16"},
        {":| D :| :| G", "D:16 D:16 G:16"},
        {"D G :|", "D:8 G:8 D:8 G:8"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check(list[i][0], list[i][1]);
}

static void test_meters(void **state) {
    (void)state;
    static const struct {
        const char *text;
        struct tune_header h;
        const char *want;
    } list[] = {
        {"| D G |", {12, 0, 6, 8, 0}, "D:6 G:6"},
        {"| D G A |", {12, 0, 6, 8, 0}, "D:4 G:4 A:4"},
        {"| D G A D |", {12, 0, 6, 8, 0}, "D:4 G:2 A:4 D:2"},
        {"| D G |", {12, 0, 3, 4, 0}, "D:8 G:4"},
        {"| D G A |", {12, 0, 3, 4, 0}, "D:4 G:4 A:4"},
        {"| D G A |", {18, 0, 9, 8, 0}, "D:6 G:6 A:6"},
        {"| D G |", {18, 0, 9, 8, 0}, "D:12 G:6"},
        {"| D G |", {8, 0, 2, 4, 0}, "D:4 G:4"},
        {"| D G A |", {8, 0, 2, 4, 0}, "D:3 G:3 A:2"},
        {"| D G |", {10, 0, 5, 8, 0}, "D:6 G:4"},
        {"| D G |", {2, 0, 4, 4, 0}, "D:1 G:1"}, /* less than a step a unit */
        {"| D G |", {7, 0, 2, 4, 0}, "D:3 G:4"}, /* a bar that does not fit */
        {"D", {1, 0, 1, 4, 0}, "D:1"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check_under(list[i].text, &all, &list[i].h, list[i].want);
}

/* Again from the beginning, and a pickup has none. */
static void test_steps(void **state) {
    (void)state;
    struct tune_header h = {8, 3, 2, 4, 0};
    struct progression p;
    uint8_t chord[40];
    assert_ok(progression_read(&p, "| D G | A |", e));
    for (size_t steps = 0; steps <= 40; steps++) {
        memset(chord, 0xee, sizeof chord);
        assert_ok(progression_lay(&p, &folk, &h, chord, steps, e));
        for (size_t k = 0; k < 40; k++) {
            const char *name = k < 3              ? "N.C."
                               : (k - 3) % 16 < 4 ? "D"
                               : (k - 3) % 16 < 8 ? "G"
                                                  : "A";
            if (k >= steps)
                assert_int_equal(chord[k], 0xee);
            else
                assert_string_equal(folk.chords[chord[k]].name, name);
        }
    }
    progression_free(&p);
}

/* ---- names ---- */

/* A single chord in C, by its name. */
static void check_chord(const char *text, const char *want) {
    char runs_wanted[64];
    snprintf(runs_wanted, sizeof runs_wanted, "%s:16", want);
    check(text, runs_wanted);
}

static void test_names(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"Dm7", "Dm7"},        {"Cmaj7", "Cmaj7"},    {"CM7", "Cmaj7"},
        {"Asus4", "Asus4"},    {"Asus", "Asus4"},     {"F#dim", "F#dim"},
        {"Bo", "Bdim"},        {"B\u00b0", "Bdim"},   {"B\u00ba7", "Bdim7"},
        {"Bo7", "Bdim7"},      {"B\u00f8", "Bm7b5"},  {"B\u00d8", "Bm7b5"},
        {"Bm7b5", "Bm7b5"},    {"Bm7-5", "Bm7b5"},    {"Bm7\u266d5", "Bm7b5"},
        {"Caug", "Caug"},      {"C+", "Caug"},        {"G6", "G6"},
        {"D9", "D9"},          {"A7sus4", "A7sus4"},  {"Dmin", "Dm"},
        {"Dmaj", "D"},         {"DM", "D"},           {"C\u0394", "Cmaj7"},
        {"C\u22067", "Cmaj7"}, {"E\u266d", "Eb"},     {"E\u266dm7", "Ebm7"},
        {"F\u266f", "F#"},     {"F\u266fm", "F#m"},   {"Cb", "B"},
        {"E#", "F"},           {"D/F#", "D"},         {"D/F\u266f", "D"},
        {"Am7/G", "Am7"},      {"C6/9", "C6"},        {"C6/9/E", "C6"},
        {"C(add9)", "C"},      {"Cadd9", "Cadd9"},    {"C7(b9)", "C7"},
        {"C-7", "Cm7"},        {"Bb\u22127", "Bbm7"}, {"D5", "D5"},
        {"D+F#+A", "D"},       {"Gmaj9", "Gmaj7"},    {"Csus2", "Csus2"},
        {"am", "Am"},          {"em7", "Em7"},        {"g", "G"},
        {"d7", "D7"},          {"bb", "Bb"},          {"b", "B"},
        {"bm", "Bm"},          {"bbm", "Bbm"},        {"b7", "B7"},
        {"ab", "G#"},          {"f#m", "F#m"},        {"d/f#", "D"},
        {"am/g", "Am"},        {"bdim", "Bdim"},      {"e\u266dm", "Ebm"},
        {"N.C.", "N.C."},      {"NC", "N.C."},        {"n.c.", "N.C."},
        {"nc", "N.C."},        {"N.C", "N.C."},       {"NONE", "N.C."},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check_chord(list[i][0], list[i][1]);
    check("C-7 F-7-Bb7", "Cm7:16 Fm7:16 Bb7:16");
}

/* ---- numerals ---- */

static void check_in(int key, const char *text, const char *want) {
    struct tune_header h = four_four;
    h.key = key;
    check_under(text, &all, &h, want);
}

static void test_numerals(void **state) {
    (void)state;
    enum { UNKNOWN = -1, C = 0, G = 7, Am = 12 + 9, Em = 12 + 4, Dm = 12 + 2 };
    static const struct {
        int key;
        const char *text, *want;
    } list[] = {
        {G, "I-vi-IV-V", "G:16 Em:16 C:16 D:16"},
        {G, "I\u2013vi\u2013IV\u2013V", "G:16 Em:16 C:16 D:16"},
        {G, "ii V I", "Am:16 D:16 G:16"},
        {G, "ii7 V7 Imaj7 IM7", "Am7:16 D7:16 Gmaj7:16 Gmaj7:16"},
        {G, "| I | vi IV | V7 |", "G:16 Em:8 C:8 D7:16"},
        {G, "vii\u00b0 viio vii\u00f8 viidim7",
         "F#dim:16 F#dim:16 F#m7b5:16 F#dim7:16"},
        {G, "bVII \u266dVII bVI bIII bII", "F:16 F:16 Eb:16 Bb:16 G#:16"},
        {G, "#IV #iv\u00b0 IV+ iv", "C#:16 C#dim:16 Caug:16 Cm:16"},
        {G, "V9 Isus4 Vsus I6 vi9 IVadd9",
         "D9:16 Gsus4:16 Dsus4:16 G6:16 Em7:16 Cadd9:16"},
        {G, "V/V V7/ii vii\u00b0/V V/bVII", "A:16 E7:16 C#dim:16 C:16"},
        {G, "V7/vi vi", "B7:16 Em:16"},
        {G, "VIm iim", "Em:16 Am:16"},
        {UNKNOWN, "I V7", "C:16 G7:16"},
        {Em, "i VII VI V", "Em:16 D:16 C:16 B:16"},
        {Em, "i bVII bVI V7", "Em:16 D:16 C:16 B7:16"},
        {Em, "III bIII #VI #VII", "G:16 G:16 C#:16 Eb:16"},
        {Em, "i iv v ii\u00b0 ii\u00f87",
         "Em:16 Am:16 Bm:16 F#dim:16 F#m7b5:16"},
        {Em, "vii\u00b0 vii\u00b07 #vii\u00b0 vii",
         "Ebdim:16 Ebdim7:16 Ebdim:16 Dm:16"},
        {Em, "I IV bII", "E:16 A:16 F:16"},
        {Dm, "V/iv V/III", "D:16 C:16"},
        {Am, "i | V/V V7", "Am:16 B:8 E7:8"},
        /* beside names */
        {G, "I Bb V", "G:16 Bb:16 D:16"},
        {C, "b bVII bb", "B:16 Bb:16 Bb:16"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check_in(list[i].key, list[i].text, list[i].want);
}

/* Each degree in each key is as far from the tonic as in C. */
static void test_every_key(void **state) {
    (void)state;
    static const char *const degrees[] = {"I",   "bII", "ii",   "bIII",
                                          "iii", "IV",  "#IV",  "V",
                                          "bVI", "vi",  "bVII", "vii\u00b0"};
    for (int tonic = 0; tonic < 12; tonic++)
        for (int up = 0; up < 12; up++) {
            struct tune_header h = four_four;
            struct progression p;
            uint8_t chord;
            h.key = tonic;
            assert_ok(progression_read(&p, degrees[up], e));
            assert_ok(progression_lay(&p, &all, &h, &chord, 1, e));
            assert_int_equal(all.chords[chord].root, (tonic + up) % 12);
            progression_free(&p);
        }
}

/* ---- what is no chord ---- */

static void check_refused(const char *text, const char *want) {
    struct progression p;
    struct err why = {0};
    if (progression_read(&p, text, &why) != -1)
        fail_msg("'%s' is taken", text);
    assert_int_equal(why.code, ERR_USAGE);
    if (!strstr(why.text, want))
        fail_msg("'%s': %s, wanted %s", text, why.text, want);
    assert_null(p.chords); /* nothing is left to free */
    assert_int_equal(progression_read(&p, text, NULL), -1);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"", "none given"},
        {" - ,\n", "none given"},
        {"|", "none given"},
        {"||: :||", "none given"},
        {"[ ]", "none given"},
        {"D X", "bar 2: 'X' is no chord such as Am7"},
        {"| D G | A what", "bar 2: 'what'"},
        {"D % X", "bar 3: 'X'"},
        {"|: D :| X", "bar 2: 'X'"}, /* as it is written */
        {"| D | | X", "bar 3: 'X'"},
        {"%", "bar 1: '%' has no bar before it"},
        {"| % | D", "'%' has no bar before it"},
        {"| / D", "bar 1: '/' has no chord before it"},
        {"D / G", "'/' is no chord"}, /* maybe a bar line, maybe not */
        {"D : G", "':' is no bar line"},
        {"| D : | G", "':' is no bar line"},
        {"H", "'H'"},
        {"h7", "'h7'"},
        {"Dfoo", "'Dfoo'"},
        {"C#b", "'C#b'"},
        {"IIII", "'IIII'"},
        {"VIII", "'VIII'"},
        {"Iv", "'Iv'"},
        {"iV", "'iV'"},
        {"bbVII", "'bbVII'"},
        {"b#I", "'b#I'"},
        {"V/V7", "'V/V7'"},
        {"V/V/V", "'V/V/V'"},
        {"Vx", "'Vx'"},
        {"D/", "'D/'"},
        {"/D", "'/D'"},
        {"1 4 5", "bar 1: '1'"},
        {"C -7", "bar 2: '7'"},
        {"tunes", "'tunes'"},
        {"Am F c G", "bar 3: 'c' is small among capitals: major or minor?"},
        {"Am | F d7", "bar 2: 'd7' is small"},
        {"d g\xff", "bar 2"},
        {"\xff", "bar 1"},
        {"\xe2\x99", "bar 1"},
        {"D\xe2\x99", "bar 1"},
        {"\xc2", "bar 1"},
        {"D \xe2\x80 G", "bar 2"},
        {"\u266d", "bar 1"},
        {"\u00b0", "bar 1"},
        {"\x1b[2J", "bar 1"},
        {"%s%n", "'%s%n'"},
        {"Cmaj7maj7maj7maj7maj7maj7maj7maj7", "'Cmaj7maj7maj7maj7maj7maj...'"},
        {"C\u266d\u266d\u266d\u266d\u266d\u266d\u266d\u266d\u266d\u266d",
         "'C\u266d\u266d\u266d\u266d\u266d\u266d\u266d...'"},
    };
    for (size_t i = 0; i < LENGTH(list); i++)
        check_refused(list[i][0], list[i][1]);
    /* small ones alone, and such as cannot be misread, are taken */
    check("d g a7 d", "D:16 G:16 A7:16 D:16");
    check("Am f#m esus4 N.C. v", "Am:16 F#m:16 Esus4:16 N.C.:16 Gm:16");
    check("D - ", "D:16");
}

static char *many(const char *word, size_t n) {
    size_t len = strlen(word);
    char *text = malloc(n * len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, word, len);
    text[n * len] = 0;
    return text;
}

/* How many bars are read of so many copies of a word; 0 = too many. */
static size_t bars_of(const char *word, size_t n) {
    char *text = many(word, n);
    struct progression p;
    struct err why = {0};
    size_t bars = 0;
    if (progression_read(&p, text, &why) == 0) {
        bars = p.bar_count;
        progression_free(&p);
    } else if (!strstr(why.text, "more than 1024")) {
        fail_msg("%zu '%s': %s", n, word, why.text);
    }
    free(text);
    return bars;
}

static void test_long(void **state) {
    (void)state;
    assert_int_equal(bars_of("C ", 1024), 1024);
    assert_int_equal(bars_of("C ", 1025), 0);
    assert_int_equal(bars_of("|C", 1024), 1024);
    assert_int_equal(bars_of("|C", 1025), 0);
    assert_int_equal(bars_of("|:C:|", 1024), 2048);
    assert_int_equal(bars_of("|:C:|", 1025), 0);
    assert_int_equal(bars_of(":|C:|", 1024), 2048);
    assert_int_equal(bars_of("| C | %", 512), 1024);
    assert_int_equal(bars_of("| C | %", 513), 0);
    assert_int_equal(bars_of("| C | %", 5000), 0);
    assert_int_equal(bars_of("C | | ", 512), 1024);
    assert_int_equal(bars_of("C | | ", 100000), 0);
    assert_int_equal(bars_of("| C % ", 512), 512);
    assert_int_equal(bars_of("| C % ", 513), 0);
    assert_int_equal(bars_of("| C | % G", 256), 512);
    assert_int_equal(bars_of("| C | % G", 257), 0);
    assert_int_equal(bars_of("| C | % G", 5000), 0);
    assert_int_equal(bars_of("| C / ", 5000), 0);
    static const char *const none[] = {
        " ", "|", "[", "|:", ":|", "::", "[ |", "\n"};
    for (size_t i = 0; i < LENGTH(none); i++) {
        char *text = many(none[i], 100000);
        check_refused(text, "chords: ");
        free(text);
    }
    static const char *const bad[] = {"C",    "(",      "/", "-7C",
                                      "\xff", "\u266d", "I", "b"};
    for (size_t i = 0; i < LENGTH(bad); i++) {
        char *text = many(bad[i], 100000);
        check_refused(text, "chords: bar 1: '");
        free(text);
    }
}

/* Every text of three of these: read or refused, laid or refused. */
static void test_any(void **state) {
    (void)state;
    static const char *const bits[] = {
        "C", "am", "V", "vii\u00b0", "7",  "b", "#",    "\u266d", "|",    ":",
        "[", "%",  "/", " ",         "\n", "-", "N.C.", "\xe2",   "\xff", ","};
    size_t n = LENGTH(bits), taken = 0;
    for (size_t i = 0; i < n * n * n * n; i++) {
        char text[64];
        struct progression p;
        uint8_t chord[40];
        snprintf(text, sizeof text, "%s%s%s%s", bits[i % n], bits[i / n % n],
                 bits[i / n / n % n], bits[i / n / n / n]);
        if (progression_read(&p, text, NULL))
            continue;
        taken++;
        assert_true(p.bar_count > 0 && p.bars[0].count > 0);
        assert_in_range(progression_key(&p) + 1, 0, TUNE_KEYS);
        assert_ok(progression_lay(&p, &all, &four_four, chord, 40, e));
        progression_free(&p);
    }
    assert_true(taken > 1000);
}

/* ---- what the model lacks ---- */

/* The chord that is played of one in a key, and what is said of it. */
static void check_nearest(const char *text, int key, const char *want,
                          const char *said) {
    struct tune_header h = four_four;
    struct progression p;
    struct buf told = {0};
    uint8_t chord;
    h.key = key;
    assert_ok(progression_read(&p, text, e));
    assert_ok(progression_lay(&p, &folk, &h, &chord, 1, e));
    if (strcmp(folk.chords[chord].name, want) != 0)
        fail_msg("%s is played as %s, wanted %s", text, folk.chords[chord].name,
                 want);
    progression_report(&p, &folk, key, &told);
    assert_string_equal(told.data ? (const char *)told.data : "", said);
    buf_free(&told);
    progression_free(&p);
}

static void test_nearest(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"Dm7", "Dm"},    {"Dm9", "Dm"},   {"Cmaj7", "C"},     {"C6", "C"},
        {"D9", "D7"},     {"D13", "D7"},   {"Eb9", "Eb"},      {"Eb7", "Eb"},
        {"A7sus4", "A7"}, {"Asus4", "A"},  {"Asus2", "A"},     {"Cadd9", "C"},
        {"A9", "A7"},     {"Am6", "Am"},   {"Am7", "Am"},      {"Bm7", "Bm"},
        {"Caug", "C"},    {"C+7", "C7"},   {"Cmmaj7", "Cm"},   {"F#m7", "F#m"},
        {"Bdim", "G7"},   {"C#dim", "A7"}, {"F#\u00b0", "D7"}, {"G#dim7", "E7"},
        {"Bdim7", "G7"},  {"Bm7b5", "Dm"}, {"F#m7b5", "Am"},   {"E7#9", "E7"},
        {"Gmaj9", "G"},
    };
    for (size_t i = 0; i < LENGTH(list); i++) {
        char said[100];
        int same = strcmp(list[i][0], "E7#9") == 0 ||
                   strcmp(list[i][0], "D13") == 0; /* what is read of them */
        snprintf(said, sizeof said, "the model has no %s; %s is played\n",
                 list[i][0], list[i][1]);
        check_nearest(list[i][0], 0, list[i][1], same ? "" : said);
    }
    check_nearest("Em7", 0, "Em7", "");
    check_nearest("G6", 0, "G6", "");
    check_nearest("D/F#", 0, "D", "");
    check_nearest("N.C.", 0, "N.C.", "");
}

/* A fifth alone has the third of the key. */
static void test_fifths(void **state) {
    (void)state;
    enum { A = 9, Am = 12 + 9, C = 0 };
    check_nearest("A5", A, "A", "the model has no A5; A is played\n");
    check_nearest("A5", Am, "Am", "the model has no A5; Am is played\n");
    check_nearest("A5", C, "Am", "the model has no A5; Am is played\n");
    check_nearest("G5", Am, "G", "the model has no G5; G is played\n");
    check_nearest("A5", -1, "A", "the model has no A5; A is played\n");
    check_nearest("A1", Am, "A1", "");
}

/* Each once, for all the keys in which it is played. */
static void test_report(void **state) {
    (void)state;
    struct progression p;
    struct buf told = {0};
    assert_ok(progression_read(&p, "Dm7 ii7 Cmaj7 | Dm7 I ii7 |", e));
    progression_report(&p, &folk, 0, &told);
    progression_report(&p, &folk, 7, &told);
    progression_report(&p, &folk, 0, &told);
    assert_string_equal((const char *)told.data,
                        "the model has no Dm7; Dm is played\n"
                        "the model has no ii7 (Dm7); Dm is played\n"
                        "the model has no Cmaj7; C is played\n"
                        "the model has no ii7 (Am7); Am is played\n");
    buf_free(&told);
    progression_free(&p);
}

/* With the triad on its root in a vocabulary, nothing over that root that has
 * its third and fifth is played as another chord. */
static void test_root_is_kept(void **state) {
    (void)state;
    for (int k = 1; k < all.chord_count; k++) {
        const struct chord_class *c = &all.chords[k];
        unsigned over = chord_rotate(c->set, -c->root);
        struct vocabulary v = all; /* of all but this set */
        for (int i = 1; i < v.chord_count; i++)
            if (v.chords[i].set == c->set)
                v.chords[i--] = v.chords[--v.chord_count];
        struct progression p;
        uint8_t chord;
        if (!(over & 1 << 7) || !(over & (1 << 3 | 1 << 4)) ||
            !(over & ~0x99u)) /* a triad alone */
            continue;
        assert_ok(progression_read(&p, c->name, e));
        assert_ok(progression_lay(&p, &v, &four_four, &chord, 1, e));
        if (v.chords[chord].root != c->root)
            fail_msg("%s is played as %s", c->name, v.chords[chord].name);
        assert_int_equal(chord_rotate(v.chords[chord].set, -c->root) & 0x18,
                         over & 0x18);
        progression_free(&p);
    }
}

/* One note in common is better than none, and no other better than some. */
static void test_last_resort(void **state) {
    (void)state;
    struct vocabulary v = {.encoding = ENCODING_ATTACK};
    struct progression p;
    uint8_t chord[48];
    static const char *const names[] = {"N.C.", "C7", "C", "Dm"};
    for (size_t i = 0; i < LENGTH(names); i++)
        music_class(&v, names[i], names[i]);
    assert_ok(progression_read(&p, "E | C#m | Bb", e));
    assert_ok(progression_lay(&p, &v, &four_four, chord, 48, e));
    assert_string_equal(v.chords[chord[0]].name, "C");   /* E alone */
    assert_string_equal(v.chords[chord[16]].name, "C");  /* E alone */
    assert_string_equal(v.chords[chord[32]].name, "Dm"); /* D and F */
    progression_free(&p);
}

static void check_not_laid(const char *text, const struct vocabulary *v,
                           const struct tune_header *h, const char *want) {
    struct progression p;
    struct err why = {0};
    uint8_t chord[64];
    memset(chord, 0xee, sizeof chord);
    assert_ok(progression_read(&p, text, e));
    assert_int_equal(progression_lay(&p, v, h, chord, 64, &why), -1);
    assert_int_equal(why.code, ERR_USAGE);
    assert_string_equal(why.text, want);
    for (int k = 0; k < 64; k++)
        assert_int_equal(chord[k], 0xee);
    progression_free(&p);
}

static void test_not_laid(void **state) {
    (void)state;
    struct vocabulary one = {.encoding = ENCODING_ATTACK};
    struct tune_header in_g = {16, 0, 4, 4, 7}, small = {2, 0, 2, 4, 0};
    music_class(&one, "N.C.", "N.C.");
    check_not_laid("C", &one, &in_g,
                   "chords: bar 1: the model knows nothing like C");
    music_class(&one, "C", "C");
    check_not_laid("C | C F#", &one, &in_g,
                   "chords: bar 2: the model knows nothing like F#");
    check_not_laid("| C | C #IV/IV |", &one, &in_g,
                   "chords: bar 2: the model knows nothing like #IV/IV (F#)");
    check_not_laid("C | C C | C C C", &one, &small,
                   "chords: bar 3: 3 chords in 2 steps");
}

/* ---- the key ---- */

static void test_key(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"Am F C G", "Am"},
        {"G C D G", "G"},
        {"D G A7 D", "D"},
        {"C G Am F", "C"},
        {"C", "C"},
        {"Cm", "Cm"},
        {"Dm G7 C", "C"},
        {"Dm7 G7 Cmaj7", "C"},
        {"Am D7 G", "G"},
        {"Em A7 D", "D"},
        {"Em D C B7", "Em"},
        {"Em D C D", "Em"},
        {"Em C G D", "Em"},
        {"Am Dm E7 Am", "Am"},
        {"am dm e7 am", "Am"},
        {"Am E7 | Am G | C G | Am E7 Am", "Am"},
        {"Gm F Eb D7", "Gm"},
        {"Dm C Bb A7", "Dm"},
        {"F#m D A E", "F#m"},
        {"Bm G D A", "Bm"},
        {"G Em C D7", "G"},
        {"G D Em C", "G"},
        {"A D E A", "A"},
        {"A7 D7 E7", "A"},
        {"F Bb C7 F", "F"},
        {"Bb F Gm Eb", "Bb"},
        {"Eb Ab Bb7 Eb", "Eb"},
        {"E7 A7 D7 G", "G"},
        {"| D | % | G | D | D | % | A7 | D |", "D"},
        {"| G | G D | Em | C D | G | G C | D7 | G |", "G"},
        /* modes, by their tonic */
        {"D C G D", "D"},
        {"A G D A", "A"},
        {"D C D C", "D"},
        {"Am G Am G", "Am"},
        {"Am D Am D", "Am"},
        {"Em A Em A", "Em"},
        {"Em D Em D", "Em"},
        /* fifths have no third */
        {"A5 G5 A5", "Am"},
        {"D5 G5 A5 D5", "D"},
        /* nothing is known of silence and of numerals */
        {"N.C. Am N.C. E7 Am N.C.", "Am"},
        {"I G D7 V", "G"},
        {"I vi IV V", "?"},
        {"N.C.", "?"},
    };
    for (size_t i = 0; i < LENGTH(list); i++) {
        struct progression p;
        char name[TUNE_KEY_NAME];
        assert_ok(progression_read(&p, list[i][0], e));
        tune_key_name(progression_key(&p), name);
        if (strcmp(name, list[i][1]) != 0)
            fail_msg("'%s' is in %s, wanted %s", list[i][0], name, list[i][1]);
        progression_free(&p);
    }
}

/* It moves with the chords. */
static void test_key_moves(void **state) {
    (void)state;
    static const char *const degrees[][2] = {{"I vi IV V7", "major"},
                                             {"I IV bVII I", "major"},
                                             {"i bVII bVI V7", "minor"},
                                             {"i iv v i", "minor"}};
    for (size_t d = 0; d < LENGTH(degrees); d++)
        for (int tonic = 0; tonic < 12; tonic++) {
            struct tune_header h = four_four;
            struct progression p;
            uint8_t chord[64];
            struct buf names = {0};
            int key = tonic + (degrees[d][1][1] == 'i' ? 12 : 0);
            h.key = key;
            assert_ok(progression_read(&p, degrees[d][0], e));
            assert_ok(progression_lay(&p, &all, &h, chord, 64, e));
            progression_free(&p);
            for (int bar = 0; bar < 4; bar++)
                buf_printf(&names, "%s ", all.chords[chord[16 * bar]].name);
            assert_ok(progression_read(&p, (const char *)names.data, e));
            assert_int_equal(progression_key(&p), key);
            progression_free(&p);
            buf_free(&names);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_a_bar),    cmocka_unit_test(test_bar_lines),
        cmocka_unit_test(test_repeats),      cmocka_unit_test(test_meters),
        cmocka_unit_test(test_steps),        cmocka_unit_test(test_names),
        cmocka_unit_test(test_numerals),     cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_long),
        cmocka_unit_test(test_any),          cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_fifths),       cmocka_unit_test(test_report),
        cmocka_unit_test(test_root_is_kept), cmocka_unit_test(test_last_resort),
        cmocka_unit_test(test_not_laid),     cmocka_unit_test(test_key),
        cmocka_unit_test(test_key_moves),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
