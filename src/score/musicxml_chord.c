/* Chord names as MusicXML has them: see musicxml_chord.h.
 * SPDX-License-Identifier: MIT */
#include "musicxml_chord.h"

#include <string.h>

static const struct {
    const char *text, *kind;
} kinds[] = {
    {"", "major"},
    {"maj", "major"},
    {"Maj", "major"},
    {"M", "major"},
    {"m", "minor"},
    {"min", "minor"},
    {"mi", "minor"},
    {"-", "minor"},
    {"7", "dominant"},
    {"dom7", "dominant"},
    {"maj7", "major-seventh"},
    {"Maj7", "major-seventh"},
    {"ma7", "major-seventh"},
    {"M7", "major-seventh"},
    {"j7", "major-seventh"},
    {"Δ", "major-seventh"},
    {"Δ7", "major-seventh"},
    {"m7", "minor-seventh"},
    {"min7", "minor-seventh"},
    {"mi7", "minor-seventh"},
    {"-7", "minor-seventh"},
    {"dim", "diminished"},
    {"o", "diminished"},
    {"°", "diminished"},
    {"dim7", "diminished-seventh"},
    {"o7", "diminished-seventh"},
    {"°7", "diminished-seventh"},
    {"m7b5", "half-diminished"},
    {"min7b5", "half-diminished"},
    {"-7b5", "half-diminished"},
    {"m7(b5)", "half-diminished"},
    {"ø", "half-diminished"},
    {"ø7", "half-diminished"},
    {"aug", "augmented"},
    {"+", "augmented"},
    {"aug7", "augmented-seventh"},
    {"+7", "augmented-seventh"},
    {"7+", "augmented-seventh"},
    {"7#5", "augmented-seventh"},
    {"mM7", "major-minor"},
    {"mmaj7", "major-minor"},
    {"m(maj7)", "major-minor"},
    {"sus", "suspended-fourth"},
    {"sus4", "suspended-fourth"},
    {"sus2", "suspended-second"},
    {"6", "major-sixth"},
    {"maj6", "major-sixth"},
    {"m6", "minor-sixth"},
    {"min6", "minor-sixth"},
    {"9", "dominant-ninth"},
    {"maj9", "major-ninth"},
    {"M9", "major-ninth"},
    {"m9", "minor-ninth"},
    {"min9", "minor-ninth"},
    {"11", "dominant-11th"},
    {"m11", "minor-11th"},
    {"13", "dominant-13th"},
    {"m13", "minor-13th"},
    {"5", "power"},
};

static const char *kind_of(const char *text) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(text, kinds[i].text) == 0)
            return kinds[i].kind;
    return "other";
}

/* Reads one sign after a letter at *p and moves past it: 1, -1, 0 = none. */
static int read_sign(const char **p) {
    static const struct {
        const char *text;
        int alter;
    } signs[] = {{"#", 1}, {"b", -1}, {"♯", 1}, {"♭", -1}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i].text);
        if (strncmp(*p, signs[i].text, n) == 0) {
            *p += n;
            return signs[i].alter;
        }
    }
    return 0;
}

/* Reads a letter with its signs; 0 where there is none. */
static char read_step(const char **p, int *alter) {
    char letter = **p;
    *alter = 0;
    if (letter < 'A' || letter > 'G')
        return 0;
    ++*p;
    int sign = read_sign(p);
    *alter = sign;
    const char *more = *p;
    if (sign && read_sign(&more) == sign) {
        *alter = 2 * sign;
        *p = more;
    }
    return letter;
}

static void set_text(struct chord_words *w, const char *text, size_t n) {
    if (n >= sizeof w->text)
        n = sizeof w->text - 1;
    memcpy(w->text, text, n);
    w->text[n] = 0;
}

static int is_silence(const char *name) {
    static const char *const names[] = {"N.C.", "NC", "N.C", "n.c.", "NONE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}

struct chord_words musicxml_chord_words(const char *name) {
    struct chord_words w = {.kind = "other"};
    const char *p = name, *slash = strrchr(name, '/');
    if (is_silence(name)) {
        w.kind = "none";
        set_text(&w, name, strlen(name));
        return w;
    }
    if (*p == 'H') { /* German for B */
        w.german = 1;
        w.root = 'B';
        p++;
    } else {
        w.root = read_step(&p, &w.root_alter);
    }
    if (slash) { /* none in "C6/9" */
        const char *low = slash + 1;
        w.bass = read_step(&low, &w.bass_alter);
        if (*low)
            w.bass = 0;
    }
    set_text(&w, p, w.bass ? (size_t)(slash - p) : strlen(p));
    if (w.root)
        w.kind = kind_of(w.text);
    if (w.root && strcmp(w.kind, "other") == 0 && w.text[0] >= 'a' &&
        strlen(w.text) > 2 &&
        strspn(w.text, "abcdefghijklmnopqrstuvwxyz ") == strlen(w.text))
        w.root = 0; /* a word, as in "Coda" or "Fine" */
    if (!w.root) {
        w.bass = 0;
        set_text(&w, name, strlen(name));
    }
    return w;
}
