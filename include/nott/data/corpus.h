/* Folders of tunes to a dataset. What became of each file is kept, for an
 * account of it (account.h).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CORPUS_H
#define NOTT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/data/dataset.h"
#include "nott/music/encode.h"
#include "nott/score/source.h"

enum outcome {
    OUTCOME_KEPT,
    OUTCOME_REFUSED, /* it is no tune, or leads nowhere */
    OUTCOME_UNREAD,  /* the machine failed to read it, or keeps it from this
                      * user; it may be a good one */
};

extern const char *const corpus_outcome_names[]; /* "kept", ... */

/* A tune: a MIDI file, or one of those in a file of ABC. */
struct corpus_file {
    char *path; /* owned */
    char *name; /* owned: below its folder, without ".mid": "train/jig_1"; of
                 * one of several in a file with its number: "oneill/12" */
    const struct source *source; /* borrowed; NULL = still to be read */
    size_t number;               /* of those in it, from 0 */
    char *remarks; /* owned: what is odd in it, a line each; or NULL */
    size_t stem; /* bytes of the name, less what tells it from a twin ("~2") */
    enum split split;
    int placed;    /* it has that from its folder, not from its hash */
    uint64_t hash; /* of the stem */
    enum outcome outcome;
    unsigned repaired;    /* bits of enum song_repair */
    struct raw_tune tune; /* tune.reason is "" when the file is kept */
    int shift;            /* semitones by which the tune was moved as a whole */
    int octaves;          /* notes moved into the melody's range */
};

/* Bytes of remarks on all files; when they are reached, each further tune has
 * one line that says how many there are. */
#define CORPUS_MAX_REMARKS ((size_t)16 << 20)

struct corpus {
    struct corpus_file *files; /* owned; in byte order of the names as shown */
    size_t count, cap;
    struct source **sources; /* owned, each too */
    size_t source_count;
    int share[SPLITS]; /* percent */
    /* The classes to take, borrowed, to be set before corpus_build; NULL = they
     * are counted. */
    const struct vocabulary *like;
    struct chord_pool pool;
    int *map;               /* owned; the class of each chord of the pool */
    size_t remark_bytes;    /* of all files */
    size_t chord_min_count; /* by which the classes were made; 0 = by `like` */
    char sha256[65];        /* over names and contents of all files */
};

/* Finds the MIDI and .abc files below each of the paths (a path may also be a
 * file, or "-", standard input), and the tunes in them. A file below a folder
 * named train, valid or test at the top belongs to that split; others are
 * divided by a hash of their name, `valid` and `test` percent to those. Of
 * files of one name the first in byte order of their paths keeps it, others are
 * called "NAME~2" and so on. No folder is entered twice. What cannot be reached
 * below a path is among the files with its reason. ERR_IO, ERR_MEM; ERR_FORMAT
 * when there is none. */
int corpus_scan(struct corpus *c, char *const *paths, size_t n, int valid,
                int test, struct err *e);
void corpus_free(struct corpus *c);

/* Reads and encodes every file, of which there is one in memory at a time, but
 * for those of ABC; a tune takes about 1 kB and six bytes for each of its
 * steps, which are no more than its bytes allow (encode_options.bytes), and all
 * take time that grows as the files do. One that cannot be read, is no tune, or
 * has the name of another and is the same tune, has its outcome and reason
 * filled in. `progress` is told after each; it may be NULL. ERR_MEM. */
int corpus_encode(struct corpus *c, const struct encode_options *o,
                  void (*progress)(void *user, size_t done, size_t total),
                  void *user, struct err *e);

/* The steps below which a chord has no class of its own when none are asked
 * for, of how many of the training tunes. */
size_t corpus_chord_min_count(size_t train_steps);

/* The kept files as a dataset with a vocabulary counted over the training
 * split (classic: over all, as in 2016); chord_min_count 0 is
 * corpus_chord_min_count. With c->like that is the vocabulary, whatever the
 * tunes have, and tunes are moved as a whole into the range of its melody if
 * they can be. Where the hashes leave a split empty that has a share
 * of the files outside the folders, these are divided anew: in the order of
 * their hashes, each split one at least as far as they go, training first.
 * ERR_FORMAT when nothing is kept. */
int corpus_build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, struct dataset *d, struct err *e);

#endif
