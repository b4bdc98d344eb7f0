#!/usr/bin/env bash
# Makes the first corpus of every target out of the graphs of the project, and a dictionary out of the schema's words.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/{text,expr,lower_check,message}

number=0
while IFS= read -r graph; do
    number=$((number + 1))
    cp "$graph" "corpus/text/graph-$number"
    cp "$graph" "corpus/lower_check/graph-$number"
done < <(find ../graphs ../tests/corpus -name '*.yaml' -size -16k | sort)

# Every expression that stands in a graph or in the manual.
number=0
while IFS= read -r expression; do
    number=$((number + 1))
    printf '%s' "$expression" > "corpus/expr/expression-$number"
done < <({
    grep -rhoE '\$\{[^}]*\}' ../graphs ../tests/corpus
    sed -nE 's/^ *- (if|while|assert): *(.*)$/\2/p' $(find ../graphs ../tests/corpus -name '*.yaml')
    grep -oE '`[^`]+`' ../docs/expressions.md | tr -d '`'
} | sort -u)

# One message of each form: the first byte says which.
number=0
for message in '\x00' '\xff' '\xc0' '\xc2' '\xc3' '\xc4\x02ab' '\xc5\x00\x02ab' '\xca\x40\x20\x00\x00' \
    '\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18' '\xcc\xff' '\xcd\xff\xff' '\xce\xff\xff\xff\xff' \
    '\xcf\x00\xff\xff\xff\xff\xff\xff\xff' '\xd0\x80' '\xd1\x80\x00' '\xd2\x80\x00\x00\x00' \
    '\xd3\x80\x00\x00\x00\x00\x00\x00\x00' '\xa4text' '\xd9\x04text' '\xda\x00\x04text' '\x93\x01\x02\x03' \
    '\xdc\x00\x02\x01\xc0' '\x82\xa1a\x01\x02\xc3' '\xde\x00\x01\xa1k\x91\x90' '{"a": [1, 2.5e3, null, true, "\\u00e9"]}'; do
    number=$((number + 1))
    printf "$message" > "corpus/message/message-$number"
done

grep -oE '"[a-z_$-]+"' ../schemas/graph.schema.json | sort -u > words.dict
printf '%s\n' '"${"' '"$${"' '"<<: *"' '": &"' '"!!str "' '"|2-\x0a"' '">+\x0a"' '"\x0a  - "' '"1s"' '"64KiB"' >> words.dict
printf 'targets: %s\n' "$(ls corpus | while read -r target; do printf '%s %s  ' "$target" "$(ls "corpus/$target" | wc -l)"; done)"
