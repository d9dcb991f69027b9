/* Downloads: see fetch.h. SPDX-License-Identifier: MIT */
#include "nott/collect/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "part.h"

#define UNHEARD (1 << 20) /* bytes of a body that is not for on_body */

enum outcome {
    DONE,
    FAILED, /* for good; the error is set */
    AGAIN,  /* may pass: try once more */
    ANEW,   /* the partial file is of no use: begin from its start */
};

struct fetch {
    const char *url;
    const char *path;
    const struct fetch_options *o;
    struct err *e;
    CURL *curl;
    char *shown; /* the URL without user and password; curl_free it */
    struct part part;
    int secure;     /* a request has gone over https */
    uint64_t from;  /* where this request continues, 0 for a whole body */
    uint64_t whole; /* bytes of all of it, as a continuation says; 0 unknown */
    int begun;      /* the body of this request has begun */
    int unfit;      /* it is no continuation of what is there */
    int spliced;    /* what is there came in more than one request */
    int anew;       /* continuing has failed before: do not try it again */
    int useless;    /* so is what is there, for later runs too */
    int failed;     /* a callback has set the error */
    char text[CURL_ERROR_SIZE];
};

/* curl_version() would make the library of another protocol ready first, which
 * writes through a null pointer where there is no memory. */
const char *fetch_version(void) {
    return curl_version_info(CURLVERSION_NOW)->version;
}

/* ---- the address ---- */

static int is_web(CURLU *u) {
    char *scheme = NULL;
    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    int web = scheme && (!strcmp(scheme, "https") || !strcmp(scheme, "http"));
    curl_free(scheme);
    return web;
}

/* Refuses what is not an http(s) URL and fills in `shown`. A text that curl
 * cannot take apart is not repeated: it might hold a password. */
static int url_parse(struct fetch *f) {
    int rc = -1;
    CURLU *u = curl_url();
    if (!u)
        return err_set(f->e, ERR_MEM, "address: out of memory");
    CURLUcode bad =
        curl_url_set(u, CURLUPART_URL, f->url, CURLU_NON_SUPPORT_SCHEME);
    if (bad)
        err_set(f->e, ERR_USAGE, "address: not a URL (%s)",
                curl_url_strerror(bad));
    else if (curl_url_set(u, CURLUPART_USER, NULL, 0) ||
             curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) ||
             curl_url_set(u, CURLUPART_OPTIONS, NULL, 0) ||
             curl_url_get(u, CURLUPART_URL, &f->shown, 0))
        err_set(f->e, ERR_USAGE, "address: not a URL");
    else if (!is_web(u))
        err_set(f->e, ERR_USAGE, "%s: only http and https can be fetched",
                f->shown);
    else
        rc = 0;
    curl_url_cleanup(u);
    return rc;
}

static int url_check(struct fetch *f) {
    if (f->o->sha256 && !hash_is_hex(f->o->sha256))
        return err_set(f->e, ERR_USAGE, "SHA-256: not 64 hexadecimal digits");
    if (url_parse(f))
        return -1;
    f->secure = strncmp(f->shown, "https:", 6) == 0;
    if (!f->secure && !f->o->sha256)
        return err_set(f->e, ERR_USAGE,
                       "%s: plain http is fetched only with a SHA-256 given",
                       f->shown);
    return 0;
}

/* ---- one request ---- */

static const char *header(CURL *curl, const char *name) {
    struct curl_header *h;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h))
        return NULL;
    return h->value;
}

static int too_long(const struct fetch *f) {
    return err_set(f->e, ERR_NET, "%s: longer than %" PRIu64 " bytes", f->shown,
                   f->o->max_bytes);
}

static long status_of(CURL *curl) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* What to send as If-Range if the transfer is cut. It may not be a weak ETag
 * (RFC 9110, 13.1.5). One that cannot be kept is as good as none. */
static const char *validator(CURL *curl) {
    const char *value = header(curl, "ETag");
    return value && value[0] == '"' && part_can_keep(value)
               ? value
               : header(curl, "Last-Modified");
}

