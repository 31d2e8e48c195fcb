# SPDX-License-Identifier: LGPL-2.1-or-later
"""Container disks on a real registry, and whatever may be wrong with an image or on its way."""
import pytest

from lab import wait_until
from service import object_path

INSTANCE = "VirtualMachineInstance"
CACHE = "/var/lib/barevirt/image-cache"


def manifest(name, image, extra="", memory="128Mi"):
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: {memory}}}
    devices:
      disks:
        - {{name: root, disk: {{bus: virtio}}}}
  volumes:
    - name: root
      containerDisk: {{image: "{image}"{extra}}}
"""


def path(name):
    return object_path(INSTANCE, name)


def wait_for_agent(service, name):
    service.wait_for_property(path(name), "GuestAgent", "OsInfo", lambda info: "prettyName" in info)


def delete(service, name):
    service.call(path(name), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: path(name) not in service.objects(), 30, f"the end of {name}")


def test_guest_boots(service, registry):
    service.apply(manifest("web", registry.name("barevirt/guest:1")))
    wait_for_agent(service, "web")
    delete(service, "web")
