# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long calls on a bus take, one after the other for as long as it is asked, in a process of its own: another thread of
Python would hold them up.

    latency.py ADDRESS PID [LABEL NAME PATH INTERFACE METHOD OPTIONS]..., OPTIONS as GVariant's text

Prints a line `LABEL SECONDS BUSY QUEUED` for each call once its standard input ends. Errors are answers, too. BUSY is for
how many seconds of that a thread of the service PID ran that answers calls, the busiest of them; QUEUED for how many
somebody on the call's way (this process, the bus, those threads) could have run and had no processor. PID is 0 where
that is not to be told.
"""
import os
import pathlib
import subprocess
import sys
import threading
import time

from gi.repository import Gio, GLib

PAUSE_SECONDS = 0.005


class Latency:
    """CALLS are [(label, name, path, interface, method, options)]."""

    def __init__(self, address, calls, pid=0):
        arguments = [sys.executable, "-B", __file__, address, str(pid), *(part for call in calls for part in call)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.busy, self.held = {}, {}
        assert self.process.stdout.readline() == "begun\n"

    def stop(self):
        """{label: [seconds, sorted]}; a label's most is in `busy`, and in `held` what it took without QUEUED."""
        output, _ = self.process.communicate("")
        assert self.process.returncode == 0
        took = {}
        for line in output.splitlines():
            label, *figures = line.rsplit(" ", 3)
            seconds, busy, queued = map(float, figures)
            took.setdefault(label, []).append(seconds)
            self.busy[label] = max(self.busy.get(label, 0), busy)
            self.held[label] = max(self.held.get(label, 0), seconds - queued)
        return {label: sorted(times) for label, times in took.items()}


def percentile(times):
    return times[len(times) * 95 // 100]


def find_answering_threads(pid):
    """The main loop, and that of GLib's which reads the bus."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    named = [task for task in tasks.glob("*") if (task / "comm").read_text() == "gdbus\n"]
    return [task / "schedstat" for task in [tasks / str(pid), *named]] if pid else []


def find_peer(connection):
    """Of a bus, which is one thread."""
    return find_answering_threads(connection.get_stream().get_socket().get_credentials().get_unix_pid())


def read_times(threads):
    """How long each ran, and how long it waited for a processor."""
    return [[int(part) / 1e9 for part in thread.read_text().split()[:2]] for thread in threads]


def compare_times(before, after, field):
    return [end[field] - begin[field] for begin, end in zip(before, after)]


def main():
    flags = Gio.DBusConnectionFlags
    connection = Gio.DBusConnection.new_for_address_sync(
        sys.argv[1], flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
    threads = find_answering_threads(int(sys.argv[2]))
    way = threads + find_peer(connection) + find_answering_threads(os.getpid())
    calls = [sys.argv[i:i + 6] for i in range(3, len(sys.argv), 6)]
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    print("begun", flush=True)
    took = []
    while not over.wait(PAUSE_SECONDS):
        for label, name, path, interface, method, options in calls:
            arguments = GLib.Variant.parse(None, options, None, None) if options else None
            before, begin = read_times(way), time.perf_counter()
            try:
                connection.call_sync(name, path, interface, method, arguments, None, 0, 60_000, None)
            except GLib.Error as error:
                if not Gio.DBusError.is_remote_error(error):
                    raise
            seconds = time.perf_counter() - begin
            after = read_times(way)
            busy = max(compare_times(before, after, 0)[:len(threads)], default=0)
            took.append((label, seconds, busy, sum(compare_times(before, after, 1))))
    for label, seconds, busy, queued in took:
        print(f"{label} {seconds:.6f} {busy:.6f} {queued:.6f}")


if __name__ == "__main__":
    main()
