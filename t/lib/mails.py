"""Sample mails, and what is in a mailbox: two accounts that were treated the
same, one directly and one through the proxy, must give equal snapshots."""

import hashlib
import imaplib
import re
import socket
import ssl

# imaplib's own bound on a line is too small for BODY[] of large mails.
imaplib._MAXLINE = 10_000_000

HOST = "127.0.0.1"


def mail(number, size=None):
    """Mail number as octets; the same each time."""
    body = f"This is mail number {number}.\r\n"
    kind = number % 5
    if kind == 1:
        body += "A line with a lone dot:\r\n.\r\nFrom the start\r\n"
    elif kind == 2:
        body += "".join(f"{i:>72}\r\n" for i in range(200))
    elif kind == 3:
        body += "Příliš žluťoučký kůň\r\n"
    elif kind == 4:
        body += "* 1 FETCH (FLAGS (\\Seen))\r\nA1 OK not a reply\r\n+ go\r\n"
    if size:
        line = "0123456789abcdef" * 4 + "\r\n"
        body += line * max(0, (size - len(body.encode())) // len(line))
    head = (f"From: Sender {number} <sender{number}@example.org>\r\n"
            f"To: alice@example.org\r\n"
            f"Subject: Sample {number}\r\n"
            f"Date: Mon, 5 Jan 2026 10:{number % 60:02d}:00 +0000\r\n"
            f"Message-ID: <sample-{number}@example.org>\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n"
            "\r\n")
    return (head + body).encode()


def connect(port, user, password="secret", tls=None, starttls=False,
            ca=None, timeout=30, host=HOST):
    """A logged-in imaplib connection.  tls: implicit TLS; ca: trust file."""
    context = ssl.create_default_context(cafile=ca) if tls or starttls else None
    if tls:
        if host != HOST:
            context.check_hostname = False
        box = imaplib.IMAP4_SSL("localhost" if host == HOST else host, port,
                                ssl_context=context, timeout=timeout)
    else:
        box = imaplib.IMAP4("localhost" if starttls else host, port,
                            timeout=timeout)
        if starttls:
            box.starttls(context)
    box.login(user, password)
    return box


class From(imaplib.IMAP4):
    """A connection from this address of loopback."""

    def __init__(self, source, port):
        self.source = source
        super().__init__("127.0.0.1", port)

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout,
                                        (self.source, 0))


def must(answer):
    """The data of an imaplib answer that has to be OK."""
    if answer[0] != "OK":
        raise RuntimeError(f"refused: {answer}")
    return answer[1]


def folders(box):
    """Names of all folders; those that hold no mails end in a slash."""
    names = []
    for line in must(box.list()):
        m = re.match(rb'\((.*?)\) (?:"(.)"|NIL) (?:"(.*)"|(\S+))$', line)
        name = (m.group(3) or m.group(4)).decode()
        names.append(name + "/" * (b"noselect" in m.group(1).lower()))
    return sorted(names)


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fill(box, count, folder="INBOX", first=0, size=None):
    """Append the sample mails first .. first+count-1, all in one go: both
    servers have LITERAL+, and some answer each APPEND 40 ms late."""
    if folder != "INBOX":
        box.create(quoted(folder))
    out, tags = [], []
    for number in range(first, first + count):
        flags = {0: "", 1: "(\\Seen) ", 2: "(\\Flagged \\Seen) "}[number % 3]
        octets = mail(number, size)
        tags.append(box._new_tag())
        out.append(tags[-1] + f' APPEND {quoted(folder)} {flags}'
                   f'"05-Jan-2026 10:{number % 60:02d}:00 +0000" '
                   f'{{{len(octets)}+}}\r\n'.encode() + octets + b"\r\n")
        box.tagged_commands.pop(tags[-1], None)
    box.send(b"".join(out))
    for tag in tags:
        line = box.readline()
        while not line.startswith(tag + b" "):
            line = box.readline()
        if not line.startswith(tag + b" OK"):
            raise RuntimeError(f"refused: {line}")


def hashed(octets):
    """Of a mail; mbsync's own random header is left out."""
    return hashlib.sha256(re.sub(rb"^X-TUID: .*\r?\n", b"", octets, count=1,
                                 flags=re.M)).hexdigest()


def snapshot(box):
    """{folder: sorted list of (hash of the mail, flags, internal date)}; a
    date that is not the sample mails' is the hour of the test: "now"."""
    shot = {}
    for name in folders(box):
        if name.endswith("/"):
            shot[name] = []
            continue
        must(box.select(quoted(name), readonly=True))
        rows = []
        data = must(box.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")) \
            if box.untagged_responses.get("EXISTS", [b"0"])[-1] != b"0" else []
        for item in data:
            if isinstance(item, tuple):
                head, octets = item
                date = re.search(rb'INTERNALDATE "([^"]*)"', head).group(1)
                if b"5-Jan-2026" not in date:
                    date = b"now"
                rows.append([hashed(octets), head, date])
            elif rows:
                rows[-1][1] += item
        shot[name] = sorted(
            (h, " ".join(sorted(set(re.search(rb"FLAGS \(([^)]*)\)", head)
                                    .group(1).decode().split())
                                - {"\\Recent"})), date.decode())
            for h, head, date in rows)
    return shot
