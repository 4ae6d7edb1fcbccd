#!/bin/sh
# A benchmark in small: every figure of every leg comes out as a number.
# usage: B=BUILD smoke.t [floor]

set -u
build=$(realpath "${B:-build/opt}")
out=$(BENCH_SMOKE=1 BENCH_ROUNDS=1 t/bench/run "$build" "$@" 2>&1)
status=$?
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
ok $status "the benchmark runs to its end"
for leg in plain TLS; do
	for row in 'CPU a session' 'of it the process' greeting LOGIN 'sessions, 16 at once' \
	    FETCH 'CPU of FETCH' 'idle memory' 'of it private'; do
		# The kernel's memory is our whole cgroup's: tests that run
		# beside this one can turn it either way.
		figure='[1-9][0-9]*'
		[ "$row" != 'idle memory' ] || figure='-?[0-9]+'
		echo "$out" |
		    grep -Eq "^$leg +$row +$figure +$figure [^ ]+ +[-0-9.]+ "
		ok $? "$leg: $row has two figures and a ratio"
	done
done
[ "$(echo "$out" | grep -Ec ' (met|MISSED)$')" = 10 ]
ok $? "ten targets are judged"
echo "$out" | grep -Eq '^1 rounds; [0-9]+ targets missed$'
ok $? "it says how many were missed"
echo "1..$n"
