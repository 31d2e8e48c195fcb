# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a scrape of the metrics told, and whether it is what the service's table says."""
import re
import subprocess

# Those of the guest's own labels.
OWN_LABELS = ("kubernetes_vmi_label_", "label_")
SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read_samples(text):
    """{name: [(labels, value)]}, of the older format."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found.setdefault(name, []).append((dict(LABEL.findall(labels or "")), float(value)))
    return found


def scrape(host, socket):
    """What a lab's host tells at a socket."""
    return host.run("curl", "-sSf", "--unix-socket", socket, "http://localhost/metrics").stdout


def find_sample(text, name, /, **labels):
    """The value of the one sample that has these labels; None where there is none."""
    found = [value for has, value in read_samples(text).get(name, []) if labels.items() <= has.items()]
    assert len(found) < 2, f"{name} with {labels} is there {len(found)} times"
    return found[0] if found else None


def check_against_table(text, build_folder):
    """Each family has the type of the table, and each sample its labels and no others. Returns the families' names."""
    lines = subprocess.run([build_folder / "tests/tools/list-metrics"], capture_output=True, text=True, check=True).stdout
    table = {name: (kind, set(labels.split(","))) for name, kind, labels, _help in map(lambda l: l.split("\t"), lines.splitlines())}
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    assert types == {name: table[name][0] for name in types}
    for name, samples in read_samples(text).items():
        base = re.sub("_(bucket|sum|count)$", "", name)
        family = base if types.get(base) == "histogram" else name
        for labels, _value in samples:
            own = {label for label in labels if not label.startswith(OWN_LABELS)} - {"le"}
            assert own <= table[family][1], f"{name}: {own}"
    return set(types)


def check_with_promtool(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
