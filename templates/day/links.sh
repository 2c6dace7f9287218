# refuse_links <path below $INTO>: files were unpacked there before.
refuse_links() {
    at=$INTO rest=$1
    while [ -n "$rest" ]; do
        at=$at/${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
        [ ! -L "$at" ] || die "'${at#"$INTO"}' is a link among the files of this" \
            "backup: restore what lies behind it on its own, with --only"
    done
}
