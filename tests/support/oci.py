# SPDX-License-Identifier: LGPL-2.1-or-later
"""Container images, written as OCI layouts: also such as no honest tool would make."""
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path


def entry(name, content=b"", **attributes):
    """A file of a layer: its header, which ATTRIBUTES change, and its content, bytes or a path."""
    info = tarfile.TarInfo(name)
    info.size = content.stat().st_size if isinstance(content, Path) else len(content)
    info.mode = 0o444
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, content


def directory(name):
    return entry(name, type=tarfile.DIRTYPE, mode=0o755)


def link(name, target, kind=tarfile.SYMTYPE):
    return entry(name, type=kind, linkname=target)


def write_tar(stream, entries):
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for info, content in entries:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    archive.addfile(info, source)
            else:
                archive.addfile(info, io.BytesIO(content))


class _Hashing:
    """Writes to a stream, and keeps the digest of what was written."""

    def __init__(self, stream):
        self.stream = stream
        self.sha256 = hashlib.sha256()

    def write(self, data):
        self.sha256.update(data)
        return self.stream.write(data)

    def flush(self):
        self.stream.flush()


class Layout:
    """An OCI layout with one image in it. What it is made of is in the folder `blobs/sha256`, by digest."""

    def __init__(self, folder, layers, tag="1", compress=True):
        """LAYERS: lists of entries; or bytes, which are taken for the layer as they are."""
        self.folder = Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        made = [self._add_layer(layer, compress) for layer in layers]
        config = {
            "architecture": "amd64", "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in made]},
        }
        self.layers = [descriptor["digest"] for descriptor, _ in made]
        manifest = self._add_json(
            {
                "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": self._add_json(config, "application/vnd.oci.image.config.v1+json"),
                "layers": [descriptor for descriptor, _ in made],
            },
            "application/vnd.oci.image.manifest.v1+json",
        )
        self.digest = manifest["digest"]
        manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
        self._write("oci-layout", {"imageLayoutVersion": "1.0.0"})
        self._write("index.json", {"schemaVersion": 2, "manifests": [manifest]})

    def blob(self, digest):
        return self.blobs / digest.removeprefix("sha256:")

    def _write(self, name, value):
        (self.folder / name).write_text(json.dumps(value))

    def _settle(self, path, digest, kind):
        size = path.stat().st_size
        os.rename(path, self.blobs / digest)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": size}

    def _add_json(self, value, kind):
        path = self.folder / "new"
        path.write_bytes(data := json.dumps(value).encode())
        return self._settle(path, hashlib.sha256(data).hexdigest(), kind)

    def _add_layer(self, layer, compress):
        path = self.folder / "new"
        kind = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if compress else "")
        with path.open("wb") as file:
            outer = _Hashing(file)
            stream = gzip.GzipFile("", "wb", 1, outer, 0) if compress else outer
            inner = _Hashing(stream)
            if isinstance(layer, bytes):
                inner.write(layer)
            else:
                write_tar(inner, layer)
            if compress:
                stream.close()
        descriptor = self._settle(path, outer.sha256.hexdigest(), kind)
        return descriptor, "sha256:" + inner.sha256.hexdigest()

    def close(self):
        shutil.rmtree(self.folder)


def disk_layout(folder, disk, name="disk/disk.img", **options):
    """The usual container disk: one layer, one image in it."""
    return Layout(folder, [[directory("disk"), entry(name, disk)]], **options)
