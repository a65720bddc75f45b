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
    THIRD6,
    WIKI,
    LabError,
    within,
)

SAMPLES = {}
ROUTE = -1  # among the rules of an interference: a router's own refusal
QUIET = 6  # seconds after the last event, so that silence can be judged; an ordinary visit ends it


def sample(slug, title, story):
    def put(play):
        SAMPLES[slug] = (title, story, play)
        return play

    return put


# What the client does


def client(lab, want, *command):
    done = subprocess.run(within("client", *command), capture_output=True, text=True, timeout=60, check=False)
    if (done.returncode == 0) != (want == "ok"):
        raise LabError(
            "%s: wanted %s, got %d %s" % (" ".join(command), want, done.returncode, (done.stderr + done.stdout).strip())
        )
    return done.stdout


def curl(lab, url, want, *options, connect=5, total=10):
    limits = ["--connect-timeout", str(connect), "--max-time", str(total)]
    return client(lab, want, "curl", "-sS", "-o", "/dev/null", "--cacert", lab.ca, *limits, *options, url)


def helper(lab, want, *arguments):
    return client(lab, want, sys.executable, os.path.join(HERE, "clients.py"), *arguments)


def together(*jobs, apart=0.15):
    """Steps that a person's programs do at the same time, started `apart` seconds after one another."""
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        waiting = []
        for job in jobs:
            waiting.append(pool.submit(job))
            time.sleep(apart)
        for one in waiting:
            one.result()


def quiet(lab):
    time.sleep(QUIET)
    curl(lab, "https://www.debian.org/", "ok")
    time.sleep(0.5)


