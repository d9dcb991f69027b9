/* Scores as MusicXML: see musicxml.h. SPDX-License-Identifier: MIT */
#include "nott/score/musicxml.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "musicxml_chord.h"
#include "musicxml_lay.h"
#include "nott/base/svg.h"

/* One document on its way. */
struct writing {
    const struct score *s;
    struct buf *out;
    struct lay lay;
    int64_t unit; /* ticks of a division */
};

static const char *const type_names[LAY_TYPES] = {
    "maxima", "long", "breve", "whole", "half",  "quarter",
    "eighth", "16th", "32nd",  "64th",  "128th", "256th"};

static int limited(int v, int low, int high) {
    return v < low ? low : v > high ? high : v;
}

/* An element that holds a text from anywhere. */
static void element(struct buf *out, const char *indent, const char *name,
                    const char *text) {
    buf_printf(out, "%s<%s>", indent, name);
    svg_escape(out, text);
    buf_printf(out, "</%s>\n", name);
}

/* ---- divisions: as few as all lengths and offsets need ---- */

static int is_symbol(const struct score_item *item) {
    return item->kind == SCORE_SYMBOL && *item->text;
}

/* Symbols that follow each other before one note share its time evenly: so
 * does who writes them mean it. Ticks from the beginning of that note of the
 * symbol with number k of n. */
static int64_t symbol_offset(const struct score *s, size_t note, int k, int n) {
    while (note < s->count && musicxml_lay_role(&s->items[note]) == LAY_GRACE)
        note++;
    enum lay_role role =
        note < s->count ? musicxml_lay_role(&s->items[note]) : LAY_OTHER;
    if (role != LAY_SOUND && role != LAY_REST)
        return 0;
    return musicxml_lay_length(&s->items[note]) * k / n;
}

/* Number of symbols since the note before item i. */
static int symbols_before(const struct score *s, size_t i) {
    int n = 0;
    while (i-- && musicxml_lay_role(&s->items[i]) == LAY_OTHER)
        n += is_symbol(&s->items[i]) && n < 64;
    return n;
}

static int64_t division(const struct score *s, const struct lay *lay) {
    int64_t unit = SCORE_PPQ;
    for (size_t k = 0; k < lay->piece_count; k++) {
        const struct lay_piece *piece = &lay->pieces[k];
        unit = score_common_divisor(unit, piece->length);
        int n = piece->first ? symbols_before(s, piece->item) : 0;
        for (int i = 1; i < n; i++)
            unit =
                score_common_divisor(unit, symbol_offset(s, piece->item, i, n));
    }
    return unit;
}

/* ---- keys and meters ---- */

/* A signature that no row of sharps or flats makes. */
static void write_odd_key(struct buf *out, const struct score_key *k) {
    static const int order[7] = {3, 0, 4, 1, 5, 2, 6}; /* F C G D A E B */
    for (int i = 0; i < 7; i++)
        if (k->sign[order[i]])
            buf_printf(out,
                       "          <key-step>%c</key-step>\n"
                       "          <key-alter>%d</key-alter>\n",
                       "CDEFGAB"[order[i]], limited(k->sign[order[i]], -2, 2));
}

/* The key of C with so many sharps: what a signature must be to be told by
 * their number alone. */
static int is_regular(const struct score_key *k) {
    int sharps = score_key_sharps(k);
    static const signed char order[7] = {3, 0, 4, 1, 5, 2, 6};
    signed char sign[7] = {0};
    for (int i = 0; i < sharps && i < 7; i++)
        sign[order[i]] = 1;
    for (int i = 0; i < -sharps && i < 7; i++)
        sign[order[6 - i]] = -1;
    return memcmp(sign, k->sign, sizeof sign) == 0;
}

/* NULL where the signature is not that of the mode. */
static const char *mode_name(const struct score_key *k) {
    struct score_key signed_key = *k;
    if (k->letter < 0)
        return "none";
    if (k->letter > 6 || k->mode < 0 || k->mode >= SCORE_MODES ||
        score_key_sign(&signed_key) ||
        memcmp(signed_key.sign, k->sign, sizeof k->sign) != 0)
        return NULL;
    return score_mode_names[k->mode];
}

