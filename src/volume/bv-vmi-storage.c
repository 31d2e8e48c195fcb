/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "volume/bv-vmi-storage.h"

#include "model/bv-vmi-private.h"
#include "volume/bv-disk-private.h"
#include "volume/bv-volume-private.h"

/**
 * bv_vmi_get_disks:
 * @self: a VMI
 *
 * The disks that the guest has by the manifest, in its order; a later change of the manifest needs
 * another call.
 *
 * Returns: (transfer full): a list of [class@Barevirt.Disk]
 *
 * Since: 1.0
 */
GListModel *
bv_vmi_get_disks (BvVmi *self)
{
  const BvApiDevices *devices = bv_vmi_get_record (self)->spec->domain->devices;
  GListStore *list = g_list_store_new (BV_TYPE_DISK);

  for (guint i = 0; i < devices->n_disks; i++)
    {
      g_autoptr (BvDisk) disk = bv_disk_new (BV_OBJECT (self), devices->disks[i]);

      g_list_store_append (list, disk);
    }
  return G_LIST_MODEL (list);
}

/**
 * bv_vmi_get_volumes:
 * @self: a VMI
 *
 * The volumes that the manifest names, in its order; a later change of the manifest needs another
 * call. Those without a source, which no admission passes, are left out.
 *
 * Returns: (transfer full): a list of [class@Barevirt.Volume]
 *
 * Since: 1.0
 */
GListModel *
bv_vmi_get_volumes (BvVmi *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (self)->spec;
  GListStore *list = g_list_store_new (BV_TYPE_VOLUME);

  for (guint i = 0; i < spec->n_volumes; i++)
    {
      g_autoptr (BvVolume) volume = bv_volume_new (BV_OBJECT (self), spec->volumes[i]);

      if (volume != NULL)
        g_list_store_append (list, volume);
    }
  return G_LIST_MODEL (list);
}
