/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-config-table.h"

/* What barevirt.conf may say. Seconds are whole ones. */
const BvConfigKey bv_config_keys[] = {
  { "hypervisor", "allow-emulation", BV_CONFIG_BOOLEAN, { "false" } },
  { "hypervisor", "tdx-qgs-socket", BV_CONFIG_STRING, { "/var/run/tdx-qgs/qgs.socket" } },
  { "hypervisor", "mem-balloon-stats-period", BV_CONFIG_INTEGER, { "10" }, 0, 86400 },
  { "hypervisor", "free-page-reporting", BV_CONFIG_BOOLEAN, { "true" } },
  { "hypervisor", "serial-console-log", BV_CONFIG_BOOLEAN, { "true" } },
  { "cpu", "pinning", BV_CONFIG_CPUS, { "" } },
  { "cpu", "whole-cores", BV_CONFIG_BOOLEAN, { "false" } },
  { "cpu", "allocation-ratio", BV_CONFIG_INTEGER, { "10" }, 1, 1000 },
  { "memory", "reserved", BV_CONFIG_QUANTITY, { "256Mi" } },
  { "memory", "overcommit", BV_CONFIG_INTEGER, { "100" }, 10, 1000 },
  { "memory", "overhead-ratio", BV_CONFIG_RATIO, { "1" }, 1, 100 },
  { "cgroup", "limits", BV_CONFIG_BOOLEAN, { "true" } },
  { "cgroup", "partition", BV_CONFIG_STRING, { "" } },
  { "smbios", "manufacturer", BV_CONFIG_STRING, { "KubeVirt" } },
  { "smbios", "product", BV_CONFIG_STRING, { "None" } },
  { "smbios", "version", BV_CONFIG_STRING, { "" } },
  { "smbios", "sku", BV_CONFIG_STRING, { "" } },
  { "smbios", "family", BV_CONFIG_STRING, { "KubeVirt" } },
  { "network", "default", BV_CONFIG_STRING, { "default" } },
  { "network", "bridge", BV_CONFIG_STRING, { "" } },
  { "network", "cidr", BV_CONFIG_STRING, { "" } },
  { "network", "ipv6-cidr", BV_CONFIG_STRING, { "" } },
  { "host-disk", "folders", BV_CONFIG_STRINGS, { NULL } },
  { "persistent-reservation", "enabled", BV_CONFIG_BOOLEAN, { "false" } },
  { "persistent-reservation", "program", BV_CONFIG_STRING, { NULL } },
  { "virtiofs", "program", BV_CONFIG_STRING, { NULL } },
  { "virtiofs", "sandbox", BV_CONFIG_STRING, { "namespace" } },
  { "images", "folders", BV_CONFIG_STRINGS, { NULL } },
  { "images", "cache-bytes", BV_CONFIG_INTEGER, { "34359738368" }, 0, G_MAXINT64 },
  { "images", "disk-bytes", BV_CONFIG_INTEGER, { "137438953472" }, 1048576, G_MAXINT64 },
  { "images", "stall-seconds", BV_CONFIG_INTEGER, { "60" }, 1, 86400 },
  { "storage", "pool", BV_CONFIG_STRING, { "barevirt" } },
  { "storage", "folder", BV_CONFIG_STRING, { NULL } },
  { "storage", "import-bytes", BV_CONFIG_INTEGER, { "1099511627776" }, 1048576, G_MAXINT64 },
  { "storage", "transfers", BV_CONFIG_INTEGER, { "2" }, 1, 3 },
  { "limits", "manifest-bytes", BV_CONFIG_INTEGER, { "4194304" }, 1024, 67108864 },
  { "limits", "objects", BV_CONFIG_INTEGER, { "5000" }, 1, 1000000 },
  { "limits", "events", BV_CONFIG_INTEGER, { "5000" }, 1, 1000000 },
};
const guint bv_n_config_keys = G_N_ELEMENTS (bv_config_keys);
