/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "convert/bv-cpu-topology.h"
#include "host/bv-kernel-boot.h"
#include "host/bv-resolve-private.h"
#include "host/machine/bv-cpu-list.h"
#include "host/machine/bv-hugepages.h"
#include "host/schedule/bv-host-check.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

#define FREE_PAGE_REPORTING_ANNOTATION "kubevirt.io/free-page-reporting-disabled"
#define SYS "/sys"

/* What the machine itself gives the guest: its architecture, KVM, firmware, what it boots, CPUs and
 * devices. All that is lacking is told at once, before anything is made. */

/* The module is loaded when the device is opened, and the kernel's list tells of it before. */
static gboolean
has_vsock (void)
{
  return g_file_test ("/dev/vhost-vsock", G_FILE_TEST_EXISTS) ||
         g_file_test ("/sys/class/misc/vhost-vsock", G_FILE_TEST_EXISTS);
}

static gboolean
allocate (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  const BvAllocation *allocation = data;

  bv_allocation_run (allocation, taken, reservation);
  return bv_allocation_check (allocation, error);
}

/* Without a table of reservations, in a dry run, the guest is alone. */
static BvReservation *
reserve (const BvVolumeWork *work, BvAllocation *allocation, GError **error)
{
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  g_autoptr (BvReservation) reservation = NULL;

  if (work->reservations != NULL)
    return bv_reservations_reserve (work->reservations, work->uid, allocate, allocation, error);
  reservation = bv_reservation_new ();
  return allocate (nobody, reservation, allocation, error) ? g_steal_pointer (&reservation) : NULL;
}

static BvReservation *
schedule (BvResolver *self, const BvGuestNeeds *needs, GError **error)
{
  const BvVolumeWork *work = self->work;
  const BvApiDevices *devices = self->spec->domain->devices;
  g_autoptr (GPtrArray) lacks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) pages = bv_hugepages_read (SYS);
  g_autoptr (GHashTable) functions = bv_resolve_list_functions (work);
  g_autoptr (GPtrArray) node_devices =
      bv_resolve_list_node_devices (work, devices, g_hash_table_size (functions), error);
  BvAllocation allocation = bv_resolve_begin_allocation (work, needs, devices);

  if (node_devices == NULL)
    return NULL;
  allocation.pages = pages;
  allocation.functions = functions;
  allocation.node_devices = node_devices;
  allocation.has_vsock = !work->facts->is_local || has_vsock ();
  allocation.lacks = lacks;
  bv_host_check_run (self->spec, work->facts, work->config, lacks);
  bv_resolve_find_firmware (self, lacks);
  return reserve (work, &allocation, error);
}

static int
compare_cpus (gconstpointer a, gconstpointer b)
{
  const guint32 *left = a;
  const guint32 *right = b;

  return *left < *right ? -1 : *left > *right;
}

static void
add_cpus (BvResolver *self, const BvReservation *reservation)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint32));

  if (reservation->n_cpus == 0)
    return;
  g_array_append_vals (cpus, reservation->cpus->data, reservation->n_cpus);
  g_array_sort (cpus, compare_cpus);
  json_builder_set_member_name (self->builder, "cpuSet");
  json_builder_begin_array (self->builder);
  for (guint i = 0; i < cpus->len; i++)
    json_builder_add_int_value (self->builder, g_array_index (cpus, guint32, i));
  json_builder_end_array (self->builder);
  json_builder_set_member_name (self->builder, "topology");
  bv_host_topology_write (self->work->facts->topology, self->builder);
}

static void
add_smbios (BvResolver *self)
{
  static const char *const keys[] = { "manufacturer", "product", "version", "sku", "family" };

  json_builder_set_member_name (self->builder, "smbios");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = bv_config_get_string (self->work->config, "smbios", keys[i]);

      if (value != NULL && value[0] != '\0')
        bv_resolver_add_string (self, keys[i], value);
    }
  json_builder_end_object (self->builder);
}

/* Guests whose memory is to stay where it is give none back. */
static gboolean
reports_free_pages (BvResolver *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiObjectMeta *metadata = bv_vmi_get_record (self->work->vmi)->metadata;
  const char *disabled = bv_string_map_get (metadata->annotations, metadata->n_annotations,
                                            FREE_PAGE_REPORTING_ANNOTATION);
  gboolean performs = (domain->memory != NULL && domain->memory->hugepages != NULL) ||
                      bv_cpu_is_dedicated (domain) ||
                      (domain->cpu != NULL && domain->cpu->realtime != NULL);

  return bv_config_get_boolean (self->work->config, "hypervisor", "free-page-reporting") &&
         !performs && g_strcmp0 (disabled, "true") != 0;
}

static gboolean
logs_console (BvResolver *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (bv_api_devices_has_log_serial_console (devices))
    return devices->log_serial_console;
  return bv_config_get_boolean (self->work->config, "hypervisor", "serial-console-log");
}

/* What a cluster's configuration says for all guests. */
static void
add_settings (BvResolver *self)
{
  const BvConfig *config = self->work->config;

  bv_resolver_add_boolean (self, "allowEmulation",
                           bv_config_get_boolean (config, "hypervisor", "allow-emulation"));
  bv_resolver_add_uint (
      self, "memBalloonStatsPeriod",
      (guint64)bv_config_get_integer (config, "hypervisor", "mem-balloon-stats-period"));
  bv_resolver_add_boolean (self, "freePageReporting", reports_free_pages (self));
  bv_resolver_add_boolean (self, "serialConsoleLog", logs_console (self));
  bv_resolver_add_string (self, "tdxQgsSocket",
                          bv_config_get_string (config, "hypervisor", "tdx-qgs-socket"));
  add_smbios (self);
}

gboolean
bv_resolve_machine (BvResolver *self, GError **error)
{
  const BvVolumeWork *work = self->work;
  BvGuestNeeds needs =
      bv_guest_needs_of (bv_vmi_get_record (work->vmi), work->facts->architecture, work->config);
  g_autoptr (BvReservation) reservation = NULL;

  reservation = schedule (self, &needs, error);
  if (reservation == NULL)
    return FALSE;
  bv_resolver_add_string (self, "architecture", work->facts->architecture);
  bv_resolver_add_boolean (self, "hypervisorDeviceAvailable", work->facts->kvm_usable);
  bv_resolver_add_string (self, "runtimeDirectory", work->runtime_directory);
  add_settings (self);
  add_cpus (self, reservation);
  bv_resolver_add_devices (self, reservation);
  if (reservation->vsock_cid != 0)
    bv_resolver_add_uint (self, "vsockCid", reservation->vsock_cid);
  return bv_resolve_firmware (self, error) && bv_resolve_tpm (self, error) &&
         bv_kernel_boot_resolve (self, error);
}
