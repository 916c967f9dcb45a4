# SPDX-License-Identifier: MIT
# Made by `make completion`, of the parser of the command's arguments.
_signoff-offboard() {
    local IFS=$' \t\n'
    local args cur prev cmd opts arg
    args=("${COMP_WORDS[@]}")
    cur="${COMP_WORDS[COMP_CWORD]}"
    prev="${COMP_WORDS[COMP_CWORD-1]}"
    opts="-h --help -V --version"

    args=("${args[@]:1}")
    for arg in "${args[@]}"; do
        case "$arg" in
            init)
                cmd="init"
                opts="$opts -h --help -c --config --tz --json"
                break
                ;;
            config)
                cmd="config"
                opts="$opts -h --help -c --config --tz --json"
                break
                ;;
            doctor)
                cmd="doctor"
                opts="$opts -h --help --inbox -c --config --tz --json"
                break
                ;;
            plan)
                cmd="plan"
                opts="$opts -h --help -o --out --protect --no-targets --max-people --operator --ticket --ignore --delimiter -c --config --tz --json"
                break
                ;;
            show)
                cmd="show"
                opts="$opts -h --help -c --config --tz --json"
                break
                ;;
            apply)
                cmd="apply"
                opts="$opts -h --help --people -j --journal -y --yes --or-resume --person --only --max-age --failed --metrics --ignore --delimiter --protect --not-before --not-after --max-fail --settle --schedule --deadline --on-end -q --quiet -c --config --tz --json"
                break
                ;;
            resume)
                cmd="resume"
                opts="$opts -h --help --people --person --only --failed --metrics --ignore --delimiter --protect --not-before --not-after --max-fail --settle --schedule --deadline --on-end -q --quiet -c --config --tz --json"
                break
                ;;
            status)
                cmd="status"
                opts="$opts -h --help --person --only --ignore --delimiter -c --config --tz --json"
                break
                ;;
            report)
                cmd="report"
                opts="$opts -h --help --format -o --out --check --person --only --failed --metrics --people --ignore --delimiter -c --config --tz --json"
                break
                ;;
            watch)
                cmd="watch"
                opts="$opts -h --help --once --status --release --people --protect --brake --merge --settle --schedule --deadline -q --quiet --ignore --delimiter -c --config --tz --json"
                break
                ;;
            undo)
                cmd="undo"
                opts="$opts -h --help -j --journal --protect --not-before --not-after --max-fail --settle --schedule --deadline --on-end -q --quiet -c --config --tz --json"
                break
                ;;
            version)
                cmd="version"
                opts="$opts -h --help -c --config --tz --json"
                break
                ;;
        esac
    done

    case "$cmd" in
        '')
            mapfile -t COMPREPLY < <(compgen -W "init config doctor plan show apply resume status report watch undo version" -- "$cur")
            ;;
        'init')
            case "$prev" in
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'config')
            case "$prev" in
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'doctor')
            case "$prev" in
                --inbox)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'plan')
            case "$prev" in
                -o|--out)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --protect)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --no-targets)
                    mapfile -t COMPREPLY < <(compgen -W "fine" -- "$cur")
                    return 0
                    ;;
                --max-people)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --operator)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ticket)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'show')
            case "$prev" in
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'apply')
            case "$prev" in
                --people)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -j|--journal)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --person)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --only)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --max-age)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --failed)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --metrics)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --protect)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-before)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-after)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --max-fail)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --settle)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --schedule)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --deadline)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --on-end)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'resume')
            case "$prev" in
                --people)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --person)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --only)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --failed)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --metrics)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --protect)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-before)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-after)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --max-fail)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --settle)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --schedule)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --deadline)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --on-end)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'status')
            case "$prev" in
                --person)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --only)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'report')
            case "$prev" in
                --format)
                    mapfile -t COMPREPLY < <(compgen -W "text json csv html" -- "$cur")
                    return 0
                    ;;
                -o|--out)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --person)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --only)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --failed)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --metrics)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --people)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'watch')
            case "$prev" in
                --release)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --people)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --protect)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --brake)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --merge)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --settle)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --schedule)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --deadline)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --ignore)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --delimiter)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'undo')
            case "$prev" in
                -j|--journal)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --protect)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-before)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --not-after)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --max-fail)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --settle)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --schedule)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --deadline)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --on-end)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
        'version')
            case "$prev" in
                -c|--config)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
                --tz)
                    compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    return 0
                    ;;
            esac

            ;;
    esac

    if [[ "$cur" = -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
    fi
}

complete -F _signoff-offboard -o bashdefault -o default signoff-offboard
