# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the service tells of a guest's use of the host, against what the guest tells of itself."""
import json
import subprocess

import pytest

from host_service import SETTINGS, HostService
from lab import wait_until
from service import ROOT, object_path

ADDRESS = "127.0.0.1:9177"
VMI = object_path("VirtualMachineInstance", "figures")
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: figures
  labels:
    example.com/tier: "front"
spec:
  terminationGracePeriodSeconds: 0
  domain:
    cpu:
      sockets: 2
    memory:
      guest: 160Mi
    devices:
      disks:
        - name: root
          disk:
            bus: virtio
      interfaces:
        - name: lan
          masquerade: {{}}
  networks:
    - name: lan
      pod: {{}}
  volumes:
    - name: root
      hostDisk:
        path: {path}
        type: Disk
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, SETTINGS + f"[metrics]\nlisten={ADDRESS}\ndirty-rate=true\n")
    service.start()
    service.apply(MANIFEST.format(path=service.image()))
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    yield service
    service.close()


def stats(service):
    return service.call(VMI, "VirtualMachineInstance", "GetStats", "(a{sv})", {})[0]


def scrape(service, accept="text/plain"):
    return service.host.run("curl", "-sSf", "-H", f"Accept: {accept}", f"http://{ADDRESS}/metrics").stdout


def samples(text):
    """{name: {labels: value}}, of the older format."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition("{")
            labels, _, value = rest.rpartition("} ")
            if not rest:
                name, value = line.split()
            found.setdefault(name, {})[labels] = float(value)
    return found


def in_guest(service, command):
    return service.host.in_guest("default_figures", command)


def test_figures_are_those_that_the_guest_tells(service):
    meminfo = {line.split(":")[0]: int(line.split()[1]) for line in in_guest(service, "cat /proc/meminfo").splitlines()}
    told = wait_until(
        lambda: (found if "balloon.available" in (found := stats(service)) else None), 60, "the balloon's figures"
    )
    assert told["balloon.current"] == 160 * 1024
    assert told["balloon.available"] == meminfo["MemTotal"]
    assert abs(told["balloon.usable"] - meminfo["MemAvailable"]) < 24 * 1024
    assert told["vcpu.1.state"] in (1, 2) and "vcpu.2.state" not in told
    assert told["block.0.alias"] == "root" and told["net.0.alias"] == "lan"
    assert told["block.0.capacity"] == int(in_guest(service, "cat /sys/block/vda/size")) * 512
    assert told["cpu.time"] > 0 and told["cpu.affinity"] > 0


def test_written_bytes_are_counted(service):
    before = stats(service)["block.0.wr.bytes"]
    in_guest(service, "dd if=/dev/zero of=/dev/vda bs=1M seek=40 count=4 conv=fsync 2>/dev/null || true")
    wait_until(lambda: stats(service)["block.0.wr.bytes"] >= before + 4 * 2**20, 20, "4 MiB to be counted")


def test_top_tells_what_is_used_in_a_second(service):
    in_guest(service, "(while :; do :; done) >/dev/null 2>&1 & echo $! >/tmp/busy")
    (row,) = json.loads(service.barevirt("top", "--once", "-d", "3", "-o", "json").stdout)["guests"]
    in_guest(service, "kill $(cat /tmp/busy)")
    assert (row["namespace"], row["name"]) == ("default", "figures")
    assert row["cpuNanosecondsPerSecond"] > 100_000_000
    assert row["memoryBytes"] > 32 * 2**20
    table = service.barevirt("top", "--once", "-d", "1").stdout.splitlines()
    assert table[0].split()[:3] == ["NAMESPACE", "NAME", "CPU"] and table[1].split()[:2] == ["default", "figures"]
    assert "No guest runs." in service.barevirt("top", "--once", "-n", "other").stdout
    assert service.barevirt("top", "-o", "json", check=False).returncode == 2


def test_all_figures_come_at_once(service):
    told = service.call(ROOT, "Manager", "GetAllStats", "(a{sv})", {})[0]
    assert list(told) == [VMI] and told[VMI]["net.0.alias"] == "lan"


def test_metrics_pass_promtool(service):
    text = scrape(service)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_metrics_have_the_names_and_values_of_kubevirt(service):
    found = samples(scrape(service))
    host_name = service.get(ROOT, "Manager", "HostName")
    vmi = f'node="{host_name}",namespace="default",name="figures"'
    labels = vmi + ',kubernetes_vmi_label_example_com_tier="front"'
    told = stats(service)
    assert found["kubevirt_vmi_memory_domain_bytes"] == {labels: 160 * 2**20}
    assert found["kubevirt_vmi_memory_available_bytes"] == {labels: told["balloon.available"] * 1024}
    assert found["kubevirt_vmi_storage_write_traffic_bytes_total"][labels + ',drive="root"'] > 4 * 2**20
    assert found["kubevirt_vmi_network_receive_bytes_total"][labels + ',interface="lan"'] > 0
    assert {key.split('id="')[1][0] for key in found["kubevirt_vmi_vcpu_seconds_total"]} == {"0", "1"}
    cpu = found["kubevirt_vmi_cpu_usage_seconds_total"][labels]
    assert abs(cpu - stats(service)["cpu.time"] / 1e9) < 5
    info = list(found["kubevirt_vmi_info"])
    release = in_guest(service, "uname -r").strip()
    assert len(info) == 1 and 'phase="running"' in info[0] and f'guest_os_kernel_release="{release}"' in info[0]
    assert found["barevirt_vmi_phases"] == {f'node="{host_name}",phase="running"': 1}
    address = service.get(VMI, "VirtualMachineInstance", "Addresses")[0]
    assert any(f'address="{address}"' in key for key in found["kubevirt_vmi_status_addresses"])
    assert any('mount_point="/' in key for key in found["kubevirt_vmi_filesystem_capacity_bytes"])


def test_open_metrics_where_the_client_takes_them(service):
    text = scrape(service, "application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    assert "# TYPE kubevirt_vmi_cpu_usage_seconds counter\n" in text
    assert "\nkubevirt_vmi_cpu_usage_seconds_total{" in text


def test_what_the_guest_writes_to_its_memory_is_measured(service):
    found = samples(scrape(service))
    assert list(found["kubevirt_vmi_dirty_rate_bytes_per_second"].values())[0] >= 0
