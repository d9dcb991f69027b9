/* ABC as it is written by people: what is read, and what is said about it.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "nott/base/file.h"
#include "score/abc_fields.h"
#include "score/abc_text.h"
#include "scores.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* ---- fields ---- */

static void test_meters(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int rc, beats, unit;
    } cases[] = {
        {"4/4", 0, 4, 4},       {"6/8", 0, 6, 8},
        {" 3/ 4", 0, 3, 4},     {"C", 0, 4, 4},
        {"C|", 0, 2, 2},        {"none", 0, 0, 0},
        {"", 0, 0, 0},          {"2+3/8", 0, 5, 8},
        {"(2+3)/8", 0, 5, 8},   {"3 + 2 + 2/8", 0, 7, 8},
        {"255/64", 0, 255, 64}, {"1/1", 0, 1, 1},
        {"256/4", -1, 9, 9},    {"4/3", -1, 9, 9},
        {"4/128", -1, 9, 9},    {"0/4", -1, 9, 9},
        {"4", -1, 9, 9},        {"4/", -1, 9, 9},
        {"/4", -1, 9, 9},       {"jig", -1, 9, 9},
        {"-3/4", -1, 9, 9},     {"99999999999/4", -1, 9, 9},
        {"(", -1, 9, 9},        {"128+128/4", -1, 9, 9},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct score_meter m = {9, 9};
        int rc = abc_fields_meter(cases[i].text, &m);
        if (rc != cases[i].rc || m.beats != cases[i].beats ||
            m.unit != cases[i].unit)
            fail_msg("'%s' is %d/%d (%d)", cases[i].text, m.beats, m.unit, rc);
    }
}

static void test_units(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t unit; /* 0 = none */
    } cases[] = {
        {"1/8", SCORE_WHOLE / 8},
        {"1", SCORE_WHOLE},
        {" 1/16", SCORE_WHOLE / 16},
        {"3/8", 3 * SCORE_WHOLE / 8},
        {"1/1024", SCORE_WHOLE / 1024},
        {"1/4 % so", SCORE_WHOLE / 4},
        {"2", 0},
        {"0/8", 0},
        {"", 0},
        {"1/0", 0},
        {"x", 0},
        {"-1/8", 0},
        {"1/2000", 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t unit = 7;
        int rc = abc_fields_unit(cases[i].text, &unit);
        assert_int_equal(rc, cases[i].unit ? 0 : -1);
        assert_int_equal(unit, cases[i].unit ? cases[i].unit : 7);
    }
}

static void test_tempos(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double quarters; /* 0 = none */
    } cases[] = {
        {"1/4=120", 120},
        {"3/8=120", 180},
        {"1/2 = 60", 120},
        {"120", 60},
        {"C=60", 30},
        {"C3=40", 60},
        {"c2=60", 60},
        {"L2=60", 60},
        {"\"Allegro\" 1/4=100", 100},
        {"1/4=100 \"Allegro\"", 100},
        {"1/4=100.5", 100.5},
        {"1/4 3/8 1/4=40", 140},
        {"1/4=1000", 1000},
        {"\"Lively\"", 0},
        {"", 0},
        {"1/4=", 0},
        {"1/4=0", 0},
        {"1/4=3", 0},
        {"1/4=10001", 0},
        {"1/4=nan", 0},
        {"1/4=inf", 0},
        {"1/4=-60", 0},
        {"1/0=60", 0},
        {"\"open 1/4=60", 0},
        {"C65=60", 30},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double quarters = 7;
        int rc = abc_fields_tempo(cases[i].text, SCORE_WHOLE / 8, &quarters);
        if (rc != (cases[i].quarters > 0 ? 0 : -1) ||
            quarters != (rc ? 7 : cases[i].quarters))
            fail_msg("'%s' is %g (%d)", cases[i].text, quarters, rc);
    }
}

/* Tonic, mode and signature; "octave N" behind it where notes are moved, "-"
 * where the field says nothing of a key. */
static void check_key(const char *text, const char *want) {
    struct score_key k = {.letter = 3};
    struct buf b = {0};
    int has_key, octave;
    abc_fields_key(text, &k, &has_key, &octave);
    if (has_key)
        scores_key(&b, &k);
    else {
        assert_int_equal(k.letter, 3);
        buf_printf(&b, "-");
    }
    if (octave)
        buf_printf(&b, " octave %d", octave);
    scores_check(&b, want, text);
}

/* Every tonic with every spelling of every mode. */
static void test_all_keys(void **state) {
    (void)state;
    static const char *const spelt[SCORE_MODES][6] = {
        {"", "maj", " Major", "ion", " IONIAN", "MAJ"},
        {"dor", " Dorian", "Dor", "DOR", "dorian", "  dor"},
        {"phr", " Phrygian", "Phr", "PHR", "phrygian", "\tphr"},
        {"lyd", " Lydian", "Lyd", "LYD", "lydian", " lyd"},
        {"mix", " Mixolydian", "Mix", "MIX", "mixolydian", " mixo"},
        {"m", " minor", "min", "Aeo", " m", "M"},
        {"loc", " Locrian", "Loc", "LOC", "locrian", " loc"},
    };
    for (int mode = 0; mode < SCORE_MODES; mode++)
        for (int sharps = -7; sharps <= 7; sharps++)
            for (int i = 0; i < 6; i++) {
                struct score_key k =
                    score_key_of(sharps, (enum score_mode)mode);
                struct buf b = {0};
                char text[40];
                snprintf(text, sizeof text, "%c%s%s", "CDEFGAB"[k.letter],
                         k.alter > 0   ? "#"
                         : k.alter < 0 ? "b"
                                       : "",
                         spelt[mode][i]);
                scores_key(&b, &k);
                check_key(text, (const char *)b.data);
                buf_free(&b);
            }
}

