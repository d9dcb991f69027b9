/* Pictures: sound XML, nothing missing, the same bytes every time.
 * SPDX-License-Identifier: MIT */
#include "learn/chart.h"
#include "nott/music/picture.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOW   55
#define PITCH 2 /* attack: the class of LOW */

/* ---- a little XML reader: balance, attributes, entities, characters ---- */

#define DEPTH 16
#define NAME  24

struct xml {
    const char *at;
    char open[DEPTH][NAME];
    int depth;
};

static void read_name(struct xml *x, char name[NAME]) {
    size_t n = strspn(x->at, "abcdefghijklmnopqrstuvwxyz-:ABCDEFGHIJKLMNOP"
                             "QRSTUVWXYZ0123456789");
    assert_in_range(n, 1, NAME - 1);
    memcpy(name, x->at, n);
    name[n] = 0;
    x->at += n;
}

static void read_entity(struct xml *x) {
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;",
                                        "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(x->at, known[i], strlen(known[i])) == 0) {
            x->at += strlen(known[i]);
            return;
        }
    fail_msg("bare ampersand: %.20s", x->at);
}

/* Text up to one of the characters in `stop`. */
static void read_text(struct xml *x, const char *stop) {
    while (*x->at && !strchr(stop, *x->at)) {
        assert_true((unsigned char)*x->at >= 0x20 || *x->at == '\n');
        assert_int_not_equal(*x->at, '<');
        if (*x->at == '&')
            read_entity(x);
        else
            x->at++;
    }
}

static void read_attributes(struct xml *x) {
    char name[NAME];
    while (*x->at == ' ') {
        x->at += strspn(x->at, " ");
        if (*x->at == '>' || *x->at == '/')
            return;
        read_name(x, name);
        assert_memory_equal(x->at, "=\"", 2);
        x->at += 2;
        read_text(x, "\"");
        assert_int_equal(*x->at++, '"');
    }
}

static void read_tag(struct xml *x) {
    char name[NAME];
    int closing = *++x->at == '/';
    x->at += closing;
    read_name(x, name);
    if (closing) {
        assert_true(x->depth > 0);
        assert_string_equal(x->open[--x->depth], name);
    } else {
        read_attributes(x);
        assert_true(x->depth < DEPTH);
        if (*x->at == '/')
            x->at++;
        else
            memcpy(x->open[x->depth++], name, sizeof name);
    }
    assert_int_equal(*x->at++, '>');
}

static void check_utf8(const unsigned char *s) {
    for (int more; *s; s += 1 + more) {
        more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;
        assert_true(*s < 0x80 || *s >= 0xc2);
        for (int i = 1; i <= more; i++)
            assert_int_equal(s[i] & 0xc0, 0x80);
    }
}

static const char *check_svg(const struct buf *b) {
    assert_int_equal(buf_ok(b, "picture", NULL), 0);
    const char *text = (const char *)b->data;
    assert_int_equal(strlen(text), b->len);
    struct xml x = {.at = text};
    while (*x.at) {
        if (*x.at == '<')
            read_tag(&x);
        else
            read_text(&x, "<");
    }
    assert_int_equal(x.depth, 0);
    check_utf8(b->data);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    return text;
}

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        n++;
    return n;
}

/* ---- tunes ---- */

static struct vocabulary vocabulary_of(enum encoding encoding) {
    static const char *const names[] = {"N.C.", "D", "G", "Am7", "D+E+G#"};
    int attack = encoding == ENCODING_ATTACK;
    struct vocabulary v = {.encoding = encoding,
                           .melody_count = 35 + attack,
                           .low = LOW,
                           .chord_count = 5};
    for (int k = 0; k < v.chord_count; k++) {
        struct chord_class *c = &v.chords[k];
        memcpy(c->name, names[k], strlen(names[k]) + 1);
        c->root = -1;
        if (k < 4) /* and the last one is not a name to be parsed */
            chord_parse(c->name, &c->set, &c->root, NULL);
        else
            c->set = 1 << 2 | 1 << 4 | 1 << 8, c->root = 2;
    }
    return v;
}

static const struct tune_frame common = {
    .steps_per_quarter = 4,
    .header = {.bar = 16, .beats = 4, .unit = 4, .key = 2},
    .performance = {.tempo = 120, .melody_program = -1, .chord_program = -1}};

