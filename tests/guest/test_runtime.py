# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service's libvirt side (src/runtime, src/agent) with real guests, by runtime-probe."""
import queue
import re
import subprocess
import threading
import time

import pytest

from lab import wait_until

SERIAL = "/run/barevirt-test/{}/virt-serial0"


class Probe:
    """A runtime-probe on a host: commands in, lines out."""

    def __init__(self, host, build_folder):
        self.process = host.popen(str(build_folder / "tests" / "guest" / "runtime-probe"), "qemu:///system",
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seen = []
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait("^connected$")

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, pattern, timeout=60):
        """The first line from now on that matches; those before it are passed over."""
        end = time.monotonic() + timeout
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"no line like '{pattern}' within {timeout} s, but: {self.seen[-20:]}") from None
            if line is None:
                raise AssertionError(f"the probe ended before '{pattern}'; it said: {self.seen[-20:]}")
            self.seen.append(line)
            if match := re.search(pattern, line):
                return match

    def wait_output(self, text, timeout=60):
        """Until the guest has written TEXT to its console, in however many pieces."""
        output = ""
        while text not in output:
            output += self.wait("^data (.*)$", timeout)[1].encode().decode("unicode_escape")

    def ask(self, command, pattern, timeout=60):
        self.say(command)
        return self.wait(pattern, timeout)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0
        self._reader.join(60)
        self.process.stdout.close()


@pytest.fixture(name="probe")
def fixture_probe(host, build_folder):
    probe = Probe(host, build_folder)
    yield probe
    probe.close()


def define(lab, host, name):
    """A guest with the serial port that KubeVirt gives it."""
    host.run("install", "-d", "-m", "0777", SERIAL.format(name).rsplit("/", 1)[0])
    xml = lab.run("domain", name, "kernel", lab.guest()).replace(
        "<serial type='pty'/>", f"<serial type='unix'><source mode='bind' path='{SERIAL.format(name)}'/></serial>")
    host.write(f"/var/lib/{name}.xml", xml)
    host.virsh("define", f"/var/lib/{name}.xml")


def undefine(host, name):
    host.virsh("destroy", name, check=False)
    host.virsh("undefine", name)


def stop_agent(probe):
    """Makes the agent hang: by the console, as the agent cannot tell of its own end."""
    probe.say(r"type kill -STOP $(pidof qemu-ga); echo st''opped\n")
    probe.wait_output("stopped\r\n")


def test_guest_from_start_to_end(lab, host, probe):
    define(lab, host, "one")
    host.virsh("start", "one")
    probe.wait("event started one")
    probe.say("agent one")
    probe.ask("console one", "console connected=1")
    probe.wait_output("lab-guest is up")
    probe.wait("event agent-connected one")
    told = probe.wait(r"agent one connected=1 responsive=1 os=(\S+) hostname=(\S+) addresses=(\S*192\.168\.122\.\S+)")
    assert told[1] == "barevirt-lab-guest"
    assert told[2] == "lab-guest"
    probe.ask("ping one", "ping one ok")

    # The console is the guest's shell, for typing and for reading.
    probe.say(r"type echo $((6 * 7))-answer\n")
    probe.wait_output("42-answer")

    # A paused guest is asked nothing; a shutdown with time enough is the guest's own.
    host.virsh("suspend", "one")
    probe.wait("event suspended one")
    probe.ask("state one", "state one Paused User")
    host.virsh("resume", "one")
    probe.wait("event resumed one")
    probe.ask("shutdown one 60", "shutdown asked")
    probe.wait("shutdown finished", 120)
    probe.ask("state one", "state one Shutoff Shutdown")

    # The same console for the next start.
    host.virsh("start", "one")
    probe.wait("console connected=1")
    probe.wait_output("lab-guest is up")
    undefine(host, "one")