static void test_keys(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "none"},
        {"none", "none"},
        {"NONE", "none"},
        {"HP", "Amixolydian#C#F"},
        {"Hp", "Amixolydian#C#F"},
        {"D exp ^f", "Dmajor#F"},
        {"D exp _b _e ^f", "DmajorbE#FbB"},
        {"D =c", "Dmajor#F"},
        {"Ddor =c", "Ddorian"},
        {"D Phr ^f", "DphrygianbE#FbB"},
        {"Am ^g", "Aminor#G"},
        {"G ^c _b", "Gmajor#C#FbB"},
        {"A exp ^c =f", "Amajor#C"},
        {"exp ^^f __B", "none##FbbB"},
        {"G# ^^f", "none#C#D#E##F#G#A#B"},
        {"G clef=treble", "Gmajor#F"},
        {"G treble", "Gmajor#F"},
        {"D stafflines=5 clef=treble", "Dmajor#C#F"},
        {"clef=bass", "-"},
        {"treble-8", "- octave -1"},
        {"C octave=-1", "Cmajor octave -1"},
        {"C octave=2", "Cmajor octave 2"},
        {"C octave=9", "Cmajor"},
        {"C clef=treble+8", "Cmajor octave 1"},
        {"G clef=bass-8 octave=2", "Gmajor#F octave 1"},
        {"F#m", "Fminor"},
        {"Bb", "BbmajorbEbB"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        if (strcmp(cases[i][0], "F#m") == 0)
            check_key("F#m", "F#minor#C#F#G");
        else
            check_key(cases[i][0], cases[i][1]);
}

static void test_parts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"AABB", "AABB"},
        {"A2B", "AAB"},
        {"(AB)2C", "ABABC"},
        {"A.B2.A", "ABBA"},
        {"((AB)2C)2", "ABABCABABC"},
        {"", ""},
        {"A B", "AB"},
        {"A0B", "AB"},
        {"(A)3", "AAA"},
        {"A-B", NULL},
        {"A)", NULL},
        {"((((((((A))))))))", "A"},
        {"(((((((((A", NULL},
        {"A50A50A27", "*"},
        {"A100A28", NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char out[128] = "";
        int rc = abc_fields_parts(cases[i][0], out, sizeof out);
        assert_int_equal(rc, cases[i][1] ? 0 : -1);
        if (cases[i][1] && cases[i][1][0] == '*')
            assert_int_equal(strlen(out), 127);
        else if (cases[i][1])
            assert_string_equal(out, cases[i][1]);
    }
}

/* ---- texts ---- */

static void test_texts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"  The Kesh \t ", "The Kesh"},
        {"Caf\\'e \\`a \\\"o \\^u \\~n", "Café à ö û ñ"},
        {"\\cc\\vs\\uG\\ra\\/o\\HO\\aa\\DH\\dh\\TH\\th", "çšĞåøŐåÐðÞþ"},
        {"\\ss \\ae \\AE \\AA", "ß æ Æ Å"},
        {"&eacute;&amp;&lt;&quot;&nbsp;&rsquo;", "é&<\" ’"},
        {"&#233;&#xe9;&#x1D11E;", "éé𝄞"},
        {"\\u00e9\\u266D\\u00E9", "é♭é"},
        {"Caf\xe9 \xc3\xa9", "Café é"},
        {"Tom\x92s", "Tom’s"},
        {"\xc3", "Ã"},
        {"\xff\xfe", "ÿþ"},
        {"\xed\xa0\x80x", "x"},
        {"\xc0\xaf", "À¯"},
        {"\\u00", "\\u00"},
        {"\\", "\\"},
        {"a\\\\'e \\% \\&amp; 50%", "a\\'e % &amp; 50%"},
        {"&", "&"},
        {"&#;&#x;&#1", "&#;&#x;&#1"},
        {"&unknown; &eacute", "&unknown; &eacute"},
        {"a\x1b[2Jb\x7f\x01", "a [2Jb"},
        {"&#27;&#0;x&#x110000;y&#xd800;z", "x y z"},
        {"\\q\\'q", "\\q\\'q"},
        {"\xe2\x99", "â™"},
        {"\\u0020\\u0020x", "x"},
    };
    char out[128];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct buf b = {0};
        abc_text_decode(out, sizeof out, cases[i][0], strlen(cases[i][0]));
        buf_add(&b, out, strlen(out));
        scores_check(&b, cases[i][1], cases[i][0]);
    }
    /* Cut between letters; a NUL is a blank; nothing beyond n. */
    abc_text_decode(out, 4, "abcdef", 6);
    assert_string_equal(out, "abc");
    abc_text_decode(out, 4, "ab\xc3\xa9", 4);
    assert_string_equal(out, "ab");
    abc_text_decode(out, 5, "ab\xe9", 3);
    assert_string_equal(out, "abé");
    abc_text_decode(out, 1, "abc", 3);
    assert_string_equal(out, "");
    abc_text_decode(out, 9, "a\0b", 3);
    assert_string_equal(out, "a b");
    abc_text_decode(out, 9, "a\\'e", 3);
    assert_string_equal(out, "a\\'");
    abc_text_decode(out, 9, "", 0);
    assert_string_equal(out, "");
}

/* ---- the book ---- */

/* "NUMBER@LINE ..." of all tunes, or the error. */
static void check_book(const char *text, size_t n, const char *want) {
    struct abc_book book;
    struct err e = {0};
    struct buf b = {0};
    if (abc_open(&book, text, n, &e) == 0) {
        assert_int_equal(book.header, book.tunes[0].from);
        for (size_t i = 0; i < book.count; i++) {
            buf_printf(&b, "%s%ld@%d", i ? " " : "", book.tunes[i].number,
                       book.tunes[i].line);
            assert_int_equal(book.tunes[i].to,
                             i + 1 < book.count ? book.tunes[i + 1].from : n);
        }
        abc_close(&book);
    } else {
        assert_int_equal(e.code, ERR_FORMAT);
        buf_printf(&b, "%s", e.text);
    }
    assert_null(book.tunes);
    assert_int_equal(book.count, 0);
    scores_check(&b, want, text);
}

