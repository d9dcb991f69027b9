"""Makes the calls of each tool to the system fail, one in each run, and looks
at what is left. A tool must end with 0 and the same bytes as ever, or with 1
and lines that say why; what was there before is then whole, the old or the new;
no temporary file stays. What is interrupted, or done by halves, is no failure
at all. SPDX-License-Identifier: MIT"""
import concurrent.futures as futures
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.abspath(os.environ.get("BIN", os.path.join(ROOT, "build/release")))
BUDGET = float(os.environ.get("BUDGET", "60")) or float("inf")  # seconds
TUNES = ["jigs-the-kesh", "reels-soldiers-joy", "reels-speed-the-plough",
         "polkas-john-ryans-polka"]

# What each call can say. EINTR only where the system has it.
FAULTS = {
    "access": "EIO", "close": "EIO ENOSPC EINTR", "fopen": "EIO EMFILE EINTR",
    "fstat": "EIO", "fsync": "EIO ENOSPC EINTR", "lstat": "EIO",
    "mkdir": "EIO ENOSPC", "mkdtemp": "EIO ENOSPC",
    "mkstemp": "EIO ENOSPC EMFILE", "open": "EIO ENOSPC EMFILE EINTR",
    "openat": "EIO ENOSPC EMFILE EINTR", "opendir": "EIO EMFILE EINTR",
    "pread": "EIO EINTR short", "read": "EIO EINTR short", "readdir": "EIO",
    "readlink": "EIO", "rename": "EIO ENOSPC", "stat": "EIO",
    "write": "EIO ENOSPC EINTR short"}
HARMLESS = ("EINTR", "short")


class Scene:
    """A command in a folder of its own, in which files lie already."""

    def __init__(self, name, argv, old=(), free=(), halfway=(), reports=(),
                 again=None, before=None, path="/nowhere"):
        self.name, self.argv = name, argv
        self.tool = argv[0]
        self.old = {n: ("old " + n).encode() for n in old}
        self.free = free  # never the same
        self.halfway = halfway  # not the same when it is broken off
        self.reports = reports  # these tell what failed; whole all the same
        self.before = before  # what is run first, without faults
        self.path = path  # where the programs are that it calls
        self.again = again  # what must make good a run that failed


def snapshot(folder, free):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            whole = os.path.join(path, name)
            short = os.path.relpath(whole, folder)
            if short not in free:
                with open(whole, "rb") as f:
                    found[short] = f.read()
    return found


