/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-disk.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-conversion.h"
#include "convert/bv-disk-namer.h"
#include "host/bv-libvirt-error.h"
#include "runtime/live/bv-live-asked.h"

/* In KubeVirt's order: what is to go is asked for, what is new is plugged in, media are changed. */

/* Unplugging: the guest has to let go, and may take its time. */

static gboolean
call_detach (virDomainPtr domain, gpointer data, GError **error)
{
  const char *alias = data;

  if (virDomainDetachDeviceAlias (domain, alias, BV_LIVE_AND_CONFIG) == 0 ||
      virDomainDetachDeviceAlias (domain, alias, VIR_DOMAIN_AFFECT_LIVE) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The disk %s cannot be unplugged"),
                             alias + strlen (BV_LIVE_USER_ALIAS));
  return FALSE;
}

static gboolean
unplug (BvLiveChange *self, const char *name, GError **error)
{
  g_autofree char *alias = g_strconcat (BV_LIVE_USER_ALIAS, name, NULL);
  BvVolumeFacts *facts = bv_live_disk_ensure_facts (self, name);
  g_autoptr (GError) local = NULL;

  self->pending = TRUE;
  if (bv_live_change_ask (self, alias, call_detach, alias, &local))
    {
      facts->detaching = TRUE;
      return TRUE;
    }
  /* QEMU asks a guest once, and refuses to ask again while it waits for it. */
  if (!facts->detaching)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  bv_live_change_note_asked (self, alias);
  return TRUE;
}

/* Whether what is plugged in is not what the VMI wants there; what is wanted is looked up. */
static gboolean
is_stale (BvLiveChange *self, const char *name, BvXml *disk, BvLiveReadiness *readiness,
          GError **error)
{
  const BvApiDisk *wanted = bv_live_find_disk (self->spec, name);
  const BvApiVolume *volume = bv_live_find_volume (self->spec, name);
  g_auto (BvVolumeFacts) facts = { 0 };

  *readiness = BV_LIVE_VOLUME_READY;
  /* One that is copied gets its other claim by that. */
  if (bv_volume_copies_find_active (self->copies, name) != NULL)
    return FALSE;
  if (wanted == NULL)
    return TRUE;
  if (wanted->cdrom != NULL || volume == NULL || !bv_live_volume_is_hotpluggable (volume))
    return FALSE;
  *readiness = bv_live_disk_prepare (self, volume, &facts, error);
  return *readiness == BV_LIVE_VOLUME_READY &&
         g_strcmp0 (facts.path, bv_live_disk_get_path (disk)) != 0;
}

static gboolean
unplug_all (BvLiveChange *self, GError **error)
{
  for (BvXml *disk = bv_live_disk_first (self->domain); disk != NULL;
       disk = bv_xml_next_same (disk))
    {
      const char *name = bv_live_disk_get_name (disk);
      BvLiveReadiness readiness = BV_LIVE_VOLUME_READY;

      if (name != NULL && is_stale (self, name, disk, &readiness, error) &&
          !unplug (self, name, error))
        return FALSE;
      if (readiness == BV_LIVE_VOLUME_FAILED)
        return FALSE;
    }
  return TRUE;
}

/* Plugging in. */

/* A name that no disk of the guest has. */
static gboolean
choose_target (BvLiveChange *self, const BvApiDisk *disk, BvVolumeFacts *facts, GError **error)
{
  const char *bus = disk->lun != NULL ? disk->lun->bus : disk->disk->bus;
  g_auto (BvDiskNamer) namer = { 0 };
  char name[BV_DISK_NAME_SIZE];
  guint number;

  for (BvXml *other = bv_live_disk_first (self->domain); other != NULL;
       other = bv_xml_next_same (other))
    {
      BvXml *target = bv_xml_find (other, "target");

      if (target != NULL)
        bv_disk_namer_keep (&namer, bv_xml_get (target, "bus"), bv_xml_get (target, "dev"));
    }
  if (!bv_disk_namer_next (&namer, bus, &number))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("The disk %s cannot be plugged in: its bus is “%s”, and only disks on virtio "
                      "and scsi can."),
                   disk->name, bus != NULL ? bus : "");
      return FALSE;
    }
  bv_disk_namer_print (bus, number, name);
  g_free (facts->target);
  facts->target = g_strdup (name);
  return TRUE;
}

static BvContext *
make_context (const char *name, const BvVolumeFacts *facts, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "volumes");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, name);
  bv_volume_facts_to_json (facts, builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  return bv_context_new_from_json (json, error);
}

/* The VMI with that disk alone. */
static BvVmi *
make_part (BvLiveChange *self, const BvApiDisk *disk, const BvApiVolume *volume)
{
  g_autoptr (BvObject) copy = bv_object_copy (BV_OBJECT (self->work->vmi));
  BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (BV_VMI (copy))->spec;
  BvArena *arena = bv_object_get_arena (copy);

  spec->volumes = bv_arena_alloc (arena, sizeof (gpointer));
  spec->volumes[0] = bv_record_copy (&bv_api_volume_type, volume, arena);
  spec->n_volumes = 1;
  spec->domain->devices->disks = bv_arena_alloc (arena, sizeof (gpointer));
  spec->domain->devices->disks[0] = bv_record_copy (&bv_api_disk_type, disk, arena);
  spec->domain->devices->n_disks = 1;
  return BV_VMI (g_steal_pointer (&copy));
}