def app(
    lab,
    want="ok",
    ports=("443", "443", "80", "5222", "443"),
    transports=("obfuscated", "intermediate", "abridged", "obfuscated", "obfuscated"),
):
    together(
        *(
            lambda place=address + ":" + port, transport=transport: helper(
                lab, want, "telegram", place, transport, "4.6"
            )
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


def truth(vantage, wrong=(), innocent=(), services=(), findings=()):
    return {
        "vantage": vantage,
        "interference": list(wrong),
        "innocent": list(innocent),
        "services": list(services),
        "expect": {"findings": list(findings), "none": list(innocent)},
    }


def telegram(web, app_state):
    return [
        {"service": "telegram", "surface": "web", "state": web},
        {"service": "telegram", "surface": "app", "state": app_state},
    ]


# Forgers, each with its own hand

# Beside the path: one RST to the client, TTL from 128, a random IP ID.
SINGLE = {"flags": "R", "to": ["client"], "ttl": 128, "ipid": "random", "df": False, "window": 0, "delayMs": [0.2, 0.6]}
# Beside the path: three identical RST+ACK, TTL drawn for each burst, window a constant above the TTL.
BURST = {
    "flags": "RA",
    "count": 3,
    "gapMs": 0.1,
    "to": ["client"],
    "ttl": [60, 220],
    "ipid": "random",
    "window": {"ttlPlus": 1375},
    "delayMs": [0.3, 1.5],
}
# Beside the path: IP ID and window copied from the packet that it answers.
MIRROR = {
    "flags": "RA",
    "to": ["client"],
    "ttl": 50,
    "ipid": "mirror",
    "df": False,
    "window": "mirror",
    "delayMs": [0.3, 1.0],
}
# In the path: RST+ACK each way with the TTL and window of the packet that it swallowed.
SWALLOWER = {
    "flags": "RA",
    "to": ["client", "server"],
    "ttl": "copy",
    "ipid": "random",
    "window": "mirror",
    "delayMs": [0.1, 0.3],
}
# Beside the path: FIN+ACK as if the server had nothing to say.
FINISHER = {
    "flags": "FA",
    "to": ["client"],
    "ttl": 110,
    "ipid": "random",
    "df": False,
    "window": 4096,
    "delayMs": [0.3, 1.0],
}


@sample(
    "telegram-2018-provider-a",
    "The provider resets connections to Telegram's web site by name; the app works.",
    (
        "A person's laptop opened telegram.org, web.telegram.org and t.me three times each, and other sites between"
        " them. A box beside the provider's line sent the laptop one forged reset whenever a TLS hello named one of the"
        " three. Another site on the very same address answered, and so did the app at all five of Telegram's data"
        " centres. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
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
    (
        "The same visits as with provider A, over a line without any filter that loses about one frame in a hundred. "
        "Every site and every data centre answered. Recorded in a laboratory network built for it, on the laptop's "
        "interface."
    ),
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
    (
        "Nobody interferes here. One server answers and then closes each connection with a genuine reset, four"
        " connections go to closed ports and are refused, and three second requests reach a server at the moment it"
        " closes the idle connection. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
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
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "www.debian.org", "forum.example.net", EXAMPLE, DEBIAN, OTHER],
    )


# Resets


@sample(
    "rst-injection-address",
    "Every connection to one address and port is answered by forged resets; the genuine answer comes after them.",
    (
        "A box beside the path answers each SYN to one web server's port 443 with three forged resets. The server's own"
        " SYN-ACK arrives a few dozen milliseconds later, when the laptop has given up. The same server answers on port"
        " 80, and other servers answer on both ports. Recorded in a laboratory network built for it, on the laptop's"
        " interface."
    ),
)
def rst_address(lab):
    lab.rules = [{"place": "beside", "syn": [[THIRD, 443]], "forge": [BURST]}]
    lab.capture_options = ["-P"]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(4):
        curl(lab, "https://radio.example.org/", "fail")
        time.sleep(0.5)
        curl(lab, "https://news.example.org/", "ok")
    curl(lab, "http://radio.example.org/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [interference("rst-injection", "ip-address", THIRD, "rst-injection", [THIRD], 443, "radio.example.org", [0])],
        ["news.example.org", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "rst-injection", "address": THIRD, "atLeast": "confirmed"}],
    )


@sample(
    "rst-injection-burst",
    "Three identical resets after a request or a TLS hello with a listed name; the genuine answer comes after them.",
    (
        "A box beside the path answers a web request for one name, and a TLS hello with another, with three identical"
        " forged resets, whose TTL is another one each time while the window minus the TTL stays the same. The genuine"
        " answers still arrive. Other names on the same addresses work. Recorded in a laboratory network built for it,"
        " on the laptop's interface."
    ),
)
def rst_burst(lab):
    lab.rules = [
        {"place": "beside", "host": ["news.example.org"], "forge": [BURST]},
        {"place": "beside", "sni": ["forum.example.net"], "forge": [BURST]},
    ]
    lab.link.update(near=0.7, jitter=0.1)
    lab.key = "rsa:4096"  # the large key makes the server think for longer than the box is away
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "http://news.example.org/", "fail")
        curl(lab, "http://shop.example.com/", "ok")
        curl(lab, "https://forum.example.net/", "fail")
        curl(lab, "https://www.example.com/", "ok")
        time.sleep(0.3)
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "rst-injection",
                "http-host",
                "news.example.org",
                "rst-injection",
                [EXAMPLE],
                80,
                "news.example.org",
                [0],
            ),
            interference(
                "sni-filtering", "tls-sni", "forum.example.net", "rst-injection", [OTHER], 443, "forum.example.net", [1]
            ),
        ],
        ["shop.example.com", "www.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[
            {"technique": "rst-injection", "domain": "news.example.org", "atLeast": "likely"},
            {"technique": "rst-injection", "domain": "forum.example.net", "atLeast": "confirmed"},
            {"technique": "sni-filtering", "domain": "forum.example.net", "atLeast": "confirmed"},
        ],
    )


@sample(
    "rst-injection-mirror",
    "A forged reset that copies the IP ID and the window of the laptop's own packet.",
    (
        "A box beside the path answers a TLS hello for one name with a reset that carries the IP ID and the window of"
        " that very hello. The server's own packets have other numbers and another TTL. Another name on the same"
        " address works. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def rst_mirror(lab):
    lab.rules = [{"place": "beside", "sni": ["news.example.org"], "forge": [MIRROR]}]
    lab.capture_options = ["-P"]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail")
        time.sleep(0.4)
        curl(lab, "https://shop.example.com/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "rst-injection", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[
            {"technique": t, "domain": "news.example.org", "atLeast": "likely"}
            for t in ("rst-injection", "sni-filtering")
        ],
    )


@sample(
    "rst-injection-fin",
    "A forged FIN instead of a reset ends the connection after the TLS hello.",
    (
        "A box beside the path answers a TLS hello for one name with a single FIN, as if the server had hung up without"
        " a word. The server's own hello arrives after it. Another name on the same address works. Recorded in a"
        " laboratory network built for it, on the laptop's interface."
    ),
)
def rst_fin(lab):
    lab.rules = [{"place": "beside", "sni": ["forum.example.net"], "forge": [FINISHER]}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://forum.example.net/", "fail")
        time.sleep(0.4)
        curl(lab, "https://www.example.com/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "forum.example.net", "rst-injection", [OTHER], 443, "forum.example.net", [0]
            )
        ],
        ["www.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[
            {"technique": t, "domain": "forum.example.net", "atLeast": "likely"}
            for t in ("rst-injection", "sni-filtering")
        ],
    )


