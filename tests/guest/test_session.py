# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service of an ordinary user: qemu:///session, and networks that need no privileges."""
import json
import subprocess

import pytest

from host_service import IMAGES, HostService
from lab import wait_until
from service import end

HOME = "/run/session"
USER = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        f"HOME={HOME}", f"XDG_RUNTIME_DIR={HOME}", f"DBUS_SESSION_BUS_ADDRESS=unix:path={HOME}/bus", "LC_ALL=C.UTF-8"]
SETTINGS = f"""\
[hypervisor]
allow-emulation=true
[host-disk]
folders={IMAGES}
[features]
HostDisk=true
"""
MACHINE = f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: web}}
spec:
  runStrategy: Always
  template:
    metadata: {{annotations: ANNOTATIONS}}
    spec:
      terminationGracePeriodSeconds: 2
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks: [{{name: root, disk: {{bus: virtio}}}}]
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes: [{{name: root, hostDisk: {{path: {IMAGES}/web.img, type: Disk}}}}]
"""


class Session:
    """A user of the host with a bus and a service of their own."""

    def __init__(self, host):
        self.host = host
        self.log = host.folder / "session.log"
        self.process = None
        host.run("install", "-d", "-o", "nobody", "-g", "nogroup", "-m", "700", HOME, f"{HOME}/.config", f"{HOME}/.config/barevirt")
        host.write(f"{HOME}/.config/barevirt/barevirt.conf", SETTINGS)
        self.run("dbus-daemon", "--session", f"--address=unix:path={HOME}/bus", "--fork", "--nopidfile")

    def run(self, *arguments, **options):
        return self.host.run(*USER, *arguments, **options)

    def start(self):
        with self.log.open("a") as log:
            self.process = self.host.popen(*USER, "barevirtd", "--session", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self.barevirt("get", "vm", check=False).returncode == 0, 60, self.log.read_text())

    def kill(self):
        pid = self.run("busctl", "--user", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                       "GetConnectionUnixProcessID", "s", "org.barevirt1").stdout.split()[1]
        self.host.run("kill", "-KILL", pid)
        end(self.process)

    def barevirt(self, verb, *arguments, **options):
        return self.run("barevirt", verb, "--session", *arguments, **options)

    def apply(self, text):
        self.barevirt("apply", "-f", "-", input=text)

    def get(self, kind, name):
        result = self.barevirt("get", kind, name, "-o", "json", check=False)
        return json.loads(result.stdout) if result.returncode == 0 else {}

    def conditions(self, name):
        return self.get("vmi", name).get("status", {}).get("conditions", [])

    def in_guest(self, name, command):
        """What it prints; nothing as long as it fails, as with a device whose driver is not loaded yet."""
        result = self.barevirt("exec", name, "--", "/bin/sh", "-c", command, check=False)
        return result.stdout.strip() if result.returncode == 0 else ""


@pytest.fixture(scope="module", name="session")
def fixture_session(host, build_folder):
    HostService(host, build_folder)  # installs it
    session = Session(host)
    host.run("install", "-o", "nobody", "-m", "600", str(host.lab.guest() / "disk.img"), f"{IMAGES}/web.img")
    session.start()
    session.apply(MACHINE.replace("ANNOTATIONS", "{}"))
    wait_until(lambda: any(c["type"] == "AgentConnected" for c in session.conditions("web")), 240, "the guest's agent")
    yield session
    end(session.process)


def test_guest_runs_without_privileges(session):
    """QEMU is the user's."""
    assert session.get("vmi", "web")["status"]["phase"] == "Running"
    assert session.host.run("ps", "-o", "user=", "-C", "qemu-system-x86").stdout.split() == ["nobody"]


def test_guest_reaches_the_host_by_the_network_of_a_session(session):
    """passt, or QEMU's own networking where libvirt cannot do passt: the guest has an address and gets out."""
    wait_until(lambda: session.in_guest("web", "ip -4 -o addr show dev eth0"), 60, "a lease")
    server = session.host.popen(
        "python3", "-c",
        "import socket; s = socket.create_server(('192.168.122.1', 4242)); c = s.accept()[0]; c.sendall(b'from-host'); c.close()",
    )
    try:
        wait_until(lambda: session.in_guest("web", "nc -w 5 192.168.122.1 4242 </dev/null 2>/dev/null || true") == "from-host", 60, "the host")
    finally:
        end(server)


def test_ports_of_the_host_are_not_published(session):
    session.apply(MACHINE.replace("ANNOTATIONS", '{barevirt.org/publish: "8080:80"}').replace("name: web}", "name: open}"))
    wait_until(lambda: any("cannot be published" in c.get("message", "") for c in session.conditions("open")), 60, "the reason")
    session.barevirt("delete", "vm", "open")


def test_service_killed_and_restarted_knows_its_guest(session):
    uid = session.get("vmi", "web")["metadata"]["uid"]
    session.kill()
    session.start()
    wait_until(lambda: any(c["type"] == "AgentConnected" for c in session.conditions("web")), 60, "the guest's agent")
    assert session.get("vmi", "web")["metadata"]["uid"] == uid


def test_guest_that_does_not_shut_down_is_ended_and_did_not_crash(session):
    session.run("virsh", "-c", "qemu:///session", "suspend", "default_web")
    session.barevirt("stop", "web")
    wait_until(lambda: not session.get("vmi", "web"), 120, "its end")
    wait_until(lambda: "its time to shut down being over" in session.barevirt("events").stdout, 60, "the event")
    assert "crashed" not in session.barevirt("events").stdout


def test_nothing_stays_behind(session):
    session.barevirt("delete", "vm", "web")
    domains = ("virsh", "-q", "-c", "qemu:///session", "list", "--all", "--name")
    wait_until(lambda: session.run(*domains).stdout.strip() == "", 60, "the end of the domain")
