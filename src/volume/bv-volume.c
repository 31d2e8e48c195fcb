/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-volume-private.h"

#include "model/bv-error.h"
#include "volume/bv-volume-types.h"

#include <glib/gi18n-lib.h>

/**
 * BvVolume:
 *
 * Where the data of a disk or filesystem of the guest comes from.
 *
 * Since: 1.0
 */
typedef struct
{
  BvObject *owner; /* keeps the record */
  const BvApiVolume *record;
} BvVolumePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (BvVolume, bv_volume, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_SOURCE,
  PROP_CLAIM_NAME,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Where the record keeps each kind of source, and the class that knows about it. */
static const struct
{
  gsize offset;
  GType (*get_type) (void);
} sources[] = {
  { G_STRUCT_OFFSET (BvApiVolume, container_disk), bv_container_disk_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, persistent_volume_claim),
    bv_persistent_volume_claim_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, data_volume), bv_data_volume_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, cloud_init_no_cloud), bv_no_cloud_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, cloud_init_config_drive), bv_config_drive_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, empty_disk), bv_empty_disk_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, ephemeral), bv_ephemeral_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, host_disk), bv_host_disk_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, config_map), bv_config_map_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, secret), bv_secret_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, sysprep), bv_sysprep_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, downward_api), bv_downward_api_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, service_account), bv_service_account_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, downward_metrics), bv_downward_metrics_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, memory_dump), bv_memory_dump_volume_get_type },
  { G_STRUCT_OFFSET (BvApiVolume, container_path), bv_container_path_volume_get_type },
};

/* G_TYPE_INVALID for a volume without a source. */
static GType
type_of (const BvApiVolume *record)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    if (G_STRUCT_MEMBER (gpointer, record, sources[i].offset) != NULL)
      return sources[i].get_type ();
  return G_TYPE_INVALID;
}

static void
set_source (BvXml *parent, const char *path, gboolean block, const char *name)
{
  BvXml *source = bv_xml_ensure (parent, "source");

  bv_xml_set (source, block ? "dev" : "file", path);
  if (block)
    bv_xml_set (source, "name", name);
}

/* The read-only image below the one that the guest writes to. */
static gboolean
add_backing (const BvVolumeClass *class, const BvApiVolume *record, const BvFactsVolume *facts,
             BvXml *disk, GError **error)
{
  const BvFactsBacking *backing = facts->backing;
  BvXml *store;

  if (backing == NULL && !class->overlay)
    return TRUE;
  if (backing == NULL || backing->path == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The host's facts name no image below the volume %s (%s); give "
                      "“volumes.%s.backing.path”."),
                   record->name, class->source, record->name);
      return FALSE;
    }
  store = bv_xml_add (disk, "backingStore");
  bv_xml_set (store, "type", backing->block ? "block" : "file");
  bv_xml_set (bv_xml_add (store, "format"), "type",
              backing->format != NULL ? backing->format : "raw");
  set_source (store, backing->path, backing->block, record->name);
  return TRUE;
}

static gboolean
fill_disk (const BvVolumeClass *class, const BvApiVolume *record, const BvFactsVolume *facts,
           BvXml *disk, BvXml *driver, GError **error)
{
  if (facts == NULL || facts->path == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The host's facts do not tell where the volume %s (%s) is; give "
                      "“volumes.%s.path”."),
                   record->name, class->source, record->name);
      return FALSE;
    }
  if (facts->hotplug && !class->hotpluggable)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The volume %s (%s) cannot be plugged into a running guest; only claims and "
                      "data volumes can."),
                   record->name, class->source);
      return FALSE;
    }
  bv_xml_set (disk, "type", facts->block ? "block" : "file");
  bv_xml_set (driver, "type", facts->format != NULL ? facts->format : class->format);
  set_source (disk, facts->path, facts->block, facts->hotplug ? NULL : record->name);
  return add_backing (class, record, facts, disk, error);
}

static BvVolumeMigration
get_migration (const BvVolumeClass *class, const BvApiVolume *record, BvVolumeSharing sharing,
               char **reason)
{
  return BV_VOLUME_MIGRATION_COPIED;
}

static void
bv_volume_finalize (GObject *object)
{
  BvVolumePrivate *private = bv_volume_get_instance_private (BV_VOLUME (object));

  g_clear_object (&private->owner);
  G_OBJECT_CLASS (bv_volume_parent_class)->finalize (object);
}

