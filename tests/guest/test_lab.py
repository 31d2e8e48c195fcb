# SPDX-License-Identifier: LGPL-2.1-or-later
"""The private hosts themselves: if these fail, look no further."""
import json
import os
from pathlib import Path

from lab import Lab, run, wait_until


def agent(host, domain, command):
    """What the guest's agent answers, or None while there is none."""
    answer = host.run("virsh", "-q", "qemu-agent-command", domain, json.dumps({"execute": command}), check=False)
    return json.loads(answer.stdout)["return"] if answer.returncode == 0 else None


def processes_with(text):
    """Processes, of any namespace, whose mounts name TEXT."""
    found = []
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if text in table.read_text():
                found.append(table.parent.name)
        except OSError:
            continue  # it ended meanwhile
    return found


def test_guest_boots_and_its_agent_answers(lab, host):
    host.write("/var/lib/direct.xml", lab.run("domain", "direct", "kernel", lab.guest()))
    host.virsh("create", "/var/lib/direct.xml")
    answer = wait_until(lambda: agent(host, "direct", "guest-get-osinfo"), 120, "the agent of 'direct'")
    assert answer["id"] == "barevirt-lab-guest"
    leased = lambda: "192.168.122." in host.virsh("domifaddr", "direct", "--source", "agent")
    wait_until(leased, 60, "the lease of 'direct'")
    assert host.in_guest("direct", "hostname") == "lab-guest\n"
    assert host.take_crashes() == []
    host.run("sh", "-c", "p=$(cat /run/libvirtd.pid); kill -SEGV $p; while kill -0 $p 2>/dev/null; do sleep 0.01; done")
    assert host.in_guest("direct", "hostname") == "lab-guest\n"
    assert host.take_crashes() == ["libvirtd crashed with SIGSEGV"]
    host.virsh("destroy", "direct")


def test_libvirtd_that_was_ended_stays_away(host):
    host.end_libvirtd()
    assert host.run("virsh", "-q", "uri", check=False).returncode != 0
    host.start_libvirtd()
    assert host.take_crashes() == []


def test_host_changes_nothing_outside(host):
    host.write("/etc/barevirt-was-here", "yes\n")
    host.write("/var/lib/barevirt-was-here", "yes\n")
    assert host.run("cat", "/etc/barevirt-was-here").stdout == "yes\n"
    assert not os.path.exists("/etc/barevirt-was-here")
    assert not os.path.exists("/var/lib/barevirt-was-here")


def test_power_cut_keeps_the_disks():
    with Lab() as lab:
        host = lab.host("b")
        host.write("/var/lib/kept", "yes\n")
        host.cut_power()
        wait_until(lambda: not processes_with(str(lab.folder)), 60, "the end of its processes")
        assert lab.host("b").run("cat", "/var/lib/kept").stdout == "yes\n"


def test_nothing_is_left():
    with Lab() as lab:
        lab.host("a")
        lab.host("b")
    assert not lab.folder.exists()
    wait_until(lambda: not processes_with(str(lab.folder)), 60, "the end of their processes")


def test_host_ends_with_its_owner():
    with Lab() as lab:
        lab.host("a")
        lab.let_go()
        wait_until(lambda: not processes_with(str(lab.folder)), 60, "the end of the host")


def test_machine_changes_nothing_outside(lab):
    """It writes where it likes, its kernel is another, with modules that this one may lack, and what it prints comes back."""
    script = """
set -e
modprobe -a vhost_vsock vsock_loopback
ls -1 /dev/vsock /dev/vhost-vsock
cd /usr/share && echo yes >barevirt-was-here && cat barevirt-was-here
uname -r >&2
exit 7
"""
    told = run(lab.command("machine", "bash", "-c", script), check=False, timeout=600)
    assert (told.returncode, told.stdout.split()) == (7, ["/dev/vhost-vsock", "/dev/vsock", "yes"]), told.stderr
    assert told.stderr.strip().endswith("-amd64")
    assert not os.path.exists("/usr/share/barevirt-was-here")
