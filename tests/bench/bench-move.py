#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a move to another host takes, beside libvirt's own of the same guest.

    bench-move.py [--build BUILD] [--moves N]

A guest with 128 MiB that counts on its disk moves back and forth between two private libvirt hosts on this machine: N times by
`barevirt migrate`, then as often by `virsh migrate`, with the services stopped. Needs root, as the guest tests do.
"""
import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from host_service import IMAGES, SETTINGS
from lab import Lab, run
from mover import Mover
from pair import Pair
from service import NAME, object_path


# On each host, so that its network is there while the services are not.
KEEPER = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: keeper-NAME}
spec:
  domain:
    memory: {guest: 32Mi}
    devices: {interfaces: [{name: default, masquerade: {}}]}
  networks: [{name: default, pod: {}}]
"""


def loop_device(stack, file):
    """A block device that both hosts see."""
    device = run(["losetup", "-f", "--show", str(file)]).stdout.strip()
    stack.callback(run, ["losetup", "-d", device])
    return device


def disks(stack, lab):
    system, counter = lab.folder / "shared.img", lab.folder / "counter.img"
    run(["cp", "--sparse=always", str(lab.guest() / "disk.img"), str(system)])
    counter.write_bytes(bytes(1 << 20))
    return loop_device(stack, system), loop_device(stack, counter)


def timed(command):
    start = time.monotonic()
    command()
    return time.monotonic() - start


def migrations(service):
    return [path for path, interfaces in service.objects().items() if f"{NAME}.Migration" in interfaces]


def by_barevirt(mover):
    """Seconds of the whole command, and of the hand-over in it."""
    source, before = mover.service, set(migrations(mover.service))
    seconds = timed(lambda: source.barevirt("migrate", mover.name, timeout=300))
    (path,) = set(migrations(source)) - before
    mover.home = mover.away
    return seconds, source.get(path, "Migration", "Progress")["handover"] / 1e6


def make_folder(mover, uid):
    """What the service would make for the guest's sockets."""
    folder = f"/run/barevirt/{uid}"
    user, group, mode = mover.service.host.run("stat", "-c", "%u %g %a", folder).stdout.split()
    mover.pair.services[mover.away].host.run("install", "-d", "-o", user, "-g", group, "-m", mode, folder)


def by_virsh(mover, uid):
    make_folder(mover, uid)
    command = ["migrate", "--live", "--p2p", "--persistent", "--undefinesource", mover.domain, f"qemu+tcp://{mover.away}/system"]
    seconds = timed(lambda: mover.service.host.virsh(*command, timeout=300))
    mover.home = mover.away
    return seconds


def show(what, values, unit, digits):
    least, median, most = min(values), statistics.median(values), max(values)
    print(f"{what:20} least {least:.{digits}f} {unit}, median {median:.{digits}f} {unit}, most {most:.{digits}f} {unit}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--moves", type=int, default=10, help="an even number")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        system, counter = disks(stack, lab)
        pair = Pair(lab, arguments.build.resolve(), SETTINGS.replace(IMAGES, f"{IMAGES};/dev"))
        stack.callback(pair.close)
        pair.start()
        for name, service in pair.services.items():
            service.apply(KEEPER.replace("NAME", name))
            keeper = object_path("VirtualMachineInstance", f"keeper-{name}")
            service.wait_for_property(keeper, "VirtualMachineInstance", "Phase", lambda phase: phase == "Running")
        mover = Mover(pair, "mover", system, counter)
        stack.callback(mover.close)
        moves = [by_barevirt(mover) for _ in range(arguments.moves)]
        uid = mover.service.get(mover.instance, "Object", "Uid")
        for service in pair.services.values():
            service.stop()
        bare = [by_virsh(mover, uid) for _ in range(arguments.moves)]
    show("barevirt migrate", [seconds for seconds, _ in moves], "s", 2)
    show("virsh migrate", bare, "s", 2)
    show("hand-over", [1000 * handover for _, handover in moves], "ms", 0)
    print(f"ratio of the medians {statistics.median(s for s, _ in moves) / statistics.median(bare):.2f}")


if __name__ == "__main__":
    main()
