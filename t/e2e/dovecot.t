#!/usr/bin/python3
"""curl, mbsync, mutt and imaplib with Dovecot: see t/lib/rounds.py."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import rounds  # noqa: E402

rounds.run("dovecot")
