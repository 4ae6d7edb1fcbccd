#!/bin/sh
exec "${0%/*}/play" S
