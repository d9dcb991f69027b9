/* The lock of a run: see runlock.h. SPDX-License-Identifier: MIT */
#include "runlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"

static int is_taken(int error) {
    return error == EACCES || error == EAGAIN;
}

static int busy(struct runlock *l, const char *dir, struct err *e) {
    runlock_release(l);
    return err_set(e, ERR_IO, "%s: another rnn-train is at work in it", dir);
}

int runlock_take(struct runlock *l, const char *dir, int across,
                 struct err *e) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (l->folder >= 0)
        return 0;
    l->folder = file_open_at(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
    if (l->folder < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    int got = l->folder < 0 ? -1 : file_lock(l->folder, 0);
    if (got == 0)
        return busy(l, dir, e);
    if (got < 0)
        cli_note("%s: cannot be locked (%s); nothing keeps another rnn-train "
                 "out of it",
                 dir, strerror(errno));
    if (!across)
        return 0;
    l->file = file_open_at(AT_FDCWD, file_in(dir, "grid.lock").text,
                           O_RDWR | O_CREAT, 0666);
    if (l->file >= 0 && fcntl(l->file, F_SETLK, &whole) && is_taken(errno))
        return busy(l, dir, e);
    return 0;
}

void runlock_release(struct runlock *l) {
    if (l->folder >= 0)
        close(l->folder);
    if (l->file >= 0)
        close(l->file);
    *l = (struct runlock)RUNLOCK_NONE;
}
