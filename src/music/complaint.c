/* Complaints of libsmf: see complaint.h. SPDX-License-Identifier: MIT */
#include "complaint.h"

#include <glib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALWAYS 65536 /* bytes, for the messages too */

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

/* Is there as much as the work needs? Where there is none at all, GLib asks for
 * some to say so, again and again until the stack is full. */
static int is_enough(size_t bytes) {
    void *volatile room = malloc(ALWAYS + bytes); /* lest it is left out */
    free(room);
    return room != NULL;
}

int complaint_none(void (*work)(void *user), void *user, size_t bytes,
                   enum err_code code, const char *name, struct err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    jmp_buf here;
    volatile int is_left = 1;
    if (!is_enough(bytes))
        return err_set(e, ERR_MEM, "%s: out of memory", name);
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
    err_set(e, is_left ? ERR_MEM : code, "%s: libsmf: %s", name, first);
    return is_left ? COMPLAINT_LEFT : -1;
}
