"""Real clients do the same round of work directly and through the proxy, with
each combination of TLS on the legs, on real servers: they must see the same
and leave the same mails, flags and folders.  CLIENT= and COMBINATION= pick
some."""

import os

import mails
from clients import CLIENTS
from mailservers import SERVERS
from proxy import COMBINATIONS, Proxy, legs, title
from rig import Place, diag, done, ok, same

MAILS = {"mbsync": 200}


def picked(name, choices):
    want = os.environ.get(name)
    return [c for c in choices if not want or c in want.split(",")]


def account(server, user, client):
    box = server.connect(user)
    mails.fill(box, MAILS.get(client, 12))
    mails.fill(box, 3, "Work")
    box.logout()


def outcome(server, user):
    box = server.connect(user)
    shot = mails.snapshot(box)
    box.logout()
    return shot


def round_of(place, server, client, user, port, tls):
    """What the client saw, and what it left; an error is told, not raised."""
    account(server, user, client)
    try:
        seen = CLIENTS[client](port, user, tls, place)
    except Exception as error:      # whatever stops the client is the result
        diag(f"{user}: {error}")
        return None, None
    return seen, outcome(server, user)


def run(kind):
    place = Place(f"clients-{kind}")
    server = SERVERS[kind](place)
    proxy = Proxy(place, server, name="proxy")
    for client in picked("CLIENT", CLIENTS):
        seen, left = round_of(place, server, client, f"{client}-direct",
                              server.port, "clear")
        ok(left, f"{client} works with {kind} directly")
        for combination in picked("COMBINATION", COMBINATIONS):
            what = f"{client} to {kind}, {combination}"
            got, now = round_of(place, server, client,
                                f"{client}-{title(combination)}",
                                proxy.port[combination],
                                legs(combination)[0])
            same(got, seen, f"{what}: sees what it sees directly")
            same(now, left, f"{what}: leaves what it leaves directly")
    ends = proxy.events("SESSION-END")
    ok(ends and all(e.get("RESULT") == "ACCEPTED" for e in ends),
       f"every session to {kind} ends well")
    for e in ends:
        if e.get("RESULT") != "ACCEPTED":
            diag(e)
    proxy.stop()
    server.stop()
    done()
