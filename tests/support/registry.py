# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's docker-registry, and a server of files, on the loopback of a private host."""
import itertools
import shutil
import socket
import subprocess
import threading
from pathlib import Path

from lab import run, wait_until
from oci import disk_layout
from service import end

# What the manifests of a cluster's users name: a container disk, and the same disk as a file.
GUEST = "barevirt/guest:1"
FILES_PORT = 8000

_numbers = itertools.count()


def wait_for_port(host, port):
    """Until something on the host listens there."""
    wanted = f":{port:04X}"
    wait_until(
        lambda: any(
            line.split()[1].endswith(wanted) and line.split()[3] == "0A"
            for line in host.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines()
            if ":" in line.split()[0]
        ),
        60, f"port {port} of {host.name}",
    )


class ThisMachine:
    """What the servers below need of a host, on the machine that runs the tests."""

    name = "this machine"

    def __init__(self, folder):
        self.folder = Path(folder)

    def run(self, *arguments, **options):
        return run(arguments, **options)

    def popen(self, *arguments, **options):
        return subprocess.Popen(arguments, **options)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Registry:
    """Serves localhost:PORT on HOST. CREDENTIALS, a (user, password): it answers to nobody else."""

    def __init__(self, host, port=5000, credentials=None, address="127.0.0.1"):
        self.host = host
        self.port = port
        self.credentials = credentials
        self.address = address
        self.folder = host.folder / f"registry-{port}"
        self.process = None
        self.folder.mkdir()
        (self.folder / "config.yml").write_text(self._settings())
        self.start()

    def _settings(self):
        auth = ""
        if self.credentials:
            hashed = self.host.run("htpasswd", "-nbBC", "4", *self.credentials).stdout
            (self.folder / "htpasswd").write_text(hashed)
            auth = f"auth: {{htpasswd: {{realm: test, path: {self.folder}/htpasswd}}}}\n"
        return (
            "version: 0.1\n"
            "log: {level: warn, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/images}}}}\n"
            f"http: {{addr: '{self.address}:{self.port}'}}\n{auth}"
        )

    def start(self):
        with (self.host.folder / f"registry-{self.port}.log").open("a") as log:
            self.process = self.host.popen(
                "docker-registry", "serve", f"{self.folder}/config.yml", stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for_port(self.host, self.port)

    def stop(self):
        end(self.process)

    def name(self, image):
        """The image's name, as a manifest has it."""
        return f"localhost:{self.port}/{image}"

    def push(self, layout, image):
        """Puts the image of an OCI layout into the registry, and returns its name there."""
        options = ["--dest-creds", ":".join(self.credentials)] if self.credentials else []
        self.host.run(
            "skopeo", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false", *options,
            f"oci:{layout.folder}", f"docker://{self.name(image)}",
        )
        return self.name(image)

    def blob(self, digest):
        """The file of a blob, where the registry keeps it."""
        sum_ = digest.removeprefix("sha256:")
        return self.folder / "images/docker/registry/v2/blobs/sha256" / sum_[:2] / sum_ / "data"

    def push_disk(self, disk, image=GUEST, name="disk/disk.img"):
        """Puts an image with that one disk into the registry, and returns its name there."""
        layout = disk_layout(self.host.folder / f"image-{next(_numbers)}", disk, name)
        try:
            return self.push(layout, image)
        finally:
            layout.close()


class Way:
    """The way to a registry: passes on what it hears, counts it, and may be cut, or hang."""

    def __init__(self, port):
        self.target = port
        self.connections = 0
        self.most = None  # bytes that come from the registry on a connection, before it ...
        self.hangs = False  # ... hangs, rather than ends
        self._let_go = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self, most, hangs=False):
        self._let_go.clear()
        self.most, self.hangs = most, hangs

    def mend(self):
        self.most = None
        self._let_go.set()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source, target, counts):
        passed = 0
        try:
            while data := source.recv(16384):
                if counts and self.most is not None and passed + len(data) > self.most:
                    target.sendall(data[: self.most - passed])
                    if self.hangs:
                        self._let_go.wait(60)
                    break
                target.sendall(data)
                passed += len(data)
        except OSError:
            pass  # the other half has ended it
        for end_ in (source, target):
            try:
                end_.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed

    def close(self):
        self._let_go.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class FileServer:
    """Serves the files of a folder as http://localhost:8000/NAME on HOST."""

    def __init__(self, host, port=FILES_PORT):
        self.host = host
        self.folder = host.folder / f"served-{port}"
        self.folder.mkdir()
        with (host.folder / f"served-{port}.log").open("a") as log:
            self.process = host.popen(
                "python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(self.folder), str(port),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        wait_for_port(host, port)

    def add(self, path, name):
        shutil.copyfile(path, self.folder / name)

    def stop(self):
        end(self.process)
        shutil.rmtree(self.folder)
