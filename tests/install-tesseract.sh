#!/bin/sh
# Install tesseract with its Japanese data, and a Japanese font to draw scans in, where they are absent and apt is there;
# elsewhere the tests that recognise real scans say that they skip.
set -eu
if ! command -v apt-get >/dev/null 2>&1; then
    exit 0
fi
if command -v tesseract >/dev/null 2>&1 && tesseract --list-langs 2>/dev/null | grep -qx jpn; then
    exit 0
fi
as_root=""
if [ "$(id -u)" != "0" ]; then
    command -v sudo >/dev/null 2>&1 || { echo "tesseract is absent and apt needs root: OCR tests will skip"; exit 0; }
    as_root="sudo"
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends \
    tesseract-ocr tesseract-ocr-jpn fonts-noto-cjk >/dev/null
