#!/bin/sh
# npm runs commands through sh, where `jobs` is a builtin (POSIX job control) that wins over node_modules/.bin/jobs.
# A function wins over the builtin: with it, `npx jobs …` and scripts that say `jobs …` mean the command of this project.
shift
exec /bin/sh -c 'jobs() { command env jobs "$@"; }
'"$1"