/* Content-Range: bytes 100-199/200 (RFC 9110, 14.4). Does the answer continue
 * at f->from? How long the whole is, or 0, goes to f->whole: an answer may be
 * shorter than what was asked for. libcurl takes a range that begins elsewhere
 * for the whole. */
static int continues(struct fetch *f) {
    const char *range = header(f->curl, "Content-Range");
    char *end;
    if (status_of(f->curl) != 206 || !range || strncasecmp(range, "bytes ", 6))
        return 0;
    uint64_t from = strtoull(range + 6, &end, 10);
    const char *slash = strchr(end, '/');
    f->whole = slash ? strtoull(slash + 1, NULL, 10) : 0;
    return *end == '-' && from == f->from;
}

/* Takes the beginning of a body, or not. Only here a whole one takes the place
 * of what is there, which may be of another address and can be continued if
 * nothing comes from this one. */
static int begin(struct fetch *f) {
    if (f->from && !continues(f)) {
        f->unfit = 1;
        return -1;
    }
    if (!f->from && status_of(f->curl) == 206) {
        f->failed = 1;
        return err_set(f->e, ERR_NET, "%s: the server sends an unasked part",
                       f->shown);
    }
    if (!f->from) {
        if (part_empty(&f->part, f->e)) {
            f->failed = 1;
            return -1;
        }
        part_mark(&f->part, f->shown, validator(f->curl));
    }
    f->begun = 1;
    return 0;
}

/* libcurl's own limit does not see chunked bodies, so bytes are counted. */
static size_t on_body(char *data, size_t size, size_t count, void *user) {
    struct fetch *f = user;
    size_t n = size * count;
    if (!f->begun && begin(f))
        return CURL_WRITEFUNC_ERROR;
    if (f->part.done > f->o->max_bytes || n > f->o->max_bytes - f->part.done) {
        f->failed = 1;
        f->useless = 1;
        too_long(f);
        return CURL_WRITEFUNC_ERROR;
    }
    if (part_add(&f->part, data, n)) {
        f->failed = 1;
        err_errno(f->e, "%s", f->part.path);
        return CURL_WRITEFUNC_ERROR;
    }
    return n;
}

static int stopped(struct fetch *f, uint64_t total) {
    uint64_t done = f->begun ? f->part.done : f->from;
    if (!f->o->progress || !f->o->progress(f->o->user, done, total))
        return 0;
    f->failed = 1;
    err_set(f->e, ERR_STOP, "%s: stopped", f->shown);
    return 1;
}

/* libcurl reads the body of a redirection to its end, and nobody else sees it.
 */
static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up_now) {
    struct fetch *f = user;
    (void)up_total;
    (void)up_now;
    if (!f->begun && now > UNHEARD) {
        f->failed = 1;
        err_set(f->e, ERR_NET, "%s: redirected with more than %d bytes",
                f->shown, UNHEARD);
        return 1;
    }
    int known = f->begun && total > 0;
    return stopped(f, known ? f->from + (uint64_t)total : 0);
}

/* Called before each request, redirected ones too: the list of protocols alone
 * would let http go to https and then back down. */
static int before_request(void *user, char *ip, char *local_ip, int port,
                          int local_port) {
    struct fetch *f = user;
    char *url = NULL;
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    curl_easy_getinfo(f->curl, CURLINFO_EFFECTIVE_URL, &url);
    int https = url && strncasecmp(url, "https:", 6) == 0;
    if (f->secure && !https) {
        f->failed = 1;
        err_set(f->e, ERR_NET, "%s: redirected from https to http", f->shown);
        return CURL_PREREQFUNC_ABORT;
    }
    f->secure = https;
    return CURL_PREREQFUNC_OK;
}

static int set_callbacks(struct fetch *f) {
    CURL *c = f->curl;
    int bad = 0;
    bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->text);
    bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
    bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_request);
    bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, f);
    return bad;
}

/* What is not set matters too: no ACCEPT_ENCODING (a compressed transfer can
 * be a bomb), no total timeout, certificates are verified. */
