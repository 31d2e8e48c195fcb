/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "host/machine/bv-xml-document.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 size_kib;
  guint64 count;
} BvHostPages;

typedef struct
{
  guint id;
  guint64 value;
} BvHostDistance;

typedef struct
{
  guint32 id;
  GArray *siblings; /* guint32: the CPUs of its core, itself among them */
} BvHostCpu;

typedef struct
{
  guint id;
  guint64 memory_kib;
  GArray *pages;     /* BvHostPages */
  GArray *distances; /* BvHostDistance */
  GArray *cpus;      /* BvHostCpu */
} BvHostCell;

/* The host's NUMA cells with their CPUs, as libvirt's capabilities have them. */
typedef struct
{
  GArray *cells; /* BvHostCell */
} BvHostTopology;

BvHostTopology *bv_host_topology_new (void);
BvHostTopology *bv_host_topology_new_from_capabilities (BvXml *capabilities);
void bv_host_topology_free (BvHostTopology *self);
guint bv_host_topology_count_cpus (const BvHostTopology *self);
const BvHostCell *bv_host_topology_find_cell (const BvHostTopology *self, guint32 cpu);
const BvHostCpu *bv_host_topology_find_cpu (const BvHostTopology *self, guint32 cpu);

/* The value of the context's “topology”. */
void bv_host_topology_write (const BvHostTopology *self, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvHostTopology, bv_host_topology_free)

G_END_DECLS
