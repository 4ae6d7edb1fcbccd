#!/usr/bin/python3
"""Documents that run scripts or load things, in a real browser: as they are
each of them does, filtered none does.

Every document is a frame of one page.  Its script calls ran(N) of that page;
what it loads comes from this test's server, which takes notes.  The page
pokes at everything that can be poked at, and puts each document into itself
once more by innerHTML, where what was read once is read again.
"""

import http.server
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from rig import (B, Place, diag, done, ok, private_network, program, same,
                 wait_for)                              # noqa: E402

BROWSER = "/usr/lib/chromium/chromium-headless-shell"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--autoplay-policy=no-user-gesture-required",
         "--disable-popup-blocking"]


def entities(text):
    return "".join(f"&#{ord(c)};" for c in text)


# JS is a call of ran(), URL an address of the server's.  What a document
# does when it is not filtered: s, runs its script; r, asks the server.
VECTORS = [
    # scripts
    ("s", "<script>JS</script>"),
    ("s", "<ScRiPt >JS</sCrIpT >"),
    ("s", "<script/x>JS</script/y>"),
    ("s", "<script\n>JS</script\n>"),
    ("s", "<<script>JS//<</script>"),
    ("s", "<!--><script>JS</script>-->"),
    ("s", "<!---><script>JS</script>-->"),
    ("s", "<!-- --!><script>JS</script>-->"),
    ("s", "</ <script>><script>JS</script>"),
    ("s", "<![CDATA[><script>JS</script>]]>"),
    ("s", "<?xml ><script>JS</script>?>"),
    ("s", "<![if gte IE 4]><script>JS</script><![endif]>"),
    ("s", "<title></title><script>JS</script>"),
    ("s", "<textarea></textarea><script>JS</script>"),
    ("s", "<style></style ><script>JS</script>"),
    ("s", "<noscript><p title=\"</noscript><script>JS</script>\">"),
    ("s", "<xmp></xmp><script>JS</script>"),
    ("s", "<table><script>JS</script>"),
    ("s", "<select><script>JS</script>"),
    ("s", "<svg><script>JS</script></svg>"),
    ("s", "<svg><script>&#116;op.ran(N)</script></svg>"),
    ("s", "<math><script xmlns=http://www.w3.org/1999/xhtml></script>"
          "</math><script>JS</script>"),
    ("r", "<script src=URL></script>"),
    ("r", "<script type=module>import 'URL'</script>"),
    ("r", "<svg><script href=URL></script></svg>"),
    # handlers of events
    ("s", "<img src=x onerror=JS>"),
    ("s", "<img src=x:x onerror=JS>"),
    ("s", "<img/src='x'/onerror=JS>"),
    ("s", "<img src=\"x\"onerror=\"JS\">"),
    ("s", "<img src='x' onerror=\"" + entities("top.ran(") + "N)\">"),
    ("s", "<img src=x onerror\n=\nJS>"),
    ("s", "<img src=x =onerror=x onerror=JS>"),
    ("s", "<image src=x onerror=JS>"),
    ("s", "<img src=x ONERROR=JS>"),
    ("s", "<body onload=JS>"),
    ("s", "<body onpageshow=JS>"),
    ("s", "x<body onload=JS>"),
    ("s", "<svg onload=JS>"),
    ("s", "<svg><title onload=x><svg onload=JS></title></svg>"),
    ("s", "<svg><image href=x onerror=JS></image></svg>"),
    ("s", "<svg><animate onbegin=JS attributeName=x dur=1s>"),
    ("s", "<svg><set onbegin=JS attributename=x dur=1s>"),
    ("s", "<iframe onload=JS></iframe>"),
    ("s", "<object data=x onerror=JS></object>"),
    ("s", "<video><source onerror=JS></video>"),
    ("s", "<video src=x onerror=JS></video>"),
    ("s", "<audio src=x onerror=JS></audio>"),
    ("s", "<input onfocus=JS autofocus>"),
    ("s", "<input type=image src=x onerror=JS>"),
    ("s", "<details open ontoggle=JS>x</details>"),
    ("s", "<style onload=JS></style>"),
    ("s", "<link rel=stylesheet href=x onerror=JS>"),
    ("s", "<script src=x onerror=JS></script>"),
    ("s", "<style>@keyframes k{from{color:red}}</style>"
          "<p style='animation:k 1s' onanimationstart=JS>x</p>"),
    ("s", "<p onclick=JS>x</p>"),
    ("s", "<p onmouseover=JS>x</p>"),
    ("s", "<button onclick=JS>x</button>"),
    ("s", "<form onsubmit=JS><button>x</button></form>"),
    # addresses that are scripts
    ("s", "<iframe src=javascript:JS></iframe>"),
    ("s", "<iframe src='java&#10;script:JS'></iframe>"),
    ("s", "<iframe src='java&Tab;script&colon;JS'></iframe>"),
    ("s", "<iframe src='&#1;javascript:JS'></iframe>"),
    ("s", "<iframe src='" + entities("javascript:") + "JS'></iframe>"),
    ("s", "<iframe srcdoc='<script>JS</script>'></iframe>"),
    ("s", "<iframe srcdoc='&lt;img src=x onerror=JS>'></iframe>"),
    ("s", "<object data=javascript:JS></object>"),
    ("s", "<embed src=javascript:JS>"),
    ("s", "<a href=javascript:JS>x</a>"),
    ("s", "<a href=JaVaScRiPt:JS>x</a>"),
    ("s", "<a href='  \tjavascript:JS'>x</a>"),
    ("s", "<a href=\"jav\tascript:JS\">x</a>"),
    ("s", "<a href='javascript&#58JS'>x</a>"),
    ("s", "<a href=\"javascript://x%0AJS\">x</a>"),
    ("s", "<svg><a href=javascript:JS><text y=9>x</text></a></svg>"),
    ("s", "<svg><a xlink:href=javascript:JS><text y=9>x</text></a></svg>"),
    ("s", "<math><mi href=javascript:JS>x</mi></math><img src=x onerror=JS>"),
    ("s", "<form action=javascript:JS><button>x</button></form>"),
    ("s", "<form><button formaction=javascript:JS>x</button></form>"),
    ("s", "<form id=f></form><button form=f formaction=javascript:JS>x"
          "</button>"),
    ("s", "<isindex action=javascript:JS><img src=x onerror=JS>"),
    # what is read twice is read differently
    ("s", "<math><mtext><table><mglyph><style><!--</style>"
          "<img title=\"--&gt;&lt;img src=1 onerror=JS&gt;\">"
          "</table><img src=x onerror=JS>"),
    ("s", "<svg></p><style><a id=\"</style><img src=1 onerror=JS>\">"),
    ("s", "<form><math><mtext></form><form><mglyph><style></math>"
          "<img src onerror=JS>"),
    ("s", "<noembed><p title='</noembed><img src=x onerror=JS>'>"),
    ("s", "<template><p></template><img src=x onerror=JS>"),
    ("s", "<listing>&lt;img src=x onerror=JS&gt;</listing>"
          "<img src=x onerror=JS>"),
    # what is loaded
    ("r", "<img src=URL>"),
    ("r", "<img src='http:/\\HOST/hit/N'>"),
    ("r", "<img src='&#32;URL'>"),
    ("r", "<img srcset='URL 1x'>"),
    ("r", "<picture><source srcset=URL><img></picture>"),
    ("r", "<img src=//HOST/hit/N>"),
    ("r", "<base href=//HOST/hit/><img src=N>"),
    ("r", "<input type=image src=URL>"),
    ("r", "<body background=URL>"),
    ("r", "<table background=URL><tr><td>x</table>"),
    ("r", "<td background=URL>x<table><td background=URL>x</table>"),
    ("r", "<video poster=URL></video>"),
    ("r", "<video src=URL></video>"),
    ("r", "<audio src=URL autoplay></audio>"),
    ("r", "<video><source src=URL></video>"),
    ("r", "<video src=x><track default src=URL></video>"
          "<img src=URL>"),
    ("r", "<object data=URL></object>"),
    ("r", "<embed src=URL>"),
    ("r", "<iframe src=URL></iframe>"),
    ("r", "<frameset><frame src=URL></frameset>"),
    ("r", "<link rel=stylesheet href=URL>"),
    ("r", "<link rel=icon href=URL><link rel=preload as=image href=URL>"),
    ("r", "<link rel=prefetch href=URL><link rel=stylesheet href=URL>"),
    ("r", "<meta http-equiv=refresh content='0;url=URL'>"),
    ("r", "<meta http-equiv=refresh content='0;URL'>"),
    ("r", "<style>@import 'URL';</style>"),
    ("r", "<style>@import url(URL);</style>"),
    ("r", "<style>@\\69mport 'URL';</style>"),
    ("r", "<style>body{background:url(URL)}</style>"),
    ("r", "<style>body{background:u\\72l('URL')}</style>"),
    ("r", "<style>body{background:url(ht\\74p://HOST/hit/N)}</style>"),
    ("r", "<style>@font-face{font-family:f;src:url(URL)}p{font-family:f}"
          "</style><p>x"),
    ("r", "<style>p::before{content:url(URL)}</style><p>x"),
    ("r", "<style>:root{--x:url(URL)}p{background:var(--x)}</style><p>x"),
    ("r", "<style><!-- body{background:url(URL)} --></style>"),
    ("r", "<style>@media all{body{background:url(URL)}}</style>"),
    ("r", "<style>body{background:image-set('URL' 1x)}</style>"),
    ("r", "<p style='background:url(URL)'>x"),
    ("r", "<p style=\"background:\\75rl('URL')\">x"),
    ("r", "<p style='background:/**/url(/**/URL)'>x"
          "<p style='background:url(URL)'>"),
    ("r", "<p style='background&#58;url&lpar;URL&rpar;'>x"),
    ("r", "<ul style='list-style-image:url(URL)'><li>x</ul>"),
    ("r", "<p style='border:9px solid;border-image:url(URL) 9'>x"),
    ("r", "<p style='cursor:url(URL),auto;background:url(URL)'>x"),
    ("r", "<svg><image href=URL /></svg>"),
    ("r", "<svg><filter id=f><feImage href=URL /></filter>"
          "<rect filter=url(#f) width=9 height=9 /></svg>"),
    ("r", "<svg><use href=URL#x /></svg>"),
    ("r", "<svg><style>@import 'URL';</style></svg>"),
    ("r", "<svg><rect width=9 height=9 style='fill:red;mask:url(URL#x)'>"
          "</svg>"),
    ("r", "<math><mtext><img src=URL></mtext></math>"),
    ("r", "<img src='URL"),
    ("r", "<form action=URL><button>x</button></form>"),
    ("r", "<form action=URL target=_self><input type=submit></form>"),
    ("r", "<a href=# ping=URL>x</a>"),
]
# The one that has no end shows what comes behind it in the mail.
VECTORS[[v for _, v in VECTORS].index("<img src='URL")] = (
    "r", "<img src='URL'\n<p>the next part")