@sample(
    "rst-injection-server-side",
    "Seen at the server: resets in the client's name while the client keeps sending.",
    (
        "A box beside the path sends the server one reset in the name of the client whenever a request names one upload"
        " site. The client never sent it and goes on uploading for a round trip, so the server sees data of a client"
        " that has hung up. Uploads to another name on the same server end well. Recorded in a laboratory network built"
        " for it, on the server's interface."
    ),
)
def rst_server_side(lab):
    lab.client4 = "192.0.2.77"
    lab.place = "web"
    lab.rules = [
        {
            "place": "beside",
            "host": ["upload.example.org"],
            "forge": [{**MIRROR, "to": ["server"], "ttl": 128, "ipid": "random", "delayMs": [1, 3]}],
        }
    ]
    lab.names["upload.example.org"] = ("web", [THIRD])
    lab.names["drive.example.com"] = ("web", [THIRD])
    yield
    lab.python("web", "servers.py", "upload", THIRD + ":8080")
    lab.use_resolvers(ISP_RESOLVER)
    yield

    def upload(name, want):
        typing = "%s %s type 0.6" % (sys.executable, os.path.join(HERE, "clients.py"))
        client(
            lab,
            want,
            "bash",
            "-c",
            "set -o pipefail; %s | curl -sS -o /dev/null -m 8 -T - -X POST -H Expect: http://%s:8080/" % (typing, name),
        )

    for _ in range(3):
        upload("upload.example.org", "fail")
        upload("drive.example.com", "ok")
    curl(lab, "https://news.example.org/", "ok")
    time.sleep(QUIET)
    curl(lab, "https://news.example.org/", "ok")
    return truth(
        {"role": "server", "local": [EXAMPLE, OTHER, THIRD], "resolvers": []},
        [
            interference(
                "rst-injection",
                "http-host",
                "upload.example.org",
                "rst-injection",
                [THIRD],
                8080,
                "upload.example.org",
                [0],
            )
        ],
        ["drive.example.com", "news.example.org"],
        findings=[{"technique": "rst-injection", "domain": "upload.example.org", "atLeast": "confirmed"}],
    )


