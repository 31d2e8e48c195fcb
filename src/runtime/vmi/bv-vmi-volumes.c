/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-volumes.h"

#include <glib/gi18n-lib.h>

#include "model/bv-vmi-private.h"
#include "runtime/live/bv-live-volumes.h"

typedef struct
{
  const char *name;
  gsize offset; /* in BvVolumeFacts */
} TextField;

static const TextField text_fields[] = {
  { "target", G_STRUCT_OFFSET (BvVolumeFacts, target) },
  { "claimName", G_STRUCT_OFFSET (BvVolumeFacts, claim.name) },
  { "volumeMode", G_STRUCT_OFFSET (BvVolumeFacts, claim.volume_mode) },
  { "capacity", G_STRUCT_OFFSET (BvVolumeFacts, claim.capacity) },
  { "requests", G_STRUCT_OFFSET (BvVolumeFacts, claim.request) },
  { "filesystemOverhead", G_STRUCT_OFFSET (BvVolumeFacts, claim.filesystem_overhead) },
};

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_integer (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
write_volume (const char *name, const BvVolumeFacts *facts, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_integer (builder, "size", facts->size);
  add_integer (builder, "hotplug", facts->hotplug);
  add_integer (builder, "detaching", facts->detaching);
  add_integer (builder, "preallocated", facts->claim.preallocated);
  for (guint i = 0; i < G_N_ELEMENTS (text_fields); i++)
    add_text (builder, text_fields[i].name, G_STRUCT_MEMBER (char *, facts, text_fields[i].offset));
  if (facts->claim.access_modes != NULL)
    {
      g_autofree char *modes = g_strjoinv (" ", facts->claim.access_modes);

      add_text (builder, "accessModes", modes);
    }
  json_builder_end_object (builder);
}

void
bv_vmi_volumes_write (GHashTable *facts, JsonBuilder *builder)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &name, &value))
    write_volume (name, value, builder);
}

static BvVolumeFacts *
read_volume (JsonObject *object)
{
  BvVolumeFacts *facts = g_new0 (BvVolumeFacts, 1);
  const char *modes = json_object_get_string_member_with_default (object, "accessModes", NULL);

  facts->size = json_object_get_int_member_with_default (object, "size", 0);
  facts->hotplug = json_object_get_int_member_with_default (object, "hotplug", 0) != 0;
  facts->detaching = json_object_get_int_member_with_default (object, "detaching", 0) != 0;
  facts->claim.preallocated =
      json_object_get_int_member_with_default (object, "preallocated", 0) != 0;
  for (guint i = 0; i < G_N_ELEMENTS (text_fields); i++)
    G_STRUCT_MEMBER (char *, facts, text_fields[i].offset) =
        g_strdup (json_object_get_string_member_with_default (object, text_fields[i].name, NULL));
  facts->claim.access_modes = modes != NULL ? g_strsplit (modes, " ", -1) : NULL;
  return facts;
}

void
bv_vmi_volumes_read (GHashTable *facts, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    g_hash_table_replace (facts, g_strdup (name), read_volume (json_node_get_object (node)));
}

/* A quantity as Kubernetes has it: by the name of what there is so much of. */
static void
insert_storage (GVariantBuilder *dict, const char *name, const char *quantity)
{
  GVariantBuilder storage;

  if (quantity == NULL)
    return;
  g_variant_builder_init (&storage, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&storage, "{sv}", "storage", g_variant_new ("s", quantity));
  g_variant_builder_add (dict, "{sv}", name, g_variant_builder_end (&storage));
}

static void
insert_text (GVariantBuilder *dict, const char *name, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_variant_builder_add (dict, "{sv}", name, g_variant_new ("s", text));
}

