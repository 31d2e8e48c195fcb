# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed beside the programs: units, bus and polkit files, settings."""
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
MAX_EXPOSURE = 30  # tenths
ACTIONS = {"view", "view-secrets", "manage", "console", "exec", "migrate", "receive"}


def settings_of(text):
    """(group, key) of each setting, commented out or not."""
    group = None
    for line in text.splitlines():
        if match := re.fullmatch(r"\[([\w-]+)\]", line):
            group = match[1]
        elif match := re.fullmatch(r"#?([\w-]+)=.*", line):
            yield group, match[1]


def test_system_unit_exposes_little(build_folder):
    unit = build_folder / "data" / "systemd" / "barevirtd.system.service"
    result = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={MAX_EXPOSURE}", unit],
        capture_output=True, text=True, check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_capability_has_a_reason(build_folder):
    text = (build_folder / "data" / "systemd" / "barevirtd.system.service").read_text()
    given = set(re.search(r"^CapabilityBoundingSet=(.*)$", text, re.MULTILINE)[1].split())
    assert given == set(re.findall(r"^# (CAP_\w+): \S", text, re.MULTILINE))


def test_conf_shows_every_setting():
    table = (SOURCE / "src/host/bv-config-table.c").read_text()
    known = set(re.findall(r'\{ "([\w-]+)", "([\w-]+)", BV_CONFIG_', table))
    defaults = (SOURCE / "src/admit/bv-policy-default.c").read_text()
    known |= {("defaults", name) for name in re.findall(r'\{ "([\w-]+)", KIND_', defaults)}
    assert len(known) > 10, "no settings found in the tables"
    shown = {pair for pair in settings_of((SOURCE / "data/barevirt.conf").read_text()) if pair[0] != "features"}
    assert shown == known


def test_services_start_what_is_installed(build_folder):
    programs = set()
    for name, option in {
        "dbus/org.barevirt1.system.service": "--system",
        "dbus/org.barevirt1.session.service": "--session",
        "systemd/barevirtd.system.service": "--system",
        "systemd/barevirtd.user.service": "--session",
    }.items():
        text = (build_folder / "data" / name).read_text()
        programs.add(re.search(rf"^Exec(?:Start)?=(\S+) {option}$", text, re.MULTILINE)[1])
    assert len(programs) == 1
    assert Path(programs.pop()).name == "barevirtd"


def test_polkit_actions():
    tree = ET.parse(SOURCE / "data/polkit/org.barevirt1.policy.in")
    defaults = {
        action.get("id").removeprefix("org.barevirt1."): {child.text for child in action.find("defaults")}
        for action in tree.iter("action")
    }
    assert defaults.keys() == ACTIONS
    assert defaults.pop("view") == {"yes"}
    assert all(allowed == {"auth_admin", "auth_admin_keep"} for allowed in defaults.values())


def test_bus_policy_lets_only_root_own_the_name():
    tree = ET.parse(SOURCE / "data/dbus/org.barevirt1.conf")
    owners = [policy.attrib for policy in tree.iter("policy") if policy.find("allow[@own]") is not None]
    assert owners == [{"user": "root"}]


def check_list(script, *arguments):
    result = subprocess.run(
        [SOURCE / "contrib" / script, "--check", *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_translated_files_are_listed():
    check_list("update-potfiles")


def test_installed_files_are_listed(build_folder):
    check_list("update-installed", build_folder)
