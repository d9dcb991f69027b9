/* MIDI files to songs and back. The only room that sees libsmf.
 *
 * libsmf aborts or reads out of bounds on damaged input, so it is never given
 * any: the guard below parses the whole file itself and re-emits a clean one,
 * and only that reaches the library. SPDX-License-Identifier: MIT */
#ifndef NOTT_MIDI_H
#define NOTT_MIDI_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/song.h"

#define MIDI_MAX_BYTES  ((size_t)16 << 20) /* larger files are refused */
#define MIDI_MAX_EVENTS 65536              /* per track */
#define MIDI_MAX_IN_ALL 524288             /* events of all tracks */
#define MIDI_MAX_MARKS  1024               /* tempo and meter events per file */

/* Parses a MIDI file, also one in a RIFF container. What is wrong in it but of
 * no account is said in s->repaired. Tracks become parts in their order. A
 * note-on opens a note; a note-off, or a note-on of velocity 0, closes the note
 * of that pitch and channel that was opened first; one without an open note is
 * ignored; notes still open at the end of the track end there. The first track
 * name is the part's name, other texts are marks, all as UTF-8 (plain_decode);
 * a program change counts only before the first note. *s is overwritten, and
 * zeroed on failure; the caller frees it with song_free. It takes three times
 * the file and 200 bytes for each event, 150 MB at most, and time that grows as
 * the file does. ERR_FORMAT, ERR_MEM, and ERR_IO for midi_load. */
int midi_parse(struct song *s, const uint8_t *data, size_t n, const char *name,
               struct err *e);
int midi_load(struct song *s, const char *path, struct err *e);

/* Appends a format 1 file with one track per part (note-offs before note-ons,
 * marks first) to `out`. Every note comes back from midi_parse with the same
 * onset, duration, pitch, velocity and channel (equal notes that overlap on one
 * channel may swap ends). Empty texts are not written; where a part's `end`
 * lies after its last event, one without meaning (FF 7F) keeps it. What
 * midi_parse would refuse is refused here; `name` is for the message.
 * ERR_FORMAT (a value out of range), ERR_MEM. */
int midi_write(const struct song *s, const char *name, struct buf *out,
               struct err *e);

/* The same as a file, whole or not at all. ERR_IO. */
int midi_save(const struct song *s, const char *path, struct err *e);

#endif
