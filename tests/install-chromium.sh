#!/bin/sh
# Install Chromium for the browser tests where it is absent and apt is there; elsewhere those tests say that they skip.
set -eu
if command -v chromium >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    exit 0
fi
as_root=""
if [ "$(id -u)" != "0" ]; then
    command -v sudo >/dev/null 2>&1 || { echo "Chromium is absent and apt needs root: browser tests will skip"; exit 0; }
    as_root="sudo"
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
