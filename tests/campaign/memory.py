"""Lets the memory of every tool run out, allocation by allocation.

Each tool does its work on a few tunes with one allocation failing, or that and
all later ones. What must come of it: status 0, and everything as if nothing had
happened; or status 1 and a line that says so, or an end with a message by
abort(), and then every file is either the old one or the whole new one, with
nothing beside it. That a tune or a file is to blame is never said. (libgomp
says it in its own name, and glibc's argp leaves out words of --help. GLib, below
libsmf, asks for memory to say that there is none until the stack is full: where
none can be had at all nothing can be said.)

    BIN=build/release BUDGET=60 python3 tests/campaign/memory.py

takes about so many seconds, first for places in the program that differ; with
BUDGET=0 it tries every allocation, which takes an hour. CASE=TEXT: only such;
SEED=N: another order.
SPDX-License-Identifier: MIT
"""
import concurrent.futures
import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.abspath(os.environ.get("BIN", "build/release"))
BUDGET = float(os.environ.get("BUDGET", "60"))
SEED = int(os.environ.get("SEED", "0"))
ONLY = os.environ.get("CASE", "")
WORK = tempfile.mkdtemp(prefix="nott-memory-")
STARVE = f"{WORK}/starve.so"
LEAST = 3  # tries of each case, however long they take
JOBS = len(os.sched_getaffinity(0))

SMALL = ["--set", "model.hidden=8", "--set", "model.project=4",
         "--set", "model.form=1", "--set", "train.batch=4",
         "--set", "train.epochs=1", "--set", "train.critic_rounds=1",
         "--set", "train.critic_tunes=20"]
TIMED = {"training.log"}  # files with times in them
KEPT = {"d.lock"}  # that nott-fetch leaves there


class Case:
    """A call of a tool in a folder where there is what `before` names. Of the
    folders in `whole` all files are old or all are new. A training that was cut
    off goes on with the options `goes_on`. Of a case of the C library's own
    parser of options `words` may be missing: it leaves out what it cannot
    format."""

    def __init__(self, name, command, before=(), whole=(), goes_on=None,
                 threads="1", words=True, status=0):
        self.name, self.command, self.words = name, command, words
        self.status = status
        self.before, self.whole, self.goes_on = before, whole, goes_on
        self.threads = threads
        self.tried = self.clean = self.failed = self.same = self.ended = 0


TRAIN = ["rnn-train", "-q", "--set", "data.sequences=../few.seq", *SMALL,
         "--run", "./run"]
ALONE = ["--set", "train.threads=1"]
SAMPLE = ["rnn-sample", "--config", "../model", "--seed", "1", "--bars", "4",
          "--force"]
EVAL = ["rnn-eval", "--config", "../model", "--set",
        "data.sequences=../few.seq"]
REFERENCE = ["--reference", "../few.seq"]
FETCH = ["nott-fetch", "--zip", "../few.zip", "--sha256", "none", "--dest",
         "d"]

