/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"
#include "convert/bv-guest-memory.h"

static BvXml *
add_bytes (BvXml *parent, const char *name, guint64 bytes)
{
  BvXml *element = bv_xml_add_uint (parent, name, bytes);

  bv_xml_set (element, "unit", "b");
  return element;
}

/* A guest whose memory can grow says how far. */
gboolean
bv_convert_memory (BvConversion *self, GError **error)
{
  const BvApiMemory *memory = self->domain_spec->memory;
  BvXml *limit;

  add_bytes (self->root, "memory", bv_guest_memory_bytes (self->domain_spec));
  if (memory == NULL || !bv_quantity_is_given (&memory->max_guest))
    return TRUE;
  if (bv_quantity_is_given (&memory->guest) &&
      bv_quantity_compare (&memory->guest, &memory->max_guest) == 0)
    return TRUE;
  limit = add_bytes (self->root, "maxMemory", bv_quantity_bytes (&memory->max_guest));
  bv_xml_set_uint (limit, "slots", 0);
  return TRUE;
}

/* Huge pages, and memory that other processes share; else QEMU's own choice. */
gboolean
bv_convert_memory_backing (BvConversion *self, GError **error)
{
  const BvApiMemory *memory = self->domain_spec->memory;
  gboolean huge = memory != NULL && memory->hugepages != NULL;
  gboolean shared = bv_guest_memory_is_shared (self);
  BvXml *backing;

  if (!huge && !shared)
    return TRUE;
  backing = bv_xml_add (self->root, "memoryBacking");
  if (huge)
    bv_xml_add (backing, "hugepages");
  if (bv_guest_memory_is_memfd (self))
    bv_xml_set (bv_xml_add (backing, "source"), "type", "memfd");
  if (shared)
    bv_xml_set (bv_xml_add (backing, "access"), "mode", "shared");
  return TRUE;
}
