#!/bin/sh
# The runner itself, over a relay of octets: what must pass passes, and what
# must fail fails.
exec "${0%/*}/play" -r self