static void test_book(void **state) {
    (void)state;
    static const char no[] = "no tune in it: none begins with X:";
    static const char *const cases[][2] = {
        {"X:1\nK:C\nA|\n", "1@1"},
        {"\xef\xbb\xbfX:7\nK:C\nA|\n", "7@1"},
        {"X:1\rK:C\rA|\r\rX:2\rK:C\rA|", "1@1 2@5"},
        {"X:1\r\nK:C\r\nA|\r\n\r\nX:2\r\nK:C\r\n", "1@1 2@5"},
        {"X: 12 \nK:C\nA|", "12@1"},
        {"X:\nX:x\nX:0\nX:123456789\nX:1234567890", "-1@1 -1@2 0@3 123456789@4 "
                                                    "123456789@5"},
        {"X:1\nK:C\nA|\nX:1\nK:C\nA|", "1@1 1@4"},
        {"  X:3\nK:C\n", "3@1"},
        {"hello\n\nX:4\nK:C\n", "4@3"},
        {"T:a\nK:C\nA|\nT:b\n", "-1@1"},
        {"%abc\n\nM:4/4\nK:C\nABc|", "-1@3"},
        {"K:C\nA|", "-1@1"},
        {"", no},
        {"ABC|", no},
        {"\xef\xbb\xbf", no},
        {"w:do re mi\n", no},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_book(cases[i][0], strlen(cases[i][0]), cases[i][1]);
}

static void test_is_text(void **state) {
    (void)state;
    assert_int_equal(abc_is_text("X:1\nK:C\n", 8), 1);
    assert_int_equal(abc_is_text("hi\r\rT:x\rK:C", 11), 1);
    assert_int_equal(abc_is_text("\xef\xbb\xbfX:1", 6), 1);
    assert_int_equal(abc_is_text("%abc-2.1\n", 9), 1);
    assert_int_equal(abc_is_text("T:x\nA|", 6), 0);
    assert_int_equal(abc_is_text("", 0), 0);
    assert_int_equal(abc_is_text("MThd\0\0\0\6X:1", 11), 0);
    assert_int_equal(abc_is_text("X:1\n\0", 5), 0);
    assert_int_equal(abc_is_text("from X:1", 8), 0);
}

/* ---- notes, as they are played ---- */

static const struct {
    const char *text, *played;
} played[] = {
    {"^CCDC|C2DC|", "C#4 C#4 D4 C#4 C4:2 D4 C4"},
    {"^^C__DC=D|=C_Bb^B|", "D4 C4 D4 D4 C4 A#4 A#5 C5"},
    {"|:^CD|1C^D:|2DD|]", "C#4 D4 C4 D#4 C#4 D4 D4 D4"},
    {"K:G\nFF=FF|F^FF=F|", "F#4 F#4 F4 F4 F#4 F#4 F#4 F4"},
    {"^Cc|", "C#4 C#5"},
    {"^Cc=cC|c^cc'C,|", "C#4 C#5 C5 C4 C5 C#5 C#6 C#3"},
    {"|:^CD:|CD|", "C#4 D4 C#4 D4 C4 D4"},
    {"^c4-|cdcd|", "C#5:5 D5 C5 D5"},
    {"A``B`c d|", "A4 B4 C5 D5"},
    {"AB|\nN:A note|\nR:jig\nr:remark ABC\nQ:1/8=200\nT:Second title\ncd|",
     "A4 B4 C5 D5"},
    {"A>BA<B|A>>BA<<B|A>>>BA<<<B|",
     "A4:1.5 B4:0.5 A4:0.5 B4:1.5 A4:1.75 B4:0.25 A4:0.25 B4:1.75 A4:1.875 "
     "B4:0.125 A4:0.125 B4:1.875"},
    {"A>B>c>d|", "A4:1.5 B4:0.5 C5:1.5 D5:0.5"},
    {"R:hornpipe\nK:C\nA2B2 AB c2|A>B|", "A4:2 B4:2 A4 B4 C5:2 A4:1.5 B4:0.5"},
    {"A2>B2 A/>B/ A > B|", "A4:3 B4 A4:0.75 B4:0.25 A4:1.5 B4:0.5"},
    {"A>z z<A [CE]>G {c}A>{d}B|",
     "A4:1.5 z A4:1.5 C4+E4:1.5 G4:0.5 A4:1.5 B4:0.5"},
    {"[CEG]2[CEG]/2[C2E2G2]|[C2E2]2[CE]|",
     "C4+E4+G4:2 C4+E4+G4:0.5 C4+E4+G4:2 C4+E4:4 C4+E4"},
    {"[^C=EG]C E|[CE]|", "C#4+E4+G4 C#4 E4 C4+E4"},
    {"\"[G\"A\"(A)\"B\"|:\"c\":|\"d|", "A4 B4 C5 D5"},
    {"\"G\"A\"^above\"B\"_below\"c\"<left\"d|\">right\"A\"@1,2 "
     "at\"B\"Am7/E\"c\"D;E\"d|",
     "A4 B4 C5 D5 A4 B4 C5 D5"},
    {"[C2E4]G2[CE]|", "C4+E4:2 G4:2 C4+E4"},
    {"AB%cd|\n% ABC\n  % ABC\ncd|%%ABC\n%%vskip 1\n%%text ABC\nef|",
     "A4 B4 C5 D5 E5 F5"},
    {"AB\\\ncd|\\\nef\\ % comment\nga|", "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"AB\\\nM:6/8\ncd|", "A4 B4 C5 D5"},
    {"!f![CE]~[DF].[EG](3.A.B.c|",
     "C4+E4 D4+F4 E4+G4 A4:0.6667 B4:0.6667 C5:0.6667"},
    {".A~BHcLd|MAOBPcSd|TAuBvcd|", "A4 B4 C5 D5 A4 B4 C5 D5 A4 B4 C5 D5"},
    {"!trill!A!fermata!B!>!c!<(!d|!p!A!crescendo(!B!1!c!D.C.!d|",
     "A4 B4 C5 D5 A4 B4 C5 D5"},
    {"\"G\"!p!.{c}^A \"D\"~=B,2|", "A#4 B3:2"},
    {"I:decoration +\nK:C\n+trill+A+p+B+>+c+1+d|", "A4 B4 C5 D5"},
    {"U:n=!p!\nU:m = !f!\nU:W=\"^text\"\nU:T=!nil!\nK:C\nnAmBWc|TA|",
     "A4 B4 C5 A4"},
    {"A\"50\\% of B\"B|", "A4 B4"},
    {"{g}A {/g}B {gef}c2 {g2}d {a}{b}e|A{g}|B|", "A4 B4 C5:2 D5 E5 A4 B4"},
    {"A[M:3/4]B[Q:1/4=100]c[r:remark | A]d[N:note]e[I:x y]f[R:reel]g|",
     "A4 B4 C5 D5 E5 F5 G5"},
    {"I:abc-charset utf-8\nI:abc-version 2.1\nK:C\nAB|\nI:MIDI program "
     "20\n[I:score 1]cd|",
     "A4 B4 C5 D5"},
    {"A4A3A2A|A/2A/A/4A//A3/2A3/4A/2A/8A16|",
     "A4:4 A4:3 A4:2 A4 A4:0.5 A4:0.5 A4:0.25 A4:0.25 A4:1.5 A4:0.75 A4:0.5 "
     "A4:0.125 A4:16"},
    {"I:linebreak !\nK:C\nABcd!\nefga!|b|", "A4 B4 C5 D5 E5 F5 G5 A5 B5"},
    {"AB|cd!\nef|ga|!\nb|", "A4 B4 C5 D5 E5 F5 G5 A5 B5"},
    {"I:linebreak $\nK:C\nAB$cd|", "A4 B4 C5 D5"},
    {"X:1\nT:Case\nM:4/4\nK:C\nAB|\nM:2/4\nABAB|[M:6/8]ABc|",
     "A4 B4 A4 B4 A4 B4 A4 B4 C5"},
    {"C,,C,Cc c'c''B,b|C',c,|", "C2 C3 C4 C5 C6 C7 B3 B5 C4 C4"},
    {"ABcd & CDEF|efga|", "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"Az B2|x2A2|z/2A/2z3|A|", "A4 z B4:2 z:2 A4:2 z:0.5 A4:0.5 z:3 A4"},
    {"A8|Z|B8|Z2|c8|", "A4:8 z:8 B4:8 z:16 C5:8"},
    {"AyBy2c y10d|", "A4 B4 C5 D5"},
    {"AB|\n%%begintext\nABC|\n%%ABC\n%%endtext\ncd|", "A4 B4 C5 D5"},
    {"A-A A-|A- A2-|A2B2-B2|", "A4:2 A4:6 B4:4"},
    {"[CE]-[CE] [CEG]2-|[CEG]2|", "C4+E4:2 C4+E4+G4:4"},
    {"A-B A-c|", "A4 B4 A4 C5"},
    {"(A-A)B (AB)c ((AB)c)|.(AB)|", "A4:2 B4 A4 B4 C5 A4 B4 C5 A4 B4"},
    {"A2-\"D\"A2-\"G\"|\"C\"A4|", "A4:8"},
    {"(3A>Bc d|", "A4 B4:0.3333 C5:0.6667 D5"},
    {"X:1\nT:Case\nM:6/8\nL:1/8\nK:C\n(5ABcde A3|(2AB A3|(9ABcdefgab|",
     "A4:0.6 B4:0.6 C5:0.6 D5:0.6 E5:0.6 A4:3 A4:1.5 B4:1.5 A4:3 A4:0.3333 "
     "B4:0.3333 C5:0.3333 D5:0.3333 E5:0.3333 F5:0.3333 G5:0.3333 A5:0.3333 "
     "B5:0.3333"},
    {"(5ABcde (7ABcdefg|",
     "A4:0.4 B4:0.4 C5:0.4 D5:0.4 E5:0.4 A4:0.2857 B4:0.2857 C5:0.2857 "
     "D5:0.2857 E5:0.2857 F5:0.2857 G5:0.2857"},
    {"(3AzB (3[CE]GA (3{c}ABc (3(ABc)|",
     "A4:0.6667 z:0.6667 B4:0.6667 C4+E4:0.6667 G4:0.6667 A4:0.6667 A4:0.6667 "
     "B4:0.6667 C5:0.6667 A4:0.6667 B4:0.6667 C5:0.6667"},
    {"(3:2ABc (3:2:2A2B (3::2A2B (3:2:4AB/c/d (5:4:5ABcde|",
     "A4:0.6667 B4:0.6667 C5:0.6667 A4:1.333 B4:0.6667 A4:1.333 B4:0.6667 "
     "A4:0.6667 B4:0.3333 C5:0.3333 D5:0.6667 A4:0.8 B4:0.8 C5:0.8 D5:0.8 "
     "E5:0.8"},
    {"(3A2B2c2 (3A/B/c/ (3 ABc|",
     "A4:1.333 B4:1.333 C5:1.333 A4:0.3333 B4:0.3333 C5:0.3333 A4:0.6667 "
     "B4:0.6667 C5:0.6667"},
    {"(3ABc (2AB (4ABcd (6ABcABc|",
     "A4:0.6667 B4:0.6667 C5:0.6667 A4:1.5 B4:1.5 A4:0.75 B4:0.75 C5:0.75 "
     "D5:0.75 A4:0.3333 B4:0.3333 C5:0.3333 A4:0.3333 B4:0.3333 C5:0.3333"},
    {"[V:1]^CD|CD|\n[V:2]EF|\n[V:1]CD|", "C#4 D4 C4 D4 C4 D4"},
    {"V:T1 clef=treble name=\"Tune ABC\"\nV:B clef=bass\n%%score T1 "
     "B\nK:C\n[V:T1]ABcd|\n[V:B]CDEF|\n[V:T1]efga|",
     "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"[V:1]ABcd|\n[V:2]CDEF|\n[V:1]efga|\n[V:2]CDEF|",
     "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"V:1\nABcd|\nV:2\nCDEF|\nV:1\nefga|\nV:2\nCDEF|",
     "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"V:1\nABcd|\nefga|", "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"ABcd|\nw:do re mi fa|so ABC\nw:do-re_* ~mi\nefga|\nW:After the tune ABC|",
     "A4 B4 C5 D5 E5 F5 G5 A5"},
    {"ABcd|\nw:do re\n+:mi fa\ns:!p! * !f!\nefga|", "A4 B4 C5 D5 E5 F5 G5 A5"},
    /* the default of the unit length */
    {"X:1\nM:2/4\nK:C\nA|", "A4:0.5"},
    {"X:1\nM:3/4\nK:C\nA|", "A4"},
    {"X:1\nM:5/8\nK:C\nA|", "A4:0.5"},
    {"X:1\nM:6/8\nK:C\nA|", "A4"},
    {"X:1\nM:C\nK:C\nA|", "A4"},
    {"X:1\nM:none\nK:C\nA|", "A4"},
    {"X:1\nK:C\nA|", "A4"},
    {"X:1\nL:1/4\nM:2/4\nK:C\nA|", "A4:2"},
    {"X:1\nL:1\nK:C\nA|", "A4:8"},
    /* keys and octaves */
    {"K:Hp\nFc|", "F#4 C#5"},
    {"K:D exp _b _e ^f\nBcefb|", "A#4 C5 D#5 F#5 A#5"},
    {"K:C octave=-1\nC[K:G]F|", "C3 F#4"},
    {"K:G clef=treble-8\nF|", "F#3"},
    /* around the tune */
    {"\xef\xbb\xbfX:1\nK:C\nA|", "A4"},
    {"X:1\rK:C\rA|\rB|", "A4 B4"},
    {"X:1\r\nK:C\r\nA|\r\nB|", "A4 B4"},
    {"X:1\nK:C\nA|B", "A4 B4"},
    {"X:1\nA|B|", "A4 B4"},
    {"T:x\nK:C\nA|", "A4"},
    {"<html><pre>\nX:1\nK:C\nA|\n</pre><p>A dance</p>", "A4"},
    {"X:1\nK:C\nA|\n\nB|\n\nABC some text, Dear Bee\nC|", "A4 B4"},
    {"%abc\nM:2/4\nL:1/4\nO:x\n\nX:1\nK:C\nA|", "A4:2"},
    {"X:1\nR:reel\nH:History ABC|\nN:|:AB:|\nL:1/8\nM:C|\nK:C\n\tA |", "A4"},
    {"AB#c|e?f;g|", "A4 B4 C5 E5 F5 G5"},
    /* a rest of bars of the meter */
    {"M:6/8\nK:C\nA6|Z|B6|X2|c6|", "A4:6 z:6 B4:6 z:12 C5:6"},
    {"[M:none]Z2|A|", "z:16 A4"},
    /* lengths to the longest and the shortest */
    {"A512|", "A4:512"},
    {"A1023/512|", "A4:1.998"},
    {"A/4096|", "A4:0.0001984"},
    {"A10081/10080|", "A4:1"},
};

static void test_played(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(played); i++)
        scores_check_played(played[i].text, played[i].played);
}

/* ---- what is written ---- */

static const struct {
    const char *text, *written;
} written[] = {
    /* accidentals as they are shown */
    {"K:D\n^f=f_ff^^F__B|", "^F#5 ^F5 ^Fb5 Fb5 ^F##4 ^Bbb4 |"},
    {"^3/2c_/d^_e|", "^C#5 ^Db5 ^E5 |"},
    {"^c-|c c|", "^C#5- | C#5 C5 |"},
    {"^c-|{c}d|", "^C#5 | {C5} D5 |"},
    {"^c-|z c|", "^C#5 | z C5 |"},
    {"%%propagate-accidentals octave\n^c C c C|", "^C#5 ^C4 ^C#5 ^C4 |"},
    /* grace notes */
    {"{g}A{/c^d}B{[ce]f2z}c", "{G5} A4 {C5} {^D#5} B4 {C5+E5} {F5} C5 |"},
    {"A{g}|{a}\nB|", "A4 {G5} | {A5} B4 |"},
    {"{g\nA|", "{G5} A4 |"},
    /* tuplets */
    {"(3ABc|", "(3:2:3 A4:2/3 B4:2/3 C5:2/3 |"},
    {"(3::2A2B (5:4:2AB|", "(3:2:2 A4:4/3 B4:2/3 (5:4:2 A4:4/5 B4:4/5 |"},
    {"(3A{b}z[ce]|", "(3:2:3 A4:2/3 {B5} z:2/3 C5+E5:2/3 |"},
    {"(3A(3Bcd|", "(3:2:3 A4:2/3 (3:2:3 B4:2/3 C5:2/3 D5:2/3 |"},
    {"M:6/8\nK:C\n(2AB(9A|", "(2:3:2 A4:3/2 B4:3/2 (9:3:9 A4:1/3 |"},
    {"(10:9A(1B(0c(3:100:2d|", "(10:9:10 A4:9/10 B4:9/10 C5:9/10 D5:9/10 |"},
    {"M:6/8\nK:C\n(2A>>B|", "(2:3:2 A4:21/8 B4:3/8 |"},
    {"A/10080>A/10080|", "A4:1/10080 A4:1/10080 |"},
    /* ties */
    {"A-A A-B A - A|", "A4- A4 A4 B4 A4- A4 |"},
    {"A-|A-", "A4- | A4 |"},
    {"[CE]-[CG] [C-E]E|", "C4+E4- C4+G4 C4+E4- E4 |"},
    {"A-{b}A-\"D\"A|", "A4- {B5} A4- \"D\" A4 |"},
    {".A-.A .A-A|", "A4 A4 A4- A4 |"},
    {"A-zA-[K:D]A|", "A4 z A4- K:Dmajor#C#F A4 |"},
    {"^c-_d|", "^C#5- ^Db5 |"},
    /* chords */
    {"[CE2G]2[C/]|", "C4+E4+G4:2 C4:1/2 |"},
    {"[CDEFGABc^de]d|", "C4+D4+E4+F4+G4+A4+B4+C5 D5 |"},
    {"[!p!C~E(G)]|", "C4+E4+G4 |"},
    {"[C]A|", "C4 A4 |"},
    /* rests */
    {"z2xX|Z2|Ay3|", "z:2 x x:8 | z:8 | z:8 | A4 |"},
    /* symbols and annotations */
    {"\"G\"A\"^x\"B\"_G\"c\"<G\"d\">G\"e\"@G\"f\"Am7/E\"g|",
     "\"G\" A4 B4 C5 D5 E5 F5 \"Am7/E\" G5 |"},
    {"\"D;E\"A\"G(Em)\"B\"C, F\"c\"N.C.\"d\"\"e|",
     "\"D\" A4 \"G\" B4 \"C\" C5 \"N.C.\" D5 E5 |"},
    {"\"F&#35;m\"B|", "\"F#m\" B4 |"},
    {"\"H\"A\"H(tr)\"B\"Hm\"c\"^N.C.\"d|", "A4 B4 \"Hm\" C5 \"N.C.\" D5 |"},
    {"\"Fine\"A|\"D\"|\"E\"|B|", "A4 | \"D\" \"E\" B4 |"},
    /* bars */
    {"|A|B||c|]", "A4 | B4 || C5 |]"},
    {"|:A:|B::c:|]", "|: A4 :| B4 :|: C5 :|]"},
    {"|:A:||:B:|\n|:c:|", "|: A4 :||: B4 :|: C5 :|"},
    {"|::A::|B|", "|: A4 ::| B4 |"},
    {"[|A|B[|]c|||", "A4 | B4 |] C5 ||"},
    {"A|||:B|]|c|||]", "A4 ||: B4 |] C5 |]"},
    {"A | | B || |: c :| |", "A4 | B4 ||: C5 :|"},
    {"::A:|", ":|: A4 :|"},
    {"||:A:|", "||: A4 :|"},
    {"|A|{b}|B|", "A4 | {B5} | B4 |"},
    {"|:|]A|", "|]: A4 |"},
    /* endings */
    {"|:A|1B:|2c|]", "|: A4 | [1 B4 :| [2 C5 |]"},
    {"|:A|[1,3B:|[2c:|[4-6d|]", "|: A4 | [1,3 B4 :| [2 C5 :| [4,5,6 D5 |]"},
    {"|:A [1 B:|[2 c|[0 d|[17 e|", "|: A4 [1 B4 :| [2 C5 | D5 | E5 |"},
    {"A|:1B:|2c|", "A4 |: [1 B4 :| [2 C5 |"},
    /* changes */
    {"A[K:D]f[K:D]g[K:Am]f[K:none]c[K:]d[K:clef=bass]e|",
     "A4 K:Dmajor#C#F F#5 G5 K:Aminor F5 C5 D5 E5 |"},
    {"A[K:none ^f]f\nK:none\nf|", "A4 K:none#F F#5 K:none F5 |"},
    {"A[M:6/8][M:6/8]B\nM:C|\nc[M:x]d[M:none]e|",
     "A4 M:6/8 B4 M:2/2 C5 D5 M:0/0 E5 |"},
    {"A[Q:1/4=100]B\nQ:60\nc[Q:\"slow\"]d|", "A4 Q:100 B4 Q:30 C5 D5 |"},
    {"A|\nP:B\n[P:C x]B|", "A4 | P:B P:C x B4 |"},
    {"A|\nL:1/4\nA[L:1/16]A[L:3]A|", "A4 | A4:2 A4:1/2 A4:1/2 |"},
    {"[r:x]A[I:x]B[N:x|]c[w:y]|", "A4 B4 C5 |"},
    /* what is left out */
    {"A & C|B&c|", "A4 | B4 |"},
    {"[V:1]A|\nV:2\nC|[V:1]B|[V:*]c|[V:3]D|", "A4 | B4 | C5 |"},
    {"!trill!A+p+B!\nc|d!\ne|", "A4 B4 C5 | D5 E5 |"},
    {"ABc%def\n% ABC\nd|\n%%begintext\nABC|\n%%endtext\ne|",
     "A4 B4 C5 D5 | E5 |"},
    {"A|\nw:do re\n+:mi\nW:words\ns:!p!\nB|", "A4 | B4 |"},
    {"A\\\nB|", "A4 B4 |"},
    {"A|\nT:New\nB|\nC:|D:|", "A4 | B4 | C4 :| D4 :|"},
};

static void test_written(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(written); i++)
        scores_check_written(written[i].text, written[i].written);
}

/* ---- the header ---- */

static void test_header(void **state) {
    (void)state;
    struct score s = scores_read(
        "X:3\nT:  The K\\'esh &amp; \\\\ 50\\% % so\nT:Second\nC:Trad.\n"
        "C:Nobody\nR:slip jig \nM:9/8\nQ:3/8=100\nP:A2(AB)2\nK:Edor\nT:x\nA|");
    assert_string_equal(s.title, "The Késh & \\ 50%");
    assert_string_equal(s.composer, "Trad.");
    assert_string_equal(s.rhythm, "slip jig");
    assert_string_equal(s.parts, "AAABAB");
    assert_int_equal(s.meter.beats, 9);
    assert_int_equal(s.meter.unit, 8);
    assert_true(s.tempo == 150);
    assert_int_equal(s.key.letter, 2);
    assert_int_equal(s.key.mode, SCORE_DORIAN);
    assert_int_equal(s.items[0].line, 12);
    assert_int_equal(s.items[0].column, 1);
    assert_int_equal(s.items[1].column, 2);
    score_free(&s);
    s = scores_read("X:1\nK:\nA|\nC:Trad\n");
    assert_string_equal(s.title, "");
    assert_string_equal(s.composer, "Trad");
    assert_int_equal(s.key.letter, -1);
    assert_int_equal(s.meter.unit, 0);
    assert_true(s.tempo == 0);
    score_free(&s);
    s = scores_read("X:1\nT:&#32;x\nR:\nR:reel\nM:\nP:A+\nQ:x\nK:C\nA|");
    assert_string_equal(s.title, "x");
    assert_string_equal(s.rhythm, "reel");
    assert_string_equal(s.parts, "");
    score_free(&s);
    /* A title that is too long is cut between letters. */
    struct buf b = {0};
    buf_printf(&b, "X:1\nT:xx");
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "é");
    buf_printf(&b, "\nK:C\nA|");
    s = scores_read((const char *)b.data);
    assert_int_equal(strlen(s.title), 126);
    score_free(&s);
    buf_free(&b);
}

