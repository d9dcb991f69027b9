/* A folder for the files of one test, and the path of a file in it: set_up and
 * tear_down for cmocka. SPDX-License-Identifier: MIT */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdio.h>
#include <stdlib.h>

static char scratch[64], path[80];

static int set_up(void **state) {
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/nott-test-XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    snprintf(path, sizeof path, "%s/file", scratch);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

#endif
