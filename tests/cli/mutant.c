/* Stands in for a tool during a test: does nothing in its place, at the test's
 * call number $MUTANT_CALL (0 = at every call), and says $MUTANT_STATUS; else
 * becomes the tool of its own name in $MUTANT_TOOLS. Calls are counted in the
 * folder $MUTANT_CALLS, one file for each test. Linked statically, so that what
 * is preloaded into the tool leaves this alone. SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long number(const char *variable) {
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : -1;
}

/* The number of this call, from 1. */
static long count(const char *folder, const char *test) {
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, test);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &st))
        return -1;
    return (long)st.st_size;
}

int main(int argc, char **argv) {
    char path[4096];
    const char *test = getenv("BATS_SUITE_TEST_NUMBER"); /* not in setup_file */
    const char *calls = getenv("MUTANT_CALLS"), *tools = getenv("MUTANT_TOOLS");
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    if (!calls || !tools || !slash)
        return 127;
    if (test) {
        long n = count(calls, test), wanted = number("MUTANT_CALL");
        if (wanted == 0 || n == wanted)
            return (int)number("MUTANT_STATUS");
    }
    snprintf(path, sizeof path, "%s%s", tools, slash);
    execv(path, argv);
    return 127;
}
