/* The sources of the page, src/score/page, as bytes: the Makefile turns them
 * into a C file (tests see what is in the page that goes out).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PAGE_FILES_H
#define NOTT_PAGE_FILES_H

/* Each is followed by a NUL that does not belong to it. */
extern const unsigned char page_files_html[], page_files_css[], page_files_js[];

#endif
