#!/bin/sh
# What becomes of files when the machine fails; see files.py, beside this.
# BIN=build/release BUDGET=60 (seconds; 0 = all) sh tests/campaign/files.sh [TOOL...]
# SPDX-License-Identifier: MIT
exec python3 "$(dirname "$0")/files.py" "$@"
