#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check the form of the API model.

    check-schema.py [--schema FILE] [FIELDS.tsv]

Prints one line for each fault: keywords that the generator does not know, references to nothing, records that nothing
refers to, missing descriptions, values of the wrong type. FIELDS.tsv is a table whose columns `path` and `kind` name
fields of KubeVirt's objects; the fields that the model lacks are printed. Exit code 1 where there is anything to print.
"""
import argparse
import csv
import pathlib
import re
import sys

import yaml

DEFAULT_SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "src" / "model" / "schema.yaml"
FORMATS = {
    "string": {"byte", "date-time", "quantity", "int-or-string"},
    "integer": {"int32", "int64", "uint8", "uint16", "uint32", "uint64"},
    "boolean": set(),
}
MAP_FORMATS = {None, "byte", "quantity"}
PYTHON_TYPES = {"string": str, "boolean": bool, "integer": int}
RECORD_KEYS = {"description", "x-kind", "properties"}
KIND_KEYS = {"apiVersions": list, "kind": str, "plural": str, "short": list}
NOTE_KEYS = {"description": str, "required": bool, "x-deprecated": str, "x-gate": str}
FORM_KEYS = {
    "$ref": {"$ref"},
    "string": {"type", "format", "enum", "default", "x-reason"},
    "boolean": {"type", "default"},
    "integer": {"type", "format", "minimum", "maximum", "default"},
    "array": {"type", "items", "x-opaque"},
    "object": {"type", "additionalProperties", "x-opaque"},
}


class StrictLoader(yaml.SafeLoader):
    """A loader that refuses the same key twice in a mapping."""


def construct_unique(loader, node):
    seen = set()
    for key_node, _ in node.value:
        if key_node.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key_node.value!r} stands twice", key_node.start_mark)
        seen.add(key_node.value)
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_unique)


class Checker:
    def __init__(self, schema):
        self.schema = schema
        self.faults = []
        self.references = set()

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    def check(self):
        for name, record in self.schema.items():
            self.check_record(name, record)
        kinds = {name for name, record in self.schema.items() if isinstance(record, dict) and "x-kind" in record}
        if not kinds:
            self.fault("schema", "no record has x-kind")
        for name in self.unreached(kinds):
            self.fault(name, "no kind leads to this record")
        return self.faults

    def unreached(self, kinds):
        reached, pending = set(), list(kinds)
        while pending:
            name = pending.pop()
            if name in reached or name not in self.schema:
                continue
            reached.add(name)
            pending += [target for owner, target in self.references if owner == name]
        return [name for name in self.schema if name not in reached]

    def check_record(self, name, record):
        if not isinstance(name, str) or not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
            self.fault(name, "a record's name is a word in CamelCase")
        if not isinstance(record, dict) or not isinstance(record.get("properties"), dict):
            self.fault(name, "a record has a mapping called properties")
            return
        for key in record.keys() - RECORD_KEYS:
            self.fault(name, f"unknown keyword {key}")
        self.check_description(name, record)
        if "x-kind" in record:
            self.check_kind(name, record)
        for key, form in record["properties"].items():
            self.check_property(name, key, form)

    def check_kind(self, name, record):
        kind = record["x-kind"]
        if not isinstance(kind, dict) or kind.keys() != KIND_KEYS.keys():
            self.fault(name, f"x-kind has the keys {', '.join(KIND_KEYS)}")
            return
        for key, expected in KIND_KEYS.items():
            if not isinstance(kind[key], expected):
                self.fault(name, f"x-kind.{key} is not a {expected.__name__}")
        if kind["kind"] != name:
            self.fault(name, f"x-kind.kind is {kind['kind']}, not the record's name")
        for key in ("apiVersion", "kind", "metadata", "status"):
            if key not in record["properties"]:
                self.fault(name, f"a kind has the property {key}")

    def check_description(self, where, thing):
        text = thing.get("description")
        if not isinstance(text, str) or not text.strip():
            self.fault(where, "no description")
        elif not text[0].isupper() and text[0] != "/" or not text.endswith("."):
            self.fault(where, "a description is a sentence with a capital and a full stop")

    def check_property(self, owner, key, form):
        where = f"{owner}.{key}"
        if not isinstance(key, str) or not re.fullmatch(r"[a-zA-Z][A-Za-z0-9]*", key):
            self.fault(where, "a property's name is a word")
        if not isinstance(form, dict):
            self.fault(where, "a property is a mapping")
            return
        self.check_description(where, form)
        for note, expected in NOTE_KEYS.items():
            if note in form and not isinstance(form[note], expected):
                self.fault(where, f"{note} is not a {expected.__name__}")
        self.check_form(owner, where, {k: v for k, v in form.items() if k not in NOTE_KEYS})

    def check_form(self, owner, where, form):
        shape = "$ref" if "$ref" in form else form.get("type")
        if shape not in FORM_KEYS:
            self.fault(where, f"unknown type {shape}")
            return
        for key in form.keys() - FORM_KEYS[shape]:
            self.fault(where, f"keyword {key} means nothing here")
        checks = {"$ref": self.check_reference, "array": self.check_array, "object": self.check_object}
        checks.get(shape, self.check_scalar)(owner, where, form)

    def check_reference(self, owner, where, form):
        self.references.add((owner, form["$ref"]))
        if form["$ref"] not in self.schema:
            self.fault(where, f"refers to {form['$ref']}, which is not there")

    def check_array(self, owner, where, form):
        items = form.get("items")
        if form.get("x-opaque") is True and items is None:
            return
        if "x-opaque" in form or not isinstance(items, dict) or items.get("type") in ("array", "object", "boolean"):
            self.fault(where, "an array is opaque (true) or has items that are records, strings or integers")
            return
        self.check_form(owner, f"{where}[]", items)

    def check_object(self, owner, where, form):
        values = form.get("additionalProperties")
        if form.get("x-opaque") is True and values is None:
            return
        if "x-opaque" in form or not isinstance(values, dict) or values.keys() - {"type", "format"}:
            self.fault(where, "an object is opaque (true) or a map with additionalProperties")
        elif values.get("type") != "string" or values.get("format") not in MAP_FORMATS:
            self.fault(where, "a map has strings, quantities or bytes as values")

    def check_scalar(self, _owner, where, form):
        kind, expected = form["type"], PYTHON_TYPES[form["type"]]
        if "format" in form and form["format"] not in FORMATS[kind]:
            self.fault(where, f"unknown format {form['format']} of {kind}")
        if kind == "integer" and "format" not in form:
            self.fault(where, "an integer has a format")
        for key in ("default", "minimum", "maximum"):
            if key in form and type(form[key]) is not expected:
                self.fault(where, f"{key} is not a {kind}")
        if "enum" not in form:
            if "x-reason" in form:
                self.fault(where, "x-reason stands beside an enum")
            return
        values = form["enum"]
        if not isinstance(values, list) or not values or not all(isinstance(v, str) and v for v in values):
            self.fault(where, "an enum is a list of strings")
        elif len(set(values)) != len(values):
            self.fault(where, "a value of the enum stands twice")
        elif "default" in form and form["default"] not in values:
            self.fault(where, "the default is not in the enum")


def lookup(schema, kind, path):
    """Whether the model has the field; what lies within a map or opaque data is there if that is."""
    form = {"$ref": kind}
    for name in re.sub(r'\["[^"]*"\]', "", path).replace("[]", "").split("."):
        form = form.get("items", form)
        if "$ref" not in form:
            return form.get("x-opaque", False) or "additionalProperties" in form
        properties = schema.get(form["$ref"], {}).get("properties", {})
        if name not in properties:
            return False
        form = properties[name]
    return True


def lacking(schema, table):
    with open(table, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows:
        return [f"{table}: no fields"]
    return [f"{row['kind']}: lacks {row['path']}" for row in rows if not lookup(schema, row["kind"], row["path"])]


def main():
    parser = argparse.ArgumentParser(description="Check the form of the API model.")
    parser.add_argument("--schema", type=pathlib.Path, default=DEFAULT_SCHEMA)
    parser.add_argument("fields", nargs="?", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        with open(arguments.schema, encoding="utf-8") as stream:
            schema = yaml.load(stream, Loader=StrictLoader)
    except yaml.YAMLError as error:
        print(f"{arguments.schema}: {error}")
        return 1
    if not isinstance(schema, dict):
        print(f"{arguments.schema}: not a mapping of records")
        return 1
    faults = Checker(schema).check()
    if arguments.fields and not faults:
        faults += lacking(schema, arguments.fields)
    for fault in faults:
        print(fault)
    if not faults:
        count = sum(len(record["properties"]) for record in schema.values())
        print(f"{len(schema)} records, {count} properties")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
