#!/usr/bin/env bash
# Builds premortem from the checkout of the action, unless an earlier step of the job has.
set -eu

root=$RUNNER_TEMP/premortem
if [ ! -x "$root/bin/premortem" ]; then
  echo "::group::Build premortem"
  cargo install --locked --quiet --path "$GITHUB_ACTION_PATH" --root "$root" --target-dir "$root/target"
  echo "::endgroup::"
fi
"$root/bin/premortem" --version
