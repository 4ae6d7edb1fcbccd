#!/bin/sh
# The benchmark of growth in small: every row comes out with its ratios.
# usage: B=BUILD growth.t

set -u
build=$(realpath "${B:-build/opt}")
n=0
ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		echo "$out" | sed 's/^/# /'
	fi
}
out=$(GROWTH_ROUNDS=1 GROWTH_SIZES=2,5 t/bench/growth.py "$build" 2>&1)
ok $? "the benchmark runs to its end"
for mode in imap4-proxy-wait imap4-proxy; do
	for leg in plain tls; do
		for by in ACLs 'sessions open'; do
			cell='[1-9][0-9]* \([0-9.]+\)'
			row="\\| $mode, $leg, by $by \\| $cell \\| $cell \\|"
			echo "$out" | grep -Eq "^$row [0-9.]+ (met|MISSED) \\|$"
			ok $? "$mode, $leg: growth by $by has figures"
		done
	done
done
echo "$out" | grep -Eq '^1 rounds; [0-8] of the rows exceed 1.10$'
ok $? "it says how many are too much"
echo "1..$n"
