/* Voices and their evidence: see voices.h. SPDX-License-Identifier: MIT */
#include "voices.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "nott/music/chord.h"

#define DRUMS 9    /* channel 10, counted from 0 */
#define WORDS 4096 /* that are looked at */

/* ---- names ---- */

/* Where in the name the first of some words begins; its length where none
 * does. */
static size_t find_word(const char *name, const char *const *words) {
    char small[SONG_TEXT_MAX + 1];
    size_t n = 0, first;
    for (; name[n] && n < SONG_TEXT_MAX; n++)
        small[n] = (char)tolower((unsigned char)name[n]);
    small[n] = 0;
    first = n;
    for (; *words; words++)
        for (const char *at = small; (at = strstr(at, *words)); at++)
            if ((at == small || !isalpha((unsigned char)at[-1])) &&
                (size_t)(at - small) < first)
                first = (size_t)(at - small);
    return first;
}

/* A name of many words is the tune's ("The Girl I Left Behind Me"). */
static int is_title(const char *name) {
    int words = 0;
    for (const char *p = name; *p; p++)
        words += *p != ' ' && (p == name || p[-1] == ' ');
    return words > 3;
}

/* 1 for names of melodies, by how their words begin, -1 for those of other
 * voices; of both the first counts, and a harmonica is neither. */
static int named_melody(const char *name) {
    static const char *const for_it[] = {
        "melod",     "mélod",   "vocal",     "voice",    "vox",
        "voix",      "voz",     "voce",      "chant",    "canto",
        "sång",      "zang",    "gesang",    "stimme",   "lead",
        "solo",      "sopran",  "sing",      "tune",     "fiddle",
        "harmonica", "bassoon", "tenor sax", "violin 1", NULL};
    static const char *const against[] = {
        "chord", "accomp", "guitar", "piano",  "harmon", "rhythm",
        "strum", "pad",    "bass",   "bridge", "fill",   "comp",
        "back",  "tenor",  "alto",   "cello",  "viola",  "left",
        "drum",  "perc",   "string", "akkord", "drone",  NULL};
    size_t a = find_word(name, for_it), b = find_word(name, against);
    return is_title(name) || a == b ? 0 : a < b ? 1 : -1;
}

static int named_drums(const char *name) {
    static const char *const words[] = {"drums",     "drum kit", "drumkit",
                                        "drum set",  "percuss",  "batterie",
                                        "schlagzeu", NULL};
    return !is_title(name) && find_word(name, words) == 0 && name[0];
}

/* ---- voices ---- */

/* The notes of p on a channel (-1 = any but the drums') as a voice, if there
 * are some. */
static int add_voice(struct voice *list, size_t *n, const struct part *p,
                     int track, int channel) {
    struct voice v = {.part = *p, .track = track, .channel = channel + 1};
    v.part.notes = malloc((p->count + 1) * sizeof *v.part.notes);
    v.part.count = v.part.cap = 0;
    if (!v.part.notes)
        return -1;
    for (size_t i = 0; i < p->count; i++)
        if (channel < 0 ? p->notes[i].channel != DRUMS
                        : p->notes[i].channel == channel)
            v.part.notes[v.part.count++] = p->notes[i];
    v.role = channel == DRUMS ? ROLE_DRUMS : ROLE_CHORDS;
    if (v.part.count)
        list[(*n)++] = v;
    else
        free(v.part.notes);
    return 0;
}

static int has_tones(const struct part *p) {
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].channel != DRUMS)
            return 1;
    return 0;
}

/* One voice a track, and one for its drums; channels where one track has all
 * but drums. */
static int list_voices(struct voice **voices, size_t *n, const struct song *s) {
    size_t with_tones = 0;
    for (size_t i = 0; i < s->part_count; i++)
        with_tones += (size_t)has_tones(&s->parts[i]);
    int together = with_tones > 1;
    struct voice *list = calloc(2 * s->part_count + 16, sizeof *list);
    *voices = list;
    if (!list)
        return -1;
    for (size_t i = 0; i < s->part_count; i++) {
        const struct part *p = &s->parts[i];
        if (together && add_voice(list, n, p, (int)i + 1, -1))
            return -1;
        for (int channel = 0; channel < 16; channel++)
            if ((!together || channel == DRUMS) &&
                add_voice(list, n, p, (int)i + 1, channel))
                return -1;
    }
    return 0;
}

/* Tracks that are called drums are so, if others remain. */
static void name_drums(struct voice *list, size_t n) {
    size_t others = 0;
    for (size_t i = 0; i < n; i++)
        others += list[i].role != ROLE_DRUMS && !named_drums(list[i].part.name);
    for (size_t i = 0; i < n && others; i++)
        if (named_drums(list[i].part.name))
            list[i].role = ROLE_DRUMS;
}

