"""The samples: what the censor does, what the person does, and what is true of each capture.

A sample is a generator. Before its first `yield` it sets up the laboratory; between the first and the second the
namespaces and servers exist and rules may be put in; after the second dumpcap runs and the story is played. It returns
what is true. A step that ends otherwise than it should stops the recording: the truth is never written down unchecked.
"""

import concurrent.futures
import os
import subprocess
import sys
import time

from lab import (
    DATA_CENTRES,
    DEBIAN,
    EXAMPLE,
    EXAMPLE6,
    HERE,
    ISP_RESOLVER,
    OTHER,
    OTHER6,
    PUBLIC_RESOLVER,
    TELEGRAM_WEB,
    THIRD,
    WIKI,
    WIKI6,
    LabError,
    within,
)

SAMPLES = {}
QUIET = 6  # seconds after the last event, so that silence can be judged; an ordinary visit ends it


def sample(slug, title, story):
    def put(play):
        SAMPLES[slug] = (title, story, play)
        return play

    return put


# What the client does


def client(lab, want, *command, name="client"):
    done = subprocess.run(within(name, *command), capture_output=True, text=True, timeout=60, check=False)
    if (done.returncode == 0) != (want == "ok"):
        raise LabError("%s: wanted %s, got %d %s" % (" ".join(command), want, done.returncode, (done.stderr + done.stdout).strip()))
    return done.stdout


def curl(lab, url, want, *options, connect=5, total=10):
    limits = ["--connect-timeout", str(connect), "--max-time", str(total)]
    return client(lab, want, "curl", "-sS", "-o", "/dev/null", "--cacert", lab.ca, *limits, *options, url)


def helper(lab, want, *arguments):
    return client(lab, want, sys.executable, os.path.join(HERE, "clients.py"), *arguments)


def together(*jobs):
    """Steps that a person's programs do at the same time, started 150 ms apart."""
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        waiting = []
        for job in jobs:
            waiting.append(pool.submit(job))
            time.sleep(0.15)
        for one in waiting:
            one.result()


def quiet(lab):
    time.sleep(QUIET)
    curl(lab, "https://www.debian.org/", "ok")
    time.sleep(0.5)


def app(lab, want="ok", ports=("443", "443", "80", "5222", "443"), transports=("obfuscated", "intermediate", "abridged", "obfuscated", "obfuscated")):
    together(
        *(
            lambda place=address + ":" + port, transport=transport: helper(lab, want, "telegram", place, transport, "4.6")
            for address, port, transport in zip(DATA_CENTRES, ports, transports, strict=True)
        )
    )


# What is true


def at_client(lab, *resolvers):
    return {"role": "client", "local": [lab.client4] + ([lab.client6] if lab.v6 else []), "resolvers": list(resolvers)}


def interference(technique, trigger, value, kind, addresses, port, domain=None, rules=(), counter=None):
    return {
        "technique": technique,
        "trigger": trigger,
        "value": value,
        "interference": kind,
        "domain": domain,
        "addresses": list(addresses),
        "port": port,
        "rules": list(rules),
        "counter": counter,
    }


def truth(vantage, wrong=(), innocent=(), services=(), findings=(), none=None):
    return {
        "vantage": vantage,
        "interference": list(wrong),
        "innocent": list(innocent),
        "services": list(services),
        "expect": {"findings": list(findings), "none": list(innocent if none is None else none)},
    }


def telegram(web, calls_itself):
    return [
        {"service": "telegram", "surface": "web", "state": web},
        {"service": "telegram", "surface": "app", "state": calls_itself},
    ]


# Forgers, each with its own hand

# Beside the path: one RST to the client, TTL from 128, a random IP ID.
SINGLE = {"flags": "R", "to": ["client"], "ttl": 128, "ipid": "random", "df": False, "window": 0, "delayMs": [0.2, 0.6]}
# Beside the path: three identical RST+ACK, TTL drawn for each burst, window a constant above the TTL.
BURST = {"flags": "RA", "count": 3, "gapMs": 0.1, "to": ["client"], "ttl": [60, 220], "ipid": "random", "window": {"ttlPlus": 1375}, "delayMs": [0.3, 1.5]}
# Beside the path: IP ID and window copied from the packet that it answers.
MIRROR = {"flags": "RA", "to": ["client"], "ttl": 50, "ipid": "mirror", "df": False, "window": "mirror", "delayMs": [0.3, 1.0]}
# In the path: RST+ACK each way with the TTL and window of the packet that it swallowed.
SWALLOWER = {"flags": "RA", "to": ["client", "server"], "ttl": "copy", "ipid": "random", "window": "mirror", "delayMs": [0.1, 0.3]}
# Beside the path: FIN+ACK as if the server had nothing to say.
FINISHER = {"flags": "FA", "to": ["client"], "ttl": 110, "ipid": "random", "df": False, "window": 4096, "delayMs": [0.3, 1.0]}


