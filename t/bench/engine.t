#!/bin/sh
# The benchmark of scanning with clamd in small: every figure comes out.
# usage: B=BUILD engine.t

set -u
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
out=$(BENCH_SMOKE=1 BENCH_ROUNDS=1 t/bench/engine.py 2>&1)
ok $? "the benchmark runs to its end"
speed='[1-9][0-9]* mails/s of +[1-9][0-9]*'
for kb in 10 75 1024; do
	[ "$(echo "$out" | grep -Ec "^ +$kb KB +first +$speed +[-+][0-9]+%")" = 2 ]
	ok $? "$kb KB: two engines have an overhead"
done
[ "$(echo "$out" | grep -Ec "^ +again +$speed +[0-9.]+x")" = 6 ]
ok $? "each is fetched again"
echo "1..$n"
