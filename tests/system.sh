#!/bin/sh
# Installs what the tests need beyond Python: Chromium and Chinese fonts, when this is a Debian
# and we are root. Otherwise it says why not, and the tests that need them say so again.
if command -v chromium >/dev/null 2>&1 && ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "note: chromium and fonts-noto-cjk are missing and cannot be installed here (not root, or no apt-get); browser tests will be skipped"
  exit 0
fi
echo "installing chromium and fonts-noto-cjk for the browser tests"
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1 ||
  echo "note: installing chromium or fonts-noto-cjk failed; browser tests will be skipped"
exit 0