@sample(
    "rst-injection-router-any",
    "Forged resets seen on a home router that records every packet twice.",
    (
        "The forged burst of three identical resets after a TLS hello, recorded on the home router's pseudo device"
        " «any»: each packet that it forwards stands in the file twice, with the TTL n and n - 1. Only the resets were"
        " forged, three each time and no more. Another name on the same address works. Recorded in a laboratory network"
        " built for it."
    ),
)
def rst_router_any(lab):
    lab.place = "r1-any"
    lab.capture_options = ["-y", "LINUX_SLL2"]
    lab.rules = [{"place": "beside", "sni": ["news.example.org"], "forge": [BURST]}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail")
        time.sleep(0.4)
        curl(lab, "https://shop.example.com/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    curl(lab, "https://en.wikipedia.org:8443/", "fail")
    quiet(lab)
    return truth(
        {"role": "path", "local": ["192.168.1.1", "203.0.113.1"], "resolvers": [ISP_RESOLVER]},
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "rst-injection", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org", WIKI],
        findings=[
            {"technique": t, "domain": "news.example.org", "atLeast": "likely"}
            for t in ("rst-injection", "sni-filtering")
        ],
    )


# DNS


@sample(
    "dns-poisoning-race",
    "A forged DNS answer wins the race; the resolver's own answer comes after it.",
    (
        "The laptop asks a public resolver. A box beside the path answers questions about one name first, with an"
        " address that is not the site's; the genuine answer arrives some milliseconds later. Other names get one"
        " answer. The visit to the wrong address fails. Recorded in a laboratory network built for it, on the laptop's"
        " interface."
    ),
)
def dns_race(lab):
    answer = {"A": DEBIAN, "AAAA": "2001::6ca0:a5d0"}
    lab.rules = [
        {
            "place": "beside",
            "qname": ["news.example.org"],
            "forge": [
                {
                    "answer": answer,
                    "flags": 0x8180,
                    "rrTtl": 176,
                    "ttl": [60, 200],
                    "ipid": "random",
                    "window": 0,
                    "df": False,
                    "delayMs": [0.3, 1.2],
                }
            ],
        }
    ]
    yield
    lab.use_resolvers(PUBLIC_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail")
        time.sleep(0.5)
        helper(lab, "ok", "lookup", PUBLIC_RESOLVER, "news.example.org", "A")
    curl(lab, "https://shop.example.com/", "ok")
    helper(lab, "ok", "lookup", PUBLIC_RESOLVER, "forum.example.net", "A")
    helper(lab, "ok", "lookup", ISP_RESOLVER, "news.example.org", "A")
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER, ISP_RESOLVER),
        [
            interference(
                "dns-poisoning", "dns-name", "news.example.org", "forged-answer", [DEBIAN], 53, "news.example.org", [0]
            )
        ],
        ["en.wikipedia.org", "shop.example.com", "forum.example.net", "www.debian.org"],
        findings=[{"technique": "dns-poisoning", "domain": "news.example.org", "atLeast": "confirmed"}],
    )


@sample(
    "dns-poisoning-lying-resolver",
    "The provider's resolver answers 127.0.0.1 for three unrelated names; another resolver tells the truth.",
    (
        "The provider's own resolver is set up to answer three names with 127.0.0.1 and everything else truly. A public"
        " resolver, asked for the same names a moment later, gives their addresses, where the sites answer. Recorded in"
        " a laboratory network built for it, on the laptop's interface."
    ),
)
def dns_liar(lab):
    names = ["news.example.org", "forum.example.net", "telegram.org"]
    lab.resolver_extra["isp"] = "".join(
        '  local-zone: "%s." redirect\n  local-data: "%s. 300 IN A 127.0.0.1"\n' % (n, n) for n in names
    )
    lab.capture_options = ["-P"]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    for name in names:
        for _ in range(2):
            curl(lab, "https://%s/" % name, "fail")
    curl(lab, "https://shop.example.com/", "ok")
    lab.use_resolvers(PUBLIC_RESOLVER)
    for name in names:
        curl(lab, "https://%s/" % name, "ok")
    curl(lab, "https://www.example.com/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER, PUBLIC_RESOLVER),
        [interference("dns-poisoning", "dns-name", n, "forged-answer", ["127.0.0.1"], 53, n) for n in names],
        ["en.wikipedia.org", "shop.example.com", "www.example.com", "www.debian.org"],
        findings=[{"technique": "dns-poisoning", "domain": n, "atLeast": "likely"} for n in names],
    )


@sample(
    "dns-blocking-silent",
    "Questions about one name get no answer; the same resolver answers every other name at once.",
    (
        "A router on the path drops every DNS question that holds one name. The laptop asks a public resolver again and"
        " again without an answer, while the resolver answers every other name. Recorded in a laboratory network built"
        " for it, on the laptop's interface."
    ),
)
def dns_silent(lab):
    yield
    # The question's first 16 bytes, at bit 160 of the UDP header: 4 "news" 7 "example" 3 "o" ... of news.example.org.
    lab.nft(
        "cz",
        "table ip filter {\n counter silent { }\n chain forward {\n  type filter hook forward priority 0;\n"
        "  udp dport 53 @th,160,128 0x%s counter name silent drop\n }\n}\n" % b"\x04news\x07example\x03or".hex(),
    )
    lab.use_resolvers(PUBLIC_RESOLVER, options="timeout:2 attempts:4")
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    together(
        lambda: curl(lab, "https://news.example.org/", "fail", connect=12, total=12),
        lambda: [
            (curl(lab, "https://%s/" % n, "ok"), time.sleep(1.5))
            for n in ("shop.example.com", "forum.example.net", "radio.example.org")
        ],
    )
    together(
        lambda: curl(lab, "https://news.example.org/", "fail", connect=12, total=12),
        lambda: [
            (helper(lab, "ok", "lookup", PUBLIC_RESOLVER, n, "A"), time.sleep(1.5))
            for n in ("www.example.com", "t.me", "radio.example.org")
        ],
    )
    quiet(lab)
    return truth(
        at_client(lab, PUBLIC_RESOLVER),
        [
            interference(
                "dns-blocking",
                "dns-name",
                "news.example.org",
                "packet-drop",
                [PUBLIC_RESOLVER],
                53,
                "news.example.org",
                counter=("cz", "silent"),
            )
        ],
        [
            "en.wikipedia.org",
            "shop.example.com",
            "forum.example.net",
            "radio.example.org",
            "www.example.com",
            "t.me",
            "www.debian.org",
        ],
        findings=[{"technique": "dns-blocking", "domain": "news.example.org", "atLeast": "possible"}],
    )


@sample(
    "dns-innocent-rotation",
    "Different answers without any lie: rotation, two resolvers with different addresses, names that do not exist.",
    (
        "Nobody interferes here. One name has several addresses that come in turn, two resolvers give different"
        " addresses of one site, as networks for content delivery do, and two misspelt names do not exist at either"
        " resolver. Every address given answers. Recorded in a laboratory network built for it, on the laptop's"
        " interface."
    ),
)
def dns_rotation(lab):
    # "www.example.com" is served at three addresses; each resolver knows other ones.
    lab.names["www.example.com"] = ("web", [EXAMPLE, OTHER, THIRD])
    lab.names["cdn.example.net"] = ("web", [EXAMPLE, OTHER, THIRD])
    lab.hidden = {"cdn.example.net"}
    lab.records["isp"] = "host-record=cdn.example.net,%s\n" % OTHER
    lab.records["pub"] = "host-record=cdn.example.net,%s\n" % THIRD
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for resolver in (ISP_RESOLVER, PUBLIC_RESOLVER):
        lab.use_resolvers(resolver)
        for _ in range(3):
            curl(lab, "https://www.example.com/", "ok")
        curl(lab, "https://cdn.example.net/", "ok")
        curl(lab, "https://nwes.example.org/", "fail")
        curl(lab, "https://froum.example.net/", "fail")
    for name in ("www.example.com", "cdn.example.net", "nwes.example.org"):
        for resolver in (ISP_RESOLVER, PUBLIC_RESOLVER):
            helper(lab, "ok", "lookup", resolver, name, "A")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER, PUBLIC_RESOLVER),
        innocent=["www.example.com", "cdn.example.net", "nwes.example.org", "froum.example.net", "www.debian.org"],
    )