/* KubeVirt's persistentVolumeClaimInfo. */
GVariant *
bv_claim_facts_to_variant (const BvClaimFacts *claim)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  insert_text (&dict, "claimName", claim->name);
  if (claim->access_modes != NULL)
    g_variant_builder_add (&dict, "{sv}", "accessModes",
                           g_variant_new ("^as", claim->access_modes));
  insert_text (&dict, "volumeMode", claim->volume_mode);
  insert_storage (&dict, "capacity", claim->capacity);
  insert_storage (&dict, "requests", claim->request);
  if (claim->preallocated)
    g_variant_builder_add (&dict, "{sv}", "preallocated", g_variant_new ("b", TRUE));
  insert_text (&dict, "filesystemOverhead", claim->filesystem_overhead);
  return g_variant_builder_end (&dict);
}

static void
wait_free (BvVmiVolumeWait *self)
{
  g_free (self->message);
  g_free (self);
}

GHashTable *
bv_vmi_volume_waits_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)wait_free);
}

static void
insert_phase (GVariantBuilder *dict, const char *phase, const char *reason, const char *message)
{
  GVariantBuilder none;

  g_variant_builder_init (&none, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (dict, "{sv}", "phase", g_variant_new ("s", phase));
  g_variant_builder_add (dict, "{sv}", "reason", g_variant_new ("s", reason));
  g_variant_builder_add (dict, "{sv}", "message", g_variant_new ("s", message));
  g_variant_builder_add (dict, "{sv}", "hotplugVolume", g_variant_builder_end (&none));
}

/* Only volumes that can be plugged in have a phase, as in KubeVirt: the others are there as long as
 * the guest is. */
static void
insert_hotplug (GVariantBuilder *dict, const char *name, const BvVolumeFacts *facts,
                const BvVmiVolumeWait *wait)
{
  gboolean plugged = facts != NULL && facts->target != NULL;
  g_autofree char *message = NULL;

  if (plugged && facts->detaching)
    {
      message = g_strdup_printf (_ ("The guest was asked to let go of the volume %s."), name);
      insert_phase (dict, "Detaching", "VolumeUnMountedFromPod", message);
    }
  else if (plugged)
    {
      message = g_strdup_printf (_ ("The volume %s was plugged into the guest."), name);
      insert_phase (dict, "Ready", "VolumeReady", message);
    }
  else if (wait != NULL)
    insert_phase (dict, wait->phase, wait->reason, wait->message);
  else
    {
      message = g_strdup_printf (_ ("The volume %s is not plugged into the guest yet."), name);
      insert_phase (dict, "Pending", "PVCNotReady", message);
    }
}

static GVariant *
volume_to_variant (const char *name, const BvVolumeFacts *facts, gboolean hotpluggable,
                   const BvVmiVolumeWait *wait)
{
  const char *target = facts != NULL ? facts->target : NULL;
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "name", g_variant_new ("s", name));
  g_variant_builder_add (&dict, "{sv}", "target",
                         g_variant_new ("s", target != NULL ? target : ""));
  if (hotpluggable || (facts != NULL && facts->hotplug))
    insert_hotplug (&dict, name, facts, wait);
  if (facts == NULL)
    return g_variant_builder_end (&dict);
  if (facts->claim.name != NULL)
    g_variant_builder_add (&dict, "{sv}", "persistentVolumeClaimInfo",
                           bv_claim_facts_to_variant (&facts->claim));
  if (facts->size > 0)
    g_variant_builder_add (&dict, "{sv}", "size", g_variant_new ("x", facts->size));
  return g_variant_builder_end (&dict);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *)a, *(char *const *)b);
}

