#!/usr/bin/env bash
# What each transform costs the better model's training: images a second with and without it.
#
#   bench/augmentation.sh [TOILE] [ROUNDS]
#
# Rounds take turns, so that a machine that slows down slows down everything; the best rate of each counts.
set -euo pipefail

toile=${1:-target/release/toile}
rounds=${2:-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

names=(none flip crop-flip crop-flip-erasing rotation rotation-bilinear affine resized-crop jitter mixup cutmix)
lists=(
  ''
  '"RandomHorizontalFlip"'
  '{ RandomCrop = { padding = 2 } }, "RandomHorizontalFlip"'
  '{ RandomCrop = { padding = 2 } }, "RandomHorizontalFlip", "RandomErasing"'
  '{ RandomRotation = { degrees = 10 } }'
  '{ RandomRotation = { degrees = 10, interpolation = "bilinear" } }'
  '{ RandomAffine = { degrees = 10, translate = [0.1, 0.1], scale = [0.9, 1.1], interpolation = "bilinear" } }'
  '"RandomResizedCrop"'
  '{ ColorJitter = { brightness = 0.2, contrast = 0.2 } }'
  '{ MixUp = { alpha = 0.2 } }'
  '{ CutMix = { alpha = 1.0 } }'
)
for i in "${!names[@]}"; do
  awk -v list="${lists[$i]}" '!done && /^\[/ { print "augment = [" list "]\n"; done = 1 } { print }' \
    studies/baseline-vs-better.toml > "$folder/${names[$i]}.toml"
done
for ((round = 0; round < rounds; round++)); do
  for name in "${names[@]}"; do
    "$toile" bench --study "$folder/$name.toml" --model better --json > "$folder/$name.$round.json"
  done
done
python3 - "$folder" "$rounds" "${names[@]}" <<'PYTHON'
import json, sys

folder, rounds, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def rate(name):
    return max(json.load(open(f"{folder}/{name}.{i}.json"))["images_per_second"] for i in range(rounds))


without = rate(names[0])
print(f"{'transforms':20} images/s    cost")
for name in names:
    of = rate(name)
    print(f"{name:20} {of:8.0f}  {100 * (1 - of / without):5.1f} %")
PYTHON