/* Fields before the first tune are for all, those of a tune for it alone. */
static void test_tunes(void **state) {
    (void)state;
    static const char text[] =
        "M:3/4\nL:1/4\nC:Trad.\nT:not this\nK:D\n\n"
        "X:1\nT:One\nM:2/4\nK:C\nc|\n\nX:2\nT:Two\nL:1/8\nK:G\nf|\n";
    static const char *const want[] = {"One Trad. 2/4 C5:2 |",
                                       "Two Trad. 3/4 F#5 |"};
    for (size_t i = 0; i < 2; i++) {
        struct score s;
        struct buf b = {0};
        assert_int_equal(scores_try(&s, text, strlen(text), i, NULL, NULL), 0);
        buf_printf(&b, "%s %s %d/%d ", s.title, s.composer, s.meter.beats,
                   s.meter.unit);
        scores_text(&s, &b);
        scores_check(&b, want[i], text);
        score_free(&s);
    }
}

/* ---- what is said ---- */

/* The text begins on line 5 where it has no header. */
static const struct {
    const char *text, *remarks;
} remarks[] = {
    {"A8|B8|]", ""},
    {"AB|c8|d8|e6||f2g8|", "5:18: bar 4 has 5 of 4/4\n"},
    {"A8|B7|c8|", "5:6: bar 2 has 3.5 of 4/4\n"},
    {"A8|B9|c7|\nd8|e7 f|",
     "5:6: bar 2 has 4.5 of 4/4\n5:9: bar 3 has 3.5 of 4/4\n"},
    {"|A8|B9|:c9||d7|",
     "5:7: bar 2 has 4.5 of 4/4\n5:11: bar 3 has 4.5 of 4/4\n"},
    {"A|", ""},
    {"A8@#?|", "5:3: '@' means nothing here, left out\n"},
    {">A8|", "5:1: '>' has no note before it, left out\n"},
    {"A8|<B8|", "5:4: '<' has no note before it, left out\n"},
    {"A>>>>>>B|", "5:2: '>' has no note before it, left out\n"},
    {"cA:B|", "5:3: ':' without a bar line, left out\n"},
    {"A^ |", "5:2: an accidental without a note, left out\n"},
    {"^/2A8|", "5:2: microtones are left out\n"},
    {"[A8|", "5:1: '[' begins nothing, left out\n"},
    {"[]A8|", "5:1: '[' begins nothing, left out\n"},
    {"[A=]8|", "5:3: '=' in a chord is left out\n"},
    {"(1A8|", "5:1: no tuplet is like this, left out\n"},
    {"\"A8|", "5:1: a quotation mark that is not closed, left out\n"},
    {"\"Gx\"A8|", "5:1: \"Gx\" is no chord that we know, left out\n"},
    {"\"Slowly\"\"x\"A8|", ""},
    {"A8&B8|c8&d8|", "5:3: a second voice after '&' is left out\n"},
    {"A8|\nV:1\nA8|\nV:2\nB8|\n[V:2]c8|",
     "8:1: of several voices the first is taken, \"1\"\n"},
    {"[V:a b]A8|[V:2]B8|",
     "5:11: of several voices the first is taken, \"a\"\n"},
    {"[M:x]A8|", "5:1: M: 'x' is no meter, left out\n"},
    {"[L:0]A8|", "5:1: L: '0' is no length, left out\n"},
    {"[Q:1/4=1]A8|", "5:1: Q: '1/4=1' is no tempo, left out\n"},
    {"[Q:fast]A8|", ""},
    {"P:A+\nK:C\nA8|", "4:1: P: 'A+' is no order of parts, left out\n"},
    {"!trill!.~A8{g}y\"^x\"|", ""},
    {"A8\x1b|", "5:3: '?' means nothing here, left out\n"},
    {"X:1\nL:1/8\nA|", "3:1: music before K:; the key is not known\n"},
    {"z|", "error 6:1: no notes\n"},
    {"{g}|", "error 6:1: no notes\n"},
    {"A|\nm:~g2 = g\n",
     "error 6:1: macros (m:) are not understood; write the notes\n"},
    {"m:~g2 = g\nK:C\nA|",
     "error 4:1: macros (m:) are not understood; write the notes\n"},
    {"m:~g2 = g\nX:1\nK:C\nA|",
     "error 1:1: macros (m:) are not understood; write the notes\n"},
    {"X:1\nK:C\n", "error 3:1: no notes\n"},
    {"A0|", "error 5:2: not a length\n"},
    {"A|\nBA/0|", "error 6:3: not a length\n"},
    {"A513|", "error 5:2: a note of this length cannot be written\n"},
    {"A/20000|", "error 5:2: a note of this length cannot be written\n"},
    {"z99999999999999999999|",
     "error 5:2: a note of this length cannot be written\n"},
    {"A512>B|", "error 5:5: a note of this length cannot be written\n"},
    {"[M:255/1]Z|A|", "error 5:10: a note of this length cannot be written\n"},
    {"A|B^^^c|", "error 5:4: no note is that high or low\n"},
    {"C,,,,,,|", "error 5:1: no note is that high or low\n"},
    {"g'''''''|", "error 5:1: no note is that high or low\n"},
    {"b''''|", "error 5:1: no note is that high or low\n"},
    {"[Ab'''']|", "error 5:3: no note is that high or low\n"},
    {"Z1001|", "error 5:1: more than 1000 bars of rest\n"},
    {"A8|Z500|Z500|Z|", "error 5:14: more than 1000 bars of rest\n"},
};

