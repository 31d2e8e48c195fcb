# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a guest moves: encrypted, with its disk copied, and by the rules of who asks for it."""
import json
import subprocess
import time

import pytest
from gi.repository import Gio

from lab import wait_until
from pair import Pair
from service import NAME, end, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
MIGRATION = "VirtualMachineInstanceMigration"
GUEST = object_path(INSTANCE, "mover")
CERTIFICATES = "/etc/pki/qemu"

MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: mover}}
spec:
  runStrategy: Always
  template:
    spec:
      evictionStrategy: LiveMigrateIfPossible
      terminationGracePeriodSeconds: 5
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
            - {{name: system, disk: {{bus: virtio}}}}
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes:
        - {{name: system, hostDisk: {{path: {path}, type: DiskOrCreate, capacity: "{size}"}}}}
"""

# Without a disk, on the pod network by a bridge: with that no guest moves.
SMALL = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: Manual
  template:
    spec:
      evictionStrategy: {strategy}
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 32Mi}}
        devices:
          interfaces: [{{name: default, bridge: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
"""

ORDER = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstanceMigration
metadata:
  name: {name}
  annotations: {{barevirt.org/migration-configuration: '{options}'}}
spec: {{vmiName: mover, addedNodeSelector: {{kubernetes.io/hostname: {target}}}}}
"""

# Nobody listens there.
LOST = """\
[host lost]
address=ssh://root@127.0.0.1:1
libvirt-uri=qemu+tcp://lost/system
"""

# It remembers, counts on its disk, and writes to its memory faster than that is sent.
WORK = """\
head -c 8388608 /dev/urandom >/tmp/memory; md5sum </tmp/memory >/tmp/sum
(n=0; while :; do n=$((n+1)); echo $n >>/data/ticks; sync; sleep 0.05; done) >/dev/null 2>&1 </dev/null &
"""
DIRT = """\
(while :; do head -c 16777216 /dev/urandom >/tmp/dirt; done) >/dev/null 2>&1 </dev/null & echo $! >/tmp/dirt.pid
"""
CHECK = "[ \"$(md5sum </tmp/memory)\" = \"$(cat /tmp/sum)\" ] && awk '$1 != NR {exit 1}' /data/ticks && echo right"


SSH_CLIENT = """\
Host a b
  IdentityFile /etc/ssh/test-client
  IdentitiesOnly yes
  UserKnownHostsFile none
