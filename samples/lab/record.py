"""Records one sample: builds the laboratory, plays the sample's story, writes capture and sample.json.

record.py SLUG WORKDIR, only from record.sh; record.py --list names the samples.
"""

import contextlib
import json
import os
import subprocess
import sys
import time

import capfile
from lab import CLIENT_HOPS, Lab, LabError, run
import samples_ends  # noqa: F401
from samples import ROUTE, SAMPLES
import samples_flow  # noqa: F401  they put themselves into SAMPLES
import samples_hello  # noqa: F401
import samples_http  # noqa: F401
import samples_tls  # noqa: F401
import samples_tor  # noqa: F401
import samples_tunnels  # noqa: F401
import samples_variants  # noqa: F401

SAMPLES_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FORGED = ("rst-injection", "forged-answer", "icmp-reject", "block-page", "data-injection", "tls-alert")
SERVER_HOPS = {"web": 7, "tg": 8, "wiki": 5}  # routers between the censor hop and the site


def hops_of(place):
    """Hops that a packet forged at the censor hop has made where the capture sees it."""
    if place == "r1-any":
        return [CLIENT_HOPS - 1, CLIENT_HOPS]
    return [SERVER_HOPS[place]] if place in SERVER_HOPS else [CLIENT_HOPS]


def truth_of(lab, story, link, frames):
    entries = [json.loads(line) for line in open(lab.log)]
    forged = [e for e in entries if e["act"] == "forge"]
    side = "server" if lab.place in SERVER_HOPS else "client"
    mine = [e for e in forged if e["side"] == side]
    found = capfile.find_forged(link, frames, mine, hops_of(lab.place))
    lost = sum(1 for numbers in found if not numbers)
    if lost > (len(mine) * lab.link["loss"] * 5):
        raise LabError("%d of %d forged packets are not in the capture" % (lost, len(mine)))
    # A packet of the censor that no entry of the truth speaks of would make the sample lie.
    told = set()
    for item in story["interference"]:
        rules, value = item.pop("rules", []), item["value"]

        def fits(e, rules=rules, value=value):
            # A router's refusal is known by the address that it refuses.
            names = item["addresses"] if e["rule"] == ROUTE else (value, item["domain"])
            return e["rule"] in rules and e["name"] in names

        item["forgedFrames"] = sorted(n for e, numbers in zip(mine, found, strict=True) if fits(e) for n in numbers)
        told.update(item["forgedFrames"])
        counter = item.pop("counter", None)
        dropped = sum(1 for e in entries if e["act"] == "drop" and fits(e))
        item["droppedByCensor"] = lab.nft_count(counter[0])[counter[1]] if counter else dropped
        forges = rules and item["interference"] in FORGED
        if forges and not item["forgedFrames"]:
            raise LabError("nothing forged about %s" % value)
        held = sum(1 for e in entries if e["act"] == "hold" and fits(e))
        if held:
            item["heldByCensor"] = held
        if (counter or not forges and rules) and not item["droppedByCensor"] + held:
            raise LabError("nothing dropped about %s" % value)
    if told != {n for numbers in found for n in numbers}:
        raise LabError("forged frames that the truth does not name")


def other_end_of(lab, story, raw):
    """What the second capture holds, and which of its frames the censor made."""
    with open(raw, "rb") as file:
        data, link, frames = capfile.read(file.read())
    entries = [json.loads(line) for line in open(lab.log)]
    mine = [e for e in entries if e["act"] == "forge" and e["side"] == "server"]
    found = capfile.find_forged(link, frames, mine, [SERVER_HOPS[lab.other_place]])
    if sum(1 for numbers in found if not numbers) > len(mine) * lab.link["loss"] * 5:
        raise LabError("forged packets are not in the capture of the other end")
    forged = sorted(n for numbers in found for n in numbers)
    return data, {"capture": "server.pcapng", "vantage": story["otherEnd"], "forgedFrames": forged}


def main():
    slug, work = sys.argv[1:3]
    title, text, play = SAMPLES[slug]
    lab = Lab(work, seed=sum(slug.encode()))
    begin = time.monotonic()
    try:
        steps = play(lab)
        next(steps)
        lab.build()
        lab.start_services()
        next(steps)
        # Multicast reports of new addresses are over after this; they are no part of the story.
        time.sleep(2.5 if lab.v6 else 0.5)
        where = {"r1-any": ("r1", "any")}.get(lab.place, (lab.place, "eth0"))
        with contextlib.ExitStack() as captures:
            raw = captures.enter_context(lab.capture(*where, *lab.capture_options))
            if lab.other_place:
                other_raw = captures.enter_context(lab.capture(lab.other_place, "eth0", file="other.cap"))
            try:
                next(steps)
                raise LabError("the story does not end")
            except StopIteration as end:
                story = end.value
        with open(raw, "rb") as file:
            data, link, frames = capfile.read(file.read())
        truth_of(lab, story, link, frames)
        other = other_end_of(lab, story, other_raw) if lab.other_place else None
    except (LabError, subprocess.SubprocessError) as error:
        print("%s: %s" % (slug, error), file=sys.stderr)
        keep = os.environ.get("BSLAB_KEEP")
        if keep:
            run("cp", "-r", work, keep, check=False)
        sys.exit(1)
    finally:
        with contextlib.suppress(OSError):
            lab.stop()

    folder = os.path.join(SAMPLES_DIR, slug)
    os.makedirs(folder, exist_ok=True)
    name = "capture.pcap" if "-P" in lab.capture_options else "capture.pcapng"
    for old in ("capture.pcap", "capture.pcapng"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(folder, old))
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    if other:
        with open(os.path.join(folder, other[1]["capture"]), "wb") as file:
            file.write(other[0])
    delays = {
        net.removesuffix("/32").removesuffix("/128"): round(2 * (lab.link["near"] + delay)) for net, delay in lab.far
    }
    sample = {
        "slug": slug,
        "title": title,
        "story": text,
        "capture": name,
        "recorded": {
            "date": time.strftime("%Y-%m-%d", time.gmtime(frames[0][0])),
            "tool": "dumpcap " + run("dumpcap", "--version").split()[2],
            "link": {
                "rttMs": {"default": round(2 * (lab.link["near"] + lab.link["far"])), **delays},
                "jitterMs": lab.link["jitter"],
                "loss": lab.link["loss"],
            },
        },
        "vantage": story["vantage"],
        "truth": {key: story[key] for key in ("interference", "innocent", "services")},
        "expect": story["expect"],
    }
    if other:
        sample["otherEnd"] = other[1]
    with open(os.path.join(folder, "sample.json"), "w") as file:
        json.dump(sample, file, indent=2)
        file.write("\n")
    print("%s: %d frames, %d bytes, %.0f s" % (slug, len(frames), len(data), time.monotonic() - begin), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(SAMPLES))
    else:
        main()
