/* Downloads: see fetch.h. SPDX-License-Identifier: MIT */
#include "nott/collect/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"

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
    char part[4096], tag[4096];
    int secure;    /* a request has gone over https */
    int fd;        /* of .part */
    uint64_t done; /* bytes in it */
    uint64_t from; /* where this request continues, 0 for a whole body */
    int begun;     /* the body of this request has begun */
    int anew;      /* continuing has failed before: do not try it again */
    int failed;    /* a callback has set the error */
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

/* ---- what lies between two runs: .part and .part.tag ---- */

static int part_open(struct fetch *f) {
    struct stat st;
    f->fd = open(f->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd < 0 || fstat(f->fd, &st))
        return err_errno(f->e, "%s", f->part);
    if (!S_ISREG(st.st_mode))
        return err_set(f->e, ERR_IO, "%s: not a regular file", f->part);
    f->done = (uint64_t)st.st_size;
    return 0;
}

static int part_empty(struct fetch *f) {
    f->done = 0;
    unlink(f->tag);
    if (ftruncate(f->fd, 0))
        return err_errno(f->e, "%s", f->part);
    return 0;
}

static const char *header(CURL *curl, const char *name) {
    struct curl_header *h;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h))
        return NULL;
    return h->value;
}

/* Two lines: the address, and what to send as If-Range. That may not be a
 * weak ETag (RFC 9110, 13.1.5). Without the tag the next run begins anew,
 * which is no error. */
static void tag_write(const struct fetch *f) {
    const char *value = header(f->curl, "ETag");
    if (!value || value[0] != '"')
        value = header(f->curl, "Last-Modified");
    struct buf b = {0};
    if (value)
        buf_printf(&b, "%s\n%s\n", f->shown, value);
    if (b.failed || !b.len || file_write(f->tag, b.data, b.len, NULL))
        unlink(f->tag);
    buf_free(&b);
}

/* The validator of the partial file, if it came from this address. */
static int tag_read(const struct fetch *f, char *value, size_t cap) {
    struct buf b = {0};
    size_t n = strlen(f->shown), len = 0;
    if (file_read(&b, f->tag, 8192, NULL) == 0 && b.len > n + 2 &&
        memcmp(b.data, f->shown, n) == 0 && b.data[n] == '\n') {
        const char *text = (const char *)b.data + n + 1;
        while (text[len] && (unsigned char)text[len] >= 0x20)
            len++;
        if (text[len] == '\n' && len && len < cap)
            snprintf(value, cap, "%.*s", (int)len, text);
        else
            len = 0;
    }
    buf_free(&b);
    return len > 0;
}

/* ---- one request ---- */

/* Appends to .part; its file position is of no meaning. */
static int part_add(struct fetch *f, const char *data, size_t n) {
    while (n) {
        ssize_t done = pwrite(f->fd, data, n, (off_t)f->done);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        f->done += (uint64_t)done;
        data += done;
        n -= (size_t)done;
    }
    return 0;
}

static long status_of(CURL *curl) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* libcurl's own limit does not see chunked bodies, so bytes are counted. */
static size_t on_body(char *data, size_t size, size_t count, void *user) {
    struct fetch *f = user;
    size_t n = size * count;
    if (f->from && status_of(f->curl) != 206)
        return CURL_WRITEFUNC_ERROR;
    if (!f->begun && !f->from)
        tag_write(f);
    f->begun = 1;
    if (f->done > f->o->max_bytes || n > f->o->max_bytes - f->done) {
        f->failed = 1;
        err_set(f->e, ERR_NET, "%s: longer than %" PRIu64 " bytes", f->shown,
                f->o->max_bytes);
        return CURL_WRITEFUNC_ERROR;
    }
    if (part_add(f, data, n)) {
        f->failed = 1;
        err_errno(f->e, "%s", f->part);
        return CURL_WRITEFUNC_ERROR;
    }
    return n;
}

static int stopped(struct fetch *f, uint64_t total) {
    if (!f->o->progress || !f->o->progress(f->o->user, f->done, total))
        return 0;
    f->failed = 1;
    err_set(f->e, ERR_STOP, "%s: stopped", f->shown);
    return 1;
}

static int on_progress(void *user, curl_off_t total, curl_off_t now,
                       curl_off_t up_total, curl_off_t up_now) {
    struct fetch *f = user;
    (void)now;
    (void)up_total;
    (void)up_now;
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
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 15L);
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
        err_set(f->e, ERR_NET, "%s: longer than %" PRIu64 " bytes", f->shown,
                f->o->max_bytes);
    else
        err_set(f->e, ERR_NET, "%s: %s", f->shown, text);
}

/* A continuation is one only if the server says 206: libcurl also reports
 * success when a whole body happens to be as long as the partial file. */
static enum outcome judge(struct fetch *f, CURLcode rc, int last) {
    long status = status_of(f->curl);
    if (f->failed)
        return FAILED;
    if (f->from && (rc == CURLE_RANGE_ERROR || status == 416 || status == 200))
        return ANEW;
    if (rc == CURLE_OK)
        return DONE;
    if (may_pass(rc, status) && !last)
        return AGAIN;
    say_why(f, rc, status);
    return FAILED;
}

/* Decides where to begin, and asks for the rest only if it is the same file. */
static int set_start(struct fetch *f, struct curl_slist **headers) {
    char value[1024], line[1100];
    f->from = f->done;
    f->begun = 0;
    if (!f->done || f->anew || f->done > f->o->max_bytes ||
        !tag_read(f, value, sizeof value)) {
        f->from = 0;
        return part_empty(f);
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

static int transfer(struct fetch *f) {
    int wait = f->o->retry_ms;
    for (int attempt = 1;; attempt++) {
        enum outcome outcome = request(f, attempt >= f->o->attempts);
        if (outcome == ANEW) {
            f->anew = 1;
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

static int finish(struct fetch *f) {
    if (fchmod(f->fd, (mode_t)file_mode(0666)) || fsync(f->fd))
        return err_errno(f->e, "%s", f->part);
    int bad = close(f->fd);
    f->fd = -1;
    if (bad)
        return err_errno(f->e, "%s", f->part);
    struct err why = {0};
    if (f->o->sha256 && hash_verify(f->part, f->o->sha256, &why)) {
        if (why.code == ERR_FORMAT) {
            unlink(f->part);
            unlink(f->tag);
        }
        return err_set(f->e, why.code, "%s", why.text);
    }
    if (rename(f->part, f->path))
        return err_errno(f->e, "%s", f->path);
    unlink(f->tag);
    file_sync_parent(f->path);
    return 0;
}

/* An earlier run may have got everything but the last rename. */
static int have_all(const struct fetch *f) {
    return f->done && f->o->sha256 &&
           hash_verify(f->part, f->o->sha256, NULL) == 0;
}

int fetch_url(const char *url, const char *path, const struct fetch_options *o,
              struct err *e) {
    struct fetch f = {.url = url, .path = path, .o = o, .e = e, .fd = -1};
    int rc = -1;
    int n = snprintf(f.tag, sizeof f.tag, "%s.part.tag", path);
    snprintf(f.part, sizeof f.part, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof f.tag)
        return err_set(e, ERR_IO, "%s: name too long", path);
    if (url_check(&f) || part_open(&f))
        goto out;
    if (have_all(&f) || transfer(&f) == 0)
        rc = finish(&f);
out:
    if (f.fd >= 0)
        close(f.fd);
    curl_free(f.shown);
    return rc;
}