"""
SSH_SERVER = """\
Port {port}
ListenAddress {address}
HostKey /etc/ssh/test-host
AuthorizedKeysFile /etc/ssh/test-authorized
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
"""


def address(host):
    """On the link between the hosts."""
    return f"10.99.0.{ord(host.name) - ord('a') + 1}"


class Authority:
    """A certificate authority, and the certificates that it makes for hosts."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.make("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem", "-out", "ca-cert.pem",
                  "-days", "2", "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE",
                  "-addext", "keyUsage=critical,keyCertSign")

    def make(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def install(self, host):
        """What QEMU needs of both sides, below the folder that libvirt names to it."""
        for side, use in ("server", "serverAuth"), ("client", "clientAuth"):
            (self.folder / "extensions").write_text(
                f"subjectAltName=DNS:{host.name},IP:{address(host)}\nextendedKeyUsage={use}\n"
                "keyUsage=critical,digitalSignature,keyEncipherment\n", encoding="utf-8")
            self.make("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{side}-key.pem", "-out", f"{side}.csr",
                      "-subj", f"/CN={host.name}")
            self.make("x509", "-req", "-in", f"{side}.csr", "-CA", "ca-cert.pem", "-CAkey", "ca-key.pem",
                      "-CAcreateserial", "-out", f"{side}-cert.pem", "-days", "2", "-extfile", "extensions")
            for name in f"{side}-key.pem", f"{side}-cert.pem":
                host.write(f"{CERTIFICATES}/{name}", (self.folder / name).read_text(encoding="utf-8"))
        host.write(f"{CERTIFICATES}/ca-cert.pem", (self.folder / "ca-cert.pem").read_text(encoding="utf-8"))


class SshServer:
    """Lets the root of other hosts in, to the message bus and no further."""

    def __init__(self, host, port):
        self.host = host
        self.port = port
        self.process = None
        self.public = {name: self._make_key(name) for name in ("host", "client")}
        host.write("/etc/ssh/ssh_config.d/test.conf", SSH_CLIENT)
        host.write("/run/sshd.conf", SSH_SERVER.format(port=port, address=address(host)))
        host.run("install", "-d", "/run/sshd")

    def _make_key(self, name):
        self.host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/etc/ssh/test-{name}")
        return self.host.run("cat", f"/etc/ssh/test-{name}.pub").stdout.strip()

    def admit(self, other):
        """And is known to it."""
        self.host.write("/etc/ssh/test-authorized", f'restrict,command="systemd-stdio-bridge" {other.public["client"]}\n')
        other.host.write("/etc/ssh/ssh_known_hosts", f"[{self.host.name}]:{self.port} {self.public['host']}\n")

    def start(self):
        self.process = self.host.popen("/usr/sbin/sshd", "-D", "-e", "-f", "/run/sshd.conf", stderr=subprocess.DEVNULL)
        wait_until(lambda: f":{self.port} " in self.host.run("ss", "-tln").stdout, 60, "the SSH server")

    def close(self):
        if self.process:
            end(self.process)
            self.process = None


class SecurePair(Pair):
    """Two hosts that take nothing in clear text, speak to each other by ssh, and give away one guest at a time."""

    def __init__(self, lab, build_folder):
        super().__init__(lab, build_folder)
        self.servers = {name: SshServer(service.host, 2200 + ord(name)) for name, service in self.services.items()}
        for name, service in self.services.items():
            other = self.servers[self.other(name)]
            self.servers[name].admit(other)
            path = "/etc/barevirt/barevirt.conf.d/test.conf"
            settings = service.host.run("cat", path).stdout
            settings = settings.replace(f"address=unix:path={self.relays[name].path}", f"address=ssh://root@{other.host.name}:{other.port}")
            settings = settings.replace("insecure=yes\n", "") + "[migration]\nparallelOutboundMigrationsPerNode=1\n"
            service.host.write(path, settings + (LOST if name == "a" else ""))

    def close(self):
        super().close()
        for server in self.servers.values():
            server.close()


@pytest.fixture(scope="module", name="hosts")
def fixture_hosts(lab, build_folder):
    pair = SecurePair(lab, build_folder)
    for server in pair.servers.values():
        server.start()
    pair.start()
    yield pair
    pair.close()


@pytest.fixture(scope="module", name="mover")
def fixture_mover(hosts):
    """A guest that works, on a disk that only its host sees."""
    path = hosts.a.image("mover.img")
    size = int(hosts.a.host.run("stat", "-c", "%s", path).stdout)
    hosts.a.apply(MANIFEST.format(path=path, size=size))
    hosts.a.wait_for_property(GUEST, "GuestAgent", "Hostname", lambda _: True)
    in_guest(hosts.a, WORK)
    return path


def in_guest(service, command):
    return service.host.in_guest("default_mover", command)


def tick(service):
    """The last number that is whole on its disk."""
    return int(in_guest(service, "tail -n 2 /data/ticks | head -n 1"))


def conditions(service):
    return {c["type"]: c for c in service.get(GUEST, INSTANCE, "Conditions")}


def migrate(service, name, target=None, **options):
    """Asks for a migration to the other host, and returns its path."""
    target = target or Pair.other(service.host.name)
    service.apply(ORDER.format(name=name, target=target, options=json.dumps(options)))
    return object_path(MIGRATION, name)


def result(service, path, timeout=150):
    """Its properties when it is over."""
    service.wait_for_property(path, "Migration", "Phase", lambda phase: phase in ("Succeeded", "Failed"), timeout)
    return service.objects()[path][f"{NAME}.Migration"]


def fails(service, name, says, target=None, **options):
    over = result(service, migrate(service, name, target, **options))
    assert over["Phase"] == "Failed"
    assert says in over["Message"], over["Message"]
    assert service.get(GUEST, INSTANCE, "Phase") == "Running"
    before = tick(service)
    wait_until(lambda: tick(service) > before, 60, "the guest to go on")
    return over


def arrives(service, uid):
    """The guest runs there, as it was."""
    service.wait_for_property(GUEST, INSTANCE, "Phase", lambda phase: phase == "Running")
    before = tick(service)
    wait_until(lambda: tick(service) > before + 10, 120, "ticks")
    assert in_guest(service, CHECK).strip() == "right"
    assert service.get(GUEST, "Object", "Uid") == uid


def used_bytes(service, path):
    return 512 * int(service.host.run("stat", "-c", "%b", path).stdout)


def test_unreachable_host_holds_up_no_other_migration(hosts, mover):
    """What failed takes no place of the one that there is, though the target is still to hear of it."""
    hosts.a.apply(SMALL.format(name="other", strategy="None").replace("bridge", "masquerade"))
    hosts.a.barevirt("start", "other")
    hosts.servers["b"].close()
    fails(hosts.a, "unreachable", "Connection refused")
    refused = hosts.a.barevirt("migrate", "other", "--to", "b", check=False)
    assert refused.returncode == 1 and "Connection refused" in refused.stderr, refused.stderr
    hosts.servers["b"].start()
    hosts.a.barevirt("delete", "vm", "other")
    hosts.a.barevirt("delete", "vmim", "unreachable")
    hosts.a.wait_for_gone(object_path(MIGRATION, "unreachable"), "Migration", 120)


def test_lost_host_keeps_no_guest(hosts, mover):
    """The tests below move it elsewhere, though that host has not heard that the guest never comes."""
    fails(hosts.a, "lost", "Connection refused", target="lost")
    refused = hosts.a.barevirt("migrate", "mover", "--to", "lost", check=False)
    assert refused.returncode == 1 and "The host lost has not heard yet" in refused.stderr, refused.stderr


def test_refused_without_certificates(hosts, mover):
    """Nothing travels in clear text by itself; both sides say what to do."""
    assert conditions(hosts.a)["LiveMigratable"]["reason"] == "DisksNotLiveMigratable"
    assert conditions(hosts.a)["StorageLiveMigratable"]["status"] == "True"
    fails(hosts.a, "bare", "/etc/pki/qemu/ca-cert.pem is not there. Put certificates there, or say insecure=yes")


def test_refused_with_certificates_of_another(hosts, mover, tmp_path):
    """What is sent is encrypted: who cannot prove to be the other host gets nothing of it."""
    Authority(tmp_path / "one").install(hosts.a.host)
    Authority(tmp_path / "other").install(hosts.b.host)
    over = fails(hosts.a, "stranger", "")
    assert "certificate" in over["Message"].lower() or "tls" in over["Message"].lower(), over["Message"]


def test_moves_encrypted_with_its_disk(hosts, mover, tmp_path):
    """A disk that the target does not see is copied: what of it is used, and no more."""
    authority = Authority(tmp_path / "authority")
    for service in hosts.services.values():
        authority.install(service.host)
    uid = hosts.a.get(GUEST, "Object", "Uid")
    used = used_bytes(hosts.a, mover)
    path = migrate(hosts.a, "encrypted")
    over = result(hosts.a, path)
    assert over["Phase"] == "Succeeded", over["Message"]
    configuration = over["MigrationState"]["migrationConfiguration"]
    assert configuration["disableTLS"] is False and configuration["completionTimeoutPerGiB"] == 150
    arrives(hosts.b, uid)
    size = int(hosts.b.host.run("stat", "-c", "%s", mover).stdout)
    assert used_bytes(hosts.b, mover) < max(used * 1.5, used + 16 * 1024 * 1024) < size


def test_given_up_when_the_time_is_over(hosts, mover):
    """128 MiB that are always written, by 1 MiB in a second, in five seconds: KubeVirt's completion timeout. Until then
    its progress is told each second."""
    in_guest(hosts.b, DIRT)
    told = []
    subscription = hosts.b.connection.signal_subscribe(
        NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", None, f"{NAME}.Migration", Gio.DBusSignalFlags.NONE,
        lambda *arguments: told.append((arguments[2], arguments[5].unpack()[1])))
    begun = time.monotonic()
    given_up = hosts.b.barevirt("migrate", "mover", "--set", "bandwidthPerMigration=1Mi", "--set", "completionTimeoutPerGiB=5",
                                check=False)
    assert given_up.returncode == 1 and "not completed after 5 seconds" in given_up.stderr, given_up.stderr
    iterate_until(lambda: told and told[-1][1].get("Phase") == "Failed", "the end to be told")
    hosts.b.connection.signal_unsubscribe(subscription)
    counts = [changed["Progress"]["processed"] for _, changed in told if changed.get("Progress", {}).get("processed")]
    # Once in a second; rarer where the machine has no time for it.
    assert 2 <= len(counts) <= 6 + time.monotonic() - begun and counts == sorted(counts), counts
    state = hosts.b.get(told[-1][0], "Migration", "MigrationState")
    assert state["migrationConfiguration"]["bandwidthPerMigration"] == 1 << 20


def migrations(service, vmi):
    """The properties of those of a guest, by their paths."""
    found = {path: interfaces.get(f"{NAME}.Migration") for path, interfaces in service.objects().items()}
    return {path: values for path, values in found.items() if values and values["VmiName"] == vmi}


def test_waits_until_others_have_moved(hosts, mover):
    """More than one at a time is more than the settings allow. Who deletes a migration takes it back."""
    hosts.b.apply(SMALL.format(name="second", strategy="None").replace("bridge", "masquerade"))
    hosts.b.barevirt("start", "second")
    before = set(migrations(hosts.b, "mover"))
    hosts.b.barevirt("migrate", "mover", "--no-wait", "--set", "bandwidthPerMigration=1Mi")
    (slow,) = set(migrations(hosts.b, "mover")) - before
    hosts.b.wait_for_property(slow, "Migration", "Phase", lambda phase: phase == "Running")
    hosts.b.barevirt("migrate", "second", "--no-wait")
    (waiting,) = migrations(hosts.b, "second")
    wait_until(lambda: "allows no more" in hosts.b.barevirt("describe", "vmi", "second").stdout, 60, "the reason to be told")
    assert hosts.b.get(waiting, "Migration", "Phase") == "Pending"
    hosts.b.barevirt("delete", "vmim", hosts.b.get(slow, "Object", "Name"))
    over = result(hosts.b, waiting)
    assert over["Phase"] == "Succeeded", over["Message"]
    hosts.b.wait_for_gone(slow, "Migration")
    assert hosts.b.get(GUEST, INSTANCE, "Phase") == "Running"
    hosts.a.barevirt("delete", "vm", "second")


def test_stopped_to_complete(hosts, mover):
    """Who allows post-copy allows that the work is disturbed: the guest is stopped, and goes on at the target."""
    uid = hosts.b.get(GUEST, "Object", "Uid")
    path = migrate(hosts.b, "stopped", bandwidthPerMigration="24Mi", completionTimeoutPerGiB=8, allowPostCopy=True,
                   maxDowntimeMs=10, allowAutoConverge=True)
    over = result(hosts.b, path, 240)
    assert over["Phase"] == "Succeeded", over["Message"]
    assert over["MigrationState"]["mode"] in ("Paused", "PreCopy")
    configuration = over["MigrationState"]["migrationConfiguration"]
    assert (configuration["allowPostCopy"], configuration["allowWorkloadDisruption"]) == (True, True)
    in_guest(hosts.a, "kill $(cat /tmp/dirt.pid)")
    arrives(hosts.a, uid)


def test_wrong_options_are_refused(hosts, mover):
    fails(hosts.a, "wrong", "maxDowntimeMs must be", maxDowntimeMs=0)
    fails(hosts.a, "clear", "can only be set for the whole host", disableTLS=True)
    before = {path for path, interfaces in hosts.a.objects().items() if f"{NAME}.Migration" in interfaces}
    for setting, says in ("maxDowntimeMs=0", "maxDowntimeMs must be"), ("maxDowntimeMs", "write --set NAME=VALUE"), ("speed=1", "speed"):
        refused = hosts.a.barevirt("migrate", "mover", "--to", "b", "--set", setting, check=False)
        assert refused.returncode == (1 if "=" in setting else 2) and says in refused.stderr, refused.stderr
    assert before == {path for path, interfaces in hosts.a.objects().items() if f"{NAME}.Migration" in interfaces}


def test_drain(hosts, mover):
    """Each guest by its eviction strategy; the host must be named rightly."""
    others = {"stays": "External", "stops": "None", "stops-too": "LiveMigrateIfPossible", "blocked": "LiveMigrate"}
    for name, strategy in others.items():
        hosts.a.apply(SMALL.format(name=name, strategy=strategy))
        hosts.a.barevirt("start", name)
    for name in others:
        hosts.a.wait_for_property(object_path(INSTANCE, name), INSTANCE, "Phase", lambda phase: phase == "Running")
    wrong = hosts.a.barevirt("drain", "b", check=False)
    assert wrong.returncode != 0 and "This host is “a”, not “b”" in wrong.stderr
    drained = hosts.a.barevirt("drain", "a", "--to", "b", check=False, timeout=300)
    assert drained.returncode != 0
    assert "virtualmachineinstance/stays stays: its eviction strategy is External" in drained.stderr
    assert "virtualmachineinstance/blocked stays: VirtualMachineInstance default/blocked cannot move to another host" in drained.stderr
    assert "InterfaceNotLiveMigratable" in drained.stderr
    assert "virtualmachineinstance/mover moved" in drained.stdout
    assert in_guest(hosts.b, CHECK).strip() == "right"
    for name, left in {"stays": "Running", "blocked": "Running", "stops": "Stopped", "stops-too": "Stopped"}.items():
        hosts.a.wait_for_property(object_path("VirtualMachine", name), "VirtualMachine", "PrintableStatus", left.__eq__)