# TLS names


@sample(
    "sni-filtering-drop",
    "TLS hellos with one name vanish: nothing is acknowledged; another name on the same address works.",
    (
        "A box in the path swallows every packet with data once a TLS hello has named one site. The laptop sends the"
        " hello again and again and never gets so much as an acknowledgement, although the connection had been set up."
        " Another name on the very same address works at the same time. Recorded in a laboratory network built for it,"
        " on the laptop's interface."
    ),
)
def sni_drop(lab):
    lab.rules = [{"place": "inside", "sni": ["news.example.org"], "action": "swallow"}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://shop.example.com/", "ok")
    for _ in range(2):
        together(
            lambda: curl(lab, "https://news.example.org/", "fail", connect=8),
            lambda: curl(lab, "https://news.example.org/", "fail", connect=8),
            lambda: [(curl(lab, "https://shop.example.com/", "ok"), time.sleep(2)) for _ in range(2)],
            lambda: curl(lab, "https://en.wikipedia.org/", "ok"),
        )
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "news.example.org", "packet-drop", [EXAMPLE], 443, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "sni-filtering", "domain": "news.example.org", "atLeast": "likely"}],
    )


@sample(
    "sni-filtering-mute",
    "The TLS hello with one name is acknowledged, then the connection is silent in both directions.",
    (
        "A box in the path lets a TLS hello with one name and the server's acknowledgement of it pass, and drops "
        "everything after it, both ways. The laptop waits ten seconds each time. Another name on the very same address "
        "works at the same time. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def sni_mute(lab):
    lab.rules = [{"place": "inside", "sni": ["forum.example.net"], "action": "mute", "letThrough": 1}]
    lab.capture_options = ["-P"]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://www.example.com/", "ok")
    together(
        *[lambda: curl(lab, "https://forum.example.net/", "fail", connect=10, total=12)] * 3,
        lambda: [(curl(lab, "https://www.example.com/", "ok"), time.sleep(3)) for _ in range(3)],
        lambda: curl(lab, "https://en.wikipedia.org/", "ok"),
        apart=2,
    )
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "sni-filtering", "tls-sni", "forum.example.net", "packet-drop", [OTHER], 443, "forum.example.net", [0]
            )
        ],
        ["www.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "sni-filtering", "domain": "forum.example.net", "atLeast": "likely"}],
    )