static void write_key(struct buf *out, const struct score_key *k) {
    buf_printf(out, "        <key>\n");
    if (is_regular(k)) {
        const char *mode = mode_name(k);
        buf_printf(out, "          <fifths>%d</fifths>\n", score_key_sharps(k));
        if (mode)
            buf_printf(out, "          <mode>%s</mode>\n", mode);
    } else {
        write_odd_key(out, k);
    }
    buf_printf(out, "        </key>\n");
}

static void write_meter(struct buf *out, struct score_meter meter) {
    struct score_meter m = musicxml_lay_meter(meter);
    if (m.unit)
        buf_printf(out,
                   "        <time>\n"
                   "          <beats>%d</beats>\n"
                   "          <beat-type>%d</beat-type>\n"
                   "        </time>\n",
                   m.beats, m.unit);
    else
        buf_printf(out, "        <time>\n          <senza-misura/>\n"
                        "        </time>\n");
}

static void write_first_attributes(struct writing *w) {
    struct buf *out = w->out;
    buf_printf(out, "      <attributes>\n        <divisions>%d</divisions>\n",
               (int)(SCORE_PPQ / w->unit));
    write_key(out, &w->s->key);
    write_meter(out, w->s->meter);
    buf_printf(out, "        <clef>\n          <sign>G</sign>\n"
                    "          <line>2</line>\n        </clef>\n"
                    "      </attributes>\n");
}

/* ---- tempo and parts ---- */

/* A number of the tempo, with no more decimals than it needs. */
static struct svg_number short_number(double v) {
    int decimals = 0;
    while (decimals < 3 && fabs(v - round(v)) > 0.0005) {
        v *= 10;
        decimals++;
    }
    return svg_fixed(v / pow(10, decimals), decimals);
}

/* What is counted in a meter: 4/4 is in halves for beams alone. */
static int64_t counted(struct score_meter m) {
    return m.unit == 4 ? SCORE_PPQ : score_beat_length(m);
}

static void write_tempo(struct buf *out, double tempo, struct score_meter m) {
    if (!(tempo > 0 && tempo < 1e6))
        return;
    int64_t beat = counted(m);
    int type, dots;
    if (!musicxml_lay_single(beat, 1, &type, &dots))
        musicxml_lay_single(beat = SCORE_PPQ, 0, &type, &dots);
    buf_printf(out,
               "      <direction placement=\"above\">\n"
               "        <direction-type>\n          <metronome>\n"
               "            <beat-unit>%s</beat-unit>\n%s"
               "            <per-minute>%s</per-minute>\n"
               "          </metronome>\n        </direction-type>\n"
               "        <sound tempo=\"%s\"/>\n      </direction>\n",
               type_names[type], dots ? "            <beat-unit-dot/>\n" : "",
               short_number(tempo * SCORE_PPQ / (double)beat).text,
               short_number(tempo).text);
}

static void write_words(struct buf *out, const char *kind, const char *text) {
    if (!*text)
        return;
    buf_printf(out, "      <direction placement=\"above\">\n"
                    "        <direction-type>\n");
    element(out, "          ", kind, text);
    buf_printf(out, "        </direction-type>\n      </direction>\n");
}

/* ---- chord symbols ---- */

static void write_step(struct buf *out, const char *what, char step, int alter,
                       const char *attribute) {
    buf_printf(out, "        <%s>\n          <%s-step%s>%c</%s-step>\n", what,
               what, attribute, step, what);
    if (alter)
        buf_printf(out, "          <%s-alter>%d</%s-alter>\n", what, alter,
                   what);
    buf_printf(out, "        </%s>\n", what);
}

static void write_symbol(struct buf *out, const char *name, int64_t offset) {
    struct chord_words chord = musicxml_chord_words(name);
    if (!chord.root && strcmp(chord.kind, "none") != 0) {
        write_words(out, "words", name); /* no chord at all */
        return;
    }
    buf_printf(out, "      <harmony>\n");
    /* The format wants a root in any case; one without a text is not shown. */
    write_step(out, "root", chord.root ? chord.root : 'C', chord.root_alter,
               chord.german ? " text=\"H\""
               : chord.root ? ""
                            : " text=\"\"");
    buf_printf(out, "        <kind text=\"");
    svg_escape(out, chord.text);
    buf_printf(out, "\">%s</kind>\n", chord.kind);
    if (chord.bass)
        write_step(out, "bass", chord.bass, chord.bass_alter, "");
    if (offset)
        buf_printf(out, "        <offset>%lld</offset>\n", (long long)offset);
    buf_printf(out, "      </harmony>\n");
}

