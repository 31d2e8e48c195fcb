# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small manifests: those that libvirt's test driver can run, and a guest that boots."""


def vmi(name, memory="64Mi", extra=""):
    return f"""---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: {name}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory:
      guest: {memory}
    devices: {{}}
{extra}"""


def vm(name, strategy="Halted", memory="64Mi"):
    return f"""---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: {name}
spec:
  runStrategy: {strategy}
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory:
          guest: {memory}
        devices: {{}}
"""


def guest(name, path):
    """One that boots the image at PATH."""
    return f"""---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: {name}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory:
      guest: 128Mi
    devices:
      disks:
        - name: root
          disk:
            bus: virtio
  volumes:
    - name: root
      hostDisk:
        path: {path}
        type: Disk
"""


def secret(name, password):
    return f"""---
apiVersion: v1
kind: Secret
metadata:
  name: {name}
stringData:
  password: {password}
"""


def migration(name, instance):
    return f"""\
---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstanceMigration
metadata: {{name: {name}}}
spec: {{vmiName: {instance}}}
"""