@sample(
    "sni-filtering-ipv6",
    "Over IPv6, a box in the path swallows the TLS hello with one name and resets both ends.",
    (
        "The laptop and the sites use IPv6. A box in the path swallows a TLS hello with one name and sends a reset to"
        " each end, with the hop limit and the window of the hello it took. Another name on the very same address"
        " works, as do other addresses. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def sni_ipv6(lab):
    lab.v6 = True
    lab.rules = [{"place": "inside", "sni": ["news.example.org"], "action": "swallow", "forge": [SWALLOWER]}]
    yield
    lab.use_resolvers("2620:fe::fe")
    yield
    for _ in range(3):
        curl(lab, "https://news.example.org/", "fail", "-6")
        time.sleep(0.4)
        curl(lab, "https://shop.example.com/", "ok", "-6")
    curl(lab, "https://en.wikipedia.org/", "ok", "-6")
    quiet(lab)
    return truth(
        at_client(lab, "2620:fe::fe"),
        [
            interference(
                "sni-filtering",
                "tls-sni",
                "news.example.org",
                "rst-injection",
                [EXAMPLE6],
                443,
                "news.example.org",
                [0],
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[
            {"technique": t, "domain": "news.example.org", "atLeast": "likely"}
            for t in ("rst-injection", "sni-filtering")
        ],
    )


@sample(
    "sni-innocent-server-hangs",
    "A server that accepts and acknowledges, and then hangs, for every name alike.",
    (
        "Nobody interferes here. The process of one web server hangs: its machine still accepts connections and "
        "acknowledges the TLS hello, but no answer ever comes, whatever the name. Other addresses work. Recorded in a "
        "laboratory network built for it, on the laptop's interface."
    ),
)
def server_hangs(lab):
    # The names move to an address of their own, whose server never answers.
    for name in ("news.example.org", "shop.example.com", "radio.example.org"):
        lab.names[name] = ("held", [EXAMPLE])
    yield
    lab.python("web", "servers.py", "hang", EXAMPLE + ":443")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    together(
        lambda: curl(lab, "https://news.example.org/", "fail", connect=9),
        lambda: curl(lab, "https://shop.example.com/", "fail", connect=9),
        lambda: curl(lab, "https://news.example.org/", "fail", connect=9),
        lambda: curl(lab, "https://radio.example.org/", "fail", connect=9),
        lambda: [(curl(lab, "https://www.example.com/", "ok"), time.sleep(3)) for _ in range(2)],
    )
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=[
            "news.example.org",
            "shop.example.com",
            "radio.example.org",
            EXAMPLE,
            "en.wikipedia.org",
            "www.example.com",
            "www.debian.org",
        ],
    )


@sample(
    "sni-innocent-server-rejects",
    "Servers that refuse names which are not theirs, by an alert or by a reset of their own.",
    (
        "Nobody interferes here. Two servers are asked for names that they do not carry: one answers with the TLS alert"
        " «unrecognized name», the other resets the connection itself. The names that they do carry work. Recorded in a"
        " laboratory network built for it, on the laptop's interface."
    ),
)
def server_rejects(lab):
    # radio.example.org leaves the third address, whose server is another one here. Who is "held" has no page anywhere.
    lab.names["radio.example.org"] = ("web", [OTHER])
    lab.names["www.example.net"] = ("web", [])
    lab.hidden = {"www.example.net"}
    lab.records["isp"] = "host-record=www.example.net,%s\n" % THIRD
    lab.names["old.example.org"] = ("held", [EXAMPLE])
    lab.names["gone.example.com"] = ("held", [THIRD])
    lab.web_options = "server { listen %s:443 ssl default_server; ssl_reject_handshake on; }\n" % EXAMPLE
    yield
    base = os.path.join(lab.work, "web")
    lab.python("web", "servers.py", "picky", THIRD + ":443", base + ".pem", base + ".key", "www.example.net")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "https://old.example.org/", "fail")
        curl(lab, "https://news.example.org/", "ok")
        curl(lab, "https://gone.example.com/", "fail")
        curl(lab, "https://www.example.net/", "ok")
        time.sleep(0.3)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=[
            "old.example.org",
            "gone.example.com",
            "news.example.org",
            "www.example.net",
            "www.debian.org",
            EXAMPLE,
            THIRD,
        ],
    )


# Addresses


def count(lab, router, *addresses):
    """A counter for what a route is going to throw away; it drops nothing itself."""
    family = "ip6" if ":" in addresses[0] else "ip"
    chain = "type filter hook prerouting priority 0;\n  %s daddr { %s } counter name gone\n" % (
        family,
        ", ".join(addresses),
    )
    lab.nft(router, "table %s census {\n counter gone { }\n chain pre {\n  %s }\n}\n" % (family, chain))
    return router, "gone"


@sample(
    "telegram-dcs-null-routed",
    "The converse: the app's data centres are silent on every port, and Telegram's web site works.",
    (
        "A router on the path throws away everything to the addresses of Telegram's five data centres. The app tries"
        " each on ports 443, 80 and 5222 without a word from anybody. The web site, on an address of the same network,"
        " works, as does everything else. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def dcs_null_routed(lab):
    yield
    gone = count(lab, "t2", *DATA_CENTRES)
    lab.batch("t2", ["route add blackhole %s/32" % a for a in DATA_CENTRES])
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    curl(lab, "https://telegram.org/", "ok")
    for ports in ("443", "80", "5222"):
        together(
            lambda port=ports: app(lab, "fail", ports=[port] * 5),
            lambda: [(time.sleep(1), curl(lab, "https://web.telegram.org/", "ok")) for _ in range(2)],
            lambda: curl(lab, "https://t.me/", "ok"),
            lambda: curl(lab, "https://news.example.org/", "ok"),
        )
    quiet(lab)
    item = interference("ip-null-routing", "ip-address", DATA_CENTRES[0], "null-route", DATA_CENTRES, 443, counter=gone)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [item],
        ["telegram.org", "web.telegram.org", "t.me", "news.example.org", "en.wikipedia.org", "www.debian.org"],
        telegram("reachable", "blocked"),
        [{"technique": "ip-null-routing", "address": a, "atLeast": "likely"} for a in DATA_CENTRES],
    )


@sample(
    "ip-null-routing-blackhole",
    "One web site's address is silent on every port and to ping; all others answer.",
    (
        "A router on the path throws away everything to the address of one web site. The laptop tries ports 443 and 80"
        " three times each, and ping, and gets no answer of any kind. Other addresses answer in the same seconds, and"
        " so do pings to them. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def null_blackhole(lab):
    yield
    gone = count(lab, "t2", THIRD)
    lab.batch("t2", ["route add blackhole %s/32" % THIRD])
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    for _ in range(3):
        together(
            lambda: curl(lab, "https://radio.example.org/", "fail", connect=4.6),
            lambda: curl(lab, "http://radio.example.org/", "fail", connect=4.6),
            lambda: curl(lab, "https://news.example.org/", "ok"),
            lambda: (time.sleep(2), curl(lab, "http://forum.example.net/", "ok")),
        )
    together(lambda: helper(lab, "fail", "ping", THIRD, "3"), lambda: helper(lab, "ok", "ping", EXAMPLE, "3"))
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "ip-null-routing", "ip-address", THIRD, "null-route", [THIRD], 443, "radio.example.org", counter=gone
            )
        ],
        ["news.example.org", "forum.example.net", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "ip-null-routing", "address": THIRD, "atLeast": "likely"}],
    )


