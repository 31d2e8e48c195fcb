# SPDX-License-Identifier: LGPL-2.1-or-later
"""The metrics' endpoint, and figures on the bus, with more guests than a person would look at."""
import http.client
import os
import socket
import stat
import threading
import time

import pytest

from manifests import vm, vmi
from metrics import check_against_table, check_with_promtool, find_sample, read_samples
from service import ROOT, Service, object_path

GUESTS = 100
# All that a VM's metrics can tell.
RICH = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: rich, labels: {a.b/c: mine, team: vm}}
spec:
  runStrategy: Halted
  template:
    metadata: {labels: {team: template}}
    spec:
      domain:
        cpu: {cores: 2, sockets: 3}
        memory: {guest: 1Gi, hugepages: {pageSize: 2Mi}}
        resources: {requests: {memory: 2Gi, cpu: 1500m}, limits: {memory: 3Gi, cpu: "2"}}
        devices:
          disks: [{name: root, disk: {bus: virtio}}]
          interfaces: [{name: lan, masquerade: {}, model: virtio}]
      networks: [{name: lan, pod: {}}]
      volumes: [{name: root, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 5Mi}}
"""


@pytest.fixture(name="service")
def fixture_service(bus, build_folder):
    bus.allow("view", "manage")
    service = Service(bus, build_folder)
    service.config.write_text(f"[metrics]\nlisten={service.folder}/metrics.sock\n", encoding="utf-8")
    try:
        service.start()
        yield service
    finally:
        service.close()


def scrape(service, path="/metrics", method="GET", **headers):
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(service.folder / "metrics.sock"))
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_only_the_owner_may_read_the_socket(service):
    mode = os.stat(service.folder / "metrics.sock").st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    assert scrape(service)[0] == 200
    assert scrape(service, path="/")[0] == 404
    assert scrape(service, method="POST")[0] == 405


def test_an_address_that_others_can_reach_is_refused(bus, build_folder):
    service = Service(bus, build_folder)
    service.config.write_text("[metrics]\nlisten=0.0.0.0:9199\n", encoding="utf-8")
    try:
        service.start()
        assert "“0.0.0.0:9199” is neither the path of a socket nor a loopback address" in service.log.read_text()
    finally:
        service.close()


def test_vms_are_counted_without_their_guests(service):
    service.apply(vm("one") + vm("two"))
    text = scrape(service)[1]
    assert 'kubevirt_number_of_vms{namespace="default"} 2\n' in text
    assert 'kubevirt_vm_info{name="one",namespace="default",status="stopped",status_group="non_running"} 1\n' in text


def test_all_that_a_vm_is_is_told(service, build_folder):
    service.apply(RICH)
    text = scrape(service)[1]
    requests = {
        (labels["resource"], labels["unit"], labels["source"]): value
        for labels, value in read_samples(text)["kubevirt_vm_resource_requests"]
    }
    assert requests == {
        ("memory", "bytes", "domain"): 2 * 2**30, ("memory", "bytes", "guest"): 2**30,
        ("memory", "bytes", "hugepages"): 2 * 2**20, ("memory", "bytes", "guest_effective"): 2**30,
        ("cpu", "cores", "domain"): 2, ("cpu", "sockets", "domain"): 3,
        ("cpu", "cores", "requests"): 1.5, ("cpu", "cores", "guest_effective"): 6,
    }
    limits = {labels["resource"]: value for labels, value in read_samples(text)["kubevirt_vm_resource_limits"]}
    assert limits == {"memory": 3 * 2**30, "cpu": 2}
    disk = {"name": "rich", "persistentvolumeclaim": "data", "device": "root", "volume_mode": "Filesystem"}
    assert find_sample(text, "kubevirt_vm_disk_allocated_size_bytes", **disk) == 5 * 2**20
    assert find_sample(text, "kubevirt_vm_labels", label_a_b_c="mine", label_team="template") == 1
    vnic = {"vnic_name": "lan", "binding_type": "core", "binding_name": "masquerade", "network": "pod networking"}
    assert find_sample(text, "kubevirt_vm_vnic_info", model="virtio", **vnic) == 1
    check_against_table(text, build_folder)
    check_with_promtool(text)


def test_changes_of_state_are_timed(service, build_folder):
    begun = int(time.time())
    service.apply(vm("timed", "Always") + vm("idle"))
    path = object_path("VirtualMachineInstance", "timed")
    service.wait_for(path, "VirtualMachineInstance", "Phase", "Running")
    service.wait_for(object_path("VirtualMachine", "timed"), "VirtualMachine", "PrintableStatus", "Running")
    text = scrape(service)[1]

    def last(state, name):
        return find_sample(text, f"kubevirt_vm_{state}_status_last_transition_timestamp_seconds", name=name)

    assert last("running", "timed") >= begun and last("non_running", "idle") >= begun
    others = ["starting", "migrating", "non_running", "error"]
    assert [last(state, "timed") for state in others] == [0, 0, 0, 0]
    assert find_sample(text, "kubevirt_vmi_phase_transition_time_from_creation_seconds_count", phase="Running") == 1
    took = find_sample(text, "kubevirt_vmi_phase_transition_time_from_creation_seconds_sum", phase="Running")
    assert 0 < took <= time.time() - begun + 1
    assert find_sample(text, "kubevirt_vmi_phase_transition_time_seconds_count", phase="Running") == 1
    assert find_sample(text, "kubevirt_vmi_migrations_in_running_phase") == 0
    assert find_sample(text, "kubevirt_vmi_non_evictable", name="timed") == 0
    service.call(object_path("VirtualMachine", "timed"), "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for(object_path("VirtualMachine", "timed"), "VirtualMachine", "PrintableStatus", "Stopped")
    text = scrape(service)[1]
    ends = read_samples(text)["kubevirt_vmi_phase_transition_time_from_deletion_seconds_count"]
    assert [value for _labels, value in ends] == [1]
    assert last("running", "timed") == 0 and last("non_running", "timed") >= begun
    check_against_table(text, build_folder)
    check_with_promtool(text)


def test_labels_are_escaped_and_told_once(service):
    extra = "  labels: {a.b: first, a-b: second}\n  annotations: {vm.kubevirt.io/os: 'a\"b\\c'}\n"
    service.apply(vmi("odd").replace("  name: odd\n", "  name: odd\n" + extra))
    service.wait_for(object_path("VirtualMachineInstance", "odd"), "VirtualMachineInstance", "Phase", "Running")
    text = scrape(service)[1]
    assert 'os="a\\"b\\\\c"' in text
    assert all(line.count("kubernetes_vmi_label_a_b=") <= 1 for line in text.splitlines())


def test_many_guests_hold_nobody_up(service):
    service.apply("".join(vmi(f"g{number}") for number in range(GUESTS)))
    for number in range(GUESTS):
        path = object_path("VirtualMachineInstance", f"g{number}")
        service.wait_for(path, "VirtualMachineInstance", "Phase", "Running")
    told = service.call(ROOT, "Manager", "GetAllStats", "(a{sv})", {})[0]
    assert len(told) == GUESTS and all(figures["state.state"] == 1 for figures in told.values())
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(scrape(service))) for _ in range(3)]
    for thread in threads:
        thread.start()
    slowest = 0
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        service.call(ROOT, "Manager", "Validate", "(sa{sv})", "", {})
        slowest = max(slowest, time.monotonic() - begun)
    assert [status for status, _ in answers] == [200] * 3
    assert all(text.count("\nkubevirt_vmi_info{") == GUESTS for _, text in answers)
    assert slowest < 1


def test_those_who_connect_and_say_nothing_are_limited(service):
    idle = []
    for _ in range(40):
        idle.append(socket.socket(socket.AF_UNIX))
        idle[-1].connect(str(service.folder / "metrics.sock"))
    closed = 0
    for connection in idle[16:]:
        connection.settimeout(10)
        closed += connection.recv(1) == b""
    assert closed == 24
    for connection in idle:
        connection.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert scrape(service)[0] == 200
            break
        except (ConnectionError, http.client.RemoteDisconnected):
            continue  # the service has not noticed all of the ends
    else:
        pytest.fail("nobody can connect any more")