def test_agent_that_hangs_and_returns(lab, host, probe):
    define(lab, host, "hangs")
    host.virsh("start", "hangs")
    probe.say("agent hangs")
    probe.ask("console hangs", "console connected=1")
    probe.wait_output("# ")
    probe.wait("agent hangs connected=1 responsive=1")
    stop_agent(probe)
    probe.wait("agent hangs connected=1 responsive=0")
    probe.ask("ping hangs", "error .*not")
    probe.say(r"type kill -CONT $(pidof qemu-ga)\n")
    probe.wait("agent hangs connected=1 responsive=1", 60)

    # One that goes for good.
    probe.say(r"type kill $(pidof qemu-ga)\n")
    probe.wait("event agent-disconnected hangs")
    probe.wait("agent hangs connected=0 responsive=0")
    undefine(host, "hangs")


def test_guest_that_will_not_stop(lab, host, probe):
    define(lab, host, "stays")
    host.virsh("start", "stays")
    # Before there is anyone in the guest to hear the power button.
    began = time.monotonic()
    probe.ask("shutdown stays 1", "shutdown asked")
    probe.wait("shutdown killed")
    probe.wait("shutdown finished")
    assert 1 <= time.monotonic() - began < 30
    probe.ask("state stays", "state stays Shutoff Destroyed")
    undefine(host, "stays")


def test_qemu_that_hangs_can_be_ended(lab, host, probe):
    """A call that waits for QEMU in vain does not hold up the one that ends it."""
    define(lab, host, "stuck")
    host.virsh("start", "stuck")
    probe.wait("event started stuck")
    host.run("sh", "-c", "kill -STOP $(cat /run/libvirt/qemu/stuck.pid)")
    probe.say("suspend stuck")
    probe.ask("shutdown stuck 0", "shutdown killed")
    probe.wait("shutdown finished")
    probe.ask("state stuck", "state stuck Shutoff Destroyed")
    undefine(host, "stuck")


def answers(host, name):
    ping = '{"execute": "guest-ping"}'
    return host.run("virsh", "-q", "qemu-agent-command", name, "--timeout", "1", ping, check=False).returncode == 0


def test_libvirtd_restarts(lab, host, probe):
    """libvirtd dies and comes back; QEMU lives on."""
    define(lab, host, "lives")
    host.virsh("start", "lives")
    probe.say("agent lives")
    probe.wait("agent lives connected=1 responsive=1")

    host.end_libvirtd()
    probe.wait("disconnected ")
    began = time.monotonic()
    probe.ask("state lives", "error .*libvirt.*tried again")
    assert time.monotonic() - began < 15
    host.start_libvirtd()
    probe.wait("^connected$")

    # Calls work, events come, the agent is asked again.
    probe.ask("state lives", "state lives Running")
    if probe.ask("ping lives", "ping lives ok|^error The agent in the guest of lives")[0].startswith("error"):
        # libvirtd had not found the guest's channel again yet.
        probe.wait("agent lives connected=1 responsive=1")
        probe.ask("ping lives", "ping lives ok")
    host.virsh("destroy", "lives")
    probe.wait("event stopped lives")
    undefine(host, "lives")


def test_hung_agents_delay_no_other(lab, host, probe):
    """Six guests whose agents hang; what is asked of a seventh is not delayed, at first nor later."""
    names = [f"hung{number}" for number in range(6)]
    for name in [*names, "seventh"]:
        define(lab, host, name)
        host.virsh("start", name)
        probe.say(f"agent {name}")
    waiting = {*names, "seventh"}
    while waiting:
        waiting -= {probe.wait(r"agent (\S+) connected=1 responsive=1", 240)[1]}

    def ask_seventh():
        """How long it takes."""
        began = time.monotonic()
        probe.ask("ping seventh", "ping seventh ok")
        probe.ask("state seventh", "state seventh Running")
        return time.monotonic() - began

    # An agent that hangs is given up after five seconds.
    patience = max(1, 5 * max(ask_seventh() for _ in range(5)))
    for name in names:
        host.begin_in_guest(name, "sleep 1; kill -STOP $(pidof qemu-ga)")
    for name in names:
        wait_until(lambda: not answers(host, name), 60, f"the end of the agent of '{name}'")

    for _ in range(3):
        for name in names:
            probe.say(f"ping {name}")
        assert ask_seventh() < patience
    # Some may have failed by now, while the seventh was asked.
    if not any(re.search("error .*agent", line) for line in probe.seen):
        probe.wait("error .*agent")
    assert ask_seventh() < patience
    for name in [*names, "seventh"]:
        undefine(host, name)