/* Those that wait before item i. */
static void write_symbols(struct writing *w, size_t i) {
    int n = symbols_before(w->s, i), k = 0;
    size_t from = i;
    while (from && musicxml_lay_role(&w->s->items[from - 1]) == LAY_OTHER)
        from--;
    for (; from < i && k < n; from++)
        if (is_symbol(&w->s->items[from])) {
            int64_t ticks = symbol_offset(w->s, i, k, n);
            write_symbol(w->out, w->s->items[from].text, ticks / w->unit);
            k++;
        }
}

/* ---- notes ---- */

static void write_pitch(struct buf *out, const struct score_pitch *p) {
    buf_printf(out, "        <pitch>\n          <step>%c</step>\n",
               "CDEFGAB"[limited(p->letter, 0, 6)]);
    if (p->alter)
        buf_printf(out, "          <alter>%d</alter>\n",
                   limited(p->alter, -2, 2));
    buf_printf(out, "          <octave>%d</octave>\n        </pitch>\n",
               limited(p->octave, 0, 9));
}

static void write_accidental(struct buf *out, const struct score_pitch *p) {
    static const char *const names[5] = {"flat-flat", "flat", "natural",
                                         "sharp", "double-sharp"};
    buf_printf(out, "        <accidental>%s</accidental>\n",
               names[2 + limited(p->alter, -2, 2)]);
}

static void write_beams(struct buf *out, const struct lay_piece *piece) {
    static const char *const names[] = {"",    "begin",        "continue",
                                        "end", "forward hook", "backward hook"};
    for (int k = 0; k < LAY_LEVELS; k++)
        if (piece->beam[k])
            buf_printf(out, "        <beam number=\"%d\">%s</beam>\n", k + 1,
                       names[piece->beam[k]]);
}

static void write_notations(struct buf *out, const struct lay_piece *piece,
                            int k) {
    int from = piece->from >> k & 1, to = piece->to >> k & 1;
    int opens = k == 0 && piece->opens, closes = k == 0 && piece->closes;
    if (!from && !to && !opens && !closes)
        return;
    buf_printf(out, "        <notations>\n");
    if (from)
        buf_printf(out, "          <tied type=\"stop\"/>\n");
    if (to)
        buf_printf(out, "          <tied type=\"start\"/>\n");
    if (opens)
        buf_printf(out, "          <tuplet type=\"start\"/>\n");
    if (closes)
        buf_printf(out, "          <tuplet type=\"stop\"/>\n");
    buf_printf(out, "        </notations>\n");
}

static void write_shape(struct buf *out, const struct lay_piece *piece) {
    buf_printf(out, "        <voice>1</voice>\n");
    if (piece->whole)
        return;
    buf_printf(out, "        <type>%s</type>\n", type_names[piece->type]);
    for (int k = 0; k < piece->dots; k++)
        buf_printf(out, "        <dot/>\n");
}

static void write_modification(struct buf *out, const struct lay_piece *piece) {
    if (piece->actual)
        buf_printf(out,
                   "        <time-modification>\n"
                   "          <actual-notes>%d</actual-notes>\n"
                   "          <normal-notes>%d</normal-notes>\n"
                   "        </time-modification>\n",
                   piece->actual, piece->normal);
}

/* The duration of a piece, and the ties of its pitch k. */
static void write_duration(struct writing *w, const struct lay_piece *piece,
                           int k) {
    if (piece->length)
        buf_printf(w->out, "        <duration>%lld</duration>\n",
                   (long long)(piece->length / w->unit));
    if (piece->from >> k & 1)
        buf_printf(w->out, "        <tie type=\"stop\"/>\n");
    if (piece->to >> k & 1)
        buf_printf(w->out, "        <tie type=\"start\"/>\n");
}

