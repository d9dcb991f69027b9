/* What libsmf and GLib complain of while they work: they tell it to GLib's
 * log, which by default prints it. SPDX-License-Identifier: MIT */
#ifndef NOTT_COMPLAINT_H
#define NOTT_COMPLAINT_H

#include <stddef.h>

#include "nott/base/err.h"

enum { COMPLAINT_LEFT = -2 };

/* Runs work(user), which calls libsmf and needs about `bytes` for it; ERR_MEM
 * if there are not as many. 0, or -1 when something was complained of: "name:
 * libsmf: what", with `code`. When that is a lack of memory all the same, the
 * work is left where it is, for libsmf would go on without what it has not got,
 * and GLib would end the program: COMPLAINT_LEFT, ERR_MEM. What libsmf holds is
 * lost then and must not be used, and the work must own nothing else. */
int complaint_none(void (*work)(void *user), void *user, size_t bytes,
                   enum err_code code, const char *name, struct err *e);

#endif
