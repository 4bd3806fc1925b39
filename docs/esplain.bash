# esplain.bash: completion of commands, options, formats and condition names
_esplain_names() {
    esplain explain -f json 2>/dev/null | sed -n "s/^{\"type\":\"$1\",\"name\":\"\([^\"]*\)\".*/\1/p"
}

_esplain_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_esplain_files() {
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_esplain() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _esplain_words "read live explain sa log reproduce help --help --version"
        return
    fi
    case $prev in
    -f | --format) _esplain_words "text json" ;;
    --fail-on) _esplain_words "note warning error" ;;
    --color | --progress) _esplain_words "auto always never" ;;
    --to) [ "$command" != sa ] || _esplain_words "wireshark tcpdump xfrm" ;;
    --send) _esplain_words "$(ls /sys/class/net 2>/dev/null)" ;;
    --proto) _esplain_words "esp ah" ;;
    --encap) _esplain_words "none udp" ;;
    --mute | --condition) _esplain_words "$(_esplain_names condition)" ;;
    -s | --sa | -r | --read | --from | -k | --ike-keys | --policy | -o | --output | -w | --write | --metrics) _esplain_files ;;
    --report | --report-number | --finding | --cause | --src | --dst | --spi | --seq | --receiver | --window | --filter | --workers | -c | --count | --rotate-size | --rotate-time | --rotate-keep | --buffer | --snaplen | --for | --metrics-interval | --rate) ;;
    --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    *)
        case $command:$cur in
        read:-*)
            _esplain_words "-s --sa -k --ike-keys --policy --receiver --no-receiver --window -f --format -o --output --verdicts -w --write --decrypted --extract
                --filter --fail-on --mute
                --workers -c --count -q --quiet -v --verbose --color --progress -h --help" ;;
        live:-*)
            _esplain_words "-s --sa -k --ike-keys --policy --receiver --no-receiver --window -f --format -o --output --verdicts -w --write
                --rotate-size --rotate-time --rotate-keep --buffer --snaplen --promisc --top --metrics --metrics-interval --user --no-sandbox --for --fail-on --mute -c --count
                -q --quiet -v --verbose --color -h --help" ;;
        explain:-*) _esplain_words "-f --format --markdown --color -h --help" ;;
        sa:-*) _esplain_words "--to -f --format -o --output --fail-on --color -h --help" ;;
        log:-*) _esplain_words "-r --read -s --sa -k --ike-keys --policy --receiver --no-receiver --window -f --format -o --output --fail-on -q --quiet -v --verbose --color -h --help" ;;
        reproduce:-*) _esplain_words "--from --report --report-number --finding -k --ike-keys --policy --receiver --no-receiver --window --mute --filter --anonymise --keep-keys --condition --cause --src --dst --spi --seq --proto --encap -s --sa -w --write --send --to --rate -c --count --list -f --format -h --help" ;;
        explain:*) _esplain_words "$(_esplain_names condition) $(_esplain_names error) $(_esplain_names counter)" ;;
        live:*) _esplain_words "any $(ls /sys/class/net 2>/dev/null)" ;;
        help:*) _esplain_words "read live explain sa log reproduce" ;;
        *) _esplain_files ;;
        esac ;;
    esac
}

complete -F _esplain esplain
