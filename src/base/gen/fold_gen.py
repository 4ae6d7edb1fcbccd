#!/usr/bin/python3
"""Make ../fold_table.h from Python's own Unicode data:

	src/base/gen/fold_gen.py >src/base/fold_table.h

The header is kept with the sources, so that nobody needs Python to build.
t/e2e/fold.t makes it again and compares.
"""
import sys
import unicodedata

HANGUL = range(0xAC00, 0xAC00 + 11172)	# composed by arithmetic


def decompositions():
	"""Canonical ones, one step each; singletons have 0 behind them."""
	for c in range(sys.maxunicode + 1):
		text = unicodedata.decomposition(chr(c))
		if c in HANGUL or not text or text.startswith("<"):
			continue
		parts = [int(x, 16) for x in text.split()]
		yield (c, parts[0], parts[1] if len(parts) > 1 else 0)


def lower(c):
	"""Simple case folding, which servers do at most."""
	text = chr(c).casefold()
	if len(text) > 1:
		text = chr(c).lower()
	return ord(text) if len(text) == 1 else c


def cases():
	"""Runs of characters, 1 or 2 apart, and where they go."""
	pairs = [(c, lower(c)) for c in range(sys.maxunicode + 1)]
	pairs = [(c, to) for c, to in pairs if c != to]
	while pairs:
		first, to = pairs[0]
		runs = []
		for step in (1, 2):
			n = 1
			while n < len(pairs) and pairs[n] == (first + n * step,
			    to + n * step):
				n += 1
			runs.append((n, step))
		n, step = max(runs, key=lambda r: r[0])
		yield (first, pairs[n - 1][0], step, to - first)
		pairs = pairs[n:]


def marks():
	"""Ranges of characters that combine with the one before them."""
	first = last = None
	for c in range(sys.maxunicode + 2):
		is_mark = c <= sys.maxunicode and unicodedata.combining(chr(c))
		if is_mark and first is None:
			first = c
		elif not is_mark and first is not None:
			yield (first, last)
			first = None
		last = c


def table(kind, name, rows, show):
	print(f"\nstatic const struct {kind} {name}[] = {{")
	line = ""
	for row in rows:
		cell = "{ " + ", ".join(f(x) for f, x in zip(show, row)) + " },"
		if len(line) + len(cell) + 1 > 71:
			print("\t" + line)
			line = ""
		line += (" " if line else "") + cell
	print("\t" + line + "\n};")


def main():
	hexa = "0x{:x}".format
	print(f"""#ifndef FOLD_TABLE_H
#define FOLD_TABLE_H

/*
 * Made by gen/fold_gen.py of Unicode {unicodedata.unidata_version}: do not edit.
 */

#include <stdint.h>

/* Canonical decomposition, one step; b 0: of one character. */
struct fold_pair {{
	uint32_t c, a, b;
}};
/* first, first + step ... last have no case at + to. */
struct fold_case {{
	uint32_t first, last;
	int32_t step, to;
}};
struct fold_range {{
	uint32_t first, last;
}};""")
	table("fold_pair", "fold_pairs", decompositions(), (hexa,) * 3)
	table("fold_case", "fold_cases", cases(), (hexa, hexa, str, str))
	table("fold_range", "fold_marks", marks(), (hexa, hexa))
	print("\n#endif")


main()
