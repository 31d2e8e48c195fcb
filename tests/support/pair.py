# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two private libvirt hosts, each with barevirtd, that know each other."""
from host_service import SETTINGS, HostService

OTHER = """\
[host {name}]
address={address}
libvirt-uri=qemu+tcp://{name}/system
insecure=yes
"""


class Pair:
    """The hosts a and b, and the services on them."""

    def __init__(self, lab, build_folder, settings=SETTINGS):
        hosts = {name: lab.host(name) for name in "ab"}
        self.services = {
            name: HostService(host, build_folder, settings + OTHER.format(
                name=(other := "b" if name == "a" else "a"), address=hosts[other].bus_address))
            for name, host in hosts.items()
        }
        self.a, self.b = self.services.values()

    def start(self):
        for service in self.services.values():
            service.start()

    def close(self):
        for service in self.services.values():
            service.close()
