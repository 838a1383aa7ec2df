#!/usr/bin/env bash
# Runs `premortem check`: annotations to the log, a page to the job summary, reports to files. A later step fails the job.
set -eu
unset CDPATH

# One item a line; a carriage return and empty lines do not count. Sets `items`.
lines() {
  items=()
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then items+=("$line"); fi
  done <<<"$1"
}

# A file, whatever its name looks like: `-` would be standard input, and a folder we came from.
as_path() {
  case $1 in
    -*) printf './%s' "$1" ;;
    *) printf '%s' "$1" ;;
  esac
}

# Shows text of unknown origin in a log without letting it speak to the runner.
say() {
  while IFS= read -r line || [ -n "$line" ]; do
    printf 'premortem: %s\n' "${line//'##['/'# #['}"
  done
}

# Keeps reviews of several folders in one repository apart.
category=premortem
directory=${PREMORTEM_WORKING_DIRECTORY:-.}
if [ "$directory" != . ]; then
  category=premortem/$(printf '%s' "$directory" | LC_ALL=C tr -c 'A-Za-z0-9._/-' '_')
fi

reports=$(mktemp -d "$RUNNER_TEMP/premortem-reports.XXXXXX")
lines "${PREMORTEM_PATHS:-}"
paths=()
for path in ${items[@]+"${items[@]}"}; do paths+=("$(as_path "$path")"); done
if [ ${#paths[@]} -eq 0 ]; then paths=(.); fi
lines "${PREMORTEM_ARGS:-}"

cd "$(as_path "$directory")"
status=0
# The summary gets the whole page below, not only what annotations cannot hold.
env -u GITHUB_STEP_SUMMARY "$RUNNER_TEMP/premortem/bin/premortem" check \
  --format github \
  --format "sarif=$reports/premortem.sarif" \
  --format "markdown=$reports/premortem.md" \
  --format "json=$reports/premortem.json" \
  "--fail-on=${PREMORTEM_FAIL_ON:-warning}" \
  ${items[@]+"${items[@]}"} -- "${paths[@]}" 2>"$reports/errors.txt" || status=$?
say <"$reports/errors.txt"

findings=
if [ -f "$reports/premortem.json" ]; then
  # No text of a report begins a line, so that the key can only be that of a finding.
  findings=$(grep -c '^      "fingerprint":' "$reports/premortem.json" || true)
  cat "$reports/premortem.md" >>"$GITHUB_STEP_SUMMARY"
else
  # No report is no review, whatever the status says.
  status=2
  echo "::error title=premortem::Nothing could be reviewed: the log says why"
  printf '## premortem: could not review\n\nThe log of the job says why.\n' | tee "$reports/premortem.md" >>"$GITHUB_STEP_SUMMARY"
fi

{
  echo "exit-status=$status"
  echo "findings=$findings"
  echo "category=$category"
  echo "markdown-file=$reports/premortem.md"
  if [ -f "$reports/premortem.json" ]; then echo "json-file=$reports/premortem.json"; fi
  if [ "${PREMORTEM_SARIF:-}" = true ] && [ -f "$reports/premortem.sarif" ]; then
    echo "sarif-file=$reports/premortem.sarif"
  fi
} >>"$GITHUB_OUTPUT"
