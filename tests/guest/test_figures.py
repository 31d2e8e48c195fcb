# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the service tells of a guest's use of the host, against what the guest tells of itself."""
import json
import os
import re
import time

import pytest
from gi.repository import GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from metrics import check_against_table, check_with_promtool, find_sample, read_samples
from service import NAME, ROOT, object_path

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


def settle(read, seconds=3):
    """What READ tells when it has told the same for some time: figures of the host are up to a second old."""
    seen = [None, 0]

    def is_same():
        now = read()
        if now != seen[0]:
            seen[:] = [now, time.monotonic()]
        return time.monotonic() - seen[1] >= seconds

    wait_until(is_same, 120, "figures that stay as they are")
    return seen[0]


def stats(service):
    return service.call(VMI, "VirtualMachineInstance", "GetStats", "(a{sv})", {})[0]


def scrape(service, accept="text/plain"):
    return service.host.run("curl", "-sSf", "-H", f"Accept: {accept}", f"http://{ADDRESS}/metrics").stdout


def in_guest(service, command):
    return service.host.in_guest("default_figures", command)


def open_console(service):
    """A descriptor, as a file."""
    reply, fds = service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.VirtualMachineInstance", "OpenConsole", GLib.Variant("(a{sv})", ({},)), None, 0, 60_000, None,
        None)
    return os.fdopen(fds.get(reply.unpack()[0]), "rb")


def read_meminfo(service):
    """In KiB."""
    return {line.split(":")[0]: int(line.split()[1]) for line in in_guest(service, "cat /proc/meminfo").splitlines()}


def read_process(service, file="stat"):
    """A file of the guest's process, as the kernel has it."""
    pid = service.host.run("cat", "/run/libvirt/qemu/default_figures.pid").stdout.strip()
    return service.host.run("cat", f"/proc/{pid}/{file}").stdout


def read_cpu_seconds(stat):
    """In user mode and in the kernel, of the text of a stat file."""
    fields = stat.rpartition(")")[2].split()
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:13]]


def test_memory_is_what_the_guest_tells(service):
    wait_until(lambda: "balloon.available" in stats(service), 60, "the balloon's figures")

    def agree():
        """They are as old as libvirt's last look into the balloon."""
        told, meminfo = stats(service), read_meminfo(service)
        cached = meminfo["Buffers"] + meminfo["Cached"] + meminfo["SwapCached"]
        pairs = [("usable", meminfo["MemAvailable"]), ("unused", meminfo["MemFree"]), ("disk_caches", cached)]
        return all(abs(told[f"balloon.{name}"] - value) < 8 * 1024 for name, value in pairs)

    wait_until(agree, 150, "the guest's memory to be told")
    told = stats(service)
    assert told["balloon.current"] == 160 * 1024
    assert told["balloon.available"] == read_meminfo(service)["MemTotal"]
    assert told["balloon.swap_in"] == told["balloon.swap_out"] == 0
    faults = dict(line.split() for line in in_guest(service, "grep fault /proc/vmstat").splitlines())
    assert told["balloon.major_fault"] <= int(faults["pgmajfault"])
    assert 1000 < told["balloon.minor_fault"] <= int(faults["pgfault"])

    def resident_agrees():
        resident = int(re.search(r"VmRSS:\s+(\d+)", read_process(service, "status"))[1])
        return abs(stats(service)["balloon.rss"] - resident) < resident / 10

    wait_until(resident_agrees, 60, "the resident memory to be told")


def test_time_is_what_the_kernel_counts(service):
    """What is told may be a second old, and lies between what the kernel had counted before and has after."""

    def read_vcpus():
        stat = service.host.run("sh", "-c", "cat /proc/$(cat /run/libvirt/qemu/default_figures.pid)/task/*/stat").stdout
        return [sum(read_cpu_seconds(line)) for line in stat.splitlines() if "(CPU " in line]

    def read_told():
        told = stats(service)
        vcpus = [told[f"vcpu.{number}.time"] / 1e9 for number in range(2)]
        enough = told["cpu.time"] / 1e9 >= least and all(have >= least for have, least in zip(vcpus, least_vcpus))
        return (told, vcpus) if enough else None

    least, least_vcpus = sum(read_cpu_seconds(read_process(service))) - 0.05, [took - 0.05 for took in read_vcpus()]
    assert len(least_vcpus) == 2
    told, vcpus = wait_until(read_told, 60, "the time used to be told")
    user, system = read_cpu_seconds(read_process(service))
    assert told["cpu.time"] / 1e9 <= user + system + 0.05
    assert 0 < told["cpu.user"] / 1e9 <= user + 0.05 and 0 < told["cpu.system"] / 1e9 <= system + 0.05
    assert all(have <= most + 0.05 for have, most in zip(vcpus, read_vcpus()))
    assert told["vcpu.1.state"] in (1, 2) and "vcpu.2.state" not in told


