# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that is probed by HTTPS, and one whose agent does not answer or is gone, by its power button."""
import subprocess
import time

import pytest

from host_service import IMAGES
from lab import wait_until
from service import end, object_path

INSTANCE = "VirtualMachineInstance"
PROBED = object_path(INSTANCE, "probed")
MANIFEST = f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: probed}}
spec:
  terminationGracePeriodSeconds: 600
  domain:
    memory: {{guest: 160Mi}}
    devices:
      disks: [{{name: root, disk: {{bus: virtio}}}}]
      interfaces: [{{name: default, masquerade: {{}}, ports: [{{name: secure, port: 8443}}]}}]
  networks: [{{name: default, pod: {{}}}}]
  volumes: [{{name: root, hostDisk: {{path: {IMAGES}/probed.img, type: Disk}}}}]
  readinessProbe:
    httpGet:
      scheme: HTTPS
      port: secure
      path: /ready?how=well
      httpHeaders: [{{name: X-Word, value: open sesame}}, {{name: Host, value: guest.example}}]
    periodSeconds: 1
    timeoutSeconds: 10
  livenessProbe:
    exec: {{command: [/bin/sh, -c, "echo >>/run/begun; while test -e /run/hold; do touch /run/held; sleep 1; done"]}}
    periodSeconds: 1
    failureThreshold: 1000000
"""
# Answers 200 to what the probe has to ask for, and else tells what it lacks by its status.
SERVER = """\
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = (self.path, self.headers["X-Word"], self.headers["Host"])
        wanted = ("/ready?how=well", "open sesame", "guest.example")
        self.send_response(200 if asked == wanted else 417)
        self.end_headers()
server = http.server.ThreadingHTTPServer(("0.0.0.0", 9443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/run/own.pem")
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("ready", flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module", name="probed")
def fixture_probed(service):
    service.image("probed.img")
    service.apply(MANIFEST)
    service.wait_for_property(PROBED, "GuestAgent", "Hostname", bool, timeout=240)
    return service


@pytest.fixture(name="server")
def fixture_server(probed):
    """On the host, behind a port of the guest, with a certificate that nobody has signed, of another name."""
    probed.host.run("sh", "-c", "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=nobody -days 2 -keyout /run/own.key"
                                " -out /run/own.crt && cat /run/own.key /run/own.crt >/run/own.pem")
    server = probed.host.popen("/usr/bin/python3", "-c", SERVER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout.readline() == "ready\n"
    yield server
    end(server)
    server.stdout.close()


def in_guest(service, command):
    return service.in_guest(PROBED, command)


def wait_for_ready(service, wanted, words=""):
    def found():
        conditions = service.get(PROBED, INSTANCE, "Conditions")
        return any(c["type"] == "Ready" and c["status"] == wanted and words in c["message"] for c in conditions)

    wait_until(found, 120, f"Ready {wanted} {words}")


def test_guest_is_ready_when_it_answers_by_https(probed, server):
    """Nobody has signed the certificate, and Kubernetes does not ask for that either."""
    wait_for_ready(probed, "False", "readiness probe fails")
    forward = "nc -ll -p 8443 -e nc $(ip route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p') 9443"
    probed.host.wait_in_guest("default_probed", "ip route | grep -c ^default", "1")
    in_guest(probed, f"{forward} >/dev/null 2>&1 &")
    wait_for_ready(probed, "True")
    # What does not speak TLS is no answer.
    in_guest(probed, "kill $(pidof nc); httpd -p 8443 -h /run")
    wait_for_ready(probed, "False")


def test_program_of_a_probe_that_hangs_is_the_only_one(probed):
    """Each check that is due fails meanwhile; when the program has ended, it is begun again."""
    def begun():
        return int(in_guest(probed, "grep -c '' /run/begun"))

    probed.host.wait_in_guest("default_probed", "test -s /run/begun && echo begun", "begun")
    in_guest(probed, "touch /run/hold")
    probed.host.wait_in_guest("default_probed", "test -e /run/held && echo held", "held")
    before, end_of_wait = begun(), time.monotonic() + 6
    while time.monotonic() < end_of_wait:
        # An agent that did not answer in time, where the machine is busy, does not tell of the one that it runs.
        assert begun() <= before + 1
    in_guest(probed, "rm /run/hold")
    probed.host.wait_in_guest("default_probed", "grep -c '' /run/begun", lambda number: int(number) >= before + 3)


def boot_id(service):
    return in_guest(service, "cat /proc/sys/kernel/random/boot_id")


def events(service):
    return [event["reason"] for event in service.call(PROBED, "Object", "GetEvents", "(a{sv})", {})[0]]


def test_guest_whose_agent_is_silent_reboots_by_its_power_button(probed):
    before, uid = boot_id(probed), probed.get(PROBED, "Object", "Uid")
    probed.host.begin_in_guest("default_probed", "sleep 1; kill -STOP $(pidof qemu-ga)")
    # The call waits until the agent's time is over.
    probed.call(PROBED, INSTANCE, "SoftReboot", "(a{sv})", {}, timeout_ms=90_000)
    wait_until(lambda: "SoftRebooted" in events(probed), 60, "the event")
    probed.wait_for_property(PROBED, "GuestAgent", "Hostname", bool, timeout=240)

    def rebooted():
        try:
            return boot_id(probed) != before
        except Exception:  # the agent of before, which is silent, may still count as there
            return False

    wait_until(rebooted, 240, "the guest to be up again")
    assert probed.get(PROBED, "Object", "Uid") == uid


def test_guest_without_an_agent_shuts_down_by_its_power_button(probed):
    """Long before its time is over, when it would be ended."""
    in_guest(probed, "printf '#!/bin/sh\\nexec sleep 100000\\n' >/run/none; chmod 755 /run/none; mv /run/none /sbin/qemu-ga")
    probed.host.begin_in_guest("default_probed", "sleep 1; kill $(pidof qemu-ga)")
    probed.wait_for_gone(PROBED, "GuestAgent", timeout=120)
    probed.call(PROBED, INSTANCE, "Shutdown", "(a{sv})", {})
    probed.wait_for_property(PROBED, INSTANCE, "Phase", lambda phase: phase == "Succeeded", timeout=300)