CASES = [
    Case("midi2seq", ["midi2seq", "--report", "r.tsv", "-o", "o.seq", "../mixed"],
         ["o.seq", "r.tsv"]),
    Case("midi2seq --like", ["midi2seq", "--like", "../model", "-o", "o.seq",
                             "../mixed"], ["o.seq"]),
    Case("midi2seq --dump", ["midi2seq", "-q", "--dump", "--export", "e",
                             "--encoding", "classic", "../few"]),
    Case("midi2seq --tracks", ["midi2seq", "--tracks", "../mixed"]),
    Case("rnn-train", TRAIN + ALONE, goes_on=["--resume"]),
    Case("rnn-train --resume",
         TRAIN + ALONE + ["--resume", "--set", "train.epochs=2",
                          "--sample-every", "1"],
         ["run"], goes_on=["--resume"]),
    Case("rnn-train --init-from", TRAIN + ALONE + ["--init-from", "../model"],
         goes_on=["--resume"]),
    Case("rnn-train on threads", TRAIN + ["--set", "train.threads=2"],
         goes_on=["--resume"], threads="2"),
    Case("rnn-train [grid]", TRAIN + ALONE + ["--config", "../grid.ini"],
         goes_on=[]),
    Case("rnn-sample", SAMPLE + ["-o", "a.mid", "-o", "a.abc", "-o", "a.html",
                                 "-o", "a.svg", "-o", "a.musicxml",
                                 "--show-form"],
         ["a.mid", "a.abc", "a.html"]),
    Case("rnn-sample --given-melody",
         SAMPLE + ["--given-melody", "../kesh.abc", "-o", "a.abc"], ["a.abc"]),
    Case("rnn-sample --given-chords",
         SAMPLE + ["--given-chords", "|: D | G A7 | % | D/F# :|", "--count",
                   "2", "--best-of", "2", "-o", "a.html"],
         ["a.html"]),
    Case("rnn-sample --rework",
         [*SAMPLE[:5], "--force", "--rework", "../kesh.abc", "--keep", "A",
          "-o", "a.mid"],
         ["a.mid"]),
    Case("rnn-sample .sheet.svg", SAMPLE + ["-o", "a.sheet.svg"],
         ["a.sheet.svg"]),
    Case("rnn-sample to stdout", SAMPLE + ["-q", "-o", "-", "--primer",
                                     "../few/train/jigs-the-kesh.mid",
                                     "--primer-bars", "2"]),
    Case("rnn-eval", [*EVAL, "--json"]),
    Case("rnn-eval as text", EVAL),
    Case("rnn-eval --harmony", [*EVAL, "--harmony", "--json"]),
    Case("rnn-eval --music", ["rnn-eval", "--music", "--json", "../mixed"]),
    Case("rnn-eval --novelty", ["rnn-eval", "--novelty", "--gates", "--json",
                                "../few", *REFERENCE]),
    Case("rnn-eval --compare", ["rnn-eval", "--compare", "../few", "../mixed"]),
    Case("rnn-eval --judge", ["rnn-eval", "--judge", "--json", "../many",
                              "--reference", "../many.seq"]),
    Case("nott-fetch", FETCH, whole=["d"]),
    Case("nott-fetch again", FETCH, ["d"], whole=["d"]),
    Case("nott-fetch --force", FETCH + ["--force"], ["d"], whole=["d", "d.old"]),
    Case("--help", ["rnn-train", "--help"], words=False),
    Case("--version", ["nott-fetch", "--version"]),
    Case("--dump-config", ["rnn-train", "--dump-config"]),
    Case("wrong usage", ["rnn-train", "--hidden=9"], words=False, status=2),
]


# ---- what there is to work on ----


def do(*command, **more):
    subprocess.run(command, check=True, cwd=WORK, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **more)


def prepare():
    starter = f"{ROOT}/data/starter"
    do(os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", STARVE,
       f"{ROOT}/tests/cli/starve.c")
    do(f"{BIN}/nott-fetch", "--zip", f"{ROOT}/data/starter.zip", "--sha256",
       "none", "--dest", "many")
    for split, names in {"train": ("jigs-the-kesh", "jigs-the-atholl-highlanders"),
                         "valid": ("reels-the-silver-spear",),
                         "test": ("polkas-the-rakes-of-mallow",)}.items():
        for top in ("few", "mixed"):
            os.makedirs(f"{WORK}/{top}/{split}")
        for name in names:
            shutil.copy(f"{WORK}/many/{split}/{name}.mid", f"{WORK}/few/{split}")
    many = sorted(files(f"{WORK}/many").values())
    many = [path for path in many if path.endswith(".mid")]
    shutil.copy(f"{WORK}/few/train/jigs-the-kesh.mid", f"{WORK}/mixed/train")
    shutil.copy(f"{starter}/jigs-the-kesh.abc", f"{WORK}/kesh.abc")
    for split, name in (("train", "polkas-john-ryans-polka"),
                        ("valid", "reels-the-silver-spear"),
                        ("test", "jigs-the-atholl-highlanders")):
        shutil.copy(f"{starter}/{name}.abc", f"{WORK}/mixed/{split}")
    with open(f"{WORK}/mixed/bad.mid", "w") as f:
        f.write("no music\n")
    with open(f"{WORK}/mixed/two.abc", "w") as f:
        f.write("X:1\nT:One\nM:4/4\nL:1/8\nK:D\n|:\"D\"d2f2 \"A7\"e4|\"D\"d8:|\n\n"
                "X:2\nT:Two\nM:4/4\nL:1/8\nK:D\n\"D\"d2f2 \"A7\"e4\"?|d8|[y:]\n")
    with open(f"{WORK}/grid.ini", "w") as f:
        f.write("[grid]\ntrain.rate = 0.002 0.004\n")
    subprocess.run(["python3", "-c",
                    "import sys, zipfile, os\n"
                    "z = zipfile.ZipFile('few.zip', 'w', zipfile.ZIP_DEFLATED)\n"
                    "for d, _, names in sorted(os.walk('few')):\n"
                    "    for n in sorted(names): z.write(os.path.join(d, n))\n"],
                   check=True, cwd=WORK)
    do(f"{BIN}/midi2seq", "-o", "few.seq", "few")
    do(f"{BIN}/midi2seq", "-o", "many.seq", "--split", "30,0,70", *many)
    do(f"{BIN}/rnn-train", "--set", "data.sequences=few.seq", *SMALL, "--run",
       "./model")


