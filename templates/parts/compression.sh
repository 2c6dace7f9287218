# choose_compressor: the one to use, and the SUFFIX of what it makes.
choose_compressor() {
    if [ "$COMPRESSION" = auto ]; then
        if has zstd; then COMPRESSION=zstd; else COMPRESSION=gzip; fi
    fi
    case $COMPRESSION in
        zstd) SUFFIX=.zst ;;
        gzip) SUFFIX=.gz ;;
        xz) SUFFIX=.xz ;;
        none) SUFFIX= ;;
    esac
    require_compressor "$SUFFIX"
}

# require_compressor <file>: of such a file.
require_compressor() {
    case $1 in
        *.zst) compressor=zstd ;;
        *.gz) compressor=gzip ;;
        *.xz) compressor=xz ;;
        *) return 0 ;;
    esac
    has "$compressor" || refuse "'$1' needs $compressor, which is missing here"
}

# exec_compress: standard input to standard output.
exec_compress() {
    case $SUFFIX in
        .zst) exec_gently zstd -q -T0 "-${COMPRESSION_LEVEL:-3}" -c ;;
        .gz) exec_gently gzip "-${COMPRESSION_LEVEL:-6}" -c ;;
        .xz) exec_gently xz -T0 "-${COMPRESSION_LEVEL:-6}" -c ;;
        *) exec cat ;;
    esac
}

# exec_decompress <file>: to standard output.
exec_decompress() {
    case $1 in
        *.zst) exec zstd -q -d -c "$1" ;;
        *.gz) exec gzip -d -c "$1" ;;
        *.xz) exec xz -d -c "$1" ;;
        *) exec cat "$1" ;;
    esac
}
