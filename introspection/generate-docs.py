#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/dbus.md from the D-Bus interfaces; --check tells whether the page is up to date."""

import argparse
import pathlib
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

HEAD = """<!-- Made by introspection/generate-docs.py from introspection/*.xml; change those. -->
# The D-Bus interfaces

The service owns the bus name `org.barevirt1`. Its objects are below `/org/barevirt1`, which lists them all by
`org.freedesktop.DBus.ObjectManager`. Errors are named `org.barevirt1.Error.*`. Property changes are told by
`PropertiesChanged`, before the reply to the call that made them.

## Errors

The message of an error is for people, in the service's language: it names the object as `KIND NAMESPACE/NAME`, says
what is wrong, and what helps: the field of the manifest, the setting, or the command. Programs go by the name, of which
each begins with `org.barevirt1.Error.`:

| name | when |
| --- | --- |
| `InvalidManifest` | A manifest cannot be read, or is refused. |
| `InvalidArgument` | An argument or option is not what the call takes. |
| `NotFound`, `AlreadyExists` | There is no such object; there is one already. |
| `NotRunning` | The guest does not run; its phase is told. |
| `Conflict` | The object's state does not allow it now: the guest is paused, the run strategy is another. |
| `Busy` | Something else is under way on the object. |
| `NotSupported` | The manifest gave the guest no such device, a feature gate is off, or this host cannot do it. |
| `AgentUnavailable` | The guest's agent does not answer. |
| `NotAuthorized` | polkit refuses the caller, wants a password and cannot ask for it, or does not answer. |
| `HypervisorUnavailable` | There is no connection to libvirt at the moment. |
| `Unschedulable`, `ImageUnavailable` | This host lacks what the manifest asks for; an image cannot be had. |
| `TimedOut`, `LimitExceeded`, `Cancelled` | It took too long, was too much, or was cancelled. |
| `Failed`, `Internal` | None of these; a fault of the service itself. |

An interface that an object does not have now, such as `GuestAgent` where no agent answers, is
`org.freedesktop.DBus.Error.UnknownMethod`, and so is an object that is not there.
"""


def parse_comment(text):
    """The udisks form: 'Member:' or 'Member: text', '@arg: text' lines, then paragraphs."""
    paragraphs = textwrap.dedent(text).strip("\n").rstrip().split("\n\n")
    lines = paragraphs[0].split("\n")
    member, first = re.match(r"\s*([\w.]+):\s*(.*)", lines[0]).groups()
    arguments, last, own = {}, None, [first] if first else []
    for line in lines[1:]:
        match = re.match(r"\s*@([\w-]+):\s*(.*)", line)
        if match:
            last = match.group(1)
            arguments[last] = match.group(2)
        elif last:
            arguments[last] += " " + line.strip()
        else:
            own.append(line.strip())
    body = ([" ".join(own)] if own else []) + [" ".join(p.split()) for p in paragraphs[1:]]
    return member, arguments, [re.sub(r"#([\w.]+)", r"`\1`", p) for p in body]


def documented(element):
    """Yields (child, arguments, body); each child must have a comment of its name before it."""
    comment = None
    for child in element:
        if child.tag is ElementTree.Comment:
            comment = parse_comment(child.text) if ":" in child.text else None
            continue
        if child.tag in ("interface", "method", "signal", "property"):
            if comment is None or comment[0] != child.get("name"):
                raise SystemExit(f"{child.tag} {child.get('name')} has no comment before it")
            yield child, comment[1], comment[2]
        comment = None


def format_argument(argument, arguments, member):
    name = argument.get("name")
    if name not in arguments:
        raise SystemExit(f"{member}: argument {name} is not documented")
    way = "returns " if argument.get("direction") == "out" else ""
    return f"- {way}`{name}` (`{argument.get('type')}`): {arguments[name]}"


def signature(member):
    parts = [[], []]
    for argument in member.findall("arg"):
        parts[argument.get("direction") == "out"].append(f"{argument.get('type')} {argument.get('name')}")
    result = f"{member.get('name')}({', '.join(parts[0])})"
    return f"{result} -> {', '.join(parts[1])}" if parts[1] else result


def format_member(member, arguments, body):
    if member.tag == "property":
        return [f"- `{member.get('name')}` (`{member.get('type')}`): {' '.join(body)}"]
    lines = [f"#### `{signature(member)}`", ""]
    rows = [format_argument(a, arguments, member.get("name")) for a in member.findall("arg")]
    lines += rows + ([""] if rows else [])
    for paragraph in body:
        lines += [paragraph, ""]
    return lines


def format_interface(interface, arguments, body):
    lines = [f"## {interface.get('name')}", "", f"*{arguments['short_description']}.*", ""]
    for paragraph in body:
        lines += [paragraph, ""]
    members = list(documented(interface))
    for tag, title in (("method", "Methods"), ("signal", "Signals"), ("property", "Properties")):
        chosen = [m for m in members if m[0].tag == tag]
        if not chosen:
            continue
        lines += [f"### {title}", ""]
        for member in chosen:
            lines += format_member(*member)
        if tag == "property":
            lines.append("")
    return lines


def render(paths):
    lines = HEAD.split("\n")
    for path in sorted(paths):
        builder = ElementTree.TreeBuilder(insert_comments=True)
        root = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
        for interface, arguments, body in documented(root):
            lines += format_interface(interface, arguments, body)
    wrapped = []
    for line in lines:
        indent = "  " if line.startswith("- ") else ""
        keep = line.startswith(("#", "<")) or not line
        wrapped += [line] if keep else textwrap.wrap(
            line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapped).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the page is old")
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("interfaces", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    text = render(arguments.interfaces)
    if not arguments.check:
        arguments.page.write_text(text)
    elif arguments.page.read_text() != text:
        sys.exit(f"{arguments.page} is not what the XML says; run introspection/generate-docs.py "
                 f"{arguments.page} introspection/*.xml")


if __name__ == "__main__":
    main()
