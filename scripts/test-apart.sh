#!/bin/sh
# test-apart.sh <command...>: with a /var/tmp of its own, in memory; for test-job.sh, in a
# mount namespace.
set -eu
mount -t tmpfs tmpfs /var/tmp
exec "$@"
