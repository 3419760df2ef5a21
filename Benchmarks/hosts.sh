#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# hosts - host sets side by side: lastcall hosts, lastcall as nodeset, ClusterShell's nodeset
#
#   Benchmarks/hosts.sh [ROUNDS]
#
# Protects the claim: at least 20 times faster than nodeset, and n log n at most. Needs the Debian
# package clustershell and a release build, or LASTCALL_BINARY. The programs take turns; each line has
# the processor time (user and system) in seconds, least and median, the largest memory (of at
# least that of this script, 10 MiB), and the
# ratio of the least and of the medians. Outputs that both print must be the same.
set -eu -o pipefail

cd "$(dirname "$0")/.."
: "${LASTCALL_BINARY:=$(swift build -c release --show-bin-path)/lastcall}"
export LASTCALL_BINARY
exec python3 - "${1:-5}" <<'PYTHON'
import hashlib, os, shutil, statistics, subprocess, sys, tempfile

MAKE = '''import os, random, sys
folder = sys.argv[1]
def names(path, lines):
    with open(os.path.join(folder, path), "w") as file:
        file.writelines(line + "\\n" for line in lines)

draw = random.Random(1)
for power in range(3, 7):
    names("names%d" % power, ("node%d" % n for n in range(1, 10 ** power + 1)))
shuffled = ["node%d" % n for n in range(1, 10 ** 6 + 1)]
draw.shuffle(shuffled)
names("shuffled", shuffled)
names("cube", ("r%dc%dn%d" % (a, b, c) for a in range(1, 51) for b in range(1, 51) for c in range(1, 41)))
holes = [(a, b, c) for a in range(1, 51) for b in range(1, 51) for c in range(1, 41) if (a + b) % 7]
names("holes", ("r%dc%dn%d" % row for row in holes))
'''

rounds, binary = int(sys.argv[1]), os.environ["LASTCALL_BINARY"]
folder = tempfile.mkdtemp()
ours = os.path.join(folder, "nodeset")
os.symlink(os.path.abspath(binary), ours)
real = shutil.which("nodeset") or sys.exit("nodeset is missing: apt-get install clustershell")

# Made by a process of its own: a child's largest memory counts from its parent's, so this one is small.
subprocess.run([sys.executable, "-c", MAKE, folder], check=True)

A, B = "node[1-1000000]", "node[500001-1500000]"
AS, BS = "node[1-2000000/2]", "node[1-3000000/3]"
CASES = [
    ("fold 10^3 names", "names3", ["hosts"], ["-f"]),
    ("fold 10^4 names", "names4", ["hosts"], ["-f"]),
    ("fold 10^5 names", "names5", ["hosts"], ["-f"]),
    ("fold 10^6 names", "names6", ["hosts"], ["-f"]),
    ("fold 10^6 names, shuffled", "shuffled", ["hosts"], ["-f"]),
    ("expand to 10^6 names", None, ["hosts", "-e", A], ["-e", "-S", "\\n", A]),
    ("union of two of 10^6", None, ["hosts", "--limit", "hosts=3000000", A + "," + B], ["-f", A, B]),
    ("difference of two of 10^6", None, ["hosts", "--limit", "hosts=3000000", A + "!" + B], ["-f", A, "-x", B]),
    ("union of two of 10^6, every other", None, ["hosts", "-c", "--limit", "hosts=3000000", AS + "," + BS], ["-c", AS, BS]),
    ("difference of two of 10^6, every other", None, ["hosts", "-c", "--limit", "hosts=3000000", AS + "!" + BS], ["-c", AS, "-x", BS]),
    ("fold 100,000 in 3 dimensions", "cube", ["hosts"], ["-f"]),
    ("fold 85,000 in 3 dimensions, with holes", "holes", ["hosts"], ["-f"]),
    ("start", None, ["hosts", "a"], ["-f", "a"]),
]

def once(program, arguments, given):
    source = open(os.path.join(folder, given)) if given else subprocess.DEVNULL
    out = open(os.path.join(folder, "out"), "wb")
    child = subprocess.Popen([program] + arguments, stdin=source, stdout=out, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    digest = hashlib.sha256()
    with open(os.path.join(folder, "out"), "rb") as output:
        while piece := output.read(1 << 16):
            digest.update(piece)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status, digest.hexdigest()

def show(times):
    return "%8.3f %8.3f" % (min(times), statistics.median(times))

print("%-40s %17s %6s %17s %6s %17s %6s  %s" % ("processor seconds: least, median; MiB", "lastcall hosts", "", "lastcall nodeset", "", "ClusterShell", "", "ratios hosts; nodeset"))
only = sys.argv[2:]
for title, given, own, theirs in CASES:
    results = {"own": [], "mode": [], "real": []}
    slow = max(1, rounds if "10^6" not in title and "dimensions" not in title else (rounds + 1) // 2)
    for number in range(rounds):
        results["own"].append(once(binary, own, given))
        results["mode"].append(once(ours, theirs, given))
        if number < slow:
            results["real"].append(once(real, theirs, given))
    same = results["mode"][0][2:] == results["real"][0][2:]
    times = {key: [r[0] for r in value] for key, value in results.items()}
    peak = {key: max(r[1] for r in value) // 1024 for key, value in results.items()}
    ratio = lambda key: "%.0f/%.0f" % (min(times["real"]) / max(min(times[key]), 1e-4),
                                      statistics.median(times["real"]) / max(statistics.median(times[key]), 1e-4))
    print("%-40s %s %6d %s %6d %s %6d  %s; %s%s" % (title, show(times["own"]), peak["own"], show(times["mode"]), peak["mode"], show(times["real"]), peak["real"], ratio("own"), ratio("mode"), "" if same else "  OUTPUT DIFFERS"), flush=True)
shutil.rmtree(folder)
PYTHON
