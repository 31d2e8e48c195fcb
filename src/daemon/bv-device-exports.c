/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-device-exports.h"

#include "bv-dbus-generated.h"
#include "daemon/bv-object-path.h"
#include "model/bv-vmi-private.h"
#include "runtime/vmi/bv-vmi-runtime.h"

typedef struct
{
  BvBus *bus;
  BvVmiRuntime *runtime;
  const BvApiVirtualMachineInstanceSpec *spec;
  const char *path;
  GPtrArray *objects;
} Exporter;

/* The target that a disk has on its bus is told by the device that it is. */
static void
describe_target (const BvApiDisk *disk, const char **device, const char **bus, gboolean *read_only)
{
  *device = "disk";
  *read_only = FALSE;
  *bus = NULL;
  if (disk->cdrom != NULL)
    {
      *device = "cdrom";
      *bus = disk->cdrom->bus;
      *read_only = !bv_api_cd_rom_target_has_readonly (disk->cdrom) || disk->cdrom->readonly;
    }
  else if (disk->lun != NULL)
    {
      *device = "lun";
      *bus = disk->lun->bus;
      *read_only = disk->lun->readonly;
    }
  else if (disk->disk != NULL)
    {
      *bus = disk->disk->bus;
      *read_only = disk->disk->readonly;
    }
}

/* The name of the one source that the volume has: the field's own. */
static const char *
get_source (const BvApiVolume *volume)
{
  const BvRecordType *type = &bv_api_volume_type;

  for (guint i = 0; i < type->n_fields; i++)
    {
      const BvField *field = &type->fields[i];

      if (field->kind == BV_FIELD_RECORD && *BV_FIELD_AT (gconstpointer, volume, field) != NULL)
        return field->name;
    }
  return "";
}

/* The volume is prepared when its VMI has been handed to libvirt. */
static void
update_volume (BvDBusVolume *iface, BvVmiRuntime *runtime)
{
  const BvVmiStatus *status = bv_vmi_runtime_get_status (runtime);
  const BvVolumeFacts *facts =
      g_hash_table_lookup (status->volumes, bv_dbus_volume_get_name (iface));

  bv_dbus_volume_set_phase (iface, facts != NULL ? "Ready" : "Pending");
  bv_dbus_volume_set_reason (iface, facts != NULL ? "VolumeReady" : "");
  bv_dbus_volume_set_size (iface, facts != NULL ? (guint64)facts->size : 0);
}

static void
update_disk (BvDBusDisk *iface, BvVmiRuntime *runtime)
{
  const BvVmiStatus *status = bv_vmi_runtime_get_status (runtime);
  const BvVolumeFacts *facts = g_hash_table_lookup (status->volumes, bv_dbus_disk_get_name (iface));

  bv_dbus_disk_set_target (iface, facts != NULL && facts->target != NULL ? facts->target : "");
}

static GDBusInterfaceSkeleton *
new_disk (Exporter *self, const BvApiDisk *disk)
{
  BvDBusDisk *iface = bv_dbus_disk_skeleton_new ();
  const char *device, *bus;
  gboolean read_only;

  describe_target (disk, &device, &bus, &read_only);
  bv_dbus_disk_set_name (iface, disk->name);
  bv_dbus_disk_set_device (iface, device);
  bv_dbus_disk_set_bus (iface, bus != NULL ? bus : "");
  bv_dbus_disk_set_boot_order (iface, disk->boot_order);
  bv_dbus_disk_set_read_only (iface, read_only);
  update_disk (iface, self->runtime);
  g_signal_connect_object (self->runtime, "changed", G_CALLBACK (update_disk), iface,
                           G_CONNECT_SWAPPED);
  return G_DBUS_INTERFACE_SKELETON (iface);
}

static GDBusInterfaceSkeleton *
new_volume (Exporter *self, const BvApiVolume *volume)
{
  BvDBusVolume *iface = bv_dbus_volume_skeleton_new ();

  bv_dbus_volume_set_name (iface, volume->name);
  bv_dbus_volume_set_source (iface, get_source (volume));
  bv_dbus_volume_set_message (iface, "");
  update_volume (iface, self->runtime);
  g_signal_connect_object (self->runtime, "changed", G_CALLBACK (update_volume), iface,
                           G_CONNECT_SWAPPED);
  return G_DBUS_INTERFACE_SKELETON (iface);
}

static const char *
get_binding (const BvApiInterface *interface)
{
  if (interface->masquerade != NULL)
    return "masquerade";
  if (interface->bridge != NULL)
    return "bridge";
  if (interface->sriov != NULL)
    return "sriov";
  if (interface->passt_binding != NULL)
    return "passtBinding";
  return interface->binding != NULL ? interface->binding->name : "";
}

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static void
update_interface (BvDBusInterface *iface, BvVmiRuntime *runtime)
{
  const BvInterfaceStatus none = { .addresses = (char *[]){ NULL } };
  const BvInterfaceStatus *status = bv_interface_statuses_find (
      bv_vmi_runtime_get_interfaces (runtime), bv_dbus_interface_get_name (iface));

  if (status == NULL)
    status = &none;
  if (status->mac != NULL)
    bv_dbus_interface_set_mac_address (iface, status->mac);
  bv_dbus_interface_set_interface_name (iface, or_empty (status->interface_name));
  bv_dbus_interface_set_addresses (iface, (const char *const *)status->addresses);
  bv_dbus_interface_set_info_source (iface, or_empty (status->info_source));
  bv_dbus_interface_set_link_state (iface, or_empty (status->link_state));
  bv_dbus_interface_set_pod_interface_name (iface, or_empty (status->pod_interface_name));
  bv_dbus_interface_set_queue_count (iface, status->queue_count);
}