static int set_rules(struct fetch *f) {
    CURL *c = f->curl;
    const struct fetch_options *o = f->o;
    int stall = o->stall_seconds > 0 ? o->stall_seconds : 30;
    int bad = 0;
    bad |= curl_easy_setopt(c, CURLOPT_URL, f->url);
    bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
                            f->secure ? "https" : "http,https");
    bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L);
    bad |= curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE,
                            (curl_off_t)(o->max_bytes - f->from));
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT,
                            (long)(stall < 15 ? stall : 15));
    bad |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
    bad |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)stall);
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, o->user_agent);
    bad |= curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)f->from);
    if (o->ca_bundle)
        bad |= curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_bundle);
    return bad;
}

static int may_pass(CURLcode rc, long status) {
    switch (rc) {
    case CURLE_HTTP_RETURNED_ERROR:
        return status >= 500;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return 1;
    default:
        return 0;
    }
}

static void say_why(struct fetch *f, CURLcode rc, long status) {
    const char *text = f->text[0] ? f->text : curl_easy_strerror(rc);
    if (rc == CURLE_HTTP_RETURNED_ERROR)
        err_set(f->e, ERR_NET, "%s: the server answers %ld", f->shown, status);
    else if (rc == CURLE_FILESIZE_EXCEEDED)
        too_long(f);
    else
        err_set(f->e, ERR_NET, "%s: %s", f->shown, text);
}

static enum outcome again(struct fetch *f, int last) {
    if (last)
        err_set(f->e, ERR_NET,
                "%s: ends after %" PRIu64 " of %" PRIu64 " bytes", f->shown,
                f->part.done, f->whole);
    return last ? FAILED : AGAIN;
}

/* Is all of it there, whatever became of the connection that it came by, or of
 * the run that got it? */
static int have_all(const struct fetch *f) {
    return f->part.done && f->part.done <= f->o->max_bytes && f->o->sha256 &&
           hash_verify(f->part.path, f->o->sha256, NULL) == 0;
}

/* A body of no bytes is one too. */
static enum outcome end_empty(struct fetch *f) {
    const char *fault = f->o->fault ? f->o->fault((const uint8_t *)"", 0) : 0;
    if (fault)
        err_set(f->e, ERR_NET, "%s: %s", f->shown, fault);
    return fault || begin(f) ? FAILED : DONE;
}

/* libcurl also reports success when a whole body happens to be as long as the
 * partial file. */
static enum outcome judge(struct fetch *f, CURLcode rc, int last) {
    long status = status_of(f->curl);
    if (f->failed)
        return FAILED;
    if (f->from &&
        (rc == CURLE_RANGE_ERROR || f->unfit || status == 416 || status == 200))
        return ANEW;
    if (rc == CURLE_OK && !f->begun)
        return f->from ? ANEW : end_empty(f); /* a rest of nothing */
    if (rc == CURLE_OK)
        return f->part.done < f->whole ? again(f, last) : DONE;
    if (f->begun && have_all(f))
        return DONE;
    if (may_pass(rc, status) && !last)
        return AGAIN;
    say_why(f, rc, status);
    return FAILED;
}

/* Decides where to begin, and asks for the rest only if it is the same file. */
static int set_start(struct fetch *f, struct curl_slist **headers) {
    char value[PART_VALIDATOR], line[PART_VALIDATOR + 16];
    f->from = f->part.done;
    f->whole = 0;
    f->begun = f->unfit = 0;
    f->spliced = 1;
    if (!f->from || f->anew || f->from > f->o->max_bytes ||
        !part_validator(&f->part, f->shown, value)) {
        f->from = 0;
        f->spliced = 0;
        return 0;
    }
    snprintf(line, sizeof line, "If-Range: %s", value);
    *headers = curl_slist_append(NULL, line);
    return *headers ? 0 : err_set(f->e, ERR_MEM, "%s: out of memory", f->shown);
}

static enum outcome request(struct fetch *f, int last) {
    enum outcome outcome = FAILED;
    struct curl_slist *headers = NULL;
    int secure = f->secure;
    f->text[0] = 0;
    f->curl = curl_easy_init();
    if (!f->curl)
        err_set(f->e, ERR_MEM, "%s: out of memory", f->shown);
    else if (set_start(f, &headers) == 0) {
        if (set_callbacks(f) || set_rules(f) ||
            curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, headers))
            err_set(f->e, ERR_MEM, "%s: libcurl lacks a needed option",
                    f->shown);
        else
            outcome = judge(f, curl_easy_perform(f->curl), last);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(f->curl);
    f->curl = NULL;
    f->secure = secure;
    return outcome;
}

