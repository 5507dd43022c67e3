#!/usr/bin/env bash
# check-torch.sh: compares `sepcc run` with PyTorch, where that is installed (Debian python3-torch, python3-numpy).
set -euo pipefail

cd "$(dirname "$0")/.."
python=/usr/bin/python3
if ! $python -c 'import numpy, torch' 2>/dev/null; then
    echo "skipped: python3-torch or python3-numpy is not installed (scripts/install-deps.sh long)"
    exit 0
fi
$python tests/torch_example.py "${BUILD:-build}/sepcc"