static void write_note(struct writing *w, const struct lay_piece *piece) {
    const struct score_item *item = &w->s->items[piece->item];
    struct buf *out = w->out;
    for (int k = 0; k < musicxml_lay_pitches(item); k++) {
        const struct score_pitch *pitch = &item->note.pitch[k];
        buf_printf(out, "      <note>\n");
        if (!piece->length)
            buf_printf(out, "        <grace slash=\"no\"/>\n");
        if (k)
            buf_printf(out, "        <chord/>\n");
        write_pitch(out, pitch);
        write_duration(w, piece, k);
        write_shape(out, piece);
        if (pitch->shown && piece->first)
            write_accidental(out, pitch);
        write_modification(out, piece);
        if (k == 0)
            write_beams(out, piece);
        write_notations(out, piece, k);
        buf_printf(out, "      </note>\n");
    }
}

static void write_rest(struct writing *w, const struct lay_piece *piece) {
    const struct score_item *item = &w->s->items[piece->item];
    buf_printf(w->out, "      <note%s>\n        <rest%s/>\n",
               item->note.hidden ? " print-object=\"no\"" : "",
               piece->whole ? " measure=\"yes\"" : "");
    write_duration(w, piece, 0);
    write_shape(w->out, piece);
    write_modification(w->out, piece);
    write_notations(w->out, piece, 0);
    buf_printf(w->out, "      </note>\n");
}

/* The pieces of item i from *k on. */
static void write_pieces(struct writing *w, size_t i, size_t *k) {
    int rest = musicxml_lay_role(&w->s->items[i]) == LAY_REST;
    for (; *k < w->lay.piece_count && w->lay.pieces[*k].item == i; ++*k)
        if (rest)
            write_rest(w, &w->lay.pieces[*k]);
        else
            write_note(w, &w->lay.pieces[*k]);
}

/* ---- bar lines ---- */

static void write_ending(struct buf *out, unsigned bits, const char *type) {
    const char *comma = "";
    buf_printf(out, "        <ending number=\"");
    for (int k = 0; k < 32; k++)
        if (bits >> k & 1) {
            buf_printf(out, "%s%d", comma, k + 1);
            comma = ",";
        }
    buf_printf(out, "\" type=\"%s\"/>\n", type);
}

static void write_left(struct buf *out, const struct lay_measure *m) {
    if (!m->left && !m->opens)
        return;
    buf_printf(out, "      <barline location=\"left\">\n");
    if (m->left)
        buf_printf(out, "        <bar-style>heavy-light</bar-style>\n");
    if (m->opens)
        write_ending(out, m->opens, "start");
    if (m->left)
        buf_printf(out, "        <repeat direction=\"forward\"/>\n");
    buf_printf(out, "      </barline>\n");
}

static const char *right_style(const struct lay_measure *m) {
    if (m->right & (SCORE_BAR_REPEATED | SCORE_BAR_END))
        return "light-heavy";
    if (m->right & SCORE_BAR_DOUBLE)
        return "light-light";
    return m->invisible ? "none" : NULL;
}

static void write_right(struct buf *out, const struct lay_measure *m) {
    const char *style = right_style(m);
    if (!style && !m->closes)
        return;
    buf_printf(out, "      <barline location=\"right\">\n");
    if (style)
        buf_printf(out, "        <bar-style>%s</bar-style>\n", style);
    if (m->closes)
        write_ending(out, m->closes, m->closed ? "stop" : "discontinue");
    if (m->right & SCORE_BAR_REPEATED) {
        buf_printf(out, "        <repeat direction=\"backward\"");
        if (m->times)
            buf_printf(out, " times=\"%d\"", m->times);
        buf_printf(out, "/>\n");
    }
    buf_printf(out, "      </barline>\n");
}

/* ---- measures ---- */

/* A signature before the first note is that of the score, or stands in for
 * it; either way the last one is right. */
static void write_signature(struct buf *out, const struct score_item *item) {
    buf_printf(out, "      <attributes>\n");
    if (item->kind == SCORE_KEY)
        write_key(out, &item->key);
    else
        write_meter(out, item->meter);
    buf_printf(out, "      </attributes>\n");
}

