#!/bin/sh
# Installs what the tests need beyond Python: Chromium, Chinese fonts and a NATS server, when this
# is a Debian and we are root. Otherwise it says why not, and the tests that need them say so again.
PATH="$PATH:/usr/sbin"
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
command -v nats-server >/dev/null 2>&1 || missing="$missing nats-server"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "note: missing and cannot be installed here (not root, or no apt-get):$missing; tests that need them will be skipped"
  exit 0
fi
echo "installing$missing for the tests"
# shellcheck disable=SC2086
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
  echo "note: installing$missing failed; tests that need them will be skipped"
exit 0
