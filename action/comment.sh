#!/usr/bin/env bash
# Keeps one comment on the pull request up to date. What cannot be written is in the job summary, and no reason to fail.
set -eu

without_comment() {
  echo "::notice title=premortem::$1: the review is in the job summary"
  exit 0
}

if [ "${PREMORTEM_COMMENT:-}" != true ]; then exit 0; fi
case ${GITHUB_EVENT_NAME:-} in
  pull_request | pull_request_target) ;;
  *) exit 0 ;;
esac
case ${PREMORTEM_PULL_REQUEST:-} in
  '' | *[!0-9]*) exit 0 ;;
esac
if [ -z "${GH_TOKEN:-}" ]; then without_comment "No token to comment with"; fi
if ! command -v gh >/dev/null; then without_comment "No gh to comment with"; fi

# Two hyphens would end the marker early.
marker="<!-- ${PREMORTEM_CATEGORY//--/-_} -->"
comments=repos/$GITHUB_REPOSITORY/issues/$PREMORTEM_PULL_REQUEST/comments
# The marker travels in the environment: it is text to compare with, not part of the question.
earlier=$(MARKER=$marker gh api --paginate "$comments?per_page=100" \
  --jq '.[] | select(.body | startswith(env.MARKER)) | .id' 2>&1) ||
  without_comment "This run may not read the comments of the pull request"
earlier=${earlier%%$'\n'*}

# Nothing to say is not worth a message to everybody who follows the pull request.
if [ -z "$earlier" ] && [ "$PREMORTEM_STATUS" = 0 ] && [ "$PREMORTEM_FINDINGS" = 0 ]; then exit 0; fi

body=$(mktemp "$RUNNER_TEMP/premortem-comment.XXXXXX")
{
  printf '%s\n' "$marker"
  cat "$PREMORTEM_MARKDOWN"
} >"$body"
if [ -n "$earlier" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -F "body=@$body" ||
    without_comment "This run may not change its comment on the pull request"
else
  gh api --silent --method POST "$comments" -F "body=@$body" ||
    without_comment "This run may not comment on the pull request"
fi
