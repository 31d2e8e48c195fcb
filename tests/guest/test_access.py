# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be had of a guest from outside: its screen, its console's log, its memory, its USB ports, its crash."""
import os
import socket
import subprocess

import pytest
from gi.repository import Gio, GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from metrics import find_sample
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
ADDRESS = "127.0.0.1:9177"
VMI = object_path(INSTANCE, "access")
MIB = 2**20
VIEWER = """\
#!/usr/bin/python3
import os, socket, sys
path = sys.argv[1]
with socket.socket(socket.AF_UNIX) as connection, open("/run/viewed", "w") as viewed:
    connection.connect(path)
    word = connection.recv(3, socket.MSG_WAITALL).decode()
    print(oct(os.stat(os.path.dirname(path)).st_mode), oct(os.stat(path).st_mode), word, path, file=viewed, sep="\\n")
"""
PASSWORD = "hush-hush"
LOG_LIMIT = 128 * 1024
LOG_FILES = 4
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {{{key}: "{value}"}}
---
"""
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: access
spec:
  terminationGracePeriodSeconds: 0
  accessCredentials:
    - sshPublicKey:
        source: {{secret: {{secretName: agent-key}}}}
        propagationMethod: {{qemuGuestAgent: {{users: [root]}}}}
    - sshPublicKey:
        source: {{secret: {{secretName: boot-key}}}}
        propagationMethod: {{noCloud: {{}}}}
    - userPassword:
        source: {{secret: {{secretName: password}}}}
        propagationMethod: {{qemuGuestAgent: {{}}}}
  domain:
    memory:
      guest: 128Mi
    devices:
      clientPassthrough: {{}}
      panicDevices:
        - model: isa
      disks:
        - name: root
          disk:
            bus: virtio
        - name: seed
          disk:
            bus: virtio
      interfaces:
        - name: default
          masquerade: {{}}
          ports:
            - port: 22
            - port: 2222
            - port: 2223
  networks:
    - name: default
      pod: {{}}
  volumes:
    - name: root
      hostDisk:
        path: {path}
        type: Disk
    - name: seed
      cloudInitNoCloud:
        userData: "#cloud-config"
"""


def limit_logs(host):
    """Has virtlogd begin new files sooner than at 2 MiB, which take the guest half a minute to print each."""
    host.write("/etc/libvirt/virtlogd.conf", f"max_size = {LOG_LIMIT}\nmax_backups = {LOG_FILES - 1}\n")
    before = host.run("cat", "/run/virtlogd.pid").stdout.strip()
    host.run("kill", before)
    wait_until(lambda: host.run("kill", "-0", before, check=False).returncode, 60, "the end of virtlogd")
    host.run("virtlogd", "--daemon")


def make_key(host, name):
    """A key pair below /run of the host; the public half."""
    host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/run/{name}")
    return host.run("cat", f"/run/{name}.pub").stdout.strip()


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    settings = SETTINGS + f"[metrics]\nlisten={ADDRESS}\n"
    service = HostService(host, build_folder, settings)
    limit_logs(host)
    service.start()
    keys = "".join(SECRET.format(name=name, key="key", value=make_key(host, name)) for name in ("agent-key", "boot-key"))
    password = SECRET.format(name="password", key="root", value=PASSWORD)
    service.apply(keys + password + MANIFEST.format(path=service.image("access.img", "sshd")))
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    yield service
    service.close()


def in_guest(service, command):
    return service.host.in_guest("default_access", command)


def print_often(text):
    """QEMU's serial port may lose a character or give one twice, where the machine is busy: one of these lines comes through."""
    return f"for i in 1 2 3 4; do echo; echo {text}; done"


def mode_of(service, path):
    return service.host.run("stat", "-c", "%a %U", path).stdout.split()


