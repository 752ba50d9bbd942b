#!/usr/bin/env bash
# Generates Python from the contract: into the project, or into FOLDER to compare with `--check`.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin

generate() {
    rm -rf "$1/officers"
    "$bin/python" -m grpc_tools.protoc -Iprotos -Ithird_party/protos \
        --plugin=protoc-gen-mypy="$bin/protoc-gen-mypy" --plugin=protoc-gen-mypy_grpc="$bin/protoc-gen-mypy_grpc" \
        --python_out="$1" --grpc_python_out="$1" --mypy_out=quiet:"$1" --mypy_grpc_out=quiet:"$1" \
        $(cd protos && find officers -name '*.proto' | sort)
}

if [ "${1:-}" != --check ]; then
    generate .
    exit
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
generate "$fresh"
diff --recursive --brief --exclude __pycache__ "$fresh/officers" officers ||
    { echo "officers/ is not current: run make gen and commit the result" >&2; exit 1; }
