#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes of schema.yaml what the library needs of it.

    generate-model.py header|source|schema|reference PREFIX SCHEMA OUTPUT

header: the C records, PREFIX + their name; source: their tables; schema: JSON Schema, which `barevirt schema` prints;
reference: Markdown.
"""
import json
import re
import sys

import yaml

RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "uint16": (0, 2**16 - 1),
    "uint8": (0, 2**8 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**63 - 1),
}
C_KEYWORDS = {"default", "switch", "case", "register", "int", "static", "signed"}
NOTICE = "/* Made by generate-model.py of schema.yaml. */\n"


def snake(name):
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return name.lower().replace("-", "_")


class Field:
    """A property of a record, and how C sees it."""

    def __init__(self, name, schema):
        self.name, self.schema = name, schema
        self.c_name = snake(name)
        if self.c_name in C_KEYWORDS:
            self.c_name += "_"
        self.kind = self.find_kind()

    def find_kind(self):
        s = self.schema
        if "$ref" in s:
            return "RECORD"
        if s.get("x-opaque"):
            return "OPAQUE"
        if s["type"] == "array":
            items = s["items"]
            return "RECORD_LIST" if "$ref" in items else items["type"].upper() + "_LIST"
        if s["type"] == "object" and "$ref" in s["additionalProperties"]:
            return "RECORD_MAP"
        if s["type"] == "object":
            return "QUANTITY_MAP" if s["additionalProperties"].get("format") == "quantity" else "STRING_MAP"
        if s.get("format") == "quantity":
            return "QUANTITY"
        if s.get("format") == "int-or-string":
            return "INT_OR_STRING"
        return s["type"].upper()

    @property
    def record(self):
        return self.element.get("$ref")

    @property
    def element(self):
        return self.schema.get("items") or self.schema.get("additionalProperties") or self.schema

    def declaration(self, prefix):
        vectors = {
            "RECORD_LIST": f"{prefix}{self.record} *",
            "RECORD_MAP": "BvRecordPair ",
            "STRING_LIST": "const char *",
            "INTEGER_LIST": "gint64 ",
            "STRING_MAP": "BvStringPair ",
            "QUANTITY_MAP": "BvQuantityPair ",
        }
        scalars = {
            "STRING": "const char *",
            "INT_OR_STRING": "const char *",
            "BOOLEAN": "gboolean ",
            "INTEGER": "gint64 ",
            "QUANTITY": "BvQuantity ",
            "OPAQUE": "const BvNode *",
            "RECORD": f"{prefix}{self.record} *",
        }
        if self.kind in vectors:
            return f"  {vectors[self.kind]}*{self.c_name};\n  guint n_{self.c_name};\n"
        return f"  {scalars[self.kind]}{self.c_name};\n"


def load(path):
    with open(path, encoding="utf-8") as file:
        schema = yaml.safe_load(file)
    records = {}
    for name, record in schema.items():
        fields = [Field(n, s) for n, s in record["properties"].items()]
        if len(fields) > 64:
            sys.exit(f"{path}: {name} has more than 64 fields")
        records[name] = fields
    return schema, records


def c_string(text):
    return json.dumps(text, ensure_ascii=False)


def make_header(prefix, schema, records):
    lower = snake(prefix)
    out = [NOTICE, '#pragma once\n\n#include "model/bv-record.h"\n\nG_BEGIN_DECLS\n\n']
    for name in records:
        out.append(f"typedef struct _{prefix}{name} {prefix}{name};\n")
    for name, fields in records.items():
        symbol = f"{lower}_{snake(name)}"
        out.append(f"\n/* {schema[name]['description']} */\nstruct _{prefix}{name} {{\n  BvRecord base;\n")
        out += [field.declaration(prefix) for field in fields]
        out.append(f"}};\n\nextern const BvRecordType {symbol}_type;\n\n")
        for index, field in enumerate(fields):
            if field.kind not in ("BOOLEAN", "INTEGER"):
                continue
            out.append(
                f"static inline gboolean\n{symbol}_has_{field.c_name} (const {prefix}{name} *record)\n"
                f"{{\n  return record != NULL && bv_record_is_present (record, {index});\n}}\n\n"
                f"static inline void\n{symbol}_set_{field.c_name} ({prefix}{name} *record, "
                f"{'gboolean' if field.kind == 'BOOLEAN' else 'gint64'} value)\n"
                f"{{\n  record->{field.c_name} = value;\n  bv_record_set_present (record, {index});\n}}\n\n"
            )
    if not any("x-kind" in record for record in schema.values()):
        return "".join(out) + "G_END_DECLS\n"
    out.append("/* An object's kind, and where its record is described. */\n"
               "typedef struct {\n  const char *kind;\n  const char *plural;\n  const char *const *api_versions;\n"
               "  const char *const *short_names;\n  const BvRecordType *record;\n} BvKindType;\n\n"
               "extern const BvKindType bv_kind_types[];\nextern const guint bv_n_kind_types;\n\nG_END_DECLS\n")
    return "".join(out)


def field_row(prefix, name, field):
    element = field.element
    flags = [f for f, on in (("BV_FIELD_REQUIRED", field.schema.get("required")),
                             ("BV_FIELD_BASE64", element.get("format") == "byte"),
                             ("BV_FIELD_OPAQUE_LIST", field.kind == "OPAQUE" and field.schema["type"] == "array")) if on]
    row = [f".name = {c_string(field.name)}", f".length = {len(field.name)}", f".kind = BV_FIELD_{field.kind}",
           f".offset = G_STRUCT_OFFSET ({prefix}{name}, {field.c_name})"]
    if flags:
        row.append(".flags = " + " | ".join(flags))
    if field.kind.endswith(("_LIST", "_MAP")):
        row.append(f".count_offset = G_STRUCT_OFFSET ({prefix}{name}, n_{field.c_name})")
    if field.record:
        row.append(f".record = &{snake(prefix)}_{snake(field.record)}_type")
    if element.get("enum"):
        values = ", ".join(c_string(v) for v in element["enum"])
        row.append(f".values = (const char *const[]){{ {values}, NULL }}")
        row.append(f".reason = {c_string(field.schema.get('x-reason', 'FieldValueInvalid'))}")
    if element.get("type") == "integer":
        low, high = RANGES[element.get("format", "int64")]
        low, high = element.get("minimum", low), element.get("maximum", high)
        row.append(f".minimum = {'G_MININT64' if low == -(2**63) else f'G_GINT64_CONSTANT ({low})'}")
        row.append(f".maximum = G_GINT64_CONSTANT ({high})")
    if field.schema.get("x-deprecated"):
        row.append(f".deprecated = {c_string(field.schema['x-deprecated'])}")
    return "  { " + ", ".join(row) + " },\n"


def c_strings(values):
    return "(const char *const[]){ " + ", ".join([c_string(v) for v in values] + ["NULL"]) + " }"


def make_source(prefix, schema, records):
    symbol = snake(prefix)
    header = symbol.replace("_", "-") + ".h"
    folder = {"BvApi": "model"}.get(prefix, "convert")
    out = [NOTICE, f'#include "config.h"\n\n#include "{folder}/{header}"\n']
    for name, fields in records.items():
        lower = snake(name)
        out.append(f"\nstatic const BvField {lower}_fields[] = {{\n")
        out += [field_row(prefix, name, field) for field in fields]
        out.append(f"}};\n\nconst BvRecordType {symbol}_{lower}_type = {{\n  {c_string(name)}, sizeof ({prefix}{name}), "
                   f"{len(fields)}, {lower}_fields,\n}};\n")
    kinds = [(n, r["x-kind"]) for n, r in schema.items() if "x-kind" in r]
    if not kinds:
        return "".join(out)
    out.append("\nconst BvKindType bv_kind_types[] = {\n")
    for name, kind in kinds:
        out.append(f"  {{ {c_string(kind['kind'])}, {c_string(kind['plural'])}, {c_strings(kind['apiVersions'])},\n"
                   f"    {c_strings(kind.get('short', []))}, &{symbol}_{snake(name)}_type }},\n")
    out.append(f"}};\n\nconst guint bv_n_kind_types = {len(kinds)};\n")
    return "".join(out)


def json_property(schema):
    schema = {k: v for k, v in schema.items() if k != "required"}
    if "$ref" in schema:
        schema["$ref"] = "#/$defs/" + schema["$ref"]
    schema.pop("x-opaque", None)
    if schema.get("format") in ("quantity", "int-or-string"):
        schema["type"] = ["string", "number"]
    for key in ("items", "additionalProperties"):
        if key in schema:
            schema[key] = json_property(schema[key])
    return schema


def make_schema(_prefix, schema, _records):
    definitions = {}
    for name, record in schema.items():
        required = [n for n, s in record["properties"].items() if s.get("required")]
        definitions[name] = {
            "description": record["description"],
            "type": "object",
            "properties": {n: json_property(s) for n, s in record["properties"].items()},
            "additionalProperties": False,
        }
        if "x-kind" in record:
            properties = definitions[name]["properties"]
            properties["kind"] = {**properties["kind"], "const": record["x-kind"]["kind"]}
            properties["apiVersion"] = {**properties["apiVersion"], "enum": record["x-kind"]["apiVersions"]}
            required = ["apiVersion", "kind", *required]
        if required:
            definitions[name]["required"] = required
    kinds = [{"$ref": f"#/$defs/{n}"} for n, r in schema.items() if "x-kind" in r]
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "What Barevirt takes",
             "anyOf": kinds, "$defs": definitions}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def type_text(schema):
    if "$ref" in schema:
        return f"[{schema['$ref']}](#{schema['$ref'].lower()})"
    if schema.get("x-opaque"):
        return "list of any" if schema["type"] == "array" else "map to any"
    if schema["type"] == "array":
        return f"list of {type_text(schema['items'])}"
    if schema["type"] == "object":
        return f"map to {type_text(schema['additionalProperties'])}"
    return schema.get("format") if schema.get("format") in ("quantity", "int-or-string") else schema["type"]


def make_reference(_prefix, schema, records):
    out = ["<!-- Made by src/model/generate-model.py of src/model/schema.yaml. -->\n# Fields\n\n"
           "Every object that Barevirt takes, and every field of it.\n"]
    for name in records:
        out.append(f"\n## {name}\n\n{schema[name]['description']}\n\n| field | type | |\n| --- | --- | --- |\n")
        for field, s in schema[name]["properties"].items():
            text = s["description"]
            if "enum" in s:
                text += " One of " + ", ".join(f"`{v}`" for v in s["enum"]) + "."
            if "default" in s:
                text += f" Default: `{s['default']}`."
            if "x-gate" in s:
                text += f" Needs the feature gate {s['x-gate']}."
            if "x-deprecated" in s:
                text += f" Deprecated: {s['x-deprecated']}"
            text = text.replace("|", "\\|")
            out.append(f"| `{field}`{' (required)' if s.get('required') else ''} | {type_text(s)} | {text} |\n")
    return "".join(out)


def main():
    make = {"header": make_header, "source": make_source, "schema": make_schema, "reference": make_reference}
    what, prefix, schema_path, output = sys.argv[1:]
    text = make[what](prefix, *load(schema_path))
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