static GDBusInterfaceSkeleton *
new_interface (Exporter *self, const BvApiInterface *interface)
{
  BvDBusInterface *iface = bv_dbus_interface_skeleton_new ();

  bv_dbus_interface_set_name (iface, interface->name);
  bv_dbus_interface_set_binding (iface, get_binding (interface));
  bv_dbus_interface_set_model (iface, interface->model != NULL ? interface->model : "virtio");
  bv_dbus_interface_set_mac_address (iface, or_empty (interface->mac_address));
  update_interface (iface, self->runtime);
  g_signal_connect_object (self->runtime, "changed", G_CALLBACK (update_interface), iface,
                           G_CONNECT_SWAPPED);
  return G_DBUS_INTERFACE_SKELETON (iface);
}

static void
add_interface (GDBusObjectSkeleton *object, GDBusInterfaceSkeleton *interface)
{
  g_dbus_object_skeleton_add_interface (object, interface);
  g_object_unref (interface);
}

static GDBusObjectSkeleton *
add_object (Exporter *self, const char *group, const char *name)
{
  g_autofree char *path = bv_object_path_new_child (self->path, group, name);
  GDBusObjectSkeleton *object = g_dbus_object_skeleton_new (path);

  g_ptr_array_add (self->objects, object);
  return object;
}

static const BvApiDisk *
find_disk (const BvApiDevices *devices, const char *name)
{
  for (guint i = 0; i < devices->n_disks; i++)
    if (g_strcmp0 (devices->disks[i]->name, name) == 0)
      return devices->disks[i];
  return NULL;
}

/* A volume and the disk that shows it are one object; a volume may be without a disk, as those of
 * filesystems are, and a CD-ROM drive without a volume. */
static void
add_volumes (Exporter *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  for (guint i = 0; i < self->spec->n_volumes; i++)
    {
      const BvApiVolume *volume = self->spec->volumes[i];
      const BvApiDisk *disk = find_disk (devices, volume->name);
      GDBusObjectSkeleton *object = add_object (self, "disk", volume->name);

      add_interface (object, new_volume (self, volume));
      if (disk != NULL)
        add_interface (object, new_disk (self, disk));
    }
}

static gboolean
has_volume (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_volumes; i++)
    if (g_strcmp0 (spec->volumes[i]->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* One that was unplugged is told of until its guest has let go of it. */
static gboolean
is_there (Exporter *self, const BvApiInterface *interface)
{
  return g_strcmp0 (interface->state, "absent") != 0 ||
         bv_interface_statuses_find (bv_vmi_runtime_get_interfaces (self->runtime),
                                     interface->name) != NULL;
}

static void
add_devices (Exporter *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  for (guint i = 0; i < devices->n_disks; i++)
    if (!has_volume (self->spec, devices->disks[i]->name))
      add_interface (add_object (self, "disk", devices->disks[i]->name),
                     new_disk (self, devices->disks[i]));
  for (guint i = 0; i < devices->n_interfaces; i++)
    if (is_there (self, devices->interfaces[i]))
      add_interface (add_object (self, "interface", devices->interfaces[i]->name),
                     new_interface (self, devices->interfaces[i]));
}

GPtrArray *
bv_device_exports_new (BvBus *bus, BvEntry *entry, const char *path)
{
  Exporter exporter = {
    .bus = bus,
    .runtime = bv_entry_get_runtime (entry),
    .spec = bv_vmi_get_record (BV_VMI (bv_entry_get_object (entry)))->spec,
    .path = path,
    .objects = g_ptr_array_new_with_free_func (g_object_unref),
  };

  add_volumes (&exporter);
  add_devices (&exporter);
  return exporter.objects;
}

static GDBusObjectSkeleton *
find_object (GPtrArray *objects, const char *path)
{
  for (guint i = 0; i < objects->len; i++)
    if (g_str_equal (g_dbus_object_get_object_path (objects->pdata[i]), path))
      return objects->pdata[i];
  return NULL;
}

static guint
count_interfaces (GDBusObjectSkeleton *object)
{
  GList *interfaces = g_dbus_object_get_interfaces (G_DBUS_OBJECT (object));
  guint n = g_list_length (interfaces);

  g_list_free_full (interfaces, g_object_unref);
  return n;
}

/* The object in LIST that is as OBJECT is, or NULL: a CD-ROM drive may get a volume, or lose it. */
static GDBusObjectSkeleton *
find_same (GPtrArray *list, GDBusObjectSkeleton *object)
{
  GDBusObjectSkeleton *found =
      find_object (list, g_dbus_object_get_object_path (G_DBUS_OBJECT (object)));

  return found != NULL && count_interfaces (found) == count_interfaces (object) ? found : NULL;
}

void
bv_device_exports_update (GPtrArray *objects, BvBus *bus, BvEntry *entry, const char *path)
{
  g_autoptr (GPtrArray) wanted = bv_device_exports_new (bus, entry, path);

  for (guint i = objects->len; i > 0; i--)
    if (find_same (wanted, objects->pdata[i - 1]) == NULL)
      {
        bv_bus_unexport (bus, objects->pdata[i - 1]);
        g_ptr_array_remove_index (objects, i - 1);
      }
  for (guint i = 0; i < wanted->len; i++)
    if (find_same (objects, wanted->pdata[i]) == NULL)
      {
        g_ptr_array_add (objects, g_object_ref (wanted->pdata[i]));
        bv_bus_export (bus, wanted->pdata[i]);
      }
}
