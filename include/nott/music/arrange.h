/* How a tune is played: patterns of accompaniment, swing, instruments, tempo.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ARRANGE_H
#define NOTT_ARRANGE_H

#include "nott/base/err.h"
#include "nott/music/song.h"

/* Patterns are those of people who vamp for dances, and differ by meter:
 *
 *           boom-chuck                          arpeggio, in eighths
 * 4/4 2/2   bass on 1 and 3, chord on 2 and 4   bass and three notes up, then
 *                                               the other bass and down
 * 2/4       bass on 1 and 2, chord an eighth    the same in two bars
 *           after each
 * 3/4 3/8   bass on 1, chord on 2 and 3         bass, up and down
 * 6/8 9/8   bass on each beat, chord on its     root, fifth, third; then fifth,
 * 12/8      third eighth                        third, fifth
 * 3/2       bass and chord on each beat         as in 4/4, once a beat
 *
 * Five beats are three and two, seven three, two and two; other meters are in
 * twos or threes as they divide. The bass is root and fifth in turn, from E2 to
 * D#3, and begins every chord with the root, and most bars; the tune ends on
 * it. The chord over it is the block chord, notes that are not above the root
 * an octave higher. A chord that is too short for its pattern is bass and chord
 * in turn, or together where it lasts less than a quarter.
 *
 * A drone is tonic and fifth of the key, by its signature, or of the root that
 * sounds most where there is none; it is struck again every two bars.
 *
 * Nothing is played where the song has no chord. A chord under a pickup stays
 * as it is, without a bass; a drone waits for the bar line. All is softer than
 * the melody of decode_song. */
enum accompaniment {
    ACCOMPANIMENT_BLOCK,      /* as decode_song has written them */
    ACCOMPANIMENT_BOOM_CHUCK, /* bass on the beat, chord after it */
    ACCOMPANIMENT_ARPEGGIO,   /* one note after the other */
    ACCOMPANIMENT_DRONE,      /* tonic and fifth of the key, held */
    ACCOMPANIMENT_NONE        /* their names stay */
};

extern const char *const arrange_accompaniment_names[]; /* ends with NULL */

/* Hornpipes are written in even eighths and played long and short. The first
 * half of each beat is stretched to `swing` of it and the second half pressed,
 * so that sixteenths keep their proportions and notes that met still do. The
 * beat is a quarter in 4/4, 2/2, 4/2 and 3/2; in 2/4, where tunes that swing
 * are written in sixteenths, an eighth. Other meters have no swing: waltzes are
 * even, and jigs have their own lilt. A beat in which a part plays a triplet
 * stays even in that part, and so does one in which the song ends, which is no
 * longer than before. A pickup of half a beat comes late. */
struct arrangement {
    enum accompaniment accompaniment;
    double swing; /* where in its beat the second note begins: 0.5 (and less)
                   * = even, 0.67 usual, 0.75 dotted, which is the most */
};

/* Plays a song of decode_song that way, in place: part 1 is the melody, part 2
 * the chords, if there are some, struck where they change and on every bar
 * line. Meters are those of its marks. Block chords without swing leave it as
 * it is. Texts that stand at notes move with them. ERR_MEM; the song is then
 * still one, but only partly so. */
int arrange_song(struct song *s, const struct arrangement *a, struct err *e);

/* The General MIDI program 0..127 of a text: its number 1..128 as in the
 * standard's list, a name there, what players call an instrument ("guitar",
 * "pipes", "concertina"), or a part of one name alone ("honky"), in any case.
 * ERR_USAGE says which ones it may be, or what is near. */
int arrange_instrument(const char *text, int *program, struct err *e);

/* Its name there; NULL of what is no program. */
const char *arrange_instrument_name(int program);

/* Quarters a minute at which dances of that rhythm and meter are played at a
 * session. The rhythm is found by its words, in any case and number ("Double
 * jigs"); of one that is not known, or has no such meter, and of "", the meter
 * alone decides.
 *
 * The figures are customary ones and no measurement of ours. Dancers' bands
 * give them in beats a minute: reels and jigs 116 to 124, hornpipes 92 to 100,
 * polkas and slides 132 to 140 (Sydney Irish Ceili Dancers, "Dance music");
 * sessions of mixed players, which these are for, go a little slower. */
double arrange_tempo(const char *rhythm, int beats, int unit);

#endif