def test_storage_is_what_the_guest_counts(service):
    def read():
        told, disk = stats(service), [int(field) for field in in_guest(service, "cat /sys/block/vda/stat").split()]
        guest = {"rd.bytes": disk[2] * 512, "wr.bytes": disk[6] * 512}
        return {name: told[f"block.0.{name}"] - value for name, value in guest.items()}, guest

    told = stats(service)
    assert told["block.0.alias"] == "root"
    assert told["block.0.capacity"] == int(in_guest(service, "cat /sys/block/vda/size")) * 512
    ahead, before = settle(read)
    in_guest(service, "dd if=/dev/zero of=/dev/vda bs=1M seek=40 count=4 conv=fsync 2>/dev/null || true;"
                      "echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vda of=/dev/null bs=1M count=6 2>/dev/null")
    # What the firmware read is counted before, and by one side only.
    wait_until(lambda: read()[0] == ahead, 60, "both to have counted the same")
    after = read()[1]
    assert after["wr.bytes"] - before["wr.bytes"] >= 4 * 2**20 and after["rd.bytes"] - before["rd.bytes"] >= 6 * 2**20


def test_network_is_what_the_guest_counts(service):
    names = {f"{way}_{what}": f"net.0.{way}.{field}" for way in ("rx", "tx") for what, field in
             (("bytes", "bytes"), ("packets", "pkts"))}

    def read():
        told = stats(service)
        counters = in_guest(service, "cd /sys/class/net/eth0/statistics && cat " + " ".join(names)).split()
        return {field: told[field] for field in names.values()}, dict(zip(names, map(int, counters)))

    def agree():
        told_after, after = read()
        counted = {name: after[name] - before[name] for name in names}
        # A few frames of others may have passed in between.
        return counted if all(abs(told_after[field] - told[field] - counted[name]) <= counted[name] / 10
                              for name, field in names.items()) else None

    assert stats(service)["net.0.alias"] == "lan"
    gateway = service.host.wait_in_guest("default_figures", "ip route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p'", bool)
    told, before = settle(read)
    in_guest(service, f"ping -q -c 20 -i 0.1 -s 1000 {gateway}")
    counted = wait_until(agree, 60, "both to have counted the same")
    assert all(count >= (20_000 if name.endswith("bytes") else 20) for name, count in counted.items()), counted


def test_top_tells_what_is_used_in_a_second(service):
    in_guest(service, "(while :; do :; done) >/dev/null 2>&1 & echo $! >/tmp/busy")


    def is_busy():
        """Other work of the machine may leave it little."""
        (row,) = json.loads(service.barevirt("top", "--once", "-d", "3", "-o", "json").stdout)["guests"]
        return row if row["cpuNanosecondsPerSecond"] > 100_000_000 else None

    row = wait_until(is_busy, 120, "a second with much work")
    in_guest(service, "kill $(cat /tmp/busy)")
    assert (row["namespace"], row["name"]) == ("default", "figures")
    assert row["memoryBytes"] > 32 * 2**20
    table = service.barevirt("top", "--once", "-d", "1").stdout.splitlines()
    assert table[0].split()[:3] == ["NAMESPACE", "NAME", "CPU"] and table[1].split()[:2] == ["default", "figures"]
    assert "No guest runs." in service.barevirt("top", "--once", "-n", "other").stdout
    assert service.barevirt("top", "-o", "json", check=False).returncode == 2


def test_all_figures_come_at_once(service):
    told = service.call(ROOT, "Manager", "GetAllStats", "(a{sv})", {})[0]
    assert list(told) == [VMI] and told[VMI]["net.0.alias"] == "lan"


def test_metrics_pass_promtool(service, build_folder):
    check_with_promtool(scrape(service))
    # What QEMU and an agent tell, beside the host.
    wait_until(lambda: len(check_against_table(scrape(service), build_folder)) > 50, 60, "what an agent tells")


def test_metrics_have_the_names_and_values_of_kubevirt(service):
    address = service.wait_for_property(VMI, "VirtualMachineInstance", "Addresses", bool)[0]
    wait_until(lambda: "kubevirt_vmi_filesystem_capacity_bytes" in scrape(service), 60, "what the agent tells")
    before, text = stats(service), scrape(service)
    found = read_samples(text)
    host_name = service.get(ROOT, "Manager", "HostName")
    labels = {"node": host_name, "namespace": "default", "name": "figures", "kubernetes_vmi_label_example_com_tier": "front"}
    told = stats(service)
    assert found["kubevirt_vmi_memory_domain_bytes"] == [(labels, 160 * 2**20)]
    assert found["kubevirt_vmi_memory_available_bytes"] == [(labels, told["balloon.available"] * 1024)]
    assert find_sample(text, "kubevirt_vmi_storage_write_traffic_bytes_total", drive="root", **labels) > 4 * 2**20
    assert find_sample(text, "kubevirt_vmi_network_receive_bytes_total", interface="lan", **labels) > 0
    assert {has["id"] for has, _value in found["kubevirt_vmi_vcpu_seconds_total"]} == {"0", "1"}
    used = find_sample(text, "kubevirt_vmi_cpu_usage_seconds_total", **labels)
    assert before["cpu.time"] / 1e9 - 1 <= used <= stats(service)["cpu.time"] / 1e9 + 1
    release = in_guest(service, "uname -r").strip()
    assert find_sample(text, "kubevirt_vmi_info", phase="running", guest_os_kernel_release=release, evictable="true") == 1
    assert found["barevirt_vmi_phases"] == [({"node": host_name, "phase": "running"}, 1)]
    assert find_sample(text, "kubevirt_vmi_status_addresses", address=address) == 1
    assert any(has["mount_point"].startswith("/") for has, _value in found["kubevirt_vmi_filesystem_capacity_bytes"])


