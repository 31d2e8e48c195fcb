# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# Sourced by the lab's scripts.
# LAB_DIR, given by the caller: the hosts and logs of this lab; each run needs one of its own (mktemp -d).
# LAB_CACHE: what is downloaded or learned once, shared by all runs: packages of the guest, QEMU's capabilities.
umask 022
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_CACHE=$(realpath -m "${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/barevirt-lab}")

die() { echo "${0##*/}: $*" >&2; exit 1; }

# use_lab_dir: checks it, and lets the user that runs QEMU reach the images and guests below it.
use_lab_dir() {
  [ "$(id -u)" = 0 ] || die "must run as root: it makes namespaces and mounts"
  [ -n "${LAB_DIR:-}" ] || die "set LAB_DIR to a folder of this run, as mktemp -d makes one"
  LAB_DIR=$(realpath -m "$LAB_DIR")
  case $LAB_DIR/ in
    /etc/* | /usr/* | /run/* | /dev/* | /proc/* | /sys/* | /var/lib/* | /var/log/* | /var/cache/*)
      die "LAB_DIR cannot be $LAB_DIR: each host has that folder for itself" ;;
  esac
  case $LAB_DIR in
    / | /tmp | /var/tmp | "$HOME") die "LAB_DIR cannot be $LAB_DIR: all of it is removed at the end" ;;
  esac
  mkdir -p "$LAB_DIR"
  chmod 755 "$LAB_DIR"
}