static void
bv_volume_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BvVolume *self = BV_VOLUME (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, bv_volume_get_name (self));
      break;
    case PROP_SOURCE:
      g_value_set_string (value, bv_volume_get_source (self));
      break;
    case PROP_CLAIM_NAME:
      g_value_set_string (value, bv_volume_get_claim_name (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bv_volume_class_init (BvVolumeClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = bv_volume_finalize;
  object_class->get_property = bv_volume_get_property;
  class->format = "raw";
  class->fill_disk = fill_disk;
  class->get_migration = get_migration;

  /**
   * BvVolume:name:
   *
   * The name, which the disk or filesystem that shows it has too.
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * BvVolume:source:
   *
   * The kind of source as the manifest names it, `containerDisk` for one.
   */
  properties[PROP_SOURCE] = g_param_spec_string ("source", NULL, NULL, NULL, flags);
  /**
   * BvVolume:claim-name:
   *
   * Name of the PersistentVolumeClaim that holds the data, which a DataVolume of that name may
   * fill; %NULL for volumes of other kinds.
   */
  properties[PROP_CLAIM_NAME] = g_param_spec_string ("claim-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_volume_init (BvVolume *self)
{
}

/* OWNER keeps RECORD. NULL for a volume without a source. */
BvVolume *
bv_volume_new (BvObject *owner, const BvApiVolume *record)
{
  GType type = type_of (record);
  BvVolume *self;
  BvVolumePrivate *private;

  if (type == G_TYPE_INVALID)
    return NULL;
  self = g_object_new (type, NULL);
  private = bv_volume_get_instance_private (self);
  private->owner = g_object_ref (owner);
  private->record = record;
  return self;
}

const BvApiVolume *
bv_volume_get_record (BvVolume *self)
{
  BvVolumePrivate *private = bv_volume_get_instance_private (self);

  return private->record;
}

/**
 * bv_volume_get_name:
 * @self: a volume
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
bv_volume_get_name (BvVolume *self)
{
  return bv_volume_get_record (self)->name;
}

/**
 * bv_volume_get_source:
 * @self: a volume
 *
 * Returns: the kind of source as the manifest names it, `containerDisk` for one
 *
 * Since: 1.0
 */
const char *
bv_volume_get_source (BvVolume *self)
{
  return BV_VOLUME_GET_CLASS (self)->source;
}

/**
 * bv_volume_get_claim_name:
 * @self: a volume
 *
 * Returns: (nullable): the name of the claim that holds the data, or %NULL where there is none
 *
 * Since: 1.0
 */
const char *
bv_volume_get_claim_name (BvVolume *self)
{
  const BvVolumeClass *class = BV_VOLUME_GET_CLASS (self);

  return class->get_claim_name != NULL ? class->get_claim_name (bv_volume_get_record (self)) : NULL;
}

/* What knows about this kind of source; NULL for a volume without one. Classes stay once made. */
const BvVolumeClass *
bv_volume_class_of (const BvApiVolume *record)
{
  GType type = type_of (record);
  const BvVolumeClass *class;

  if (type == G_TYPE_INVALID)
    return NULL;
  class = g_type_class_peek_static (type);
  return class != NULL ? class : g_type_class_ref (type);
}

/* FACTS may be NULL where the host has none. */
gboolean
bv_volume_class_fill_disk (const BvVolumeClass *class, const BvApiVolume *record,
                           const BvFactsVolume *facts, BvXml *disk, BvXml *driver, GError **error)
{
  return class->fill_disk (class, record, facts, disk, driver, error);
}

/* Whether the guest's discards free space even where its device would not ask for it. */
gboolean
bv_volume_class_discards (const BvVolumeClass *class, const BvFactsVolume *facts)
{
  if (class->discard == BV_VOLUME_DISCARD_STORAGE)
    return !bv_facts_volume_has_discard (facts) || facts->discard;
  return class->discard == BV_VOLUME_DISCARD_ALWAYS;
}

/* What becomes of the data when the VMI moves; REASON, to be freed, where it cannot. */
BvVolumeMigration
bv_volume_class_get_migration (const BvVolumeClass *class, const BvApiVolume *record,
                               BvVolumeSharing sharing, char **reason)
{
  return class->get_migration (class, record, sharing, reason);
}