# In the agent's place, as the one of Debian 12 cannot tell the load: tells what the guest's kernel tells, and keeps it.
LOADED = r"""#!/bin/busybox sh
[ -e /run/asked ] && exec /sbin/qemu-ga.real "$@"
exec 3<>/dev/virtio-ports/org.qemu.guest_agent.0
while read -r line <&3; do
  case $line in
    *guest-sync*) id=${line##*\"id\":}; echo "{\"return\": ${id%%\}*}}" >&3 ;;
    *guest-info*) echo '{"return": {"version": "10.0.0", "supported_commands": [{"name": "guest-get-load", "enabled": true}]}}' >&3 ;;
    *guest-get-load*)
      read -r one five fifteen rest </proc/loadavg
      echo "{\"return\": {\"load1m\": $one, \"load5m\": $five, \"load15m\": $fifteen}}" >&3
      echo "$one $five $fifteen" >/run/asked
      sleep 3
      exit ;;
    *) echo '{"error": {"class": "CommandNotFound", "desc": "unknown"}}' >&3 ;;
  esac
done
"""


def test_load_is_what_the_guest_tells(service):
    """It is asked for as soon as the agent says that it knows the command, and once here."""
    in_guest(service, "mv /sbin/qemu-ga /sbin/qemu-ga.real")
    service.in_guest(VMI, "cat >/sbin/qemu-ga; chmod 755 /sbin/qemu-ga", stdin=GLib.Variant("ay", LOADED.encode()))
    service.host.begin_in_guest("default_figures", "sleep 1; kill -KILL $(pidof qemu-ga.real || pidof qemu-ga)")
    load = service.wait_for_property(VMI, "GuestAgent", "Load", bool)
    told = service.host.wait_in_guest("default_figures", "cat /run/asked", bool)
    assert load == [float(number) for number in told.split()]
    wait_until(lambda: find_sample(scrape(service), "kubevirt_vmi_guest_load_15m", name="figures") is not None, 60, "the load")
    text = scrape(service)
    assert [find_sample(text, f"kubevirt_vmi_guest_load_{minutes}m", name="figures") for minutes in (1, 5, 15)] == load


def test_deprecated_machine_types_are_those_of_qemu(service):
    told = {has["machine_type"] for has, _value in read_samples(scrape(service))["kubevirt_node_deprecated_machine_types"]}
    machines = service.host.run("qemu-system-x86_64", "-M", "help").stdout.splitlines()
    assert told == {line.split()[0] for line in machines if "(deprecated" in line}


def test_who_looks_at_the_console_is_told(service):
    def count():
        return find_sample(scrape(service), "kubevirt_console_active_connections", vmi="figures")

    assert count() == 0 and "kubevirt_vmi_last_api_connection_timestamp_seconds" not in scrape(service)
    begun = int(time.time())
    consoles = [open_console(service) for _ in range(2)]
    wait_until(lambda: count() == 2, 60, "the consoles to be counted")
    assert find_sample(scrape(service), "kubevirt_vmi_last_api_connection_timestamp_seconds", vmi="figures") >= begun
    for console in consoles:
        console.close()
    wait_until(lambda: count() == 0, 60, "the consoles to be closed")


def test_open_metrics_where_the_client_takes_them(service):
    text = scrape(service, "application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    assert "# TYPE kubevirt_vmi_cpu_usage_seconds counter\n" in text
    assert "\nkubevirt_vmi_cpu_usage_seconds_total{" in text


def test_what_the_guest_writes_to_its_memory_is_measured(service):
    def rate():
        return find_sample(scrape(service), "kubevirt_vmi_dirty_rate_bytes_per_second", name="figures")

    # QEMU looks whether pages differ from before, so what is written must.
    in_guest(service, "(while :; do dd if=/dev/urandom of=/run/written bs=1M count=32 conv=notrunc; done)"
                      " >/dev/null 2>&1 & echo $! >/run/writer")
    wait_until(lambda: (rate() or 0) > 0, 150, "what it writes to be measured")
    in_guest(service, "kill $(cat /run/writer)")
    wait_until(lambda: rate() == 0, 150, "the guest to write no more")