/* ---- all of it ---- */

static int wait_ms(struct fetch *f, int ms) {
    const struct timespec tenth = {.tv_nsec = 100000000};
    for (; ms > 0; ms -= 100) {
        if (stopped(f, 0))
            return -1;
        nanosleep(&tenth, NULL);
    }
    return 0;
}

/* What is there is of no use, or of no more. */
static int forget(struct fetch *f) {
    f->anew = 1;
    return part_empty(&f->part, f->e);
}

static int transfer(struct fetch *f) {
    int wait = f->o->retry_ms;
    for (int attempt = 1;; attempt++) {
        enum outcome outcome = request(f, attempt >= f->o->attempts);
        if (outcome == ANEW && forget(f))
            return -1;
        if (outcome == ANEW) {
            attempt--;
            continue;
        }
        if (outcome != AGAIN)
            return outcome == DONE ? 0 : -1;
        if (wait_ms(f, wait))
            return -1;
        wait = wait < 30000 ? 2 * wait : wait;
    }
}

/* Is it what was wanted? A body that cannot be is told by its beginning, which
 * says more than that its hash is another. */
static int check(const struct fetch *f, struct err *e) {
    uint8_t head[512];
    int64_t n = file_read_at(f->part.fd, head, sizeof head, 0);
    if (n < 0)
        return err_errno(e, "%s", f->part.path);
    const char *fault = f->o->fault ? f->o->fault(head, (size_t)n) : NULL;
    if (fault)
        return err_set(e, ERR_NET, "%s: %s", f->shown, fault);
    return f->o->sha256 ? hash_verify(f->part.path, f->o->sha256, e) : 0;
}

/* What came in pieces may be pieces of two files, whatever the server said of
 * them; then it is fetched once more, in one. */
static int get(struct fetch *f) {
    for (;;) {
        struct err why = {0};
        if (transfer(f))
            return -1;
        if (check(f, &why) == 0)
            return 0;
        int wrong = why.code == ERR_FORMAT || why.code == ERR_NET;
        if (!wrong || !f->spliced) {
            f->useless = wrong;
            return err_set(f->e, why.code, "%s", why.text);
        }
        if (forget(f))
            return -1;
    }
}

static int put_in_place(struct fetch *f) {
    if (part_finish(&f->part, f->e))
        return -1;
    if (rename(f->part.path, f->path))
        return err_errno(f->e, "%s", f->path);
    unlink(f->part.tag);
    file_sync_parent(f->path);
    return 0;
}

/* Without a hash nothing tells a good one from one that was not accepted. */
static int accept_it(struct fetch *f) {
    if (!f->o->accept || f->o->accept(f->o->user, f->part.path, f->e) == 0)
        return 0;
    f->useless = !f->o->sha256;
    return -1;
}

/* What has no tag is kept only when it is whole. */
int fetch_is_kept(const char *url, const char *path, char name[FILE_PATH]) {
    struct fetch f = {.url = url};
    char value[PART_VALIDATOR];
    int kept =
        part_name(&f.part, path, NULL) == 0 && url_parse(&f) == 0 &&
        access(f.part.path, F_OK) == 0 &&
        (access(f.part.tag, F_OK) || part_validator(&f.part, f.shown, value));
    snprintf(name, FILE_PATH, "%s", f.part.path);
    curl_free(f.shown);
    return kept;
}

int fetch_url(const char *url, const char *path, const struct fetch_options *o,
              struct err *e) {
    struct fetch f = {.url = url, .path = path, .o = o, .e = e};
    int rc = -1;
    if (url_check(&f) == 0 && part_open(&f.part, path, e) == 0) {
        int whole = have_all(&f) || get(&f) == 0;
        if (whole && accept_it(&f) == 0)
            rc = put_in_place(&f);
        part_close(&f.part);
        if (rc &&
            (f.useless || !((whole && o->sha256) || part_is_of_use(&f.part))))
            part_drop(&f.part);
    }
    curl_free(f.shown);
    return rc;
}