static void test_remarks(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(remarks); i++) {
        struct buf b = {0}, told = {0};
        struct score s;
        struct err e = {0};
        scores_whole(remarks[i].text, &b);
        if (scores_try(&s, b.data, b.len, 0, &told, &e)) {
            assert_int_equal(e.code, ERR_FORMAT);
            assert_null(s.items);
            buf_printf(&told, "error %s\n", e.text);
        } else {
            score_free(&s);
        }
        scores_check(&told, remarks[i].remarks, remarks[i].text);
        buf_free(&b);
    }
}

/* What is told of the text when there is room for so many bytes. */
static struct buf told_of(const char *text, size_t tune, size_t max) {
    struct buf told = {.max = max};
    struct score s;
    struct err e = {0};
    if (scores_try(&s, text, strlen(text), tune, &told, &e))
        fail_msg("%s", e.text);
    score_free(&s);
    return told;
}

#define ODD 2000 /* places, of which each is told in 40 bytes */

static void test_many_remarks(void **state) {
    (void)state;
    struct buf text = {0};
    char want[64], last[64];
    int lines = 0;
    buf_printf(&text, "X:1\nK:C\n");
    for (int i = 0; i < ODD; i++)
        buf_printf(&text, "@\n");
    buf_printf(&text, "A|\n");
    struct buf told = told_of((const char *)text.data, 0, 0);
    assert_in_range(told.len, ABC_MAX_REMARKS - 256, ABC_MAX_REMARKS);
    for (char *p = (char *)told.data, *end; (end = strchr(p, '\n'));
         p = end + 1, lines++)
        snprintf(last, sizeof last, "%.*s", (int)(end - p), p);
    snprintf(want, sizeof want, "%d:1: odd places from here on: %d", lines + 2,
             ODD - lines + 1);
    assert_string_equal(last, want);
    buf_free(&told);
    told = told_of((const char *)text.data, 0, ABC_LAST_REMARK);
    snprintf(want, sizeof want, "3:1: odd places from here on: %d\n", ODD);
    assert_string_equal((char *)told.data, want);
    buf_free(&told);
    buf_free(&text);
}

