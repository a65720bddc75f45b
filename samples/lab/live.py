"""Plays one sample's story while Blockscope captures it, with each of the given backends at the same time.

live.py SLUG WORKDIR PROGRAM BACKEND..., in namespaces made as record.sh makes them. For each backend WORKDIR then has
BACKEND.ndjson, what the program said, and BACKEND.pcapng, what it recorded. Nothing of the samples is written.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

from lab import Lab, LabError, within
from samples import SAMPLES


def main():
    slug, work, program, *backends = sys.argv[1:]
    _, _, play = SAMPLES[slug]
    lab = Lab(work, seed=sum(slug.encode()))
    running = []
    try:
        steps = play(lab)
        next(steps)
        lab.build()
        lab.start_services()
        next(steps)
        time.sleep(2.5 if lab.v6 else 0.5)
        for backend in backends:
            base = os.path.join(work, backend)
            command = ["node", program, "capture", "-i", "eth0", "--backend", backend, "--format", "ndjson"]
            with open(base + ".ndjson", "w") as out, open(base + ".log", "w") as log:
                process = subprocess.Popen(
                    within("client", *command, "--write", base + ".pcapng"),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                )
            running.append(process)
            capturing = lambda base=base: '"state":"capturing"' in open(base + ".ndjson").read()  # noqa: E731
            lab.wait(capturing, process, base + ".log")
        try:
            next(steps)
            raise LabError("the story does not end")
        except StopIteration:
            pass
        time.sleep(1.5)
        for process in running:
            process.send_signal(signal.SIGINT)
        for process in running:
            if process.wait(20) != 0:
                raise LabError("blockscope ended with %d" % process.returncode)
    except (LabError, subprocess.SubprocessError) as error:
        print("%s: %s" % (slug, error), file=sys.stderr)
        sys.exit(1)
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
        with contextlib.suppress(OSError):
            lab.stop()


if __name__ == "__main__":
    main()
