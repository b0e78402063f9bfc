#!/usr/bin/env bash
# scripts/size.sh: lengths, paths, nesting and parameters against the style guide's numbers.
set -euo pipefail
cd "$(dirname "$0")/.."
exec node scripts/lib/size.mjs .
