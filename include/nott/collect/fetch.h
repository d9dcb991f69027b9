/* A URL to a file, over http and https. The only room that sees libcurl.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FETCH_H
#define NOTT_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/base/file.h"

struct fetch_options {
    uint64_t max_bytes; /* a longer body is refused, whatever it declares */
    const char *sha256; /* 64 hex digits, or NULL for no check */
    const char *user_agent;
    const char *ca_bundle; /* PEM file of trusted roots; NULL: the system's */
    int attempts;          /* tries in all when the failure may pass */
    int retry_ms;          /* wait before the second try; doubles each time */
    int stall_seconds;     /* give up below 100 bytes/s for so long; 0: 30 */
    /* What is wrong with a file of these first bytes, 512 or all that it has;
     * NULL: nothing. May be NULL. */
    const char *(*fault)(const uint8_t *head, size_t n);
    /* Is what has come, the file `part`, what is wanted? Asked when it is whole
     * and has the hash, before it becomes `path` and what is there is lost. 0,
     * or -1 with an error. May be NULL. */
    int (*accept)(void *user, const char *part, struct err *e);
    /* Called at least once a second; `total` is 0 while unknown. A nonzero
     * result stops the transfer with ERR_STOP and keeps the partial file. May
     * be NULL. */
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
};

/* Downloads `url` to `path`. The bytes go to `path`.part first; one left by an
 * earlier run is continued if the server confirms that it is the same file
 * (validator kept in `path`.part.tag), else begun anew when the first byte has
 * come, and so is one that was continued and does not have the hash. Only after
 * its hash agrees and it is accepted is it renamed to `path`. After a failure
 * there is a `path`.part only if a later run can continue it, or if it has the
 * hash. Redirects: at most 5, never away from http and https, never from https
 * down to http. Plain http is taken only together with a hash. A user and
 * password in the URL are used but never shown. Only one process at a time may
 * fetch to `path`. ERR_USAGE (URL or hash no good), ERR_NET (also too long a
 * body, or one with a fault), ERR_FORMAT (wrong hash), ERR_IO, ERR_MEM,
 * ERR_STOP. */
int fetch_url(const char *url, const char *path, const struct fetch_options *o,
              struct err *e);

/* After a failure: is there a `path`.part that a later run makes use of if it
 * fetches this `url`? Its name goes to `name`. */
int fetch_is_kept(const char *url, const char *path, char name[FILE_PATH]);

/* libcurl's: "7.88.1" */
const char *fetch_version(void);

#endif
