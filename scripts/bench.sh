#!/bin/sh
# npm run bench: installs what ours is compared with, and measures. To write the page again
# from what was measured, nothing is installed.
set -eu
cd "$(dirname "$0")/.."
case " $* " in
    *' --render '*) ;;
    *) sh scripts/setup.sh bench ;;
esac
exec node scripts/bench/main.mjs "$@"
