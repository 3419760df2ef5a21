# SPDX-License-Identifier: Apache-2.0
#
# One command on many hosts with asyncssh, so many at a time: what Benchmarks/ssh.sh compares with.
#   with-asyncssh.py HOSTS-FILE WINDOW COMMAND
import asyncio
import os
import sys

import asyncssh


# Read once: given the file's name, it would read the file for every connection.
known_hosts = asyncssh.read_known_hosts(os.environ["BENCH_KNOWN_HOSTS"])


async def one(host, command, window):
    async with window:
        try:
            async with asyncssh.connect(
                host,
                username="lab",
                client_keys=[os.environ["BENCH_KEY"]],
                known_hosts=known_hosts,
                agent_path=None,
                config=None,
                kex_algs=["curve25519-sha256"],
            ) as connection:
                result = await connection.run(command)
                print(f"{host}: {result.stdout}", end="")
        except Exception as error:
            print(f"{host}: {error}", file=sys.stderr)


async def all_of_them():
    hosts = open(sys.argv[1]).read().split()
    window = asyncio.Semaphore(int(sys.argv[2]))
    await asyncio.gather(*(one(host, sys.argv[3], window) for host in hosts))


asyncio.run(all_of_them())