PAGE = """<!DOCTYPE html><title>documents</title><script>
function ran(n) { fetch('/ran/' + n, {keepalive: true}); }
addEventListener('message', e => ran(e.data));
function poke(d, e) {
    for (const type of ['mouseover', 'focus', 'click'])
        try {
            e.dispatchEvent(new d.defaultView.MouseEvent(type,
                {bubbles: true, cancelable: true}));
        } catch (x) {}
}
function each(what) {
    for (const f of document.querySelectorAll('iframe'))
        try { what(f.contentDocument); } catch (x) {}
}
function again(d) {
    const e = d.createElement('div');
    e.innerHTML = d.body.innerHTML;
    e.innerHTML = e.innerHTML;
    d.body.appendChild(e);
}
const pause = ms => new Promise(r => setTimeout(r, ms));
addEventListener('load', async () => {
    await pause(1000);
    each(again);
    await pause(500);
    each(d => { for (const e of d.querySelectorAll('body *')) poke(d, e); });
    await pause(1500);
    fetch('/done');
});
</script>
"""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, documents):
        self.documents = documents      # (octets, charset)
        self.ran, self.hit, self.shown = set(), set(), set()
        self.other = []                 # requests that nobody expects
        self.done = False
        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def note(self, what, n):
        s = self.server
        if what == "done":
            s.done = True
        else:
            (s.ran if what == "ran" else s.hit).add(n)

    def answer(self, body, kind="text/html; charset=utf-8"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        s = self.server
        m = re.match(r"/(ran|hit|done|doc)(?:/(\d+))?(?:\?.*)?$", self.path)
        if self.path == "/":
            self.answer((PAGE + "".join(f"<iframe src=/doc/{n}></iframe>"
                         for n in range(len(s.documents)))).encode())
        elif m and m[1] == "doc" and int(m[2]) not in s.shown:
            s.shown.add(int(m[2]))
            self.answer(s.documents[int(m[2])])
        elif m and m[1] != "doc":
            self.note(m[1], int(m[2]) if m[2] else -1)
            self.answer(b"", "text/plain")
        else:
            if self.path != "/favicon.ico":
                s.other.append(self.path)
            self.send_error(404)


def made(template, n, port):
    host = f"127.0.0.1:{port}"
    text = template.replace("URL", f"http://{host}/hit/N")
    text = text.replace("HOST", host).replace("JS", "top.ran(N)")
    for at in ("ran(N)", entities("ran(") + "N)", "hit/N", "src=N>"):
        text = text.replace(at, at.replace("N", str(n)))
    return text


def filtered(document, *flags):
    p = subprocess.run([os.path.join(B, "t/htmlfilter"), *flags, "utf-8"],
                       input=document, capture_output=True, check=True)
    return p.stdout


def browse(place, name, port, documents):
    """Show them all; the server, with its notes."""
    server = Server(port, documents)
    proc = place.start(name, [
        program(BROWSER), *FLAGS, "--remote-debugging-port=0",
        f"--user-data-dir={place.folder(name)}",
        f"http://127.0.0.1:{port}/"],
        env={**os.environ, "HOME": place.path})
    wait_for("the page is done", lambda: server.done, 120)
    place.stop(proc)
    server.close()
    return server


def main():
    private_network()
    place = Place("html")
    port = place.port()
    raw = [made(v, n, port).encode() for n, (_, v) in enumerate(VECTORS)]

    server = browse(place, "unfiltered", port, raw)
    idle = [n for n, (kind, _) in enumerate(VECTORS)
            if n not in (server.ran if kind == "s" else
                         server.hit | server.ran)]
    for n in idle:
        diag(f"does nothing: {VECTORS[n][1]}")
    active = len(VECTORS) - len(idle)
    ok(active >= 60, f"{active} documents run a script or load something "
       "when they are not filtered")
    ok(len(server.ran) >= 40, f"{len(server.ran)} run a script")
    ok(len(server.hit) >= 40, f"{len(server.hit)} load something")
    ok(server.other, "and other things are asked for")

    clean = [filtered(d) for d in raw]
    server = browse(place, "filtered", port, clean)
    same(sorted(server.ran), [], "filtered, none runs a script")
    same(sorted(server.hit), [], "filtered, none loads anything")
    same(server.other, [], "nothing else is asked for")
    for n in sorted(server.ran | server.hit):
        diag(f"{VECTORS[n][1]}: {clean[n]}")

    # what is asked to stay is still no script
    clean = [filtered(d, "-r", "-f") for d in raw]
    server = browse(place, "remote", port, clean)
    same(sorted(server.ran), [], "with remote content and forms kept, none "
         "runs a script")
    ok(server.hit, "and remote content is loaded")
    done()


main()
