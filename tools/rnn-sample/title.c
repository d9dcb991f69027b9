/* Names for tunes: see title.h. SPDX-License-Identifier: MIT */
#include "rnn-sample/title.h"

#include "nott/base/rng.h"

#define STREAM 9 /* apart from those that tunes are drawn from */

static const char *const people[] = {
    "Miller",     "Weaver",   "Piper",     "Shepherd",  "Parson",
    "Tinker",     "Smith",    "Carter",    "Drover",    "Sailor",
    "Widow",      "Fiddler",  "Dairymaid", "Ploughman", "Thatcher",
    "Gamekeeper", "Ferryman", "Poacher",   "Cobbler",   "Landlady"};
static const char *const things[] = {
    "Lantern",  "Kettle", "Breeches", "Garland",   "Apron",
    "Bellows",  "Candle", "Fancy",    "Delight",   "Frolic",
    "Farewell", "Ramble", "Return",   "Favourite", "Whim",
    "Goose",    "Fiddle", "Basket",   "Wedding",   "Dream"};
static const char *const places[] = {
    "Mill",   "Bridge", "Heath",    "Orchard", "Green",   "Hollow", "Ford",
    "Meadow", "Quarry", "Moor",     "Thicket", "Lock",    "Weir",   "Common",
    "Barn",   "Chapel", "Crossing", "Hilltop", "Harbour", "Lane"};
static const char *const qualities[] = {
    "Merry",    "Idle",  "Crooked", "Silver", "Frosty", "Wandering", "Old",
    "Lively",   "Lost",  "Mossy",   "Sleepy", "Blithe", "Windy",     "Long",
    "Speckled", "Early", "Hasty",   "Quiet",  "Rusty",  "Bonny"};

#define DRAW(rng, list) list[rng_below(rng, sizeof list / sizeof *list)]

void title_make(int64_t seed, struct buf *out) {
    struct rng r;
    const char
        *last; /* drawn in a line of its own: compilers differ in order */
    rng_seed(&r, (uint64_t)seed, STREAM);
    switch (rng_below(&r, 5)) {
    case 0:
        last = DRAW(&r, things);
        buf_printf(out, "The %s's %s", DRAW(&r, people), last);
        break;
    case 1:
        last = DRAW(&r, people);
        buf_printf(out, "The %s %s", DRAW(&r, qualities), last);
        break;
    case 2:
        last = DRAW(&r, places);
        buf_printf(out, "The %s on the %s", DRAW(&r, people), last);
        break;
    case 3:
        last = DRAW(&r, places);
        buf_printf(out, "The %s %s", DRAW(&r, qualities), last);
        break;
    default:
        last = DRAW(&r, places);
        buf_printf(out, "Down by the %s %s", DRAW(&r, qualities), last);
    }
}
