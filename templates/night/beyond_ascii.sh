# yash in the C locale turns such names into nothing: better not begin.
if [ "$(printf '\303\251' | wc -c)" != 2 ] || [ -z "$(printf '\303\251')" ]; then
    echo 'this shell cannot hold names beyond ASCII; use another' >&2
    exit 3
fi