def call_with_file(service, method, path):
    """Calls a method of the VMI with a file of ours, and returns what it answers."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    files = Gio.UnixFDList.new_from_array([fd])
    return service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", method, GLib.Variant("(ha{sv})", (0, {})), None, 0, 60_000, files, None
    )[0].unpack()


def open_something(service, method, signature="(a{sv})", *arguments, **options):
    """What a method of the VMI hands out."""
    reply, files = service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", method, GLib.Variant(signature, (*arguments, options)), None, 0, 60_000, None,
        None,
    )
    return files.get(reply.unpack()[0])


def count(service, what):
    """Of the connections of a kind, how many the metrics tell."""
    return find_sample(service.host.run("curl", "-sSf", f"http://{ADDRESS}/metrics").stdout, f"kubevirt_{what}", vmi="access")


def wait_for_count(service, what, number):
    wait_until(lambda: count(service, what) == number, 60, f"{what} {number}")


def open_device(service):
    return open_something(service, "OpenUsbRedirection")


def open_port(service, port, **options):
    connection = socket.socket(fileno=open_something(service, "OpenPort", "(ua{sv})", port, **options))
    connection.settimeout(60)
    return connection


def read_all(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module", name="listening")
def fixture_listening(service):
    """The guest gives back on port 2222 what it gets, has an SSH server on port 22, and nobody is at 2223."""
    in_guest(service, "nc -ll -p 2222 -e cat >/dev/null 2>&1 &")
    in_guest(service, "dropbear -R -p 0.0.0.0:22")
    service.host.wait_in_guest("default_access", "ip -4 -o addr show dev eth0", bool)
    service.host.wait_in_guest("default_access", "netstat -tln | grep -cE ':(22|2222) '", "2")
    return service


def test_screenshot_is_a_picture(service):
    service.barevirt("screenshot", "access", "/run/screen.png")
    head = service.host.run("od", "-An", "-tx1", "-N24", "/run/screen.png").stdout.split()
    assert bytes.fromhex("".join(head[:8])) == b"\x89PNG\r\n\x1a\n"
    assert int("".join(head[16:20]), 16) >= 640
    assert mode_of(service, "/run/screen.png")[0] == "600"


def test_console_is_logged_for_those_who_may_see_it(service):
    in_guest(service, f"({print_often('mark-$((6 * 7))')}) >/dev/ttyS0")
    wait_until(lambda: "mark-42" in service.barevirt("logs", "access").stdout, 60, "what the guest printed")
    folder = service.host.run("sh", "-c", "ls -d /run/barevirt/*/").stdout.split()
    logs = service.host.run("find", *folder, "-name", "virt-serial0-log*").stdout.split()
    assert logs and all(mode_of(service, log) == ["600", "root"] for log in logs)


def test_log_is_followed(service):
    process = service.host.popen("barevirt", "logs", "-f", "access", stdout=subprocess.PIPE, text=True)
    try:
        assert any("mark-42" in line for line in process.stdout)
        in_guest(service, f"({print_often('later-$((6 * 8))')}) >/dev/ttyS0")
        assert any("later-48" in line for line in process.stdout)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def test_memory_is_dumped_and_the_guest_goes_on(service):
    in_guest(service, "printf secret-%s 314159 >/tmp/mark")
    service.barevirt("memory-dump", "access", "/run/memory")
    assert service.host.run("head", "-c4", "/run/memory").stdout == "\x7fELF"
    assert int(service.host.run("stat", "-c", "%s", "/run/memory").stdout) >= 128 * MIB
    assert mode_of(service, "/run/memory")[0] == "600"
    service.host.run("grep", "-qa", "secret-314159", "/run/memory")
    assert in_guest(service, "cat /tmp/mark") == "secret-314159"
    refused = service.barevirt("memory-dump", "access", "/run/memory", check=False)
    assert refused.returncode == 1 and "/run/memory cannot be made: File exists." in refused.stderr


def test_dump_that_finds_no_room_is_refused_before_the_guest_stands_still(service):
    service.host.run("mkdir", "-p", "/run/small")
    service.host.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", "/run/small")
    try:
        refused = service.barevirt("memory-dump", "access", "/run/small/memory", check=False)
        assert refused.returncode == 1 and "The guest has 128 MiB of memory" in refused.stderr
        assert service.host.run("ls", "/run/small").stdout == ""
    finally:
        service.host.unmount("/run/small")


def test_dump_can_be_cancelled(service, tmp_path):
    qemu = service.host.run("cat", "/run/libvirt/qemu/default_access.pid").stdout.strip()
    service.host.run("kill", "-STOP", qemu)
    try:
        job = call_with_file(service, "DumpMemory", tmp_path / "memory")[0]
        with pytest.raises(GLib.Error, match="is being dumped already"):
            call_with_file(service, "DumpMemory", tmp_path / "second")
        service.call(job, "Job", "Cancel", "(a{sv})", {})
    finally:
        service.host.run("kill", "-CONT", qemu)
    service.wait_for_property(job, "Job", "State", lambda state: state == "cancelled")
    assert (tmp_path / "memory").stat().st_size < 128 * MIB
    assert in_guest(service, "cat /tmp/mark") == "secret-314159"


def test_usb_devices_have_four_places(service):
    devices = [open_device(service) for _ in range(4)]
    for device in devices:
        greeting = b""
        while b"qemu usb-redir guest" not in greeting:
            part = os.read(device, 256)
            assert part, greeting
            greeting += part
    with pytest.raises(GLib.Error, match="All 4 places for USB devices are in use"):
        open_device(service)
    os.close(devices.pop())

    def place():
        try:
            return open_device(service)
        except GLib.Error as error:
            assert "are in use" in error.message
            return None

    devices.append(wait_until(place, 60, "a place that is free again"))
    wait_for_count(service, "usbredir_active_connections", 4)
    for device in devices:
        os.close(device)
    wait_for_count(service, "usbredir_active_connections", 0)


def test_port_is_opened(listening):
    with open_port(listening, 2222) as connection:
        data = bytes(range(256)) * 256
        connection.sendall(data[:1000])
        assert connection.recv(1000, socket.MSG_WAITALL) == data[:1000]
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == data
        assert connection.family == socket.AF_UNIX  # not one that could be led to another place


def test_port_that_leads_nowhere(listening):
    with pytest.raises(GLib.Error, match=r"port 2223 of VirtualMachineInstance default/access cannot .*: Connection refused.*\)\. \("):
        open_port(listening, 2223)
    with pytest.raises(GLib.Error, match=r"\. The ports that its manifest lists lack it\."):
        open_port(listening, 2224)
    with pytest.raises(GLib.Error, match="InvalidArgument: VirtualMachineInstance default/access: 65536 is no port"):
        open_port(listening, 65536)
    with pytest.raises(GLib.Error, match="has no vsock device: its manifest lacks spec.domain.devices.autoattachVSOCK: true"):
        open_port(listening, 2222, via=GLib.Variant("s", "vsock"))
    with pytest.raises(GLib.Error, match="“pigeon” is no way to a guest"):
        open_port(listening, 2222, via=GLib.Variant("s", "pigeon"))


def test_ports_are_opened_as_many_as_may_be(listening):
    wait_for_count(listening, "portforward_active_tunnels", 0)  # those of before
    connections = [open_port(listening, 2222) for _ in range(32)]
    with pytest.raises(GLib.Error, match="LimitExceeded: 32 connections to ports of"):
        open_port(listening, 2222)
    wait_for_count(listening, "portforward_active_tunnels", 32)
    for connection in connections:
        connection.close()

    def another():
        try:
            return open_port(listening, 2222, via=GLib.Variant("s", "network"))
        except GLib.Error as error:
            assert "LimitExceeded" in error.message
            return None

    wait_until(another, 60, "a connection when others are closed").close()
    wait_for_count(listening, "portforward_active_tunnels", 0)


def test_port_is_carried_by_standard_input_and_output(listening):
    carried = listening.host.run("barevirt", "port-forward", "--stdio", "vmi/access", "2222", input="there and back\n")
    assert carried.stdout == "there and back\n"
    refused = listening.barevirt("port-forward", "--stdio", "access", "2223", check=False)
    assert refused.returncode == 1 and "cannot be reached" in refused.stderr


def test_way_is_chosen(listening):
    carried = listening.host.run("barevirt", "port-forward", "--stdio", "--via=network", "access", "2222", input="by network\n")
    assert carried.stdout == "by network\n"
    for command in (["port-forward", "--stdio", "--via=vsock", "access", "2222"], ["ssh", "--via", "vsock", "root@access"]):
        refused = listening.barevirt(*command, check=False)
        assert refused.returncode != 0 and "has no vsock device" in refused.stderr
    refused = listening.barevirt("port-forward", "--stdio", "access", "70000", check=False)
    assert "70000 is no port: these are from 1 to 65535, and larger by vsock alone." in refused.stderr


def test_port_is_forwarded(listening):
    process = listening.host.popen("barevirt", "port-forward", "access", "0:2222", "tcp/0:22", stdout=subprocess.PIPE, text=True)
    try:
        ports = [process.stdout.readline().split()[2].rstrip(",") for _ in range(2)]
        assert listening.host.run("busybox", "nc", "127.0.0.1", ports[0], input="one\n").stdout == "one\n"
        assert listening.host.run("busybox", "nc", "127.0.0.1", ports[1], input=b"\n", text=False).stdout.startswith(b"SSH-2.0-dropbear")
        assert listening.host.run("busybox", "nc", "127.0.0.1", ports[0], input="two\n").stdout == "two\n"
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


SSH = ["-t", "-F", "-t", "none", "-t", "-oStrictHostKeyChecking=accept-new", "--known-hosts", "/run/known"]
NO_PASSWORD = ["-t", "-oBatchMode=yes", "-t", "-oIdentitiesOnly=yes"]


def ssh_with_key(service, key, user, *command, check=True):
    """By a private key of make_key and by nothing else."""
    return service.barevirt("ssh", *SSH, *NO_PASSWORD, "-i", f"/run/{key}", f"{user}@vmi/access", "--", *command, check=check, timeout=180)


def synchronize(service, said):
    """Waits until the agent has set what the Secrets said."""
    service.wait_for_property(VMI, INSTANCE, "Conditions", lambda conditions: any(
        one["type"] == "AccessCredentialsSynchronized" and one["status"] == said for one in conditions))


def test_ssh_by_the_key_that_the_agent_has_set(listening):
    """The command's own output, errors, input and exit status; the guest's key is kept by the guest's name."""
    synchronize(listening, "True")
    ran = ssh_with_key(listening, "agent-key", "root", "hostname; id -un; echo wrong >&2; exit 7", check=False)
    assert (ran.returncode, ran.stdout) == (7, in_guest(listening, "hostname") + "root\n"), ran.stderr
    assert "wrong\n" in ran.stderr
    known = listening.host.run("cat", "/run/known").stdout
    assert known.startswith("vmi.access.default ssh-ed25519 ")
    key = in_guest(listening, "dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key")
    assert known.split()[2] in key


