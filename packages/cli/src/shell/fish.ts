/** The function `jobs` for fish. Functions of fish itself call its builtin with the flags that are listed here. */
export const FISH = `function __jobs_call
    set -l dir $PWD
    while not test -x "$dir/node_modules/.bin/jobs-cli"
        if test -n "$dir"
            set dir (string replace -r '/?[^/]*$' '' -- $dir)
        else if command -q jobs-cli
            env JOBS_CALLED_AS=jobs jobs-cli $argv
            return
        else if test "$argv[1]" = complete
            return 1
        else
            env JOBS_CALLED_AS=jobs npx @jobs/cli $argv
            return
        end
    end
    env JOBS_CALLED_AS=jobs "$dir/node_modules/.bin/jobs-cli" $argv
end

function jobs
    for word in $argv
        if not string match -qr '^(%.*|\\d+|-[cglpq]+|--(command|group|last|pid|query|quiet))$' -- $word
            __jobs_call $argv
            return
        end
    end
    builtin jobs $argv
end

function __jobs_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l word (commandline -ct)
    for line in (__jobs_call complete -- $words "$word" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (string replace -r '^.*[=@]' '' -- $word)
        else
            printf '%s\\n' $line
        end
    end
end
complete -e -c jobs
complete -c jobs -f -a '(__jobs_complete)'
complete -c jobs-cli -f -a '(__jobs_complete)'
`;
