/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-disk-private.h"

/**
 * BvDisk:
 *
 * A disk, CD-ROM drive or LUN as the guest sees it. The volume of the same name holds its data.
 *
 * Since: 1.0
 */
struct _BvDisk
{
  GObject parent_instance;

  BvObject *owner; /* keeps the record */
  const BvApiDisk *record;
};

G_DEFINE_FINAL_TYPE (BvDisk, bv_disk, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_DEVICE,
  PROP_BUS,
  PROP_BOOT_ORDER,
  PROP_READ_ONLY,
  PROP_SERIAL,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
bv_disk_finalize (GObject *object)
{
  BvDisk *self = BV_DISK (object);

  g_clear_object (&self->owner);
  G_OBJECT_CLASS (bv_disk_parent_class)->finalize (object);
}

static void
bv_disk_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BvDisk *self = BV_DISK (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, bv_disk_get_name (self));
      break;
    case PROP_DEVICE:
      g_value_set_string (value, bv_disk_get_device (self));
      break;
    case PROP_BUS:
      g_value_set_string (value, bv_disk_get_bus (self));
      break;
    case PROP_BOOT_ORDER:
      g_value_set_uint (value, bv_disk_get_boot_order (self));
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, bv_disk_get_read_only (self));
      break;
    case PROP_SERIAL:
      g_value_set_string (value, bv_disk_get_serial (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
make_properties (GParamFlags flags)
{
  /**
   * BvDisk:name:
   *
   * The name, which its volume has too.
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * BvDisk:device:
   *
   * What the guest sees: `disk`, `cdrom` or `lun`.
   */
  properties[PROP_DEVICE] = g_param_spec_string ("device", NULL, NULL, NULL, flags);
  /**
   * BvDisk:bus:
   *
   * How it is attached: `virtio`, `sata`, `scsi` or `usb`; %NULL while it is left to the defaults.
   */
  properties[PROP_BUS] = g_param_spec_string ("bus", NULL, NULL, NULL, flags);
  /**
   * BvDisk:boot-order:
   *
   * Its place among the devices that the guest boots from, from 1; 0 where it has none.
   */
  properties[PROP_BOOT_ORDER] =
      g_param_spec_uint ("boot-order", NULL, NULL, 0, G_MAXUINT, 0, flags);
  /**
   * BvDisk:read-only:
   *
   * Whether the guest cannot write to it.
   */
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);
  /**
   * BvDisk:serial:
   *
   * The serial number that the guest reads, or %NULL.
   */
  properties[PROP_SERIAL] = g_param_spec_string ("serial", NULL, NULL, NULL, flags);
}

static void
bv_disk_class_init (BvDiskClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = bv_disk_finalize;
  object_class->get_property = bv_disk_get_property;
  make_properties (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_disk_init (BvDisk *self)
{
}

/* OWNER keeps RECORD. */
BvDisk *
bv_disk_new (BvObject *owner, const BvApiDisk *record)
{
  BvDisk *self = g_object_new (BV_TYPE_DISK, NULL);

  self->owner = g_object_ref (owner);
  self->record = record;
  return self;
}

/* A disk that says nothing of its kind is a plain disk. */
BvDiskTarget
bv_disk_target_of (const BvApiDisk *record)
{
  BvDiskTarget target = { .device = "disk" };

  if (record->disk != NULL)
    {
      target.bus = record->disk->bus;
      target.read_only = record->disk->readonly;
    }
  else if (record->lun != NULL)
    {
      target.device = "lun";
      target.bus = record->lun->bus;
      target.read_only = record->lun->readonly;
    }
  else if (record->cdrom != NULL)
    {
      target.device = "cdrom";
      target.bus = record->cdrom->bus;
      target.read_only =
          !bv_api_cd_rom_target_has_readonly (record->cdrom) || record->cdrom->readonly;
    }
  return target;
}

/**
 * bv_disk_get_name:
 * @self: a disk
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
bv_disk_get_name (BvDisk *self)
{
  return self->record->name;
}

/**
 * bv_disk_get_device:
 * @self: a disk
 *
 * Returns: what the guest sees: `disk`, `cdrom` or `lun`
 *
 * Since: 1.0
 */
const char *
bv_disk_get_device (BvDisk *self)
{
  return bv_disk_target_of (self->record).device;
}

/**
 * bv_disk_get_bus:
 * @self: a disk
 *
 * Returns: (nullable): the bus, or %NULL while it is left to the defaults
 *
 * Since: 1.0
 */
const char *
bv_disk_get_bus (BvDisk *self)
{
  return bv_disk_target_of (self->record).bus;
}

/**
 * bv_disk_get_boot_order:
 * @self: a disk
 *
 * Returns: the place in the boot order, from 1; 0 where it has none
 *
 * Since: 1.0
 */
guint
bv_disk_get_boot_order (BvDisk *self)
{
  return (guint)CLAMP (self->record->boot_order, 0, G_MAXUINT);
}

/**
 * bv_disk_get_read_only:
 * @self: a disk
 *
 * Returns: whether the guest cannot write to it
 *
 * Since: 1.0
 */
gboolean
bv_disk_get_read_only (BvDisk *self)
{
  return bv_disk_target_of (self->record).read_only;
}

/**
 * bv_disk_get_serial:
 * @self: a disk
 *
 * Returns: (nullable): the serial number, or %NULL
 *
 * Since: 1.0
 */
const char *
bv_disk_get_serial (BvDisk *self)
{
  return self->record->serial;
}
