/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-vmi-private.h"

/**
 * BvVmi:
 *
 * A VirtualMachineInstance: one run of a guest, from its start to its end.
 *
 * Since: 1.0
 */
struct _BvVmi
{
  BvObject parent_instance;
};

G_DEFINE_FINAL_TYPE (BvVmi, bv_vmi, BV_TYPE_OBJECT)

static void
bv_vmi_class_init (BvVmiClass *class)
{
}

static void
bv_vmi_init (BvVmi *self)
{
}

BvVmi *
bv_vmi_new_for_spec (BvArena *arena, BvApiObjectMeta *metadata,
                     BvApiVirtualMachineInstanceSpec *spec, const BvNode *root, const char *file,
                     guint document)
{
  const BvKindType *kind = bv_kind_type_find ("VirtualMachineInstance");
  BvApiVirtualMachineInstance *record = bv_arena_alloc (arena, sizeof *record);

  record->api_version = kind->api_versions[0];
  record->kind = kind->kind;
  record->metadata = metadata;
  record->spec = spec;
  return BV_VMI (bv_object_new_for_record (kind, record, arena, root, file, document));
}

/**
 * bv_vmi_new:
 * @name: its name
 *
 * A VMI with nothing in it but its name and the records that every VMI must have; fill it with
 * [method@Barevirt.Object.set_field].
 *
 * Returns: (transfer full): the VMI
 *
 * Since: 1.0
 */
BvVmi *
bv_vmi_new (const char *name)
{
  g_autoptr (BvArena) arena = bv_arena_new ();
  BvApiObjectMeta *metadata = bv_arena_alloc (arena, sizeof *metadata);
  BvApiVirtualMachineInstanceSpec *spec = bv_arena_alloc (arena, sizeof *spec);

  metadata->name = bv_arena_strdup (arena, name);
  spec->domain = bv_arena_alloc (arena, sizeof *spec->domain);
  spec->domain->devices = bv_arena_alloc (arena, sizeof *spec->domain->devices);
  return bv_vmi_new_for_spec (arena, metadata, spec, NULL, NULL, 0);
}

BvApiVirtualMachineInstance *
bv_vmi_get_record (BvVmi *self)
{
  return bv_object_get_record (BV_OBJECT (self));
}