def test_ssh_by_the_key_of_cloud_init(listening):
    """It is for another user, who has none of the agent's keys."""
    assert ssh_with_key(listening, "boot-key", "guest", "id -un; pwd").stdout == "guest\n/guest\n"
    refused = ssh_with_key(listening, "agent-key", "guest", "true", check=False)
    assert refused.returncode == 255 and "Permission denied" in refused.stderr


def test_ssh_follows_the_secret(listening):
    listening.apply(SECRET.format(name="agent-key", key="key", value=make_key(listening.host, "newer-key")))
    wait_until(lambda: ssh_with_key(listening, "newer-key", "root", "true", check=False).returncode == 0, 180, "the newer key")
    refused = ssh_with_key(listening, "agent-key", "root", "true", check=False)
    assert refused.returncode == 255 and "Permission denied" in refused.stderr


def test_ssh_by_a_key_that_is_put_in_by_hand(listening):
    make_key(listening.host, "own-key")
    listening.wait_for_property(VMI, "GuestAgent", "Hostname", bool)
    listening.barevirt("ssh-keys", "-f", "/run/own-key.pub", "--append", "access", "guest")
    for key in "own-key", "boot-key":
        assert ssh_with_key(listening, key, "guest", "id -un").stdout == "guest\n"


def test_ssh_by_the_password_that_the_agent_has_set(listening):
    listening.host.write("/run/askpass", f"#!/bin/sh\necho {PASSWORD}\n", mode="0755")
    told = listening.host.run(
        "env", "SSH_ASKPASS=/run/askpass", "SSH_ASKPASS_REQUIRE=force", "barevirt", "ssh", *SSH,
        "-t", "-oPreferredAuthentications=password", "-l", "root", "access", "--", "cat", input="there and back\n", timeout=180)
    assert told.stdout == "there and back\n"


