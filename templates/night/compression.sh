# choose_compressor: SUFFIX, of the files to be made, when the plan leaves it open.
choose_compressor() {
    [ "$SUFFIX" != auto ] || SUFFIX=$(has zstd && echo .zst || echo .gz)
    require_compressor "$SUFFIX"
}

# require_compressor <file>: COMPRESSOR, the program that such a file needs.
require_compressor() {
    case $1 in
        *.zst) COMPRESSOR=zstd ;;
        *.gz) COMPRESSOR=gzip ;;
        *.xz) COMPRESSOR=xz ;;
        *.patch) COMPRESSOR=zstd && require_patching "$1" ;; #? differential
        *) COMPRESSOR='cat' ;;
    esac
    has "$COMPRESSOR" || refuse "'$1' needs $COMPRESSOR, which is missing here"
}

# exec_compress: standard input to standard output. zstd's own level, 3, takes half
# as long again and makes nothing smaller of a database.
exec_compress() {
    case $COMPRESSOR in
        zstd) exec_gently zstd "$([ -t 2 ] && echo -v || echo -q)" -T0 "-${LEVEL:-2}" ;;
        gzip) exec_gently gzip "-${LEVEL:-6}" ;;
        xz) exec_gently xz -T0 "-${LEVEL:-6}" ;; #? xz
        cat) exec cat ;;                         #? uncompressed
    esac
}

# exec_decompress <file>: to standard output.
exec_decompress() {
    require_compressor "$1"
    [ "${1%.patch}" = "$1" ] || { print_patched "$1" && exit || exit; } #? differential
    [ "$COMPRESSOR" != cat ] || exec cat "$1"
    exec "$COMPRESSOR" -d -c "$1"
}
