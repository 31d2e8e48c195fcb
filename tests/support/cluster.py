# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Pacemaker cluster of the two private hosts, which cuts the power of a node that it does not hear of."""
import contextlib
import socket
import threading

from lab import run, wait_until

COROSYNC = """\
totem {
  version: 2
  cluster_name: test
  transport: knet
  crypto_cipher: none
  crypto_hash: none
  token: 8000
}
system {
  move_to_root_cgroup: no
  sched_rr: no
}
logging {
  to_stderr: yes
  to_syslog: no
}
quorum {
  provider: corosync_votequorum
  two_node: 1
}
nodelist {
  node {
    name: a
    nodeid: 1
    ring0_addr: 10.99.0.1
  }
  node {
    name: b
    nodeid: 2
    ring0_addr: 10.99.0.2
  }
}
"""

CIB = """\
<cib validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config>
      <cluster_property_set id="properties">
        <nvpair id="properties-dc" name="dc-deadtime" value="2s"/>
        <nvpair id="properties-action" name="stonith-action" value="off"/>
      </cluster_property_set>
    </crm_config>
    <nodes/>
    <resources>
      <primitive id="power" class="stonith" type="fence_lab">
        <instance_attributes id="power-attributes">
          <nvpair id="power-hosts" name="pcmk_host_list" value="a b"/>
        </instance_attributes>
      </primitive>
    </resources>
    <constraints/>
  </configuration>
  <status/>
</cib>
"""

# What Pacemaker calls a fence agent: it reads what to do from its standard input. This one asks the test.
AGENT = """\
#!/usr/bin/python3
import socket
import sys

METADATA = '''<?xml version="1.0"?>
<resource-agent name="fence_lab" shortdesc="Power of the private hosts">
<longdesc>Cuts the power of a private host.</longdesc>
<parameters>
<parameter name="action" unique="0" required="1"><content type="string" default="off"/></parameter>
<parameter name="plug" unique="0" required="0"><content type="string"/></parameter>
</parameters>
<actions>
<action name="off"/><action name="monitor"/><action name="list"/><action name="metadata"/>
</actions>
</resource-agent>'''

options = dict(line.strip().split("=", 1) for line in sys.stdin if "=" in line)
action = options.get("action", "off")
if action == "metadata":
    print(METADATA)
elif action == "list":
    print("a,\\nb,")
elif action == "off":
    with socket.socket(socket.AF_UNIX) as test:
        test.connect({path!r})
        test.sendall(options["plug"].encode() + b"\\n")
        sys.exit(test.recv(8) != b"off\\n")
elif action != "monitor":
    sys.exit(1)
"""


class Power:
    """Cuts the power of a host when the cluster asks for it."""

    def __init__(self, lab):
        self.lab = lab
        self.path = str(lab.folder / "power")
        self.cuts = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client:
                    name = client.recv(16).decode().strip()
                    self.lab.hosts[name].cut_power()
                    self.cuts.append(name)
                    client.sendall(b"off\n")


class Cluster:
    """Corosync and Pacemaker on both hosts, as they run without systemd."""

    PROGRAMS = ("corosync", "pacemakerd")

    def __init__(self, pair):
        self.pair = pair
        self.power = Power(pair.a.host.lab)
        self.processes = {}

    def hosts(self):
        return {name: service.host for name, service in self.pair.services.items()}

    def up(self, *names):
        """Starts the cluster's programs there, and waits until these nodes are in it."""
        for name in names:
            host = self.hosts()[name]
            host.write("/etc/corosync/corosync.conf", COROSYNC)
            host.write("/usr/sbin/fence_lab", AGENT.replace("{path!r}", repr(self.power.path)), mode="0755")
            if host.run("test", "-e", "/var/lib/pacemaker/cib/cib.xml", check=False).returncode != 0:
                host.run("install", "-o", "hacluster", "-g", "haclient", "-m", "600", "/dev/stdin",
                         "/var/lib/pacemaker/cib/cib.xml", input=CIB)
            self._start(name, "corosync")
        for name in names:
            host = self.hosts()[name]
            wait_until(lambda host=host: host.run("corosync-quorumtool", check=False).returncode == 0, 60, "corosync")
            self._start(name, "pacemakerd")
        for name in names:
            wait_until(lambda name=name: name in self.online(name), 120, f"the node {name}")

    def _start(self, name, program):
        """Its process has the number that is in the file, so that it can be killed."""
        with (self.hosts()[name].folder / f"{program}.log").open("a") as log:
            self.processes[name, program] = self.hosts()[name].popen(
                "sh", "-c", f"echo $$ >/run/{program}.test; exec {program} -f", stdout=log, stderr=log)

    def signal(self, name, program, signal):
        self.hosts()[name].run("sh", "-c", f"kill -{signal} $(cat /run/{program}.test)")

    def status(self, name, expression):
        """What an XPath expression finds in the cluster's status, as a host sees it."""
        status = self.hosts()[name].run("crm_mon", "--one-shot", "--output-as=xml", check=False).stdout
        found = run(["xmllint", "--xpath", f"string({expression})", "-"], check=False, input=status).stdout
        return found.strip()

    def online(self, name):
        """The nodes that a host sees in the cluster."""
        return [node for node in self.hosts()
                if self.status(name, f"//nodes/node[@name='{node}' and @online='true' and @unclean='false']/@name")]

    def where(self, name, resource):
        """The node that runs a resource, as a host sees it, when nothing is under way; nothing if none does."""
        return self.status(name, f"//resource[@id='{resource}' and @role='Started' and @failed='false'"
                                 " and not(@pending)]/node/@name")

    def wait_for(self, name, resource, node, timeout=120):
        wait_until(lambda: self.where(name, resource) == node, timeout, f"{resource} on {node}")

    def configure(self, name, resource):
        """Adds a resource, as cibadmin does it."""
        self.hosts()[name].run("cibadmin", "-C", "-o", "resources", "-p", input=resource)

    def close(self):
        for name in self.hosts():
            for program in reversed(self.PROGRAMS):
                process = self.processes.get((name, program))
                if process and process.poll() is None:
                    self.signal(name, program, "KILL")
        for process in self.processes.values():
            process.wait(60)
        self.power.close()