static void write_items(struct writing *w, const struct lay_measure *m) {
    size_t k = m->piece;
    struct score_meter meter = m->meter;
    for (size_t i = m->first; i < m->end; i++) {
        const struct score_item *item = &w->s->items[i];
        if (musicxml_lay_role(item) != LAY_OTHER) {
            write_symbols(w, i);
            write_pieces(w, i, &k);
        } else if (item->kind == SCORE_KEY || item->kind == SCORE_METER) {
            write_signature(w->out, item);
        } else if (item->kind == SCORE_TEMPO) {
            write_tempo(w->out, item->tempo, meter);
        } else if (item->kind == SCORE_PART) {
            write_words(w->out, "rehearsal", item->text);
        }
    }
    if (m->end == w->s->count)
        write_symbols(w, w->s->count); /* over the last bar line */
}

/* Measures that are not counted are named as MuseScore names them. */
static void write_number(struct buf *out, const struct lay_measure *m,
                         int uncounted) {
    if (!m->implicit)
        buf_printf(out, "    <measure number=\"%d\">\n", m->number);
    else if (uncounted)
        buf_printf(out, "    <measure number=\"X%d\" implicit=\"yes\">\n",
                   uncounted);
    else
        buf_printf(out, "    <measure number=\"0\" implicit=\"yes\">\n");
}

static void write_measures(struct writing *w) {
    int uncounted = 0;
    for (size_t k = 0; k < w->lay.measure_count; k++) {
        const struct lay_measure *m = &w->lay.measures[k];
        uncounted += k && m->implicit;
        write_number(w->out, m, uncounted);
        write_left(w->out, m);
        if (k == 0) {
            write_first_attributes(w);
            write_tempo(w->out, w->s->tempo, m->meter);
        }
        write_items(w, m);
        write_right(w->out, m);
        buf_printf(w->out, "    </measure>\n");
    }
}

/* ---- the document ---- */

static void write_field(struct buf *out, const char *name, const char *text) {
    if (!*text)
        return;
    buf_printf(out, "      <miscellaneous-field name=\"%s\">", name);
    svg_escape(out, text);
    buf_printf(out, "</miscellaneous-field>\n");
}

static void write_head(const struct score *s, struct buf *out) {
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML "
               "4.0 Partwise//EN\"\n"
               "  \"http://www.musicxml.org/dtds/partwise.dtd\">\n"
               "<score-partwise version=\"4.0\">\n");
    if (*s->title) {
        buf_printf(out, "  <work>\n");
        element(out, "    ", "work-title", s->title);
        buf_printf(out, "  </work>\n");
        element(out, "  ", "movement-title", s->title);
    }
    buf_printf(out, "  <identification>\n");
    if (*s->composer) {
        buf_printf(out, "    <creator type=\"composer\">");
        svg_escape(out, s->composer);
        buf_printf(out, "</creator>\n");
    }
    buf_printf(out, "    <encoding>\n      <software>nott</software>\n"
                    "    </encoding>\n");
    if (*s->rhythm || *s->parts) {
        buf_printf(out, "    <miscellaneous>\n");
        write_field(out, "rhythm", s->rhythm);
        write_field(out, "parts", s->parts);
        buf_printf(out, "    </miscellaneous>\n");
    }
    buf_printf(out, "  </identification>\n  <part-list>\n"
                    "    <score-part id=\"P1\">\n"
                    "      <part-name>Melody</part-name>\n"
                    "      <score-instrument id=\"P1-I1\">\n"
                    "        <instrument-name>Melody</instrument-name>\n"
                    "      </score-instrument>\n"
                    "    </score-part>\n  </part-list>\n");
}

void musicxml_write(const struct score *s, struct buf *out) {
    struct writing w = {.s = s, .out = out};
    if (musicxml_lay_out(s, &w.lay, NULL)) {
        out->failed = 1;
    } else {
        w.unit = division(s, &w.lay);
        write_head(s, out);
        buf_printf(out, "  <part id=\"P1\">\n");
        write_measures(&w);
        buf_printf(out, "  </part>\n</score-partwise>\n");
    }
    musicxml_lay_free(&w.lay);
}
