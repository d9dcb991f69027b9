/* Complaints of libsmf: see complaint.h. SPDX-License-Identifier: MIT */
#include "complaint.h"

#include <glib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* The handler is set once for all threads, and keeps what each one was told. */
static _Thread_local char first[128];
static _Thread_local jmp_buf *out; /* of the work; NULL = none is done */

static int is_of_memory(const char *text) {
    return strstr(text, "llocate") || strstr(text, "malloc");
}

static void on_message(const gchar *domain, GLogLevelFlags level,
                       const gchar *text, gpointer unused) {
    (void)unused;
    const char *what = text ? text : "cannot allocate the message";
    if (!first[0])
        snprintf(first, sizeof first, "%s", what);
    if (out && (is_of_memory(what) || level & G_LOG_FLAG_FATAL))
        longjmp(*out, 1);
    if (level & G_LOG_FLAG_FATAL) /* the end of the program */
        g_log_default_handler(domain, level, what, NULL);
}

/* One for all domains, and not one for some: to set those takes memory, and
 * where that lacks GLib waits for itself. */
static void set_handler(void) {
    g_log_set_default_handler(on_message, NULL);
}

int complaint_none(void (*work)(void *user), void *user, const char *name,
                   struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    jmp_buf here;
    volatile int is_left = 1;
    pthread_once(&once, set_handler);
    first[0] = 0;
    out = &here;
    if (setjmp(here) == 0) {
        work(user);
        is_left = 0;
    }
    out = NULL;
    if (!first[0])
        return 0;
    err_set(e, is_left ? ERR_MEM : ERR_FORMAT, "%s: libsmf: %s", name, first);
    return is_left ? COMPLAINT_LEFT : -1;
}
