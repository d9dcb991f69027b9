/* Names for tunes: see title.h. SPDX-License-Identifier: MIT */
#include "rnn-sample/title.h"

#include "nott/base/rng.h"

#define STREAM 9  /* apart from those that tunes are drawn from */
#define WORDS  20 /* in each list */

static const char *const people[WORDS] = {
    "Miller",     "Weaver",   "Piper",     "Shepherd",  "Parson",
    "Tinker",     "Smith",    "Carter",    "Drover",    "Sailor",
    "Widow",      "Fiddler",  "Dairymaid", "Ploughman", "Thatcher",
    "Gamekeeper", "Ferryman", "Poacher",   "Cobbler",   "Landlady"};
static const char *const things[WORDS] = {
    "Lantern",  "Kettle", "Breeches", "Garland",   "Apron",
    "Bellows",  "Candle", "Fancy",    "Delight",   "Frolic",
    "Farewell", "Ramble", "Return",   "Favourite", "Whim",
    "Goose",    "Fiddle", "Basket",   "Wedding",   "Dream"};
static const char *const places[WORDS] = {
    "Mill",   "Bridge", "Heath",    "Orchard", "Green",   "Hollow", "Ford",
    "Meadow", "Quarry", "Moor",     "Thicket", "Lock",    "Weir",   "Common",
    "Barn",   "Chapel", "Crossing", "Hilltop", "Harbour", "Lane"};
static const char *const qualities[WORDS] = {
    "Merry",    "Idle",  "Crooked", "Silver", "Frosty", "Wandering", "Old",
    "Lively",   "Lost",  "Mossy",   "Sleepy", "Blithe", "Windy",     "Long",
    "Speckled", "Early", "Hasty",   "Quiet",  "Rusty",  "Bonny"};

static const struct form {
    const char *before;
    const char *const *first;
    const char *between;
    const char *const *last;
} forms[] = {{"The ", people, "'s ", things},
             {"The ", qualities, " ", people},
             {"The ", people, " on the ", places},
             {"The ", qualities, " ", places},
             {"Down by the ", qualities, " ", places}};

void title_make(int64_t seed, struct buf *out) {
    struct rng r;
    rng_seed(&r, (uint64_t)seed, STREAM);
    const struct form *f = &forms[rng_below(&r, sizeof forms / sizeof *forms)];
    /* one after the other: in what order arguments are found is not said */
    const char *last = f->last[rng_below(&r, WORDS)];
    const char *first = f->first[rng_below(&r, WORDS)];
    buf_printf(out, "%s%s%s%s", f->before, first, f->between, last);
}