def test_ssh_by_a_forwarded_port(listening):
    """As any other client comes in."""
    process = listening.host.popen("barevirt", "port-forward", "access", "0:22", stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().split()[2].rstrip(",")
        told = listening.host.run("ssh", "-F", "none", "-oStrictHostKeyChecking=accept-new", "-oUserKnownHostsFile=/run/known",
                                  "-oBatchMode=yes", "-i", "/run/newer-key", "-p", port, "root@127.0.0.1", "hostname", timeout=180)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
    assert told.stdout == in_guest(listening, "hostname")


OTHERS = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.mark.parametrize("line, action, status", [
    ("exec access -- /bin/true", "exec", 255), ("set-password access root", "exec", 1), ("ssh-keys access root", "exec", 1),
    ("freeze access", "manage", 1), ("port-forward --stdio access 22", "console", 1),
])
def test_others_are_told_what_they_lack(listening, line, action, status):
    """By the host's own polkit, which would ask for a password, but finds nobody to ask."""
    told = []

    def is_refused():
        """An agent that has not answered in time is taken for gone, for a moment."""
        told.append(listening.host.run(*OTHERS, "barevirt", *line.split(), check=False, input="word\n"))
        return "no agent that answers" not in told[-1].stderr

    wait_until(is_refused, 120, "an answer of polkit's")
    ran = told[-1]
    assert (ran.returncode, ran.stdout) == (status, "")
    for word in ("VirtualMachineInstance default/access", f"org.barevirt1.{action} needs a password", "root (sudo)", "pkttyagent"):
        assert word in ran.stderr


def test_paused_guest_lets_nobody_wait(listening):
    """What would wait for its agent, or a server in it, is told at once how it goes on."""
    listening.barevirt("pause", "access")
    try:
        for line, status in (("exec access -- /bin/true", 255), ("set-password access root", 1), ("ssh-keys access root", 1),
                             ("ssh root@access", 255), ("port-forward --stdio access 22", 1), ("freeze access", 1),
                             ("soft-reboot access", 1)):
            ran = listening.barevirt(*line.split(), check=False, input="word\n")
            assert (ran.returncode, ran.stdout) == (status, ""), ran
            assert "default/access is paused" in ran.stderr and "“barevirt unpause access -n default”" in ran.stderr
    finally:
        listening.barevirt("unpause", "access")
    listening.host.wait_in_guest("default_access", "echo back", "back")


def greet_as_viewer(connection):
    """RFB: the version, no security, and the name of the desktop."""
    connection.settimeout(60)
    assert connection.recv(12, socket.MSG_WAITALL) == b"RFB 003.008\n"
    connection.sendall(b"RFB 003.008\n")
    kinds = connection.recv(connection.recv(1)[0], socket.MSG_WAITALL)
    assert 1 in kinds
    connection.sendall(b"\1")
    assert connection.recv(4, socket.MSG_WAITALL) == bytes(4)
    connection.sendall(b"\1")
    head = connection.recv(24, socket.MSG_WAITALL)
    assert int.from_bytes(head[:2], "big") >= 640
    return connection.recv(int.from_bytes(head[20:], "big"), socket.MSG_WAITALL).decode()


def test_display_is_shown_to_viewers(service):
    place = f"{service.host.folder}/run/vnc"
    process = service.host.popen("barevirt", "vnc", "access", "--proxy-only", "--socket", "/run/vnc", stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == '{"socket":"/run/vnc"}\n'
        assert mode_of(service, "/run/vnc") == ["700", "root"]
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(place)
                assert "default_access" in greet_as_viewer(connection)
                wait_until(lambda: count(service, "vnc_active_connections") >= 1, 60, "a viewer to be counted")
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
    wait_until(lambda: not os.path.exists(place), 60, "the end of the socket")
    wait_for_count(service, "vnc_active_connections", 0)


def test_viewer_is_started(service):
    """It gets a place of its own, and all ends with it."""
    service.host.write("/usr/local/bin/viewer", VIEWER, mode="0755")
    assert "No viewer is here: nowhere." in service.barevirt("vnc", "access", "--vnc-path", "nowhere", check=False).stderr
    service.barevirt("vnc", "vmi/access", "--vnc-path", "viewer")
    viewed = service.host.run("cat", "/run/viewed").stdout.splitlines()
    assert viewed[:3] == ["0o40700", "0o140700", "RFB"]
    wait_until(lambda: service.host.run("ls", viewed[3], check=False).returncode, 60, "the end of the viewer's place")


def follow(service):
    """Follows the log, and has begun to."""
    process = service.host.popen("barevirt", "logs", "-f", "access", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert any("mark-42" in line for line in process.stdout)
    return process


def test_log_has_a_limit(service):
    """The guest prints more than the files may have: the last of it is there, and the first is not."""
    size = LOG_LIMIT * (LOG_FILES + 1)
    end = print_often("mark-$((6 * 7)) end-$((6 * 9))")
    in_guest(service, f"(yes {'0123456789abcdef' * 4} | head -c {size}; {end}) >/dev/ttyS0 2>&1 &")
    logs = service.host.run("sh", "-c", "ls -d /run/barevirt/*/virt-serial0-log").stdout.strip()

    def printed():
        # A file that gets another name just now has no size.
        sizes = service.host.run("sh", "-c", f"du -b {logs}*", check=False).stdout.split()[::2]
        assert len(sizes) <= LOG_FILES and sum(map(int, sizes)) <= LOG_FILES * LOG_LIMIT
        return "end-54" in service.barevirt("logs", "access").stdout[-4096:]

    wait_until(printed, 300, "the end of what the guest printed")
    text = service.barevirt("logs", "access").stdout
    assert LOG_LIMIT * (LOG_FILES - 1) <= len(text) <= LOG_LIMIT * LOG_FILES


def test_log_that_cannot_be_followed_says_so(service):
    process = follow(service)
    service.kill()
    errors = process.communicate(timeout=60)[1]
    service.start()
    assert process.returncode == 1 and "barevirt: The log is not followed any more: " in errors
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool)


def test_panic_ends_the_guest_and_is_told(service):
    """Who follows the log comes to its end without an error."""
    process = follow(service)
    service.host.begin_in_guest("default_access", "sleep 1; echo c >/proc/sysrq-trigger")
    service.wait_for_property(VMI, INSTANCE, "Phase", lambda phase: phase == "Failed")
    assert process.communicate(timeout=60)[1] == ""

    def panics():
        events = service.call(ROOT, "Manager", "GetEvents", "(a{sv})", {"name": GLib.Variant("s", "access")})[0]
        return [event["message"] for event in events if event["reason"] == "GuestPanicked"]

    assert wait_until(panics, 60, "the event of the panic") == ["The guest's kernel panicked."]
    labels = 'namespace="default",name="access",type="unknown",bugcheck_code="unknown"'
    counted = f"kubevirt_vmi_guest_os_panic_total{{{labels}}} 1\n"
    wait_until(lambda: counted in service.host.run("curl", "-sSf", f"http://{ADDRESS}/metrics").stdout, 60, "the panic's count")


def test_log_goes_with_the_vmi(service):
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    service.wait_for_gone(VMI, INSTANCE)
    find = ("find", "/run/barevirt", "-name", "virt-serial0-log*")
    wait_until(lambda: service.host.run(*find).stdout == "", 60, "the end of the log")
