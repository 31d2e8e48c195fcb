#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The words that a manifest is made of, as a libFuzzer dictionary: make-dictionary.py SCHEMA OUTPUT"""
import sys

import yaml

# What YAML itself is written with, and what readers stumble over.
SYNTAX = ["---\n", "\n- ", ": ", "{}", "[]", "&a ", "*a", "<<: *a", "|\n ", ">-\n ", "!!str ", "? ", "%YAML 1.1\n", "\x00{"]
VALUES = ["true", "null", "128Mi", "1500M", "0.5", "2e3", "500m", "-1", "9223372036854775807", "0000:81:01.0"]


def words(schema):
    for name, record in schema.items():
        kind = record.get("x-kind")
        if kind:
            yield from [kind["kind"], *kind["apiVersions"]]
        for field, description in record.get("properties", {}).items():
            yield field + ": "
            yield from description.get("enum", []) + description.get("items", {}).get("enum", [])


def quoted(word):
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\x{ord(c):02x}" for c in word) + '"'


with open(sys.argv[1], encoding="utf-8") as source:
    found = dict.fromkeys(SYNTAX + VALUES + list(words(yaml.safe_load(source))))
with open(sys.argv[2], "w", encoding="utf-8") as output:
    output.write("".join(quoted(word) + "\n" for word in found))
