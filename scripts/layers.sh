#!/usr/bin/env bash
# scripts/layers.sh: directions, homes, banned calls, mutable variables; see scripts/lib/layers.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
exec node scripts/lib/layers.mjs .