/* Draws, checks and returns the text; the caller frees b. */
static const char *draw(struct buf *b, enum encoding encoding,
                        const uint8_t *melody, const uint8_t *chord,
                        size_t steps, const struct tune_frame *f) {
    struct vocabulary v = vocabulary_of(encoding);
    *b = (struct buf){0};
    picture_tune(b, &v, melody, chord, steps, f, "Title", "Subtitle");
    return check_svg(b);
}

static void test_notes(void **state) {
    (void)state;
    /* struck, held, struck again, rest, a hold of nothing, struck */
    const uint8_t melody[] = {PITCH, 1, PITCH, 0, 1, PITCH + 4, 1, 1};
    const uint8_t chord[8] = {1, 1, 1, 1, 2, 2, 2, 2};
    struct buf b;
    const char *text = draw(&b, ENCODING_ATTACK, melody, chord, 8, &common);
    assert_int_equal(count(text, "class=\"note\""), 3);
    assert_int_equal(count(text, "class=\"tie\""), 0);
    assert_int_equal(count(text, "class=\"chord\""), 2);
    assert_non_null(strstr(text, ">D</text>"));
    assert_non_null(strstr(text, ">G</text>"));
    assert_non_null(strstr(text, ">D major · 4/4</text>"));
    assert_non_null(strstr(text, ">♩ = 120 · 1 bar</text>"));
    buf_free(&b);
}

static void test_classic_notes(void **state) {
    (void)state;
    const uint8_t melody[] = {0, 0, 0, 5, 5, CLASSIC_PITCHES, 5, 5};
    const uint8_t chord[8] = {0};
    struct buf b;
    const char *text = draw(&b, ENCODING_CLASSIC, melody, chord, 8, &common);
    assert_int_equal(count(text, "class=\"note\""), 3);
    assert_int_equal(count(text, "class=\"chord\""), 0);
    buf_free(&b);
}

static void test_note_over_rows(void **state) {
    (void)state;
    uint8_t melody[200], chord[200];
    memset(melody, MELODY_HOLD, sizeof melody);
    memset(chord, 1, sizeof chord);
    melody[0] = PITCH;
    struct buf b;
    const char *text = draw(&b, ENCODING_ATTACK, melody, chord, 200, &common);
    assert_int_equal(count(text, "class=\"note\""), 1);
    assert_int_equal(count(text, "class=\"tie\""), 3);   /* 64 steps a row */
    assert_int_equal(count(text, "class=\"chord\""), 4); /* at every row */
    buf_free(&b);
}

static void test_repeats(void **state) {
    (void)state;
    uint8_t melody[4 * 64 + 4], chord[4 * 64 + 4] = {0};
    struct tune_frame f = common;
    f.header.phase = 4; /* the pickup is no part of what is compared */
    for (size_t k = 0; k < sizeof melody; k++) {
        size_t at = k < 4 ? 90 + k : (k - 4) % 128;
        melody[k] = (uint8_t)(PITCH + at * 5 % 31);
    }
    struct buf b;
    const char *text =
        draw(&b, ENCODING_ATTACK, melody, chord, sizeof melody, &f);
    assert_int_equal(count(text, "class=\"repeat\""), 2);
    assert_non_null(strstr(text, ">= bars 1–4<"));
    assert_non_null(strstr(text, ">= bars 5–8<"));
    buf_free(&b);
}

static void test_hostile_texts(void **state) {
    (void)state;
    static const char *const titles[] = {
        "</text><script>alert('1')</script>",
        "a & b < c > d \" e ' f",
        "]]><!-- -- \x01\x02\t\n\x1b[31m",
        "\xff\xfe\x80 broken \xc3",
        "\xed\xa0\x80 \xef\xbf\xbe \xc0\xaf \xf4\x90\x80\x80 \xf0\x9f\x8e\xbb",
        "ÄÖÜ 音楽 ♫",
        "%s%n%d",
        "",
    };
    const uint8_t step = PITCH, chord = 1;
    struct vocabulary v = vocabulary_of(ENCODING_ATTACK);
    memcpy(v.chords[1].name, "<&\">", 5);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        struct buf b = {0};
        const double value = 1;
        struct chart_curve c = {titles[i], &value, 1, 0, -7};
        picture_tune(&b, &v, &step, &chord, 1, &common, titles[i], titles[i]);
        const char *text = check_svg(&b);
        assert_null(strstr(text, "<script"));
        assert_non_null(strstr(text, "&lt;&amp;&quot;&gt;"));
        buf_free(&b);
        chart_draw(&b, &c, 1, 0, titles[i], titles[i], titles[i]);
        check_svg(&b);
        buf_free(&b);
    }
}

