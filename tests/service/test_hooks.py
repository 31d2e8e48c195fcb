# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hooks: what they are given, what they may change, and what becomes of a start that they fail."""
import json
import os
import socket
import subprocess

import pytest
from gi.repository import GLib

from manifests import vmi
from service import Service, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
ANNOTATION = "hooks.kubevirt.io/hookSidecars"

# As a sidecar's script for KubeVirt is written.
MAKER = r"""
    #!/bin/sh
    while [ $# -gt 0 ]; do case "$1" in --domain) domain=$2; shift;; esac; shift; done
    printf '%s' "$domain" | sed 's|</sysinfo>|<baseBoard><entry name="manufacturer">MAKER</entry></baseBoard></sysinfo>|'
"""


def can_sandbox():
    command = ["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink",
               "usr/lib64", "/lib64", "/usr/bin/true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_sandbox(), reason="bwrap cannot make namespaces here")


def config_map(name, script, key="hook.sh"):
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  {key}: |{script}"


def hook(name, path="/usr/bin/onDefineDomain"):
    return {"args": ["--version", "v1alpha3"], "configMap": {"name": name, "key": "hook.sh", "hookPath": path}}


def hooked(*hooks):
    annotation = f"  name: one\n  annotations:\n    {ANNOTATION}: '{json.dumps(hooks)}'"
    return vmi("one").replace("  name: one", annotation)


@pytest.fixture(name="service")
def fixture_service(bus, build_folder):
    bus.allow("view", "view-secrets", "manage")
    service = Service(bus, build_folder)
    folder = service.folder / "hooks.d"
    folder.mkdir(mode=0o755)
    service.config.write_text(f"[features]\nSidecar=true\n[hooks]\nfolder={folder}\nseconds=5\n")
    try:
        service.start()
        yield service
    finally:
        service.close()


def add_host_hook(service, name, script, mode=0o755):
    path = service.folder / "hooks.d" / name
    path.write_text(script)
    path.chmod(mode)
    return path


def domain(service):
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    return service.call(VMI, INSTANCE, "GetDomainXml", "(a{sv})", {})[0]


def failure(service):
    """The first warning that is told of the VMI."""

    def warnings():
        if VMI not in service.objects():
            return None
        events = service.call(VMI, "Object", "GetEvents", "(a{sv})", {})[0]
        return [event for event in events if event["type"] == "Warning"]

    # Events have no signal that tells of those before; each start that failed changes the conditions.
    subscription = service.connection.signal_subscribe(None, None, None, None, None, 0, lambda *_: None)
    try:
        event = iterate_until(warnings, "a warning")[0]
    finally:
        service.connection.signal_unsubscribe(subscription)
    assert service.get(VMI, INSTANCE, "Phase") != "Running"
    return event["reason"], event["message"]


def test_hook_of_a_manifest(service):
    service.apply(config_map("maker", MAKER) + hooked(hook("maker")))
    assert "<entry name='manufacturer'>MAKER</entry>" in domain(service)


def test_order_and_the_last_word_of_the_host(service):
    add_host_hook(service, "10-first.onDefineDomain", MAKER.replace("MAKER", "first").replace("    ", "").lstrip())
    add_host_hook(service, "20-second", "#!/bin/sh\nexec sed s/never/x/ </dev/null\n")
    add_host_hook(service, "README", "not a program", mode=0o644)
    add_host_hook(service, "90-last", """#!/bin/sh
[ "$3" = --domain ] || exit 1
printf '%s' "$4" | sed 's|>first<|>first after manifest<|'
""")
    service.apply(config_map("maker", MAKER) + hooked(hook("maker")))
    xml = domain(service)
    assert xml.index(">MAKER<") < xml.index(">first after manifest<")


def test_hook_that_fails(service):
    service.apply(config_map("bad", "\n    #!/bin/sh\n    echo the printer is on fire >&2\n    exit 1\n") + hooked(hook("bad")))
    reason, message = failure(service)
    assert reason == "SyncFailed"
    assert "onDefineDomain (ConfigMap bad, hook.sh) failed: the printer is on fire" in message
    assert "printer" in service.barevirt("describe", "vmi", "one").stdout


def test_hook_that_is_slow(service):
    service.apply(config_map("slow", "\n    #!/bin/sh\n    echo I wait for nobody >&2\n    exec sleep 1000\n") + hooked(hook("slow")))
    assert "did not end within 5 seconds, and was killed. I wait for nobody" in failure(service)[1]


# What of the host it can find: nothing, though the host has somebody who would answer.
CURIOUS = """
    #!/usr/bin/python3
    import os, socket, sys
    seen = [p for p in ("/etc/passwd", "/home", "/root", "/run", "/sys", "/var") if os.path.exists(p)]
    try:
        socket.create_connection(("127.0.0.1", PORT), 2)
        seen.append("the network")
    except OSError:
        pass
    sys.exit(f"sees {seen} on {[name for _, name in socket.if_nameindex()]}")
"""


def test_hook_is_confined(service):
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = CURIOUS.replace("PORT", str(server.getsockname()[1]))
        service.apply(config_map("curious", script) + hooked(hook("curious")))
        assert "sees [] on ['lo']" in failure(service)[1]


@pytest.mark.parametrize("change", [
    "s|</devices>|<disk type=\"file\" device=\"disk\"><source file=\"/etc/shadow\"/><target dev=\"vdz\"/></disk></devices>|",
    "s|<name>default_one</name>|<name>other</name>|",
    "s|<memory[^<]*</memory>|<memory>9999999</memory>|",
])
def test_hook_that_reaches_too_far(service, change):
    script = f"\n    #!/bin/sh\n    printf '%s' \"$4\" | sed '{change}'\n"
    service.apply(config_map("greedy", script) + hooked(hook("greedy")))
    assert "is not followed: it changed" in failure(service)[1]


def test_image_is_refused(service):
    service.apply(hooked({"image": "registry/sidecar:1"}))
    reason, message = failure(service)
    assert "names an image: a host runs no sidecar containers" in message
    assert reason == "Unschedulable"


def test_config_map_that_is_missing(service):
    service.apply(hooked(hook("absent")))
    assert "The ConfigMap default/absent is not there; apply it." in failure(service)[1]
    service.apply(config_map("absent", MAKER))
    assert ">MAKER<" in domain(service)


def test_gate(service):
    service.stop()
    service.config.write_text("")
    service.start()
    with pytest.raises(GLib.Error, match="Sidecar"):
        service.apply(hooked(hook("maker")))


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another owner are root's to make")
def test_hook_of_another_user(service):
    os.chown(add_host_hook(service, "10-x", "#!/bin/sh\nexit 0\n"), 65534, 65534)
    service.apply(vmi("one"))
    assert "must belong to root, and be writable for root alone" in failure(service)[1]
