"""Samples of interference with plain text: requests by their host, block pages, data put into a connection."""

import os
import sys
import time

from lab import EXAMPLE, HERE, ISP_RESOLVER, OTHER, THIRD
from samples import SINGLE, at_client, client, curl, helper, interference, quiet, sample, truth

PAGE = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>M1-6</title></head>'
    '<body><iframe src="http://10.10.34.34?type=Invalid Site&policy=MainPolicy " style="width: 100%; height: 100%">'
    "</iframe></body></html>\r\n\r\n"
)
FORBIDDEN = "HTTP/1.1 403 Forbidden\r\nConnection:close\r\n\r\n" + PAGE
REDIRECT = (
    "HTTP/1.1 302 Found\r\nLocation: http://notice.provider.example.net/blocked\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n"
)
ADVERT = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype html><title>welcome</title>"
    + "<script>/* not what the site sends */</script>" * 20
)
# Data in the server's name, ended at once, by a box beside the path.
WRITER = {
    "flags": "FPA",
    "to": ["client"],
    "ttl": 100,
    "ipid": "random",
    "df": False,
    "window": 8192,
    "delayMs": [0.3, 1.0],
}


def visits(lab, blocked, others, times=3, want="fail"):
    for _ in range(times):
        curl(lab, "http://%s/" % blocked, want)
        time.sleep(0.4)
        for other in others:
            curl(lab, "http://%s/" % other, "ok")


@sample(
    "http-filtering-reset",
    "Requests that name one site are reset; the same server answers for another name.",
    (
        "A box beside the path sends the laptop one forged reset when a plain web request names one site. Requests to"
        " another site on the very same address are answered. Recorded in a laboratory network built for it, on the"
        " laptop's interface."
    ),
)
def http_reset(lab):
    lab.rules = [{"place": "beside", "host": ["news.example.org"], "forge": [SINGLE]}]
    lab.link.update(near=0.6, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visits(lab, "news.example.org", ["shop.example.com"])
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "http-filtering",
                "http-host",
                "news.example.org",
                "rst-injection",
                [EXAMPLE],
                80,
                "news.example.org",
                [0],
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[
            {"technique": t, "domain": "news.example.org", "atLeast": "likely"}
            for t in ("rst-injection", "http-filtering")
        ],
    )