@sample(
    "telegram-2018-provider-a",
    "The provider resets connections to Telegram's web site by name; the app works.",
    "A person's laptop opened telegram.org, web.telegram.org and t.me three times each, and other sites between them. "
    "A box beside the provider's line sent the laptop one forged reset whenever a TLS hello named one of the three. "
    "Another site on the very same address answered, and so did the app at all five of Telegram's data centres. "
    "Recorded in a laboratory network built for it, on the laptop's interface.",
)
def provider_a(lab):
    lab.rules = [{"place": "beside", "sni": ["telegram.org", "t.me"], "forge": [SINGLE]}]
    lab.link.update(near=0.6, jitter=0.1)
    lab.key, lab.tls = "rsa:4096", "TLSv1.2"  # of the year; the large key also makes the server think
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    blocked = ["telegram.org", "web.telegram.org", "t.me"]
    curl(lab, "https://en.wikipedia.org/", "ok")
    for name in blocked:
        for _ in range(3):
            curl(lab, "https://%s/" % name, "fail")
            time.sleep(0.4)
        curl(lab, "https://comments.app/", "ok")
    curl(lab, "https://news.example.org/", "ok")
    app(lab)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("sni-filtering", "tls-sni", n, "rst-injection", [TELEGRAM_WEB], 443, n, [0]) for n in blocked],
        ["en.wikipedia.org", "www.debian.org", "news.example.org", "comments.app", *DATA_CENTRES],
        telegram("blocked", "reachable"),
        [{"technique": "sni-filtering", "domain": n, "atLeast": "confirmed"} for n in blocked]
        + [{"technique": "rst-injection", "domain": n, "atLeast": "confirmed"} for n in blocked],
    )


@sample(
    "telegram-2018-provider-b",
    "At the other provider everything works: Telegram's web site and the app.",
    "The same visits as with provider A, over a line without any filter that loses about one frame in a hundred. "
    "Every site and every data centre answered. Recorded in a laboratory network built for it, on the laptop's interface.",
)
def provider_b(lab):
    lab.link.update(near=4.0, jitter=0.8, loss=0.008, far=21.0)
    lab.key, lab.tls = "rsa:4096", "TLSv1.2"  # of the year; the large key also makes the server think
    yield
    lab.use_resolvers(ISP_RESOLVER, options="timeout:1 attempts:3")
    yield
    names = ["telegram.org", "web.telegram.org", "t.me"]
    curl(lab, "https://en.wikipedia.org/", "ok")
    for name in names:
        for _ in range(2):
            curl(lab, "https://%s/" % name, "ok")
            time.sleep(0.4)
    curl(lab, "https://comments.app/", "ok")
    curl(lab, "https://news.example.org/", "ok")
    app(lab)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=[*names, "comments.app", "en.wikipedia.org", "www.debian.org", "news.example.org", *DATA_CENTRES],
        services=telegram("reachable", "reachable"),
    )


@sample(
    "rst-innocent-server-closes",
    "Servers that reset connections themselves: closed ports, a hasty close, a keep-alive race.",
    "Nobody interferes here. One server answers and then closes each connection with a genuine reset, four connections go "
    "to closed ports and are refused, and three second requests reach a server at the moment it closes the idle connection. "
    "Recorded in a laboratory network built for it, on the laptop's interface.",
)
def server_closes(lab):
    lab.web_options = "keepalive_timeout 2s;\n"
    yield
    lab.python("web", "servers.py", "linger", EXAMPLE + ":8080")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "http://news.example.org:8080/", "ok")
        curl(lab, "https://news.example.org:8443/", "fail")
        curl(lab, "https://news.example.org/", "ok")
    curl(lab, "http://www.debian.org:8081/", "fail")
    # Whether the race is lost is up to the servers' clocks; either way nobody interferes.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        command = [sys.executable, os.path.join(HERE, "clients.py"), "keepalive", OTHER, "forum.example.net", "2.0"]
        list(pool.map(lambda _: subprocess.run(within("client", *command), check=False, capture_output=True), range(3)))
    curl(lab, "https://forum.example.net/", "ok")
    quiet(lab)
    return truth(at_client(lab, ISP_RESOLVER), innocent=["news.example.org", "www.debian.org", "forum.example.net", EXAMPLE, DEBIAN, OTHER])