/* The threads of a guest that runs are as many as it was started with. */
static void
limit_threads (BvLiveChange *self, BvXml *disk)
{
  BvXml *driver = bv_xml_find (disk, "driver");
  BvXml *threads = bv_xml_find (self->domain, "iothreads");
  const char *text = threads != NULL ? bv_xml_get_text (threads) : NULL;
  guint64 most = text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;

  if (driver != NULL && bv_xml_get_uint (driver, "iothread", 0) > most)
    bv_xml_unset (driver, "iothread");
}

/* The disk as it would be in the VMI's domain. */
static char *
make_disk_xml (BvLiveChange *self, const BvApiDisk *disk, const BvApiVolume *volume,
               const BvVolumeFacts *facts, GError **error)
{
  const BvHostFacts *host = self->work->facts;
  const BvAdaptTarget target = { host->libvirt_version, host->hypervisor_version };
  g_autoptr (BvVmi) part = make_part (self, disk, volume);
  g_autoptr (BvContext) context = make_context (disk->name, facts, error);
  g_autoptr (GVirConfigDomain) domain = NULL;
  BvXml *element;

  if (context != NULL)
    domain = bv_vmi_convert_disks (part, context, error);
  if (domain == NULL)
    return NULL;
  bv_xml_set (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "type", bv_xml_get (self->domain, "type"));
  if (!bv_adapt_domain (domain, &target, NULL, error))
    return NULL;
  element = bv_live_disk_first (bv_xml_of (GVIR_CONFIG_OBJECT (domain)));
  g_return_val_if_fail (element != NULL, NULL);
  limit_threads (self, element);
  return bv_xml_to_text (element);
}

typedef struct
{
  const char *name;
  const char *xml;
} Device;

static gboolean
call_attach (virDomainPtr domain, gpointer data, GError **error)
{
  const Device *device = data;

  if (virDomainAttachDeviceFlags (domain, device->xml, BV_LIVE_AND_CONFIG) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The disk %s cannot be plugged in"), device->name);
  return FALSE;
}

static gboolean
attach (BvLiveChange *self, const BvApiDisk *disk, const BvApiVolume *volume, BvVolumeFacts *facts,
        GError **error)
{
  g_autofree char *xml = NULL;
  Device device = { disk->name };

  if (!choose_target (self, disk, facts, error))
    return FALSE;
  xml = make_disk_xml (self, disk, volume, facts, error);
  device.xml = xml;
  if (xml == NULL || !bv_live_change_call (self, call_attach, &device, error))
    return FALSE;
  bv_live_disk_keep_facts (self, disk->name, facts);
  bv_live_disk_tell_ready (self, disk->name);
  return bv_live_change_look_again (self, error);
}

static gboolean
plug (BvLiveChange *self, const BvApiDisk *disk, const BvApiVolume *volume, GError **error)
{
  g_auto (BvVolumeFacts) facts = { 0 };
  BvLiveReadiness readiness = bv_live_disk_prepare (self, volume, &facts, error);

  if (readiness != BV_LIVE_VOLUME_READY)
    return readiness == BV_LIVE_VOLUME_AWAITED;
  return attach (self, disk, volume, &facts, error);
}

/* What is there already may be there since before the service knew of it. */
static gboolean
note_plugged (BvLiveChange *self, const BvApiVolume *volume, GError **error)
{
  const BvVolumeFacts *known = g_hash_table_lookup (self->volumes, volume->name);
  g_auto (BvVolumeFacts) facts = { 0 };
  BvLiveReadiness readiness;

  if (known != NULL && (known->claim.name != NULL || known->detaching))
    return TRUE;
  readiness = bv_live_disk_prepare (self, volume, &facts, error);
  if (readiness == BV_LIVE_VOLUME_READY)
    bv_live_disk_keep_facts (self, volume->name, &facts);
  return readiness != BV_LIVE_VOLUME_FAILED;
}

static gboolean
plug_all (BvLiveChange *self, GError **error)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  for (guint i = 0; i < devices->n_disks; i++)
    {
      const BvApiDisk *disk = devices->disks[i];
      const BvApiVolume *volume = bv_live_find_volume (self->spec, disk->name);
      gboolean plugged = bv_live_disk_find (self, disk->name) != NULL;

      if (disk->cdrom != NULL || volume == NULL || !bv_live_volume_is_hotpluggable (volume) ||
          bv_volume_copies_find_active (self->copies, disk->name) != NULL)
        continue;
      if (plugged ? !note_plugged (self, volume, error) : !plug (self, disk, volume, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
bv_live_disks_apply (BvLiveChange *change, GError **error)
{
  return unplug_all (change, error) && plug_all (change, error) &&
         bv_live_media_apply (change, error);
}
