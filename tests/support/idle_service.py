# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus service that does nothing: how long it takes to answer tells how busy the machine is, and a bus."""
import subprocess
import sys

from gi.repository import Gio, GLib

INTERFACE = "org.barevirt.Idle"
PATH = "/"
XML = f"<node><interface name='{INTERFACE}'><method name='Nothing'/></interface></node>"


class IdleService:
    """On the bus at an address, by its unique name: not every bus lets it have another."""

    def __init__(self, address):
        self.process = subprocess.Popen([sys.executable, "-B", __file__, address], stdout=subprocess.PIPE, text=True)
        self.name = self.process.stdout.readline().strip()
        assert self.name.startswith(":")

    def close(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()


def main():
    flags = Gio.DBusConnectionFlags
    connection = Gio.DBusConnection.new_for_address_sync(
        sys.argv[1], flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
    interface, = Gio.DBusNodeInfo.new_for_xml(XML).interfaces
    connection.register_object(PATH, interface, lambda *call: call[-1].return_value(None), None, None)
    print(connection.get_unique_name(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