static gboolean
is_in_spec (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return TRUE;
  for (guint i = 0; i < spec->n_utility_volumes; i++)
    if (g_strcmp0 (spec->utility_volumes[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* And of those that the guest has yet to let go of. */
static GPtrArray *
list_names (const BvApiVirtualMachineInstanceSpec *spec, GHashTable *facts)
{
  GHashTableIter iter;
  gpointer name;

  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < spec->n_volumes; i++)
    g_ptr_array_add (names, (char *)spec->volumes[i]->name);
  for (guint i = 0; i < spec->n_utility_volumes; i++)
    g_ptr_array_add (names, (char *)spec->utility_volumes[i]->name);
  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!is_in_spec (spec, name))
      g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
take_target (GHashTable *facts, const char *name, const char *target)
{
  BvVolumeFacts *volume = g_hash_table_lookup (facts, name);

  if (volume == NULL && target == NULL)
    return;
  if (volume == NULL)
    {
      volume = g_new0 (BvVolumeFacts, 1);
      g_hash_table_insert (facts, g_strdup (name), volume);
    }
  g_free (volume->target);
  volume->target = g_strdup (target);
}

void
bv_vmi_volumes_take_targets (BvVmi *vmi, GHashTable *facts, const BvDomainInfo *domain)
{
  g_autoptr (GPtrArray) names = list_names (bv_vmi_get_record (vmi)->spec, facts);

  for (guint i = 0; i < names->len; i++)
    take_target (facts, names->pdata[i],
                 domain != NULL ? bv_domain_info_get_target (domain, names->pdata[i]) : NULL);
}

static void
gone_volume_free (BvVmiGoneVolume *self)
{
  g_free (self->name);
  g_free (self->claim);
  g_free (self);
}

GPtrArray *
bv_vmi_volumes_steal_gone (BvVmi *vmi, GHashTable *facts, const BvDomainInfo *domain)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  GPtrArray *gone = g_ptr_array_new_with_free_func ((GDestroyNotify)gone_volume_free);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const BvVolumeFacts *volume = value;
      BvVmiGoneVolume *item;

      if (bv_domain_info_get_target (domain, name) != NULL ||
          (!volume->detaching && is_in_spec (spec, name)))
        continue;
      item = g_new0 (BvVmiGoneVolume, 1);
      item->name = g_strdup (name);
      item->claim = g_strdup (volume->claim.name);
      g_ptr_array_add (gone, item);
      g_hash_table_iter_remove (&iter);
    }
  return gone;
}

static gboolean
is_hotpluggable (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiVolume *volume = bv_live_find_volume (spec, name);

  return volume != NULL && bv_live_volume_is_hotpluggable (volume);
}

/* The guest does not see it. PHASE is NULL where no dump is being made. */
static GVariant *
dump_to_variant (const char *name, const char *claim, const char *phase)
{
  GVariantDict dict, dump;

  g_variant_dict_init (&dump, NULL);
  g_variant_dict_insert (&dump, "claimName", "s", claim);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "target", "s", "");
  if (phase != NULL)
    g_variant_dict_insert (&dict, "phase", "s", phase);
  g_variant_dict_insert_value (&dict, "memoryDumpVolume", g_variant_dict_end (&dump));
  return g_variant_dict_end (&dict);
}

/* DUMP_CLAIM gets the guest's memory at the moment; NULL: none does. */
GVariant *
bv_vmi_volumes_to_variant (BvVmi *vmi, GHashTable *facts, GHashTable *waits, const char *dump_claim)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autoptr (GPtrArray) names = list_names (spec, facts);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      const BvApiVolume *volume = bv_live_find_volume (spec, name);

      if (volume != NULL && volume->memory_dump != NULL)
        {
          const char *claim = volume->memory_dump->claim_name;

          g_variant_builder_add_value (&builder, dump_to_variant (name, claim, NULL));
          continue;
        }
      g_variant_builder_add_value (
          &builder,
          volume_to_variant (name, g_hash_table_lookup (facts, name), is_hotpluggable (spec, name),
                             waits != NULL ? g_hash_table_lookup (waits, name) : NULL));
    }
  if (dump_claim != NULL)
    g_variant_builder_add_value (&builder,
                                 dump_to_variant (dump_claim, dump_claim, "MemoryDumpInProgress"));
  return g_variant_builder_end (&builder);
}
