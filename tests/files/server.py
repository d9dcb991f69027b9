#!/usr/bin/env python3
"""A web server on 127.0.0.1 that misbehaves in all the ways we know.

usage: server.py FILE LOG [CERTIFICATE]

Serves FILE on a free port, which it prints. Appends a line per request to LOG:
path, then Range, If-Range, Accept-Encoding, User-Agent and whether there was an
Authorization. CERTIFICATE, a PEM file with key, makes it https. What /path does
is in the method of that name; a query string keeps the counts of tests apart.
SPDX-License-Identifier: MIT
"""
import gzip
import http.server
import re
import ssl
import sys
import threading
import time
import urllib.parse
from collections import Counter
from pathlib import Path

BODY = Path(sys.argv[1]).read_bytes()
HALF = len(BODY) // 2
TAG = '"first"'
LONGEST = 20  # seconds of any endless answer
seen = Counter()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        wanted = ("Range", "If-Range", "Accept-Encoding", "User-Agent")
        line = [self.path] + [self.headers.get(h, "-") for h in wanted]
        line.append("password" if "Authorization" in self.headers else "-")
        with lock:
            seen[self.path] += 1
            self.count = seen[self.path]
            with open(sys.argv[2], "a") as log:
                log.write("\t".join(line) + "\n")
        name = url.path.strip("/").replace("-", "_")
        try:
            getattr(self, "path_" + name, self.path_missing)()
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def head(self, status, length=None, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def whole(self, **headers):
        self.head(200, len(BODY), **headers)
        self.wfile.write(BODY)

    def half(self, **headers):
        self.head(200, len(BODY), **headers)
        self.wfile.write(BODY[:HALF])

    def start(self):
        return int(re.match(r"bytes=(\d+)-$", self.headers["Range"])[1])

    def rest(self, bytes_sent=None, **headers):
        """From where it is asked for; cut after so many bytes."""
        start = self.start()
        self.head(206, len(BODY) - start, **headers,
                  Content_Range="bytes %d-%d/%d" % (start, len(BODY) - 1,
                                                    len(BODY)))
        self.wfile.write(BODY[start:][:bytes_sent])

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def path_missing(self):
        self.head(404, 9)
        self.wfile.write(b"not found")

    def path_good(self):
        self.whole(ETag=TAG)

    def path_redirect(self):
        self.head(302, 0, Location=self.query["to"])

    def path_loop(self):
        self.head(302, 0, Location=self.path)

    def path_redirect_endless(self):
        """On a connection that stays, whose rest is therefore read."""
        self.send_response(302)
        self.send_header("Location", "/good")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.endless()

    def path_hops(self):
        n = int(self.query["n"])
        self.head(302, 0, Location="/hops?n=%d" % (n - 1) if n > 1 else "/good")

    def path_busy(self):
        self.head(503, 4)
        self.wfile.write(b"busy")

    def path_busy_twice(self):
        self.path_good() if self.count > 2 else self.path_busy()

    def path_silent(self):
        pass

    def path_short(self):
        """A length that does not come, and no way to continue."""
        self.half()

    def path_short_tagged(self):
        """A tag that is too long to be kept, and a date if it is asked for."""
        date = "Sun, 01 Jan 2012 05:00:00 GMT"
        tag = {"ETag": '"%s"' % ("x" * 2000)}
        if "date" in self.query:
            tag["Last_Modified"] = date
        if "Range" in self.headers and self.headers["If-Range"] == date:
            self.rest(**tag)
        else:
            self.half(**tag)

    def path_held(self):
        """All of it, without a length, on a connection that stays."""
        self.head(200)
        self.wfile.write(BODY)
        self.wfile.flush()
        time.sleep(LONGEST)

    def path_nothing(self):
        self.head(200, 0, ETag=TAG)

    def path_short_once(self):
        self.rest(ETag=TAG) if "Range" in self.headers else self.half(ETag=TAG)

    def path_short_thrice(self):
        """No more than a hundred bytes at a time for a whole run of nott-fetch."""
        if "Range" not in self.headers:
            self.head(200, len(BODY), ETag=TAG)
            self.wfile.write(BODY[:100])
        elif self.count > 3:
            self.rest(ETag=TAG)
        else:
            self.rest(100, ETag=TAG)

    def path_spliced(self):
        """Half of another file; what follows claims to be of the same."""
        if "Range" in self.headers:
            self.rest(ETag=TAG)
        elif self.count == 1:
            self.head(200, len(BODY), ETag=TAG)
            self.wfile.write(b"PK" + bytes(HALF))
        else:
            self.whole(ETag=TAG)

    def path_short_dated(self):
        """A weak ETag is no good for If-Range, the date is."""
        date = {"ETag": "W/" + TAG,
                "Last_Modified": "Sun, 01 Jan 2012 05:00:00 GMT"}
        self.rest(**date) if "Range" in self.headers else self.half(**date)

    def path_no_ranges(self):
        """Cut the first time; knows nothing of Range later."""
        self.half(ETag=TAG) if self.count == 1 else self.whole(ETag=TAG)

    def path_changed(self):
        """Another file after the cut, as long as what was there before."""
        if self.count == 1:
            self.head(200, 2 * HALF, ETag='"old"')
            self.wfile.write(bytes(HALF))
        else:
            self.whole(ETag=TAG)

    def path_changed_half(self):
        """The new file is just as long as the part of the old one."""
        if self.count == 1:
            self.head(200, 2 * len(BODY), ETag='"old"')
            self.wfile.write(bytes(len(BODY)))
        else:
            self.whole(ETag=TAG)

    def path_bad_range(self):
        if "Range" in self.headers:
            self.head(416, 0, Content_Range="bytes */%d" % len(BODY))
        elif self.count == 1:
            self.half(ETag=TAG)
        else:
            self.whole(ETag=TAG)

    def range_of(self, first, last, whole, body):
        self.head(206, len(body), ETag=TAG,
                  Content_Range="bytes %d-%d/%s" % (first, last, whole))
        self.wfile.write(body)

    def path_other_range(self):
        """Cut, then a part that was not asked for, as from another file."""
        if "Range" in self.headers:
            self.range_of(0, len(BODY) - 1, len(BODY), BODY)
        elif self.count == 1:
            self.half(ETag=TAG)
        else:
            self.whole(ETag=TAG)

    def path_no_content_range(self):
        """Cut, then a part that does not say which."""
        if "Range" in self.headers:
            self.head(206, HALF, ETag=TAG)
            self.wfile.write(BODY[:HALF])
        elif self.count == 1:
            self.half(ETag=TAG)
        else:
            self.whole(ETag=TAG)

    def path_crumbs(self):
        """Cut, then less than was asked for, a third at a time."""
        if "Range" not in self.headers:
            return self.half(ETag=TAG)
        start = self.start()
        stop = min(start + len(BODY) // 3, len(BODY))
        self.range_of(start, stop - 1, len(BODY), BODY[start:stop])

    def path_unasked_range(self):
        self.range_of(HALF, len(BODY) - 1, len(BODY), BODY[HALF:])

    def path_understated(self):
        """A length that is too short: what follows is no part of the body."""
        self.head(200, HALF, ETag=TAG)
        self.wfile.write(BODY)

    def path_page(self):
        text = b"<!DOCTYPE html>\n<title>Sign in</title>\n"
        self.head(200, len(text), Content_Type="text/html", ETag=TAG)
        self.wfile.write(text)

    def path_gzip(self):
        text = gzip.compress(BODY)
        self.head(200, len(text), Content_Encoding="gzip", ETag=TAG)
        self.wfile.write(text)

    def path_junk(self):
        """Begins like an archive."""
        self.head(200, 5004, ETag=TAG)
        self.wfile.write(b"PK\3\4" + bytes(5000))

    def path_failure(self):
        self.head(500, len(BODY))
        self.wfile.write(BODY)

    def path_drip(self):
        """A byte now and then, for ever."""
        self.head(200, len(BODY), ETag=TAG)
        for i in range(LONGEST):
            self.wfile.write(BODY[i:i + 1])
            self.wfile.flush()
            time.sleep(0.5)

    def path_drip_head(self):
        """The same of a header line."""
        self.send_response(200)
        self.flush_headers()
        for _ in range(LONGEST):
            self.wfile.write(b"X")
            self.wfile.flush()
            time.sleep(0.5)

    def path_endless_head(self):
        self.send_response(200)
        self.flush_headers()
        for _ in range(4000):
            self.wfile.write(b"".join(b"X-%d: %s\r\n" % (i, b"x" * 1000)
                                      for i in range(100)))

    def path_endless_continue(self):
        for _ in range(1 << 22):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def path_quiet(self):
        """Takes the request and says nothing."""
        time.sleep(LONGEST)

    def path_chunked(self):
        self.head(200, Transfer_Encoding="chunked")
        self.chunk(BODY[:HALF])
        self.chunk(BODY[HALF:])
        self.wfile.write(b"0\r\n\r\n")

    def path_chunked_cut(self):
        self.head(200, Transfer_Encoding="chunked")
        self.chunk(BODY[:HALF])

    def path_chunked_endless(self):
        self.head(200, Transfer_Encoding="chunked")
        self.endless()

    def endless(self):
        block = bytes(1 << 20)
        began = time.monotonic()
        while time.monotonic() - began < LONGEST:
            self.chunk(block)

    def path_old_cut(self):
        """HTTP/1.0 without a length: the cut cannot be seen."""
        self.protocol_version = "HTTP/1.0"
        self.head(200)
        self.wfile.write(BODY[:HALF])

    def path_huge(self):
        self.head(200, 1 << 30)
        self.wfile.write(BODY)

    def path_slow(self):
        """Half at once, then a trickle; continues at full speed."""
        if "Range" in self.headers:
            return self.rest(ETag=TAG)
        self.half(ETag=TAG)
        for i in range(LONGEST * 10):
            time.sleep(0.1)
            self.wfile.write(BODY[HALF + i:HALF + i + 1])
            self.wfile.flush()


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
