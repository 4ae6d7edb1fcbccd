#!/usr/bin/python3
"""Every notice that is installed, in every language a client may have: what a
mail is after it was put into it."""

import email
import email.policy
import glob
import html.parser
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from proxy import TEST_IMAP4                              # noqa: E402
from rig import TOP, Place, diag, done, ok, program, same  # noqa: E402

# Charsets of plain texts that are not ASCII.
LANGUAGES = {
    "EN": "utf-8",
    "CZ": "utf-8",
    "CZ-ASCII": "utf-8",
    "CZ-ISO-8859-2": "iso-8859-2",
    "CZ-WINDOWS-1250": "windows-1250",
}
FOLDERS = {"EN": "EN", "CZ-ASCII": "CZ-ASCII"}
# It ends what it stands in, if it can.
FILE = "</td><script>alert(1)</script> & \"it's\".exe"
DATE = "Mon, 7 Sep 2026 10:00:00 +0000"
RULE = "rule <b> & co"
VIRUS = "Eicar-<i>Test"
CONTACT = "help@example.org, <tel> 1"
SAID = {"n": FILE, "t": "application/x-thing", "v": VIRUS, "w": "found",
        "r": RULE, "d": DATE, "c": CONTACT}

place = Place("notices")
mail = place.file("mail", "\r\n".join((
    "From: a@example.org", f"Date: {DATE}", "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"', "", "--b",
    "Content-Type: text/plain", "", "hello", "--b",
    'Content-Type: application/x-thing; name="%s"' % FILE.replace('"', '\\"'),
    "", *["01234567" * 9] * 80, "--b--", "")))


def configured(name, language):
    action = "replace-body" if name.startswith("body.") else "replace-file"
    where = 'file-name = {"*.exe"} ' if action == "replace-file" else ""
    changing, other = ("mail", "doc") if action == "replace-body" else \
        ("doc", "mail")
    return place.file("proxy.cfg", f"""
version = "1"
language = {language}
notices {{ dir = "{TOP}/conf/notices"  contact = "{CONTACT}" }}
doctype-identification {{ order = content-type }}
antivirus "a" {{ connection = {{"/run/clamav/clamd.ctl"}} }}
session-acl "s" {{ plug-to = {{"127.0.0.1:143"}} }}
command-acl "c" {{ use-antivirus = {{"a"}}  index = exact }}
{changing}-acl "{RULE}" {{ virus-status = {{found}} {where}
    {action} = "{name}" }}
{changing}-acl "rest" {{ }}
{other}-acl "rest" {{ }}
""", 0o600)


def rendered(name, language):
    """The part that the notice stands in, as a client gets it."""
    out = os.path.join(place.path, "out")
    run = subprocess.run(
        [program(TEST_IMAP4), "-f", configured(name, language), "-o", out,
         "-t", f'test mail {mail} virus found:"{VIRUS}";'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not same(run.returncode, 0, f"{language}/{name} is put into a mail"):
        diag(run.stdout)
    with open(out, "rb") as f:
        made = email.message_from_binary_file(f, policy=email.policy.default)
    os.unlink(out)
    return made if name.startswith("body.") else made.get_payload(1)


class Page(html.parser.HTMLParser):
    """Its elements, closed one in the other; its text, its attributes."""
    VOID = ("meta",)

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attrs, self.text = [], [], {}, ""
        self.broken = []
        self.feed(text)
        self.close()

    def handle_decl(self, decl):
        self.tags.append(decl)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attrs.update(dict(attrs))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data):
        self.text += data


def source(name, language):
    folder = FOLDERS.get(language, "CZ")
    with open(os.path.join(TOP, "conf/notices", folder, name),
              encoding="utf-8") as f:
        return f.read()


def filled(text):
    """A notice with what is known, as a reader sees it."""
    return " ".join(re.sub("%(.)", lambda m: SAID[m[1]], text).split())


def check_charset(part, want):
    ascii_ = part.get_payload(decode=True).isascii()
    same(part.get_content_charset(), "us-ascii" if ascii_ else want,
         "in its charset")
    return ascii_


def check_text(name, language, part):
    same(part.get_content_type(), "text/plain", f"{language}/{name} is text")
    ascii_ = check_charset(part, LANGUAGES[language])
    same(ascii_, language in ("EN", "CZ-ASCII"), "which it needs in Czech")
    same(" ".join(part.get_content().split()),
         filled(source(name, language)), "with every field")


def check_html(name, language, part):
    same(part.get_content_type(), "text/html", f"{language}/{name} is HTML")
    text = part.get_content()
    page, plain = Page(text), Page(source(name, language))
    same((page.tags, page.attrs, page.open, page.broken),
         (plain.tags, plain.attrs, [], []),
         "with the elements that it has, and no others")
    same((page.tags[:5], page.attrs),
         (["DOCTYPE html", "html", "head", "meta", "title"],
          {"lang": "en" if language == "EN" else "cs", "charset": "utf-8"}),
         "it says its language and charset, and refers to nothing")
    same(check_charset(part, "utf-8"), language != "CZ",
         "which agrees with what it says")
    same(" ".join(page.text.split()), filled(plain.text), "with every field")


names = sorted(os.path.basename(p)
               for p in glob.glob(os.path.join(TOP, "conf/notices/EN/*")))
same(names, sorted(f"{kind}.{end}" for end in ("html", "txt")
                   for kind in ("body", "type", "unscanned", "virus")),
     "the notices are there, as text and as HTML")
for name in names:
    for language in LANGUAGES:
        part = rendered(name, language)
        (check_html if name.endswith(".html") else check_text)(
            name, language, part)
done()
