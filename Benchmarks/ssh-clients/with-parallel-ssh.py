# SPDX-License-Identifier: Apache-2.0
#
# One command on many hosts with parallel-ssh, so many at a time: what Benchmarks/ssh.sh compares
# with. It checks no host keys.
#   with-parallel-ssh.py HOSTS-FILE WINDOW COMMAND
import os
import sys

from pssh.clients import ParallelSSHClient

hosts = open(sys.argv[1]).read().split()
client = ParallelSSHClient(
    hosts,
    user="lab",
    pkey=os.environ["BENCH_KEY"],
    pool_size=int(sys.argv[2]),
    allow_agent=False,
    identity_auth=False,
)
for output in client.run_command(sys.argv[3], stop_on_errors=False):
    if output.exception is not None:
        print(f"{output.host}: {output.exception}", file=sys.stderr)
        continue
    for line in output.stdout:
        print(f"{output.host}: {line}")