static void test_long_title(void **state) {
    (void)state;
    static char title[5000];
    struct buf b = {0};
    struct vocabulary v = vocabulary_of(ENCODING_ATTACK);
    memset(title, '&', sizeof title - 1);
    picture_tune(&b, &v, NULL, NULL, 0, &common, title, title);
    const char *text = check_svg(&b);
    assert_non_null(strstr(text, "&amp;…</text>"));
    buf_free(&b);
}

static void test_nothing(void **state) {
    (void)state;
    struct buf b = {0};
    struct vocabulary v = vocabulary_of(ENCODING_ATTACK);
    picture_tune(&b, &v, NULL, NULL, 0, &common, NULL, NULL);
    const char *text = check_svg(&b);
    assert_int_equal(count(text, "class=\"note\""), 0);
    assert_non_null(strstr(text, "no steps"));
    buf_free(&b);
}

/* A frame can come from a file that says anything. */
static void test_odd_frames(void **state) {
    (void)state;
    static const int bars[] = {-5, 0, 1, 3, 12, 16, 18, 5000, 2147483647};
    uint8_t melody[100], chord[100];
    for (int k = 0; k < 100; k++) {
        melody[k] = (uint8_t)(k % 3 ? MELODY_HOLD : PITCH + k % 34);
        chord[k] = (uint8_t)(k % 7); /* 5 and 6 have no class */
    }
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++)
        for (int odd = -30; odd <= 30; odd += 6) {
            struct tune_frame f = {.steps_per_quarter = odd / 6,
                                   .header = {.bar = bars[i],
                                              .phase = odd,
                                              .beats = odd,
                                              .unit = odd,
                                              .key = odd},
                                   .performance = {.tempo = odd ? odd : NAN}};
            struct buf b;
            const char *text =
                draw(&b, ENCODING_ATTACK, melody, chord, 100, &f);
            assert_int_equal(count(text, "class=\"note\""), 34);
            buf_free(&b);
        }
}

static void test_pickup_only(void **state) {
    (void)state;
    const uint8_t melody[] = {PITCH, PITCH, PITCH}, chord[3] = {0};
    struct tune_frame f = common;
    f.header.phase = 8;
    struct buf b;
    const char *text = draw(&b, ENCODING_ATTACK, melody, chord, 3, &f);
    assert_int_equal(count(text, "class=\"note\""), 3);
    assert_non_null(strstr(text, "0 bars"));
    buf_free(&b);
}

static void test_very_long(void **state) {
    (void)state;
    size_t steps = 100000;
    uint8_t *melody = malloc(steps), *chord = malloc(steps);
    assert_non_null(melody);
    assert_non_null(chord);
    for (size_t k = 0; k < steps; k++) {
        melody[k] = (uint8_t)(PITCH + k % 34);
        chord[k] = (uint8_t)(k % 5);
    }
    struct buf b;
    const char *text = draw(&b, ENCODING_ATTACK, melody, chord, steps, &common);
    assert_int_equal(count(text, "class=\"note\""), PICTURE_ROWS * 64);
    assert_non_null(strstr(text, "… and 5450 more bars"));
    buf_free(&b);
    free(melody);
    free(chord);
}

/* ---- curves ---- */

static void test_curves(void **state) {
    (void)state;
    const double a[] = {3, 2, 1.5, 1.25}, z[] = {3, 2.5, 2, 1.875};
    struct chart_curve c[] = {{"validation", z, 4, 0, 0},
                              {"training", a, 4, 1, 0}};
    struct buf b = {0};
    chart_draw(&b, c, 2, 3, "Loss", "epoch", "nats");
    const char *text = check_svg(&b);
    assert_int_equal(count(text, "class=\"curve\""), 2);
    assert_non_null(strstr(text, ">1.875<"));
    assert_non_null(strstr(text, ">1.250<"));
    assert_non_null(strstr(text, ">best: epoch 4, 1.875<"));
    buf_free(&b);
    chart_draw(&b, c, 2, 4, "Loss", "epoch", "nats");
    assert_null(strstr(check_svg(&b), "best"));
    buf_free(&b);
    chart_draw(&b, c, 2, -1, "Loss", "epoch", "nats");
    assert_null(strstr(check_svg(&b), "best"));
    buf_free(&b);
}