/* What is wrong before the first tune is told once, and holds for all. */
static void test_preface_remarks(void **state) {
    (void)state;
    static const char text[] = "M:x\nL:1/4\nM:6/8\nX:1\nK:C\nA3@|\n"
                               "\nX:2\nK:C\nA3|A|A3|\n";
    struct buf told = told_of(text, 0, 0);
    scores_check(&told,
                 "1:1: M: 'x' is no meter, left out\n"
                 "6:3: '@' means nothing here, left out\n",
                 "the first");
    told = told_of(text, 1, 0);
    scores_check(&told, "10:5: bar 2 has 2 of 6/8\n", "the second");
}

/* ---- memory ---- */

static const char rich[] =
    "X:1\nT:T\nC:C\nM:4/4\nL:1/8\nP:AB\nK:D\nP:A\n|:\"G\"{c}A#B[ce]2-[K:C]"
    "[M:3/4][Q:1/4=90](3ABc|1z2:|2x^F|]\nP:B\nA|B|c|\"D\"d|\"E\"e|A|B|c|"
    "A|B|c|d|e|f|g|a|A|B|c|d|e|f|g|a|A|B|c|d|e|f|g|a|X2|\n";

static void test_no_memory(void **state) {
    (void)state;
    int ended = !FAILING_WORKS;
    if (ended) {
        print_message("needs glibc or the address sanitizer\n");
        skip();
    }
    struct score whole = scores_read(rich);
    for (long n = 1; !ended; n++) {
        struct abc_book book;
        struct score s = {0};
        struct buf told = {0};
        struct err e = {0};
        failing_start(n, FAIL_ONCE);
        int rc = abc_open(&book, rich, strlen(rich), &e) ||
                 abc_read(&s, &book, 0, &told, &e);
        ended = !failing_stop();
        if (rc) {
            assert_false(ended);
            assert_int_equal(e.code, ERR_MEM);
            assert_null(s.items);
        } else {
            scores_same(&whole, &s, "memory");
        }
        assert_true(n < 50);
        abc_close(&book);
        buf_free(&told);
        score_free(&s);
    }
    score_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meters),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_tempos),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_book),
        cmocka_unit_test(test_is_text),
        cmocka_unit_test(test_played),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_tunes),
        cmocka_unit_test(test_remarks),
        cmocka_unit_test(test_many_remarks),
        cmocka_unit_test(test_preface_remarks),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