# ---- one run ----


def files(folder):
    """Path below the folder -> path."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            found[os.path.relpath(path, folder)] = path
    return found


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def same(a, b):
    if os.path.basename(a) in TIMED:
        return True
    return filecmp.cmp(a, b, shallow=False)


def lay(case, folder):
    """The folder as the case finds it."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for name in case.before:
        if name == "run":
            shutil.copytree(f"{WORK}/model", f"{folder}/run")
        elif name == "d":
            subprocess.run([f"{BIN}/nott-fetch", "-q", *FETCH[1:]], cwd=folder,
                           check=True)
        else:
            with open(f"{folder}/{name}", "w") as f:
                f.write("old\n")


def call(case, folder, command=None, **more):
    """Runs the tool: (status, stdout, stderr)."""
    command = command or case.command
    env = {**os.environ, "LC_ALL": "C", "OPENBLAS_NUM_THREADS": case.threads,
           "OMP_NUM_THREADS": case.threads, **more}
    try:
        done = subprocess.run([f"{BIN}/{command[0]}", *command[1:]], cwd=folder,
                              env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=20)
    except subprocess.TimeoutExpired:
        return "hangs", b"", b""
    return done.returncode, done.stdout, done.stderr


def starved(case, folder, which, **more):
    return call(case, folder, LD_PRELOAD=STARVE, STARVE=which, **more)


def half(case, folder, for_good):
    """What is wrong with the files that a failure left. A folder cannot be listed,
    nor be taken away, where memory is gone `for_good`."""
    old, new = files(f"{case.folder}/old"), files(f"{case.folder}/new")
    now = files(folder)
    for name, path in now.items():
        if name in KEPT or os.path.basename(name) in TIMED:
            continue
        if for_good and re.match(r"d\.tmp-\w+/", name):
            continue
        if ".tmp-" in name:
            return f"leaves {name}"
        if not (name in old and same(path, old[name]) or
                name in new and same(path, new[name]) or
                (case.goes_on is not None and name.startswith("run/"))):
            return f"{name} is neither old nor new"
    gone = sorted(set(old) - set(now))
    if gone:
        return f"{gone[0]} is gone"
    for top in case.whole:
        there = {n for n in now if n.startswith(top + "/")}
        if there and there not in ({n for n in tree if n.startswith(top + "/")}
                                   for tree in (old, new)):
            return f"{top} is neither the old folder nor the new one"
    return None


def is_model(name):
    """Not a tune that was composed on the way and is not made up for."""
    return not re.search(r"epoch-\d+\.mid$", name)


def differs(case, folder, counts=lambda name: True):
    """How the folder differs from that of the undisturbed run."""
    new, now = ({name: path for name, path in files(top).items()
                 if counts(name)} for top in (f"{case.folder}/new", folder))
    if set(new) != set(now):
        return " ".join(sorted(set(new) ^ set(now)))
    for name, path in now.items():
        if not same(path, new[name]):
            return name
    return None


def goes_on(case, folder):
    """Is an interrupted training taken up again to the same end?"""
    if not os.path.exists(f"{folder}/run/last.safetensors"):
        return None
    more = [x for x in case.goes_on if x not in case.command]
    status, _, err = call(case, folder, case.command + more)
    if status:
        return f"cannot go on: {err.decode().strip()}"
    bad = differs(case, folder, is_model)
    return f"goes on to another {bad}" if bad else None


BLAMED = re.compile(rb"(refused|unread|not kept|damaged)[^\n]*"
                    rb"(memory|allocat)", re.I)


def judge(case, folder, which, result):
    """What is wrong with a run; counts what is not."""
    status, out, err = result
    tool = case.command[0].encode()
    if BLAMED.search(err) or BLAMED.search(out):
        return "a tune is blamed"
    if status == case.status:
        bad = differs(case, folder)
        if bad:
            return f"status {status} with other files: {bad}"
        if case.words and out != case.out:
            return f"status {status} with another output"
        if case.words and err != case.err:
            return f"status {status} with other messages"
        case.same += 1
        return None
    if status == -signal.SIGABRT and (err.strip() or
                                      "g_logv" in read(folder + ".where")):
        case.ended += 1
    elif status == 1:
        if not re.search(rb"^(%s|libgomp): .*(memory|allocat|Thread creation)"
                         % tool, err, re.M | re.I):
            return "status 1 without a word of memory"
        case.clean += 1
    else:
        return f"status {status}"
    bad = half(case, folder, which.endswith("+"))
    if not bad and case.goes_on is not None:
        bad = goes_on(case, folder)
    return bad


# ---- which, and how often ----

