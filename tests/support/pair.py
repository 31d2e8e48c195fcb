# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two private libvirt hosts with barevirtd, that know each other, and the link between them."""
import contextlib
import socket
import subprocess
import threading

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
        self._asked = None
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
                for arguments in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pump, args=arguments, daemon=True).start()

    def _moment(self, data, forth):
        if forth:
            for method in ANSWERS:
                if method.encode() + b"\0" in data:
                    self._asked = method
                    return method
            return None
        asked, self._asked = self._asked, None
        return ANSWERS.get(asked)

    def _pump(self, source, target, forth):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                action = self.actions.pop(self._moment(data, forth), None)
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
        probe = f"{build_folder}/tests/guest/state-probe"
        self.processes = {
            name: service.host.popen(probe, domain, stdout=subprocess.PIPE, text=True)
            for name, service in pair.services.items()
        }
        self.samples = {name: [] for name in self.processes}
        for name, process in self.processes.items():
            threading.Thread(target=self._read, args=(name, process), daemon=True).start()

    def _read(self, name, process):
        for line in process.stdout:
            before, after, state = line.split()
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

    def close(self):
        for process in self.processes.values():
            process.terminate()
            process.wait(10)
            process.stdout.close()


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

    def close(self):
        for service in self.services.values():
            service.close()
        for relay in self.relays.values():
            relay.close()
