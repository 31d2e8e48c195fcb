# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's docker-registry, and a server of files, on the loopback of a private host."""
import itertools
import shutil
import subprocess

from lab import wait_until
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
        20, f"port {port} of {host.name}",
    )


class Registry:
    """Serves localhost:PORT on HOST. CREDENTIALS, a (user, password): it answers to nobody else."""

    def __init__(self, host, port=5000, credentials=None):
        self.host = host
        self.port = port
        self.credentials = credentials
        self.folder = f"/run/registry-{port}"
        self.process = None
        host.write(f"{self.folder}/config.yml", self._settings())
        self.start()

    def _settings(self):
        auth = ""
        if self.credentials:
            hashed = self.host.run("htpasswd", "-nbBC", "4", *self.credentials).stdout
            self.host.write(f"{self.folder}/htpasswd", hashed, mode="0600")
            auth = f"auth: {{htpasswd: {{realm: test, path: {self.folder}/htpasswd}}}}\n"
        return (
            "version: 0.1\n"
            "log: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: /var/lib/registry-{self.port}}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.port}'}}\n{auth}"
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

    def push_disk(self, disk, image=GUEST, name="disk/disk.img"):
        """Puts an image with that one disk into the registry, and returns its name there."""
        layout = disk_layout(self.host.lab.folder / f"image-{next(_numbers)}", disk, name)
        try:
            return self.push(layout, image)
        finally:
            layout.close()


class FileServer:
    """Serves the files of a folder as http://localhost:8000/NAME on HOST."""

    def __init__(self, host, port=FILES_PORT):
        self.host = host
        self.folder = host.lab.folder / f"served-{port}"
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
