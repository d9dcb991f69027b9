/* Signals: see cli.h. SPDX-License-Identifier: MIT */
#include "cli.h"

#include "nott/base/file.h"

volatile sig_atomic_t cli_signal;

static volatile sig_atomic_t is_caught; /* the tool looks at cli_signal */
static volatile sig_atomic_t is_told;   /* by others than the parent */
static volatile sig_atomic_t parent;    /* who hands signals on; 0 = nobody */

static void end_by(int number) {
    file_abandon();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    int from_parent =
        parent && info->si_code == SI_USER && info->si_pid == parent;
    if (!is_caught || (is_told && !from_parent && number != SIGPIPE)) {
        end_by(number);
        return;
    }
    is_told = is_told || !(from_parent || number == SIGPIPE);
    cli_signal = cli_signal ? cli_signal : number;
}

static void take(int number) {
    struct sigaction old,
        act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigemptyset(&act.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &act, NULL);
}

void cli_init_signals(void) {
    take(SIGINT);
    take(SIGTERM);
    take(SIGHUP);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write */
    signal(SIGCHLD, SIG_DFL); /* ignored, nobody hears how a child ended */
}

void cli_catch_signals(void) {
    is_caught = 1;
    take(SIGPIPE);
}

void cli_release_signals(void) {
    struct sigaction old;
    is_caught = 0;
    if (cli_signal)
        end_by(cli_signal);
    if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        signal(SIGPIPE, SIG_DFL);
}

void cli_fork_signals(pid_t from) {
    parent = (sig_atomic_t)from;
    cli_release_signals();
}