class Campaign:
    def __init__(self, work):
        self.work = work
        self.lib = os.path.join(work, "iofaults.so")
        self.lock = threading.Lock()
        self.serial = 0
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o",
                        self.lib, os.path.join(HERE, "iofaults.c"), "-ldl"],
                       check=True)

    def run(self, scene, argv, folder, fault=None):
        log = os.path.join(self.work, os.path.basename(folder) + ".log")
        env = {"PATH": scene.path, "HOME": self.work, "LC_ALL": "C",
               "OPENBLAS_NUM_THREADS": "1", "LD_PRELOAD": self.lib,
               "FAULT_LOG": log}
        if fault:
            env["FAULT_CALL"], env["FAULT_KIND"] = fault[:2]
            env["FAULT_N"] = str(fault[2])
        try:
            done = subprocess.run([os.path.join(BIN, argv[0])] + argv[1:],
                                  cwd=folder, env=env, timeout=60,
                                  stdin=subprocess.DEVNULL,
                                  capture_output=True)
        except subprocess.TimeoutExpired:
            return None, {}, []
        counts, left = {}, []
        if os.path.exists(log):
            with open(log) as f:
                for line in f:
                    word, rest = line.rstrip("\n").split(" ", 1)
                    if word == "left":
                        left.append(rest)
                    else:
                        counts[word] = int(rest)
            os.unlink(log)
        return done, counts, left

    def folder(self, scene):
        with self.lock:
            self.serial += 1
            folder = os.path.join(self.work, "run%d" % self.serial)
        os.mkdir(folder)
        for name, content in scene.old.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(content)
        if scene.before:
            done, _, _ = self.run(scene, scene.before, folder)
            if done is None or done.returncode:
                sys.exit("files: %s cannot be prepared" % scene.name)
        return folder

    def learn(self, scene):
        """How it ends when nothing is wrong, and how many calls that takes."""
        folder = self.folder(scene)
        before = snapshot(folder, scene.free)
        done, self.counts, left = self.run(scene, scene.argv, folder)
        if not done or done.returncode or left:
            sys.exit("files: %s fails by itself: %s"
                     % (scene.name, done and done.stderr.decode()))
        scene.output = done.stdout
        scene.files = snapshot(folder, scene.free)
        scene.counts = self.counts
        scene.before_files = before
        shutil.rmtree(folder)

    def judge(self, scene, fault, folder):
        """What is wrong with a run; '' = nothing. And whether it did it all."""
        done, _, left = self.run(scene, scene.argv, folder, fault)
        if done is None:
            return "does not end", False
        code, said = done.returncode, done.stderr.decode(errors="replace")
        if code not in (0, 1):
            return "ended with %d: %s" % (code, said.strip()), False
        if left:
            return "leaves %s" % ", ".join(left), False
        files = snapshot(folder, scene.free)
        if code == 0:
            if done.stdout != scene.output:
                return "another output", True
            for name in sorted(set(files) | set(scene.files)):
                if files.get(name) != scene.files.get(name):
                    return "ended with 0, and %s is another" % name, True
            return "", True
        if fault[1] in HARMLESS:
            return "failed: %s" % said.strip(), False
        lines = said.splitlines()
        if not lines or not all(l.startswith(scene.tool + ": ") for l in lines):
            return "ended with 1 and said %r" % said, False
        return self.judge_failed(scene, folder, files), False

    def judge_failed(self, scene, folder, files):
        for name, content in files.items():
            if ".tmp-" in name:
                return "left %s" % name
            whole = name in scene.reports and content.endswith(b"\n") and \
                content.count(b"\n") > 1
            if not whole and name not in scene.halfway and \
                    content not in (scene.before_files.get(name),
                                    scene.files.get(name)):
                return "%s is neither the old nor the new" % name
        for name in scene.before_files:
            if name not in files and name not in scene.halfway:
                return "%s is gone" % name
        if not scene.again:
            return ""
        argv = scene.again(folder)
        done, _, _ = self.run(scene, argv, folder)
        if done is None or done.returncode:
            return "cannot be done again: %s" % (done and done.stderr)
        files = snapshot(folder, scene.free)
        for name in sorted(set(files) | set(scene.files)):
            if files.get(name) != scene.files.get(name):
                return "done again, and %s is another" % name
        return ""

    def one(self, scene, fault):
        folder = self.folder(scene)
        try:
            return self.judge(scene, fault, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def spread(n):
    """1..n in an order of which every beginning is spread evenly."""
    bits = max(1, n.bit_length())
    order = [int(format(i, "0%db" % bits)[::-1], 2) for i in range(1 << bits)]
    return [i + 1 for i in order if i < n]


def scenes(base):
    tunes, seq = os.path.join(base, "tunes"), os.path.join(base, "a.seq")
    model = os.path.join(base, "model")
    train = ["rnn-train", "-q", "--set", "data.sequences=" + seq,
             "--set", "model.hidden=8", "--set", "model.project=4",
             "--set", "train.epochs=2", "--set", "train.batch=2",
             "--set", "train.threads=1", "--run", "./run"]

    def train_again(folder):
        there = os.path.exists(os.path.join(folder, "run/last.safetensors"))
        return train + ["--resume" if there else "--force"]

    log = ["run/training.log"]
    state = ["run/last.safetensors", "run/metrics.tsv", "run/loss.svg",
             "run/best.safetensors", "run/epoch-001.mid"]
    fetch = ["nott-fetch", "-q", "--zip", os.path.join(base, "tunes.zip"),
             "--sha256", "none", "--dest", "d"]
    sample = ["rnn-sample", "-q", "--config", model, "--seed", "1"]
    sheets = []
    if shutil.which("abcm2ps"):
        sheets = [Scene("rnn-sample sheet",
                        sample + ["--bars", "4", "-o", "x.html", "-o",
                                  "x.sheet.svg"], path=os.environ["PATH"])]
    return sheets + [
        Scene("midi2seq", ["midi2seq", "-q", "--split", "50,25,25", "-o", "a.seq",
                           "--report", "r.tsv", "--export", "out", tunes],
              old=["a.seq", "r.tsv", "out/%s.mid" % TUNES[0]],
              reports=["r.tsv"]),
        Scene("midi2seq --like", ["midi2seq", "-q", "--like", model, "-o",
                                  "a.seq", tunes], old=["a.seq"]),
        Scene("midi2seq --tracks", ["midi2seq", "-q", "--tracks", tunes]),
        Scene("rnn-train", train, free=log, halfway=state, again=train_again),
        Scene("rnn-train --resume", train + ["--resume"], free=log,
              halfway=state, before=train + ["--set", "train.epochs=1"], again=train_again),
        Scene("rnn-train --init", train + ["--init-from", model,
                                           "--sample-every", "1"],
              free=log, halfway=state),
        Scene("rnn-sample", sample + ["--bars", "4", "--force", "-o", "x.mid",
                                      "-o", "x.abc", "-o", "x.html"],
              old=["x.mid", "x.abc", "x.html"]),
        Scene("rnn-sample given", sample + ["-o", "y.abc", "--given-melody",
                                            os.path.join(tunes,
                                                         TUNES[0] + ".abc")]),
        Scene("rnn-sample primer", sample + ["--primer", "random", "--set",
                                             "data.sequences=" + seq, "--bars",
                                             "8", "-o", "-"]),
        Scene("rnn-eval", ["rnn-eval", "-q", "--config", model, "--set",
                           "data.sequences=" + seq, "--split", "train",
                           "--json"]),
        Scene("rnn-eval --music", ["rnn-eval", "-q", "--music", "--json",
                                   tunes]),
        Scene("nott-fetch", fetch, free=["d.lock"]),
        Scene("nott-fetch again", fetch, free=["d.lock"], before=fetch),
    ]


def prepare(base):
    import zipfile
    tunes = os.path.join(base, "tunes")
    os.mkdir(tunes)
    quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": base}
    for name in TUNES:
        shutil.copy(os.path.join(ROOT, "data/starter", name + ".abc"), tunes)
    subprocess.run([BIN + "/midi2seq", "-q", "--export", "mid", "--split",
                    "100,0,0", tunes], **quiet)
    # one of them as MIDI, which is read in another place
    os.rename(os.path.join(base, "mid", TUNES[1] + ".mid"),
              os.path.join(tunes, TUNES[1] + ".mid"))
    os.unlink(os.path.join(tunes, TUNES[1] + ".abc"))
    with zipfile.ZipFile(os.path.join(base, "tunes.zip"), "w") as z:
        for name in sorted(os.listdir(os.path.join(base, "mid"))):
            z.write(os.path.join(base, "mid", name), "some/" + name)
        z.writestr("some/README", "no tune")
    subprocess.run([BIN + "/midi2seq", "-q", "--split", "50,25,25", "-o",
                    "a.seq", tunes], **quiet)
    subprocess.run([BIN + "/rnn-train", "-q", "--set", "data.sequences=a.seq",
                    "--set", "model.hidden=8", "--set", "model.project=4",
                    "--set", "train.epochs=1", "--set", "train.threads=1",
                    "--run", "./model"], **quiet)


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nott-files-") as work:
        prepare(work)
        campaign = Campaign(work)
        wanted = sys.argv[1:]
        groups = []
        for scene in scenes(work):
            if wanted and scene.tool not in wanted:
                continue
            campaign.learn(scene)
            for call, kinds in FAULTS.items():
                n = scene.counts.get(call, 0)
                for kind in kinds.split() if n else []:
                    groups.append({"scene": scene, "call": call, "kind": kind,
                                   "calls": n, "order": spread(n), "tried": 0,
                                   "done": 0, "wrong": []})
        queue = [(g, g["order"][i])
                 for i in range(max(len(g["order"]) for g in groups))
                 for g in groups if i < len(g["order"])]
        # one of each kind is tried, however long that takes
        first = sum(1 for g in groups)

        def work_on(place):
            group, n = queue[place]
            if place >= first and time.monotonic() - began > BUDGET:
                return
            fault = (group["call"], group["kind"], n)
            wrong, whole = campaign.one(group["scene"], fault)
            with campaign.lock:
                group["tried"] += 1
                group["done"] += whole
                if wrong:
                    group["wrong"].append((n, wrong))

        with futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            list(pool.map(work_on, range(len(queue))))

        bad = tried = 0
        for g in groups:
            print("%-18s %-8s %-7s %4d calls %4d tried %4d clean %3d failed"
                  % (g["scene"].name, g["call"], g["kind"], g["calls"],
                     g["tried"], g["tried"] - len(g["wrong"]),
                     len(g["wrong"])))
            for n, wrong in sorted(g["wrong"]):
                print("    call %d: %s" % (n, wrong))
            bad += len(g["wrong"])
            tried += g["tried"]
        print("%d passed, %d failed" % (tried - bad, bad))
        sys.exit(1 if bad else 0)


main()
