/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* The PCI addresses that disks and interfaces ask for. */

static void
admit_address (BvAdmission *self, const char *address, const char *path, BvNameSet *addresses,
               GPtrArray *paths)
{
  g_autofree char *canonical = NULL;
  int earlier;

  if (!bv_text_is_pci_address (address))
    {
      bv_admission_refuse (self, BV_REASON_INVALID, path,
                           _ ("“%s” is no PCI address; write domain, bus, slot (00 to 1f) and "
                              "function (0 to 7) like 0000:81:01.0."),
                           address);
      return;
    }
  if (g_str_has_prefix (address, "0000:00:00."))
    {
      bv_admission_refuse (self, BV_REASON_INVALID, path,
                           _ ("“%s” is the place of the machine's host bridge; choose another "
                              "address."),
                           address);
      return;
    }
  canonical = g_ascii_strdown (address, -1);
  earlier = bv_name_set_add (addresses, bv_arena_strdup (self->arena, canonical), paths->len);
  if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_DUPLICATE, path,
                         _ ("“%s” is the address of another device already (%s); give each its "
                            "own."),
                         address, (const char *)paths->pdata[earlier]);
  else
    g_ptr_array_add (paths, (gpointer)path);
}

void
bv_admit_pci_addresses (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_auto (BvNameSet) addresses = { 0 };

  for (guint i = 0; i < devices->n_disks; i++)
    {
      const BvApiDiskTarget *disk = devices->disks[i]->disk;

      if (disk != NULL && bv_text_is_given (disk->pci_address))
        admit_address (self, disk->pci_address,
                       bv_admission_path (self, "domain.devices.disks[%u].disk.pciAddress", i),
                       &addresses, paths);
    }
  for (guint i = 0; i < devices->n_interfaces; i++)
    if (bv_text_is_given (devices->interfaces[i]->pci_address))
      admit_address (self, devices->interfaces[i]->pci_address,
                     bv_admission_path (self, "domain.devices.interfaces[%u].pciAddress", i),
                     &addresses, paths);
}
