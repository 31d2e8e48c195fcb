/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-claim-iface.h"

#include "bv-dbus-generated.h"
#include "runtime/claim/bv-claim-runtime.h"
#include "runtime/claim/bv-claim-spec.h"

#define BV_TYPE_CLAIM_IFACE (bv_claim_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvClaimIface, bv_claim_iface, BV, CLAIM_IFACE,
                      BvDBusPersistentVolumeClaimSkeleton)

struct _BvClaimIface
{
  BvDBusPersistentVolumeClaimSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
};

G_DEFINE_FINAL_TYPE (BvClaimIface, bv_claim_iface, BV_DBUS_TYPE_PERSISTENT_VOLUME_CLAIM_SKELETON)

static void
bv_claim_iface_finalize (GObject *object)
{
  g_clear_object (&BV_CLAIM_IFACE (object)->entry);
  G_OBJECT_CLASS (bv_claim_iface_parent_class)->finalize (object);
}

static void
bv_claim_iface_class_init (BvClaimIfaceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_claim_iface_finalize;
}

static void
bv_claim_iface_init (BvClaimIface *self)
{
}

static void
set_access_modes (BvDBusPersistentVolumeClaim *iface, const BvApiPersistentVolumeClaimSpec *spec)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) modes = NULL;

  for (guint i = 0; i < spec->n_access_modes; i++)
    g_strv_builder_add (builder, spec->access_modes[i]);
  modes = g_strv_builder_end (builder);
  bv_dbus_persistent_volume_claim_set_access_modes (iface, (const char *const *)modes);
}

static void
set_volume (BvDBusPersistentVolumeClaim *iface, const BvPoolVolume *volume, gboolean block)
{
  bv_dbus_persistent_volume_claim_set_pool (iface, volume != NULL ? volume->pool : "");
  bv_dbus_persistent_volume_claim_set_volume_name (iface, volume != NULL ? volume->name : "");
  bv_dbus_persistent_volume_claim_set_capacity (iface, volume != NULL ? volume->capacity : 0);
  bv_dbus_persistent_volume_claim_set_volume_mode (iface, block ? "Block" : "Filesystem");
}

static void
update (BvClaimIface *self)
{
  BvDBusPersistentVolumeClaim *iface = BV_DBUS_PERSISTENT_VOLUME_CLAIM (self);
  BvClaimRuntime *runtime = bv_entry_get_runtime (self->entry);
  const BvApiPersistentVolumeClaimSpec *spec;
  const BvClaimStatus *status;

  if (runtime == NULL)
    return;
  spec = bv_claim_runtime_get_spec (runtime);
  status = bv_claim_runtime_get_status (runtime);
  bv_dbus_persistent_volume_claim_set_phase (iface, status->phase);
  bv_dbus_persistent_volume_claim_set_reason (iface, status->reason);
  bv_dbus_persistent_volume_claim_set_message (iface, status->message);
  bv_dbus_persistent_volume_claim_set_request (iface, bv_claim_spec_get_request (spec));
  set_access_modes (iface, spec);
  set_volume (iface, status->volume,
              status->volume != NULL ? status->volume->block : bv_claim_spec_is_block (spec));
}

static void
event_cb (BvClaimIface *self, const char *type, const char *reason, const char *message)
{
  bv_bus_flush (self->bus);
  bv_dbus_persistent_volume_claim_emit_event (BV_DBUS_PERSISTENT_VOLUME_CLAIM (self), type, reason,
                                              message);
}

GDBusInterfaceSkeleton *
bv_claim_iface_new (BvBus *bus, BvEntry *entry)
{
  BvClaimIface *self = g_object_new (BV_TYPE_CLAIM_IFACE, NULL);
  BvClaimRuntime *runtime = bv_entry_get_runtime (entry);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runtime, "event", G_CALLBACK (event_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}