@sample(
    "ip-null-routing-prohibited",
    "A router in the middle of the path refuses one address with an ICMP message.",
    (
        "A router in the middle of the path answers every packet to the address of one web site with the ICMP message"
        " «communication administratively prohibited». The laptop tries ports 443 and 80. Other addresses behind the"
        " same router answer. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def null_prohibited(lab):
    lab.capture_options = ["-P"]
    yield
    gone = count(lab, "cz", OTHER)
    lab.batch("cz", ["route add prohibit %s/32" % OTHER])
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    # Three rounds: the router's kernel sends about five refusals at once, then one a second.
    for _ in range(3):
        curl(lab, "https://forum.example.net/", "fail")
        curl(lab, "http://forum.example.net/", "fail")
        curl(lab, "https://news.example.org/", "ok")
        time.sleep(1)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "ip-null-routing", "ip-address", OTHER, "icmp-reject", [OTHER], 443, "forum.example.net", [ROUTE], gone
            )
        ],
        ["news.example.org", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "ip-null-routing", "address": OTHER, "atLeast": "likely"}],
    )


@sample(
    "ip-null-routing-ipv6",
    "Over IPv6, one address is silent and another is refused by a router in the middle of the path; all others answer.",
    (
        "A router on the path throws away everything to one IPv6 address without a word, and another router refuses a"
        " second address with the ICMPv6 message «administratively prohibited». The laptop tries ports 443 and 80 of"
        " both. Other IPv6 addresses answer. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def null_ipv6(lab):
    lab.v6 = True
    yield
    gone, refused = count(lab, "t2", THIRD6), count(lab, "cz", OTHER6)
    lab.batch("t2", ["route add blackhole %s/128" % THIRD6])
    lab.batch("cz", ["route add prohibit %s/128" % OTHER6])
    lab.use_resolvers("2620:fe::fe")
    yield
    curl(lab, "https://en.wikipedia.org/", "ok", "-6")
    for _ in range(2):
        together(
            lambda: curl(lab, "https://radio.example.org/", "fail", "-6", connect=4.6),
            lambda: curl(lab, "http://radio.example.org/", "fail", "-6", connect=4.6),
            lambda: curl(lab, "https://forum.example.net/", "fail", "-6"),
            lambda: curl(lab, "http://forum.example.net/", "fail", "-6"),
            lambda: [(curl(lab, "https://news.example.org/", "ok", "-6"), time.sleep(1.5)) for _ in range(2)],
        )
    helper(lab, "fail", "ping", THIRD6, "2")
    quiet(lab)
    return truth(
        at_client(lab, "2620:fe::fe"),
        [
            interference(
                "ip-null-routing", "ip-address", THIRD6, "null-route", [THIRD6], 443, "radio.example.org", counter=gone
            ),
            interference(
                "ip-null-routing",
                "ip-address",
                OTHER6,
                "icmp-reject",
                [OTHER6],
                443,
                "forum.example.net",
                [ROUTE],
                refused,
            ),
        ],
        ["news.example.org", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "ip-null-routing", "address": a, "atLeast": "likely"} for a in (THIRD6, OTHER6)],
    )


@sample(
    "null-routing-innocent-host-down",
    "A machine that is off, ports that are closed, and a connection that the laptop itself gave up.",
    (
        "Nobody interferes here. Two machines of one network are off, and the last router before them says so after"
        " some seconds; two ports are closed and refuse; and the laptop tries a slow IPv6 address first and drops it"
        " when IPv4 answers sooner. Other sites work. Recorded in a laboratory network built for it, on the laptop's"
        " interface."
    ),
)
def host_down(lab):
    lab.v6 = True
    lab.far.insert(0, [OTHER6 + "/128", 150.0])
    down = ["93.184.215.70", "93.184.215.71"]
    lab.names["files.example.org"] = ("off", down[:1])
    lab.names["mail.example.org"] = ("off", down[1:])
    # No IPv6 for the others: the slow one alone is the race.
    for name in ("news.example.org", "shop.example.com", "radio.example.org"):
        where, addresses = lab.names[name]
        lab.names[name] = (where, [a for a in addresses if ":" not in a])
    yield
    # On the last router's own segment, where nobody answers for them.
    lab.batch("t7", ["route add %s/32 dev side" % a for a in down])
    lab.use_resolvers(ISP_RESOLVER)
    yield
    curl(lab, "https://en.wikipedia.org/", "ok")
    for _ in range(2):
        together(
            lambda: curl(lab, "https://files.example.org/", "fail", connect=6),
            lambda: curl(lab, "http://files.example.org/", "fail", connect=6),
            lambda: curl(lab, "https://mail.example.org/", "fail", connect=6),
            lambda: curl(lab, "https://forum.example.net/", "ok"),
            lambda: (time.sleep(2), curl(lab, "https://news.example.org:8443/", "fail")),
            lambda: (time.sleep(3), curl(lab, "https://shop.example.com/", "ok")),
            lambda: (time.sleep(4), curl(lab, "https://forum.example.net/", "ok")),
        )
    curl(lab, "http://radio.example.org:8080/", "fail")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["files.example.org", "mail.example.org", "forum.example.net", "news.example.org", "shop.example.com"]
        + ["radio.example.org", "en.wikipedia.org", "www.debian.org", *down, OTHER6],
    )


@sample(
    "null-routing-innocent-outage",
    (
        "The provider's line to the world is broken: every network is silent alike, and only the provider's own"
        " resolver answers."
    ),
    (
        "Nobody interferes here. For a quarter of a minute nothing passes one of the routers, whoever it is for, and"
        " then the line works again. The provider's own resolver, which stands before the break, answers all the time;"
        " four sites and two data centres of Telegram do not. Recorded in a laboratory network built for it, on the"
        " laptop's interface."
    ),
)
def outage(lab):
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    lab.nft("t1", "table inet outage {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n }\n}\n")
    names = ["en.wikipedia.org", "news.example.org", "forum.example.net", "telegram.org"]
    centres = DATA_CENTRES[:2]
    for _ in range(3):
        together(
            *(lambda name=name: curl(lab, "https://%s/" % name, "fail", connect=4.6) for name in names),
            *(lambda a=a: helper(lab, "fail", "telegram", a + ":443", "obfuscated", "4.6") for a in centres),
        )
    lab.nft("t1", "delete table inet outage\n")
    for name in names:
        curl(lab, "https://%s/" % name, "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=[*names, "www.debian.org", *centres],
    )
