# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service whose guests boot from container images."""
import json
from pathlib import Path

from lab import wait_until
from service import Service, object_path

INSTANCE = "VirtualMachineInstance"
SETTINGS = """\
[hypervisor]
allow-emulation=true
[images]
folders={folder}/archives
disk-bytes=8388608
stall-seconds={stall}
cache-bytes={cache}
"""


class Images(Service):
    """The service, and what there is to tell of its images."""

    def configure(self, stall=60, cache=1 << 30):
        self.config.write_text(SETTINGS.format(folder=self.folder, stall=stall, cache=cache))
        (self.folder / "archives").mkdir(exist_ok=True)

    def boot(self, name, image, kernel_boot=None, **source):
        """Applies a VMI with that container disk, and returns its jobs."""
        disk = {"image": image, **source}
        spec = {
            "terminationGracePeriodSeconds": 0,
            "domain": {
                "memory": {"guest": "64Mi"}, "devices": {"disks": [{"name": "root", "disk": {"bus": "virtio"}}]},
                **({"firmware": {"kernelBoot": kernel_boot}} if kernel_boot else {}),
            },
            "volumes": [{"name": "root", "containerDisk": disk}],
        }
        manifest = {"apiVersion": "kubevirt.io/v1", "kind": INSTANCE, "metadata": {"name": name}, "spec": spec}
        return self.apply(json.dumps(manifest))[1]

    def runs(self, name):
        self.wait_for(object_path(INSTANCE, name), INSTANCE, "Phase", "Running")

    def failure(self, name):
        """The (reason, message) for which the VMI waits."""

        def told():
            found = [
                c for c in self.get(object_path(INSTANCE, name), INSTANCE, "Conditions") if c["type"] == "Synchronized"
            ]
            return found and (found[0]["reason"], found[0]["message"])

        return wait_until(told, 60, f"the failure of {name}")

    def delete(self, name):
        path = object_path(INSTANCE, name)
        self.call(path, "Object", "Delete", "(a{sv})", {})
        wait_until(lambda: path not in self.objects(), 60, f"the end of {name}")

    def disks(self, name):
        """The VMI's folder of disks."""
        return self.folder / "state" / "volumes" / self.get(object_path(INSTANCE, name), "Object", "Uid")

    def base(self, name):
        return (self.disks(name) / "root.base").read_bytes()

    def cached(self):
        """What is in the cache, but for the folders and the lock."""
        cache = self.folder / "state" / "image-cache"
        return sorted(str(p.relative_to(cache)) for p in cache.rglob("*") if p.is_file() and p.name != "lock")

    def transient(self):
        """What should last no longer than a pull."""
        return [p for p in self.cached() if p.startswith("staging")] + [
            str(p) for p in (self.folder / "run" / "registry-credentials").rglob("*") if p.is_file()
        ]

    def children(self):
        """Command lines of the processes that the service has started."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                    found.append((folder / "cmdline").read_bytes().split(b"\0")[:-1])
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended
        return found
