# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hooks on a real start: what the guest itself sees of them."""
import pytest

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import NAME, object_path

INSTANCE = "VirtualMachineInstance"

# As KubeVirt's user guide has it, but for the disk: the script changes the SMBIOS tables.
HOOKED = f"""---
apiVersion: v1
kind: ConfigMap
metadata: {{name: smbios-hook}}
data:
  onDefineDomain.sh: |
    #!/bin/sh
    while [ $# -gt 0 ]; do case "$1" in --domain) domain=$2; shift;; esac; shift; done
    printf '%s' "$domain" | sed 's|</sysinfo>|<baseBoard><entry name="manufacturer">Example Works</entry></baseBoard></sysinfo>|'
  preCloudInitIso.sh: |
    #!/bin/sh
    printf '%s' "$4" | sed 's/before the hook/after the hook/'
---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: hooked
  annotations:
    hooks.kubevirt.io/hookSidecars: '[
      {{"args": ["--version", "v1alpha3"], "configMap": {{"name": "smbios-hook", "key": "onDefineDomain.sh", "hookPath": "/usr/bin/onDefineDomain"}}}},
      {{"args": ["--version", "v1alpha3"], "configMap": {{"name": "smbios-hook", "key": "preCloudInitIso.sh", "hookPath": "/usr/bin/preCloudInitIso"}}}}]'
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 128Mi}}
    devices:
      disks: [{{name: root, disk: {{bus: virtio}}}}, {{name: seed, disk: {{bus: virtio}}}}]
  volumes:
  - {{name: root, hostDisk: {{path: {IMAGES}/hooked.img, type: Disk}}}}
  - {{name: seed, cloudInitNoCloud: {{userData: "#!/bin/sh\\necho before the hook > /run/told"}}}}
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """As something other than systemd would start it: systemd runs the hooks elsewhere."""
    if host.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bwrap", "--unshare-all", "--ro-bind", "/usr",
                "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "/usr/bin/true",
                check=False).returncode:
        pytest.skip("bwrap cannot make namespaces on this host")
    service = HostService(host, build_folder, settings=SETTINGS + "Sidecar=true\n", confined=False)
    service.start()
    yield service
    service.close()


def test_guest_sees_what_the_hooks_made(service):
    service.image("hooked.img")
    service.apply(HOOKED)
    path = object_path(INSTANCE, "hooked")
    service.wait_for_property(path, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    service.host.wait_in_guest("default_hooked", "cat /sys/class/dmi/id/board_vendor", "Example Works")
    service.host.wait_in_guest("default_hooked", "cat /run/told", "after the hook")


def test_hook_of_the_host_that_fails(service):
    service.host.write("/etc/barevirt/hooks.d/50-no", "#!/bin/sh\necho not on my host >&2\nexit 1\n", mode="0755")
    service.image("refused.img")
    service.apply(HOOKED.replace("name: hooked\n", "name: refused\n").replace("hooked.img", "refused.img"))
    path = object_path(INSTANCE, "refused")

    def warnings():
        return [e["message"] for e in service.call(path, "Object", "GetEvents", "(a{sv})", {})[0] if e["type"] == "Warning"]

    message = wait_until(warnings, 60, "the failure of the start")[0]
    assert "/etc/barevirt/hooks.d/50-no failed: not on my host" in message
    assert "default_refused" not in service.host.virsh("list", "--all", "--name")
    service.host.run("rm", "/etc/barevirt/hooks.d/50-no")
    service.wait_for_property(path, INSTANCE, "Phase", lambda phase: phase == "Running")
    service.call(path, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: f"{NAME}.{INSTANCE}" not in service.objects().get(path, {}), 60, "the end of the VMI")