/* ---- evidence ---- */

size_t voices_onset_end(const struct part *p, size_t i, int ppq) {
    size_t k = i + 1;
    while (k < p->count &&
           p->notes[k].onset - p->notes[i].onset <= grid_slack(ppq))
        k++;
    return k;
}

size_t voices_note_at(const struct part *p, int64_t tick, int ppq) {
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->notes[middle].onset < tick - grid_slack(ppq))
            low = middle + 1;
        else
            high = middle;
    }
    int found = low < p->count && p->notes[low].onset <= tick + grid_slack(ppq);
    return found ? low : p->count;
}

int voices_classes(const struct part *p, size_t from, size_t to) {
    unsigned classes = 0;
    int n = 0;
    for (size_t i = from; i < to; i++) {
        unsigned bit = 1u << (p->notes[i].pitch % 12);
        n += !(classes & bit);
        classes |= bit;
    }
    return n;
}

static int is_word(const struct mark *m) {
    uint16_t set;
    int root;
    return m->kind == MARK_TEXT && (m->a == 1 || m->a == 5) && m->text[0] &&
           chord_read(m->text, &set, &root, NULL);
}

/* The ticks at which words stand, each once. */
struct words {
    int64_t at[WORDS];
    size_t count;
};

static int by_tick(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void list_words(struct words *w, const struct song *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->mark_count && n < WORDS; i++)
        if (is_word(&s->marks[i]))
            w->at[n++] = s->marks[i].tick;
    qsort(w->at, n, sizeof *w->at, by_tick);
    w->count = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || w->at[i] != w->at[i - 1])
            w->at[w->count++] = w->at[i];
}

/* Syllables are put where the notes are that they are sung on. */
static double hear_words(const struct voice *v, const struct words *w,
                         int ppq) {
    size_t sung = 0;
    for (size_t i = 0; i < w->count; i++)
        sung += voices_note_at(&v->part, w->at[i], ppq) < v->part.count;
    double share = 2 * (double)sung / (double)(w->count + v->onsets);
    return w->count < 8 ? 0 : share < 1 ? share : 1;
}

/* Melodies lie high, but not as high as what plays over them. */
static double height(double pitch) {
    return (pitch < 76 ? pitch - 60 : 92 - pitch) / 12;
}

/* How much speaks for a voice as the melody. Words count most, then a name,
 * then that notes come one at a time, how much it plays, how often, how high.
 */
static double melody_score(const struct voice *v, double quarters) {
    double single = v->at_once < 3 ? (3 - v->at_once) / 2 : 0;
    double played = v->coverage < 0.5 ? 2 * v->coverage : 1;
    double moves = quarters > 0 ? (double)v->onsets / quarters : 1;
    return (v->words > 0.6 ? 3 * v->words : 0) +
           1.5 * named_melody(v->part.name) + 1.5 * single + played +
           (moves < 1 ? moves : 1) + height(v->pitch);
}

static void weigh(struct voice *v, const struct words *w, int ppq,
                  int64_t end) {
    const struct part *p = &v->part;
    int64_t sounding = 0, covered = 0;
    size_t notes = 0;
    double pitch = 0;
    for (size_t i = 0, to; i < p->count; i = to) {
        to = voices_onset_end(p, i, ppq);
        v->onsets++;
        notes += (size_t)voices_classes(p, i, to);
    }
    for (size_t i = 0; i < p->count; i++) {
        int64_t on = p->notes[i].onset, off = on + p->notes[i].duration;
        pitch += p->notes[i].pitch;
        if (off > covered) {
            sounding += off - (on > covered ? on : covered);
            covered = off;
        }
    }
    v->at_once = (double)notes / (double)v->onsets;
    v->coverage = end > 0 ? (double)sounding / (double)end : 0;
    v->pitch = pitch / (double)p->count;
    v->words = hear_words(v, w, ppq);
    v->score = melody_score(v, (double)end / ppq);
}

int voices_list(struct voice **voices, size_t *count, const struct song *s) {
    struct words w;
    int64_t end = 0;
    *count = 0;
    if (list_voices(voices, count, s))
        return -1;
    name_drums(*voices, *count);
    list_words(&w, s);
    for (size_t i = 0; i < *count; i++)
        end = (*voices)[i].part.end > end ? (*voices)[i].part.end : end;
    for (size_t i = 0; i < *count; i++)
        weigh(&(*voices)[i], &w, s->ppq, end);
    return 0;
}