SPREAD = 0.6180339887498949


def places(case):
    """The calls of the undisturbed run in the order in which they are tried:
    first one of each place, then the others, each evenly spread."""
    first, others = {}, []
    with open(f"{case.folder}/calls", "rb") as f:
        data = f.read()
    for i in range(0, len(data), 8):
        if first.setdefault(data[i:i + 8], i // 8 + 1) != i // 8 + 1:
            others.append(i // 8 + 1)
    case.calls = len(data) // 8
    case.places = len(first)
    spread = lambda n: (n + SEED) * SPREAD % 1
    first = sorted(first.values(), key=spread)
    others.sort(key=spread)
    return ([str(n) for n in first], [f"{n}+" for n in first],
            [str(n) for n in others], [f"{n}+" for n in others])


def learn(case, number):
    """What the case does when nothing is amiss."""
    case.folder = f"{WORK}/case-{number}"
    os.mkdir(case.folder)
    here = f"{WORK}/here"
    lay(case, here)
    shutil.copytree(here, f"{case.folder}/old")
    status, case.out, case.err = call(case, here)
    if status != case.status:
        sys.exit(f"{case.name}: status {status}: {case.err.decode()}")
    shutil.copytree(here, f"{case.folder}/new")
    lay(case, here)
    again = starved(case, here, "0", STARVE_CALLS=f"{case.folder}/calls")
    bad = differs(case, here)
    if again != (case.status, case.out, case.err) or bad:
        sys.exit(f"{case.name}: not the same twice: {bad or again}")


def source_of(where):
    """The innermost of our own functions on the way to a failed call."""
    found = []
    for line in read(where).split("\n"):
        m = re.match(r"(.*)\((.*)\+(0x[0-9a-f]+)\)", line)
        if not m or "starve.so" in line:
            continue
        if m[1].startswith(BIN) and not m[2]:
            at = hex(int(m[3], 16) - 1)
            text = subprocess.run(["addr2line", "-fs", "-e", m[1], at],
                                  capture_output=True, text=True).stdout
            found.append(text.split("\n")[0])
        else:
            found.append(m[2] or os.path.basename(m[1]))
    return " < ".join(found[:7])


lock = threading.Lock()
failures = {}


def tell(case, which, what, where, err):
    text = err.decode(errors="replace").strip().split("\n")[-1][:160]
    key = case.name, what, where.split(" < ")[:4].__str__()
    if key not in failures:
        print(f"FAILED  {case.name}: allocation {which}: {what}\n"
              f"        {where}\n        {text}", flush=True)
    failures[key] = failures.get(key, 0) + 1


def one(case, which, folder):
    lay(case, folder)
    where = folder + ".where"
    if os.path.exists(where):
        os.unlink(where)
    result = starved(case, folder, which, STARVE_WHERE=where)
    what = judge(case, folder, which, result)
    with lock:
        case.tried += 1
        if what:
            case.failed += 1
            tell(case, which, what, source_of(where), result[2])


def rounds(cases):
    """Rounds of work: cases take turns in each, so that all come to their
    places however short the time is."""
    plans = [(case, places(case)) for case in cases]
    for part in range(4):
        lists = [(case, iter(plan[part])) for case, plan in plans]
        while lists:
            left = []
            for case, plan in lists:
                which = next(plan, None)
                if which:
                    yield case, which
                    left.append((case, plan))
            lists = left


def main():
    began = time.monotonic()
    prepare()
    cases = [c for c in CASES if ONLY in c.name and
             (shutil.which("abcm2ps") or ".sheet." not in c.name)]
    if not cases:
        sys.exit(f"memory: no case has {ONLY} in its name")
    for number, case in enumerate(cases):
        learn(case, number)
    work = rounds(cases)

    def worker(number):
        while (not BUDGET or time.monotonic() - began < BUDGET or
               sum(c.tried for c in cases) < LEAST * len(cases)):
            with lock:
                case, which = next(work, (None, None))
            if not case:
                return
            one(case, which, f"{WORK}/w{number}")

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for done in [pool.submit(worker, i) for i in range(JOBS)]:
            done.result()
    print(f"{'':26}{'calls':>7}{'places':>8}{'tried':>7}{'as ever':>9}"
          f"{'status 1':>10}{'ended':>7}{'failed':>8}")
    for c in cases:
        print(f"{c.name:26}{c.calls:7}{c.places:8}{c.tried:7}{c.same:9}"
              f"{c.clean:10}{c.ended:7}{c.failed:8}")
    failed = sum(c.failed for c in cases)
    print(f"{sum(c.tried for c in cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


try:
    code = main()
finally:
    shutil.rmtree(WORK, ignore_errors=True)
sys.exit(code)