static void test_log_axis(void **state) {
    (void)state;
    const double wide[] = {10, 1, 0.1}, zero[] = {10, 1, 0};
    struct chart_curve c = {"loss", wide, 3, 0, 0};
    struct buf b = {0};
    chart_draw(&b, &c, 1, -1, "", "", "");
    assert_non_null(strstr(check_svg(&b), ">0.5</text>"));
    buf_free(&b);
    c.values = zero;
    chart_draw(&b, &c, 1, -1, "", "", "");
    assert_null(strstr(check_svg(&b), ">0.5</text>"));
    buf_free(&b);
}

static void test_odd_values(void **state) {
    (void)state;
    static const double values[][4] = {
        {NAN, NAN, NAN, NAN},         {NAN, 1, INFINITY, 2},
        {-INFINITY, 0, 0, NAN},       {1e300, -1e300, 1e29, -1e29},
        {1e-300, 1, 1e20, 5},         {5e-324, 5e-324, 5e-324, 5e-324},
        {1e15, 1e15 + 1, 1e15, 1e15}, {-3, -3, -3, -3},
        {0.1, 0.1 + 1e-16, 0.1, 0.1}, {7, 7.00001, 7, 7},
        {1e-9, 2e-9, 1e-9, 5e-9},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t n = 0; n <= 4; n++)
            for (long best = -2; best < 6; best++) {
                struct chart_curve c[2] = {{NULL, values[i], n, 0, 1},
                                           {"x", values[i], n / 2, 1, 9}};
                struct buf b = {0};
                chart_draw(&b, c, 2, best, NULL, NULL, NULL);
                check_svg(&b);
                assert_true(b.len < 20000);
                buf_free(&b);
            }
}

static void test_no_curves(void **state) {
    (void)state;
    struct buf b = {0};
    chart_draw(&b, NULL, 0, 0, "None", "x", "y");
    assert_non_null(strstr(check_svg(&b), "no values yet"));
    buf_free(&b);
}

static void test_many_epochs(void **state) {
    (void)state;
    static double values[20000];
    for (size_t k = 0; k < 20000; k++)
        values[k] = k % 100 ? 1.0 / (double)(k + 1) : NAN;
    struct chart_curve c = {"loss", values, 20000, 0, 0};
    struct buf b = {0};
    chart_draw(&b, &c, 1, 19999, "Long", "epoch", "loss");
    check_svg(&b);
    buf_free(&b);
}

/* ---- both ---- */

static void draw_both(struct buf *b) {
    uint8_t melody[150], chord[150];
    double values[3] = {0.123, 12.5, 3.25};
    struct vocabulary v = vocabulary_of(ENCODING_ATTACK);
    struct chart_curve c = {"loss", values, 3, 1, 2};
    for (int k = 0; k < 150; k++) {
        melody[k] = (uint8_t)(k % 2 ? MELODY_HOLD : PITCH + k % 20);
        chord[k] = (uint8_t)(k / 6 % 5);
    }
    *b = (struct buf){0};
    picture_tune(b, &v, melody, chord, 150, &common, "A", "B");
    chart_draw(b, &c, 1, 1, "A", "B", "C");
}

static void test_same_bytes(void **state) {
    (void)state;
    struct buf a, b;
    draw_both(&a);
    /* decimal commas where such a locale is installed */
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        setlocale(LC_ALL, "");
    draw_both(&b);
    setlocale(LC_ALL, "C");
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    buf_free(&a);
    buf_free(&b);
}

static void test_full_buffer(void **state) {
    (void)state;
    struct vocabulary v = vocabulary_of(ENCODING_ATTACK);
    const uint8_t step = PITCH, chord = 1;
    struct buf b = {.max = 300};
    picture_tune(&b, &v, &step, &chord, 1, &common, "A", "B");
    assert_int_equal(buf_ok(&b, "picture", NULL), -1);
    assert_true(b.len <= 300);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_classic_notes),
        cmocka_unit_test(test_note_over_rows),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_long_title),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_odd_frames),
        cmocka_unit_test(test_pickup_only),
        cmocka_unit_test(test_very_long),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_log_axis),
        cmocka_unit_test(test_odd_values),
        cmocka_unit_test(test_no_curves),
        cmocka_unit_test(test_many_epochs),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
