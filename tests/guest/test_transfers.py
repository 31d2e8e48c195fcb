# SPDX-License-Identifier: LGPL-2.1-or-later
"""Imports that are cut off, blown up, queued or robbed of their pool; afterwards nothing is left, and a second try works."""
import gzip
import hashlib
import os
import subprocess

import pytest
from gi.repository import Gio, GLib

from lab import wait_until
from registry import wait_for_port
from service import NAME, end, object_path
from test_claims import (CLAIM, MIB, VOLUME, SlowServer, claim, conditions, data_volume, delete, digest, path_of,
                         wait_for_clean, wait_phase)

SIZE = 8 * MIB


@pytest.fixture(name="slow")
def fixture_slow(host):
    server = SlowServer(host)
    yield server
    server.open_gate()
    server.stop()
    server.gate.unlink()


class CutServer:
    """Serves a file on the host's port 8003: of the first answer a half, and then the connection ends."""

    SCRIPT = """
import http.server, sys
data = open(sys.argv[1], "rb").read()
class Handler(http.server.BaseHTTPRequestHandler):
    answers = 0
    def do_GET(self):
        Handler.answers += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:len(data) // 2] if Handler.answers == 1 else data)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8003), Handler).serve_forever()
"""

    def __init__(self, host, path):
        self.process = host.popen("python3", "-c", self.SCRIPT, str(path), stdin=subprocess.DEVNULL)
        wait_for_port(host, 8003)

    def stop(self):
        end(self.process)


def upload(service, name, fd):
    """Hands over FD, and with it its end here; returns the job."""
    answer, _ = service.connection.call_with_unix_fd_list_sync(
        NAME, object_path(VOLUME, name), f"{NAME}.{VOLUME}", "Upload", GLib.Variant("(ha{sv})", (0, {})), None,
        Gio.DBusCallFlags.NONE, 60_000, Gio.UnixFDList.new_from_array([fd]), None,
    )
    return answer.unpack()[0]


def is_read_by_nobody(writer):
    try:
        os.write(writer, b"x")
    except BrokenPipeError:
        return True
    return False


def test_download_cut_in_the_middle(service, host):
    """It is told, and the next try begins anew."""
    image = host.lab.folder / "cut.raw"
    image.write_bytes(os.urandom(SIZE))
    server = CutServer(host, image)
    try:
        service.apply(data_volume("cut", "{http: {url: 'http://localhost:8003/'}}", "8Mi"))
        message = service.wait_for_property(object_path(VOLUME, "cut"), VOLUME, "Message", lambda text: text)
        assert f"ended after {SIZE // 2} of {SIZE} bytes" in message
        wait_phase(service, VOLUME, "cut", "Succeeded")
    finally:
        server.stop()
    assert service.get(object_path(VOLUME, "cut"), VOLUME, "RestartCount") == 1
    assert digest(service, path_of(service, "cut"), SIZE) == hashlib.sha256(image.read_bytes()).hexdigest()
    delete(service, VOLUME, "cut")
    wait_for_clean(service)


def test_bomb_is_defused(service, host, files):
    """A small file that unpacks to 256 MiB, for a claim of 8 MiB: it is not unpacked to its end."""
    bomb = host.lab.folder / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        for _ in range(256):
            file.write(bytes(MIB))
    files.add(bomb, "bomb.gz")
    service.apply(data_volume("bomb", "{http: {url: 'http://localhost:8000/bomb.gz'}}", "8Mi"))
    assert "the most that may come" in wait_phase(service, VOLUME, "bomb", "Failed")["Message"]
    wait_for_clean(service)
    delete(service, VOLUME, "bomb")


def test_pool_that_goes_in_the_middle(service, slow):
    """The import fails, and is made good by itself once the pool is there again."""
    service.host.run("mkdir", "-p", "/var/lib/fleeting")
    service.host.virsh("pool-create-as", "fleeting", "dir", "--target", "/var/lib/fleeting")
    service.apply(data_volume("robbed", "{http: {url: 'http://localhost:8001/'}}", "16Mi", pool="fleeting"))
    path = object_path(VOLUME, "robbed")
    service.wait_for_property(path, VOLUME, "Progress", lambda text: text.startswith("50."))
    service.host.virsh("pool-destroy", "fleeting")
    slow.open_gate()
    assert "no storage pool fleeting" in service.wait_for_property(path, VOLUME, "Message", lambda text: text)
    service.host.virsh("pool-create-as", "fleeting", "dir", "--target", "/var/lib/fleeting")
    wait_phase(service, VOLUME, "robbed", "Succeeded")
    wait_until(lambda: conditions(service, path, VOLUME)["Bound"]["status"] == "True", 60, "Bound")
    # And one that goes later: the claim is Lost, and its data volume says so.
    service.host.virsh("pool-destroy", "fleeting")
    service.apply(claim("robbed", "16Mi", pool="fleeting").replace("volumeMode: Filesystem, ", "").replace(
        "{name: robbed}", "{name: robbed, labels: {looked: again}}"))
    wait_phase(service, CLAIM, "robbed", "Lost")
    bound = wait_until(lambda: (c := conditions(service, path, VOLUME)["Bound"])["status"] == "False" and c, 60, "Bound")
    assert bound["reason"] == "ClaimLost"
    service.host.virsh("pool-create-as", "fleeting", "dir", "--target", "/var/lib/fleeting")
    wait_until(lambda: conditions(service, path, VOLUME)["Bound"]["status"] == "True", 90, "the claim again")
    delete(service, VOLUME, "robbed")
    wait_until(lambda: service.host.run("ls", "/var/lib/fleeting").stdout == "", 60, "the end of its volume")
    service.host.virsh("pool-destroy", "fleeting")


def test_upload_that_waits_lets_go_when_cancelled(service, slow):
    """Two imports are under way, and no more at a time. Who sends hears that nobody reads; the next upload works."""
    for name in ("first", "second"):
        service.apply(data_volume(name, "{http: {url: 'http://localhost:8001/'}}", "16Mi"))
        service.wait_for_property(object_path(VOLUME, name), VOLUME, "Progress", lambda text: text.startswith("50."))
    service.apply(data_volume("sent", "{upload: {}}", "8Mi"))
    wait_phase(service, VOLUME, "sent", "UploadReady")
    reader, writer = os.pipe()
    try:
        job = upload(service, "sent", reader)
        os.write(writer, b"x")
        service.call(job, "Job", "Cancel", "(a{sv})", {})
        service.wait_for_property(job, "Job", "State", "cancelled".__eq__)
        wait_until(lambda: is_read_by_nobody(writer), 60, "the end of the reader")
    finally:
        os.close(writer)
    slow.open_gate()
    for name in ("first", "second"):
        wait_phase(service, VOLUME, name, "Succeeded")
    wait_phase(service, VOLUME, "sent", "UploadReady")
    reader, writer = os.pipe()
    upload(service, "sent", reader)
    with os.fdopen(writer, "wb") as file:
        file.write(bytes(SIZE))
    wait_phase(service, VOLUME, "sent", "Succeeded")
    for name in ("first", "second", "sent"):
        delete(service, VOLUME, name)
    wait_for_clean(service)
