/* What libsmf and GLib complain of while they work: they tell it to GLib's
 * log, which by default prints it. SPDX-License-Identifier: MIT */
#ifndef NOTT_COMPLAINT_H
#define NOTT_COMPLAINT_H

#include "nott/base/err.h"

enum { COMPLAINT_LEFT = -2 };

/* Runs work(user), which calls libsmf. 0, or -1 when something was complained
 * of: ERR_FORMAT, "name: libsmf: what". When that is a lack of memory the
 * work is left where it is, for libsmf would go on without what it has not got,
 * and GLib would end the program: COMPLAINT_LEFT, ERR_MEM. What libsmf holds
 * is lost then and must not be used, and the work must own nothing else; nor
 * may this thread use libsmf again, for GLib takes its next message for one
 * about a message, and ends the program. */
int complaint_none(void (*work)(void *user), void *user, const char *name,
                   struct err *e);

#endif
