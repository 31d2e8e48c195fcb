# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command without a service: usage, exit statuses, and what convert, validate and schema print."""
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
import yaml

SOURCE = Path(__file__).resolve().parents[2]
CASES = SOURCE / "tests" / "conformance" / "cases"
GOOD = sorted(case.name for case in CASES.iterdir() if (case / "domain.xml").exists())
MINIMAL = CASES / "minimal" / "vmi.yaml"
REFUSED = CASES / "disk-shareable-writeback-refused" / "vmi.yaml"
FAILURE, USAGE = 1, 2
LOCAL = {"convert", "validate", "schema"}
NAMED = {"start", "stop", "restart", "pause", "unpause", "reset", "soft-reboot", "freeze", "unfreeze", "exec",
         "set-password", "ssh-keys", "console", "logs", "vnc", "ssh", "port-forward", "screenshot", "memory-dump"}
VM = """
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: %s}
spec:
  runStrategy: Always
  template:
    spec:
      domain: {devices: {}, memory: {guest: 64Mi}}
"""


@pytest.fixture(scope="module", name="barevirt")
def fixture_barevirt(build_folder):
    """Runs the command where no bus answers; the result has returncode, stdout and stderr."""
    program = build_folder / "src" / "cli" / "barevirt"
    environment = {**os.environ, "BAREVIRT_BUS": "unix:path=/nonexistent/bus", "LC_ALL": "C.UTF-8"}

    def run(*arguments, stdin="", env=None):
        return subprocess.run(
            [program, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60,
            env={**environment, **(env or {})},
        )

    return run


@pytest.fixture(scope="module", name="verbs")
def fixture_verbs(barevirt):
    """The verbs that the help lists."""
    return re.findall(r"^  ([a-z-]+) ", barevirt("--help").stdout, re.MULTILINE)


@pytest.fixture(scope="module", name="schema")
def fixture_schema(barevirt):
    return json.loads(barevirt("schema").stdout)


def options_of(barevirt, verb):
    return set(re.findall(r"--([a-z-]+)", re.sub(r"^ +-h, --help.*$", "", barevirt(verb, "--help").stdout, flags=re.M)))


def fails(result, status, *words):
    assert result.returncode == status, result
    assert result.stdout == ""
    assert result.stderr.startswith("barevirt: ")
    for word in words:
        assert word in result.stderr


def test_help_is_for_all_verbs(barevirt, verbs):
    assert LOCAL | NAMED < set(verbs)
    for verb in verbs:
        result = barevirt(verb, "--help")
        assert (result.returncode, result.stderr) == (0, ""), verb
        assert f"barevirt {verb} [OPTION…]" in result.stdout


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help(barevirt, word):
    result = barevirt(word)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == barevirt().stdout


def test_help_with_a_verb(barevirt):
    assert barevirt("help", "start").stdout == barevirt("start", "--help").stdout


def test_help_is_aligned(barevirt):
    lines = [line for line in barevirt("--help").stdout.splitlines() if line.startswith("  ")]
    assert len({re.match(r"  [a-z-]+ .*? (?=[A-Z][a-z])", line).end() for line in lines}) == 1, lines


def test_options_before_the_verb(barevirt):
    """As kubectl takes them."""
    for options in (["-n", "a"], ["--namespace=a", "--session"], ["--address", "unix:path=/nonexistent"]):
        result = barevirt(*options, "get", "vms")
        assert (result.returncode, "cannot be reached" in result.stderr) == (FAILURE, True), result.stderr
    fails(barevirt("--frobnicate", "get"), USAGE, "“--frobnicate”")
    fails(barevirt("-n"), USAGE, "“-n”")


def test_manifest_without_its_option(barevirt):
    fails(barevirt("apply", "web.yaml"), USAGE, "“web.yaml”", "-f")


def test_doctor_without_a_service(barevirt):
    """What only the service can tell is not made up."""
    result = barevirt("doctor", "-o", "json")
    verdicts = {check["check"]: check["verdict"] for check in json.loads(result.stdout)["checks"]}
    assert result.returncode == FAILURE and verdicts["service"] == "bad"
    assert {name for name, verdict in verdicts.items() if verdict == "unknown"} == {
        "hypervisor", "resources", "limits", "manifests"}


def test_no_verb_is_misuse(barevirt):
    assert barevirt().returncode == USAGE


def test_unknown_verb(barevirt):
    fails(barevirt("begin"), USAGE, "“begin”", "--help")


def test_unknown_options(barevirt, verbs):
    for verb in verbs:
        fails(barevirt(verb, "--frobnicate"), USAGE, "--frobnicate")


def test_too_many_arguments(barevirt, verbs):
    for verb in set(verbs) - {"convert", "validate", "exec", "ssh", "port-forward"}:
        fails(barevirt(verb, "first", "second", "third"), USAGE, "too many", f"barevirt {verb} --help")


@pytest.mark.parametrize("verb", sorted(NAMED | {"describe", "delete"}))
def test_a_name_is_needed(barevirt, verb):
    fails(barevirt(verb), USAGE, "Name ")


@pytest.mark.parametrize("ports", ["udp/53", "tcp/", "0", "4294967295", "65536:80", "80:", ":80", "80:0", "1:2:3", "http"])
def test_ports_to_forward_are_checked(barevirt, ports):
    fails(barevirt("port-forward", "web", "8080:80", ports), USAGE, f"“{ports}”")


def test_port_for_standard_input_is_one(barevirt):
    fails(barevirt("port-forward", "--stdio", "web", "22", "80"), USAGE, "Name one VMI and one of its ports")


@pytest.mark.parametrize("verb", ["ssh", "vnc"])
def test_port_is_a_port(barevirt, verb):
    fails(barevirt(verb, "--port", "65536", "web"), USAGE, "65536 is no port")


def test_apply_needs_a_manifest(barevirt):
    fails(barevirt("apply"), USAGE, "-f FILE")


def test_delete_takes_names_or_manifests(barevirt):
    fails(barevirt("delete", "vm", "a", "-f", str(MINIMAL)), USAGE, "-f FILE")


@pytest.mark.parametrize("verb", ["get", "validate"])
def test_unknown_output(barevirt, verb):
    fails(barevirt(verb, "-o", "xml"), USAGE, "“xml”", "table, yaml")


def test_one_bus(barevirt):
    fails(barevirt("get", "--session", "--system"), USAGE, "only one")


def test_missing_bus_is_named(barevirt, tmp_path):
    missing = f"unix:path={tmp_path}/bus"
    fails(barevirt("get"), FAILURE, "/nonexistent/bus", "--address")
    fails(barevirt("get", f"--address={missing}"), FAILURE, missing, "--session")
    fails(barevirt("get", "--system", env={"DBUS_SYSTEM_BUS_ADDRESS": missing}), FAILURE, "The system bus")
    fails(barevirt("get", "--session", env={"DBUS_SESSION_BUS_ADDRESS": missing}), FAILURE, "The session bus")


def test_version_needs_no_service(barevirt):
    for word in ("version", "--version"):
        result = barevirt(word)
        assert result.returncode == 0
        assert re.fullmatch(r"barevirt \d+\.\d+\.\d+\n", result.stdout)
        assert "cannot be reached" in result.stderr


def test_good_cases_fit_the_schema(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert len(GOOD) > 200
    faults = {
        name: [error.message for error in validator.iter_errors(yaml.safe_load((CASES / name / "vmi.yaml").read_text()))]
        for name in GOOD
    }
    assert not {name: messages for name, messages in faults.items() if messages}


def test_schema_refuses(schema):
    validator = jsonschema.Draft202012Validator(schema)
    manifest = yaml.safe_load(MINIMAL.read_text())
    assert validator.is_valid(manifest)
    manifest["spec"]["domain"]["devices"] = {"disks": [{"name": "a", "disk": {"busType": "virtio"}}]}
    assert not validator.is_valid(manifest)


def test_validate_good_ones_in_silence(barevirt):
    result = barevirt("validate", *(str(CASES / name / "vmi.yaml") for name in GOOD))
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "error:" not in result.stderr


def test_validate_tells_the_place(barevirt):
    result = barevirt("validate", str(REFUSED))
    assert (result.returncode, result.stdout) == (FAILURE, "")
    assert re.match(rf"{re.escape(str(REFUSED))}:\d+:\d+: error: spec\.domain\.devices\.disks\[0\]", result.stderr)


def test_validate_in_all_forms(barevirt):
    forms = {name: barevirt("validate", "-o", name, str(REFUSED)) for name in ("json", "yaml")}
    assert all((form.returncode, form.stderr) == (FAILURE, "") for form in forms.values())
    causes = json.loads(forms["json"].stdout)
    assert causes == yaml.safe_load(forms["yaml"].stdout)
    (cause,) = causes["causes"]
    assert list(cause) == ["reason", "field", "message", "severity", "file", "document", "line", "column"]
    assert (cause["severity"], cause["file"], cause["document"]) == ("error", str(REFUSED), 0)
    assert cause["line"] > 0 and cause["column"] > 0


def test_validate_nothing_wrong_as_json(barevirt):
    result = barevirt("validate", "--output", "json", str(MINIMAL))
    assert (result.returncode, json.loads(result.stdout)) == (0, {"causes": []})


def test_validate_reads_every_file(barevirt, tmp_path):
    missing = str(tmp_path / "missing.yaml")
    result = barevirt("validate", "-o", "json", missing, str(MINIMAL), str(REFUSED))
    assert result.returncode == FAILURE
    assert missing in result.stderr
    assert {cause["file"] for cause in json.loads(result.stdout)["causes"]} == {str(REFUSED)}
    assert barevirt("validate", str(MINIMAL), missing).returncode == FAILURE


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_validate_standard_input(barevirt, arguments):
    assert barevirt("validate", *arguments, stdin=MINIMAL.read_text()).returncode == 0
    result = barevirt("validate", *arguments, stdin=REFUSED.read_text())
    assert result.returncode == FAILURE
    assert result.stderr.startswith("-:")


@pytest.mark.parametrize("verb", ["validate", "convert"])
@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n"])
def test_nothing_to_do_is_an_error(barevirt, tmp_path, verb, text):
    """A pipe whose first half failed, and a file that was cut off."""
    (tmp_path / "one.yaml").write_text(text)
    told = barevirt(verb, stdin=text)
    assert (told.returncode, told.stdout) == (FAILURE, "")
    assert "Standard input holds no " in told.stderr
    told = barevirt(verb, str(tmp_path), str(tmp_path / "one.yaml"))
    assert told.returncode == FAILURE and told.stderr.count(str(tmp_path / "one.yaml")) == 2
    assert barevirt(verb, str(tmp_path), str(MINIMAL)).returncode == 0


def test_nothing_left_to_do_is_none(barevirt):
    told = barevirt("validate", "--skip-unknown")
    assert told.returncode == 0 and "Standard input holds no object" in told.stderr


def test_validate_skips_unknown_kinds_when_asked(barevirt):
    manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
    assert barevirt("validate", stdin=manifest).returncode == FAILURE
    result = barevirt("validate", "--skip-unknown", stdin=manifest)
    assert result.returncode == 0
    assert "warning:" in result.stderr


def test_folders(barevirt, tmp_path):
    folder = tmp_path / "manifests"
    folder.mkdir()
    fails(barevirt("validate", str(folder)), FAILURE, str(folder), "*.yaml")
    (folder / "b.yml").write_text(VM % "second")
    (folder / "a.yaml").write_text(VM % "first")
    (folder / "notes.txt").write_text("no: [manifest")
    assert barevirt("validate", str(folder)).returncode == 0
    domains = ET.fromstring(f"<all>{barevirt('convert', str(folder)).stdout}</all>")
    assert [domain.findtext("name") for domain in domains] == ["default_first", "default_second"]
    fails(barevirt("apply", "-f", str(folder)), FAILURE, "cannot be reached")


@pytest.mark.parametrize("manifest", sorted((SOURCE / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_convert_needs_no_facts(barevirt, manifest):
    """Of whatever a manifest names, a usual host has it somewhere; each warning is told once, with its place."""
    result = barevirt("convert", str(manifest))
    assert result.returncode == 0, result.stderr
    assert ET.fromstring(f"<all>{result.stdout}</all>").find("domain") is not None
    warnings = result.stderr.splitlines()
    assert all(line.startswith(f"{manifest}:") for line in warnings) and len(warnings) == len(set(warnings))


def test_convert_several(barevirt):
    result = barevirt("convert", str(MINIMAL), "-", stdin=VM % "second")
    assert result.returncode == 0, result.stderr
    assert len(ET.fromstring(f"<all>{result.stdout}</all>")) == 2


def test_convert_is_all_or_nothing(barevirt):
    result = barevirt("convert", str(MINIMAL), str(REFUSED))
    assert (result.returncode, result.stdout) == (FAILURE, "")
    assert str(REFUSED) in result.stderr


def test_convert_needs_a_vmi(barevirt):
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    fails(barevirt("convert", stdin=manifest), FAILURE, "VirtualMachine")


def test_convert_with_a_bad_context(barevirt, tmp_path):
    context = tmp_path / "context.json"
    fails(barevirt("convert", "--context", str(context), str(MINIMAL)), FAILURE, str(context))
    context.write_text("{")
    assert barevirt("convert", "--context", str(context), str(MINIMAL)).returncode == FAILURE


def test_convert_for_the_host_takes_its_facts(barevirt):
    for other in ("--context=facts.json", "--libvirt=9.0.0", "--qemu=7.2.0"):
        fails(barevirt("convert", "--host", other, str(MINIMAL)), USAGE, "leave out --context, --libvirt and --qemu")
    fails(barevirt("convert", "--host", str(MINIMAL)), FAILURE, "/nonexistent/bus")


def test_convert_for_versions(barevirt):
    for wrong in ("new", "9x", "9.", "9.0.0.0", "-9", "", "9 0", "9.1000"):
        fails(barevirt("convert", f"--libvirt={wrong}", str(MINIMAL)), USAGE, f"“{wrong}”", "9.0.0")
    assert ET.fromstring(barevirt("convert", "--libvirt=9.0.0", "--qemu=7.2.0", str(MINIMAL)).stdout).tag == "domain"


def test_convert_explains(barevirt):
    result = barevirt("convert", "--explain", "--libvirt=9.0.0", str(CASES / "minimal" / "vmi.yaml"))
    assert result.returncode == 0
    assert "spec.domain" in result.stdout
    assert "<domain" not in result.stdout.splitlines()[0]


def test_page_tells_every_option(barevirt, verbs):
    page = (SOURCE / "docs" / "man" / "barevirt.1").read_text().replace("\\-", "-")
    told = set(re.findall(r"--([a-z-]+)", page))
    for verb in verbs:
        assert verb in page
        assert options_of(barevirt, verb) <= told, verb


@pytest.mark.parametrize(
    "name,form", [("barevirt.bash", r"--{}\b"), ("_barevirt", r"--{}\b"), ("barevirt.fish", r"-l {}\b")]
)
def test_completions_offer_every_option(barevirt, verbs, name, form):
    text = (SOURCE / "data" / "completions" / name).read_text()
    for verb in verbs:
        assert re.search(rf"\b{verb}\b", text)
        missing = [option for option in options_of(barevirt, verb) if not re.search(form.format(option), text)]
        assert not missing, (verb, missing)
