# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two private libvirt hosts with barevirtd, that know each other, and the link between them."""
import contextlib
import mmap
import os
import socket
import subprocess
import threading
import time

from host_service import SETTINGS, HostService

METRICS = "/run/barevirt/metrics.sock"
OTHER = f"""\
[metrics]
listen={METRICS}
""" + """\
[host {name}]
address=unix:path={path}
libvirt-uri=qemu+tcp://{name}/system
insecure=yes
"""

ANSWERS = {"Prepare": "prepared", "Finish": "finished", "Abort": "aborted"}


class Relay:
    """A socket that is the bus of another host, as long as the link to it is there. It knows the moments of a hand-over
    by what passes through it, and does what the test wants at one of them, before that passes on."""

    def __init__(self, path, bus):
        self.path = str(path)
        self.bus = bus
        self.is_open = True
        self.actions = {}
        self._sockets = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def at(self, moment, action):
        """ACTION is called once, at one of: Prepare, prepared, Finish, finished, Abort, aborted."""
        self.actions[moment] = action

    def cut(self):
        self.is_open = False
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_open = True

    def close(self):
        self.cut()
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self.is_open:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self.bus)
                except OSError:
                    client.close()
                    continue
                self._sockets |= {client, server}
                asked = []
                for arguments in ((client, server, asked, True), (server, client, asked, False)):
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    @staticmethod
    def _moment(data, asked, forth):
        if forth:
            for method in ANSWERS:
                if method.encode() + b"\0" in data:
                    asked.append(method)
                    return method
        return ANSWERS[asked.pop()] if asked and not forth else None

    def _pump(self, source, target, asked, forth):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                action = self.actions.pop(self._moment(data, asked, forth), None)
                if action:
                    action()
                if not self.is_open:
                    break
                target.sendall(data)
        for one in (source, target):
            self._sockets.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
                one.close()


class Watch:
    """Sees ten times in a second on which host a domain runs."""

    def __init__(self, pair, domain, build_folder):
        self.pair = pair
        self.command = (f"{build_folder}/tests/guest/state-probe", domain)
        self.processes = {}
        self.samples = {name: [] for name in pair.services}
        for name in pair.services:
            self.follow(name)

    def follow(self, name):
        """Looks at a host, which has come up."""
        process = self.pair.services[name].host.popen(*self.command, stdout=subprocess.PIPE, text=True)
        self.processes[name] = process
        threading.Thread(target=self._read, args=(name, process), daemon=True).start()

    def power_is_off(self, name):
        """Nothing runs on a host whose power is about to go, until it is followed again."""
        self._end(self.processes.pop(name))
        now = time.monotonic()
        self.samples[name].append((now, now, "off"))

    def forget(self):
        """What was seen before."""
        for samples in self.samples.values():
            del samples[:-1]

    def _read(self, name, process):
        with process.stdout:
            for line in process.stdout:
                before, after, state = line.split()
                if self.processes.get(name) is process:
                    self.samples[name].append((float(before), float(after), state))

    def state(self, name):
        return self.samples[name][-1][2] if self.samples[name] else "-"

    def running(self, name):
        """The times through which it ran there: of each, its first and its last sight."""
        spans = []
        ran = False
        for before, after, state in list(self.samples[name]):
            if state == "running" and ran:
                spans[-1][1] = before
            elif state == "running":
                spans.append([after, after])
            if state != "-":  # a libvirtd that is away does not stop a guest
                ran = state == "running"
        return spans

    def overlaps(self):
        """When it ran on both hosts: never, if all is well."""
        return [
            (one, other) for one in self.running("a") for other in self.running("b")
            if max(one[0], other[0]) < min(one[1], other[1])
        ]

    def gap(self):
        """For how long it ran nowhere, at the last change of hosts, as far as the samples tell."""
        ends = sorted((*span, name) for name in self.samples for span in self.running(name))
        return ends[-1][0] - ends[-2][1] if len(ends) > 1 else None

    @staticmethod
    def _end(process):
        process.terminate()
        process.wait(60)

    def close(self):
        for process in self.processes.values():
            self._end(process)


class Counter:
    """Sees ten times in a second how far a guest has counted on a disk of its own, which all hosts share."""

    def __init__(self, device):
        self.samples = []
        self._file = os.open(device, os.O_RDONLY | os.O_DIRECT)
        self._block = mmap.mmap(-1, 4096)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def read(self):
        os.preadv(self._file, [self._block], 0)
        return int(self._block[:].split(b"\n", 1)[0].strip(b"\0") or 0)

    def _run(self):
        while not self._end.wait(0.1):
            self.samples.append(self.read())

    def forget(self):
        del self.samples[:-1]

    def steps_back(self):
        """Where it was less than before: a second guest counts, or one that has begun anew."""
        samples = list(self.samples)
        return [(one, other) for one, other in zip(samples, samples[1:]) if other < one]

    def close(self):
        self._end.set()
        self._thread.join()
        os.close(self._file)


class Pair:
    """The hosts a and b, and the services on them."""

    def __init__(self, lab, build_folder, settings=SETTINGS):
        hosts = {name: lab.host(name) for name in "ab"}
        self.relays = {}
        self.services = {}
        for name, host in hosts.items():
            other = self.other(name)
            bus = hosts[other].bus_address.removeprefix("unix:path=")
            self.relays[name] = Relay(lab.folder / f"bus-of-{other}", bus)
            self.services[name] = HostService(
                host, build_folder, settings + OTHER.format(name=other, path=self.relays[name].path))
        self.a, self.b = self.services.values()

    @staticmethod
    def other(name):
        return "b" if name == "a" else "a"

    def start(self):
        for service in self.services.values():
            service.start()

    def cut(self):
        """Nothing passes between the hosts any more."""
        for relay in self.relays.values():
            relay.cut()
        self.a.host.run("ip", "link", "set", "to-b", "down")

    def mend(self):
        self.a.host.run("ip", "link", "set", "to-b", "up")
        for relay in self.relays.values():
            relay.mend()

    def restart_libvirt(self):
        """One that has ended by itself, and not by a crash, is started again."""
        for service in self.services.values():
            if service.host.run("sh", "-c", "kill -0 $(cat /run/libvirtd.pid)", check=False).returncode != 0:
                service.host.start_libvirtd()

    def close(self):
        for service in self.services.values():
            service.close()
        for relay in self.relays.values():
            relay.close()