@sample(
    "http-filtering-drop",
    "Requests that name one site vanish on the way; the same server answers for another name.",
    (
        "A box in the path swallows plain web requests that name one site, and all their repetitions; the connection"
        " itself was opened, and nothing is ever acknowledged. Requests to another site on the very same address are"
        " answered. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def http_drop(lab):
    lab.rules = [{"place": "inside", "host": ["forum.example.net"], "action": "drop"}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "http://forum.example.net/", "fail", total=7)
        curl(lab, "http://www.example.com/", "ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "http-filtering",
                "http-host",
                "forum.example.net",
                "packet-drop",
                [OTHER],
                80,
                "forum.example.net",
                [0],
            )
        ],
        ["www.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "http-filtering", "domain": "forum.example.net", "atLeast": "likely"}],
    )


@sample(
    "http-innocent-server-refuses",
    "A server that resets every request itself, and one that forbids its page.",
    (
        "Nobody interferes here. One server answers each request with a reset of its own, whatever name it is asked"
        " for; another forbids its pages with a status of its own and sends visitors on to its sister site. Other sites"
        " work. Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def http_refuses(lab):
    lab.web_options = (
        "server { listen %s:8081; return 403; }\nserver { listen %s:8082; return 302 http://www.example.com/; }\n"
        % (OTHER, OTHER)
    )
    yield
    lab.python("web", "servers.py", "refuse", THIRD + ":8080")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        curl(lab, "http://radio.example.org:8080/", "fail")
        curl(lab, "http://forum.example.net:8081/", "ok")
        curl(lab, "http://forum.example.net:8082/", "ok", "-L")
        curl(lab, "http://news.example.org/", "ok")
        time.sleep(0.3)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["radio.example.org", "forum.example.net", "www.example.com", "news.example.org", "www.debian.org"],
    )


@sample(
    "http-blockpage-injected",
    "A page that published lists know as a block page arrives before the site's own answer.",
    (
        "A box beside the path answers plain web requests that name one site with a refusal whose page stands in"
        " published lists of block pages, and ends the connection. The site's own answer arrives after it. Requests to"
        " another site on the very same address are answered. The page is an imitation, made in a laboratory network"
        " built for it: it says nothing of any real network. Recorded on the laptop's interface."
    ),
)
def blockpage_injected(lab):
    lab.rules = [{"place": "beside", "host": ["news.example.org"], "forge": [{**WRITER, "payload": FORBIDDEN}]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visits(lab, "news.example.org", ["shop.example.com"], want="ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "http-blockpage", "http-host", "news.example.org", "block-page", [EXAMPLE], 80, "news.example.org", [0]
            )
        ],
        ["shop.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "http-blockpage", "domain": "news.example.org", "atLeast": "confirmed"}],
    )


@sample(
    "http-blockpage-redirect",
    "Requests that name one site are swallowed, and an empty redirect to somebody else's page comes back.",
    (
        "A box in the path swallows plain web requests that name one site and answers in the server's name: an empty"
        " redirect to another domain that ends the connection at once. It arrives much sooner than the server could"
        " have answered. Requests to another site on the very same address are answered. Recorded in a laboratory"
        " network built for it, on the laptop's interface."
    ),
)
def blockpage_redirect(lab):
    forger = {**WRITER, "payload": REDIRECT, "ttl": 47, "ipid": "zero", "window": 123}
    lab.rules = [{"place": "inside", "host": ["forum.example.net"], "action": "drop", "forge": [forger]}]
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visits(lab, "forum.example.net", ["www.example.com"], want="ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "http-blockpage", "http-host", "forum.example.net", "block-page", [OTHER], 80, "forum.example.net", [0]
            )
        ],
        ["www.example.com", "en.wikipedia.org", "www.debian.org"],
        findings=[{"technique": "http-blockpage", "domain": "forum.example.net", "atLeast": "likely"}],
    )


@sample(
    "data-injection-http",
    "Another page is put in front of the site's own; the genuine bytes arrive after it.",
    (
        "A box beside the path answers plain web requests that name one site with a page of its own making, which no"
        " list knows. The site's own answer arrives after it: the same part of the stream with other bytes. Requests to"
        " another site on the very same address are answered. Recorded in a laboratory network built for it, on the"
        " laptop's interface."
    ),
)
def data_http(lab):
    lab.rules = [{"place": "beside", "host": ["radio.example.org"], "forge": [{**WRITER, "payload": ADVERT}]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.use_resolvers(ISP_RESOLVER)
    yield
    visits(lab, "radio.example.org", ["news.example.org"], want="ok")
    curl(lab, "https://en.wikipedia.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "data-injection",
                "http-host",
                "radio.example.org",
                "data-injection",
                [THIRD],
                80,
                "radio.example.org",
                [0],
            )
        ],
        ["news.example.org", "en.wikipedia.org", "www.debian.org"],
        # A page with the end of the connection in its first segment is a page in place of the one asked for.
        findings=[{"technique": "http-blockpage", "domain": "radio.example.org", "atLeast": "likely"}],
    )


@sample(
    "data-injection-smtp",
    "A mail's recipient is refused by a line that the mail server did not send.",
    (
        "A box beside the path answers in a mail server's name when one recipient is named: it refuses him, and the"
        " server's own acceptance arrives after it in the same place of the stream. Mails to another recipient pass."
        " Recorded in a laboratory network built for it, on the laptop's interface."
    ),
)
def data_smtp(lab):
    forger = {**WRITER, "flags": "PA", "payload": "550 5.7.1 Rejected by policy\r\n"}
    lab.rules = [{"place": "beside", "contains": ["RCPT TO:<editor@paper.example.org>"], "forge": [forger]}]
    lab.link.update(near=0.7, jitter=0.1)
    yield
    lab.python("web", "servers.py", "smtp", THIRD + ":25")
    lab.use_resolvers(ISP_RESOLVER)
    yield
    for _ in range(3):
        helper(lab, "fail", "smtp", THIRD, "editor@paper.example.org")
        helper(lab, "ok", "smtp", THIRD, "friend@home.example.org")
        curl(lab, "http://news.example.org/", "ok")
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        [
            interference(
                "data-injection",
                "unknown",
                "RCPT TO:<editor@paper.example.org>",
                "data-injection",
                [THIRD],
                25,
                rules=[0],
            )
        ],
        ["news.example.org", "www.debian.org"],
        findings=[{"technique": "data-injection", "address": THIRD, "atLeast": "likely"}],
    )


@sample(
    "data-innocent-repeated",
    "A line that loses packets: servers send again what they sent before, byte for byte.",
    (
        "Nobody interferes here. The line loses three frames in a hundred, so that parts of many answers are sent"
        " twice, and some arrive twice. Every repetition has the bytes of the original. Recorded in a laboratory"
        " network built for it, on the laptop's interface."
    ),
)
def data_repeated(lab):
    lab.link.update(near=3.0, jitter=0.8, loss=0.03)
    lab.files = {"gallery": 30_000}
    lab.capture_options = ["-s", "400"]
    yield
    lab.python("web", "servers.py", "smtp", THIRD + ":25")
    lab.use_resolvers(ISP_RESOLVER, options="timeout:1 attempts:4")
    yield
    for name in ("news.example.org", "shop.example.com", "forum.example.net"):
        client(
            lab,
            "ok",
            "curl",
            *["-sS", "-o", "/dev/null", "--retry", "2", "--max-time", "20", "http://%s/gallery" % name],
        )
    client(lab, "ok", sys.executable, os.path.join(HERE, "clients.py"), "smtp", THIRD, "friend@home.example.org")
    curl(lab, "http://radio.example.org/", "ok", connect=8, total=20)
    quiet(lab)
    return truth(
        at_client(lab, ISP_RESOLVER),
        innocent=["news.example.org", "shop.example.com", "forum.example.net", "radio.example.org", "www.debian.org"],
    )
