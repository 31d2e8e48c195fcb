# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's vsock: its ports from the host, without a network. Where the machine has none to give, tests/lab/with-vsock runs
this on one that has."""
import socket
import subprocess
import time


import oci
import pytest
from gi.repository import GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from service import NAME, TIMEOUT_MS, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "vsock")
ARCHIVES = "/var/lib/barevirt/archives"
# A guest on a processor that is emulated by an emulated processor is not quick.
PATIENCE = 1800
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: {name}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    cpu:
      model: qemu64
    memory:
      guest: 96Mi
    firmware:
      kernelBoot:
        kernelArgs: "{line}"
        container: {{image: "oci:{archives}/guest:1", kernelPath: /boot/vmlinuz, initrdPath: /boot/initrd}}
    devices:
      autoattachVSOCK: true
      autoattachGraphicsDevice: false
      autoattachMemBalloon: false
      autoattachPodInterface: false
"""
SSH = ["-t", "-F", "-t", "none", "-t", "-oStrictHostKeyChecking=accept-new", "--known-hosts", "/run/known", "-t", "-oBatchMode=yes",
       "-t", "-oIdentitiesOnly=yes", "-i", "/run/key"]


def make_archive(host, folder):
    """The guest's kernel and initial RAM disk, as an image."""
    files = [oci.entry(f"boot/{name}", folder / name) for name in ("vmlinuz", "initrd")]
    layout = oci.Layout(host.lab.folder / "kernel", [files], compress=False)
    host.run("mkdir", "-p", ARCHIVES)
    host.run("cp", "-r", layout.folder, f"{ARCHIVES}/guest")
    layout.close()


def make_line(host, folder):
    """The guest's command line, with a key to log in by."""
    host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "/run/key")
    key = host.run("cat", "/run/key.pub").stdout.strip().replace(" ", ",")
    return f"{(folder / 'cmdline').read_text().strip()} rdinit=/sbin/vsock-init vsock.key={key}"


@pytest.fixture(scope="module", name="line")
def fixture_line(host):
    folder = host.lab.guest("vsock")
    make_archive(host, folder)
    return make_line(host, folder)


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """The service on a host that has vhost-vsock."""
    host.run("test", "-c", "/dev/vhost-vsock")
    service = HostService(host, build_folder, settings=SETTINGS + f"VSOCK=true\n[images]\nfolders={ARCHIVES}\n")
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service, line):
    """The service with a guest that listens."""
    service.apply(MANIFEST.format(name="vsock", line=line, archives=ARCHIVES))
    service.wait_for_property(VMI, INSTANCE, "Phase", lambda phase: phase == "Running", timeout=PATIENCE)

    def answer():
        try:
            return open_port(service, 22)
        except GLib.Error as error:
            assert "cannot be reached (vsock: " in error.message
            return None

    wait_until(answer, PATIENCE, "the guest's secure shell").close()
    return service


def open_port(service, port, **options):
    reply, fds = service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", "OpenPort", GLib.Variant("(ua{sv})", (port, options)), None, 0, TIMEOUT_MS, None, None)
    connection = socket.socket(fileno=fds.get(reply.unpack()[0]))
    connection.settimeout(PATIENCE)
    return connection


def get_cid(service, path=VMI):
    return service.get(path, INSTANCE, "Resources")["vsockCid"]


def read_all(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("port", [1234, 70000])
def test_port_gives_back_what_it_gets(guest, port):
    with open_port(guest, port) as connection:
        data = bytes(range(256)) * 64
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == data


def test_context_id_is_told(guest):
    cid = get_cid(guest)
    assert cid >= 65536
    assert f"<cid auto='no' address='{cid}'/>" in guest.host.virsh("dumpxml", "default_vsock")
    assert f"VSOCKCID: {cid}\n" in guest.barevirt("get", "vmi", "vsock", "-o", "yaml").stdout


def test_nobody_listens(guest):
    for via in ({}, {"via": GLib.Variant("s", "vsock")}):
        with pytest.raises(GLib.Error, match=r"port 2223 of VirtualMachineInstance default/vsock cannot be reached \(vsock: nobody"):
            open_port(guest, 2223, **via)
    with pytest.raises(GLib.Error, match="no address that this host knows to be its"):
        open_port(guest, 1234, via=GLib.Variant("s", "network"))


def test_port_is_carried(guest):
    carried = guest.host.run("barevirt", "port-forward", "--stdio", "--via=vsock", "vsock", "70000", input="there and back\n",
                             timeout=PATIENCE)
    assert carried.stdout == "there and back\n"


def test_port_is_forwarded(guest):
    process = guest.host.popen("barevirt", "port-forward", "vsock", "0:1234", stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().split()[2].rstrip(",")
        assert guest.host.run("busybox", "nc", "127.0.0.1", port, input="one\n", timeout=PATIENCE).stdout == "one\n"
    finally:
        process.terminate()
        process.wait(60)


def test_ssh(guest):
    ran = guest.barevirt("ssh", *SSH, "root@vmi/vsock", "--", "cat /proc/net/route; hostname; exit 7", check=False, timeout=PATIENCE)
    assert (ran.returncode, ran.stdout.splitlines()[1:]) == (7, ["(none)"]), ran.stderr


def test_service_that_starts_again_knows_the_context_id(guest):
    cid = get_cid(guest)
    assert guest.stop() == 0
    guest.start()
    guest.wait_for_property(VMI, INSTANCE, "Resources", lambda resources: resources.get("vsockCid") == cid)
    with open_port(guest, 1234) as connection:
        connection.sendall(b"again")
        assert connection.recv(5, socket.MSG_WAITALL) == b"again"


def signal_guest(guest, name):
    guest.host.run("sh", "-c", f"kill -{name} $(cat /run/libvirt/qemu/default_vsock.pid)")


def test_guest_that_does_not_answer(guest):
    """As one does that has no driver for its vsock."""
    begin = time.monotonic()
    # Not paused: to one that is, the service says so at once.
    signal_guest(guest, "STOP")
    try:
        with pytest.raises(GLib.Error, match=r"\(vsock: Connection timed out\)"):
            open_port(guest, 1234)
        assert time.monotonic() - begin >= 10
    finally:
        signal_guest(guest, "CONT")
