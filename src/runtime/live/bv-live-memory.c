/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-memory.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-policy-default.h"
#include "convert/bv-guest-memory.h"
#include "model/bv-error.h"
#include "host/bv-libvirt-error.h"
#include "host/bv-memory-device.h"
#include "runtime/live/bv-live-room.h"
#include "runtime/live/bv-live-size.h"

/* Memory is plugged by one virtio-mem device, as large as the guest can grow, of which the guest is
 * asked to take more or less; or where there is none, by a DIMM of what it lacks. */

static gboolean
carry (const BvLiveCarry *carry)
{
  BvApiDomainSpec *domain = carry->spec->domain;
  const BvApiMemory *wanted = carry->wanted->domain->memory;
  char *fault = NULL;

  if (carry->guest == NULL || wanted == NULL || !bv_quantity_is_given (&wanted->guest) ||
      !bv_policy_is_live_update (carry->policy) ||
      bv_guest_memory_bytes (domain) == bv_guest_memory_bytes (carry->wanted->domain))
    return FALSE;
  fault = bv_live_size_find_memory_fault (carry->guest->spec, carry->guest->status->guest_at_boot,
                                          &wanted->guest);
  if (fault == NULL && carry->guest->dimm)
    fault = bv_live_size_find_dimm_fault (bv_guest_memory_bytes (domain),
                                          bv_guest_memory_bytes (carry->wanted->domain));
  if (fault != NULL)
    return bv_live_carry_wait (carry, fault);
  if (domain->memory == NULL)
    domain->memory = bv_arena_alloc (carry->arena, sizeof *domain->memory);
  domain->memory->guest = wanted->guest;
  domain->memory->guest.text = bv_arena_strdup (carry->arena, wanted->guest.text);
  return TRUE;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  return bv_live_size_wants_memory (view->spec, view->status->refused_memory, &view->domain->size);
}

static gboolean
attach (virDomainPtr domain, gpointer data, GError **error)
{
  const char *name = virDomainGetName (domain);

  if (virDomainAttachDeviceFlags (domain, data,
                                  VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("No memory can be plugged into the guest of %s"),
                                    name);
}

static gboolean
update (virDomainPtr domain, gpointer data, GError **error)
{
  const char *name = virDomainGetName (domain);

  if (virDomainUpdateDeviceFlags (domain, data, VIR_DOMAIN_AFFECT_LIVE) == 0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The memory of the guest of %s cannot be changed"),
                                    name);
}

/* The device as it is, but for what the guest is asked to take of it. */
static char *
change_device (BvXml *device, guint64 bytes)
{
  BvXml *requested = bv_xml_find_path (device, "target/requested");
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);

  bv_xml_set_text (requested, text);
  bv_xml_set (requested, "unit", "b");
  return bv_xml_to_text (device);
}

static BvXml *
find_device (BvXml *domain)
{
  BvXml *device = bv_xml_find_path (domain, "devices/memory");

  while (device != NULL && bv_xml_find_path (device, "target/requested") == NULL)
    device = bv_xml_next_same (device);
  return device;
}

static char *
make_device (BvLiveChange *change, const BvDomainSize *size)
{
  guint64 wanted = bv_guest_memory_bytes (change->spec->domain);

  if (!bv_memory_device_is_dimm (change->work->config, change->work->facts))
    return bv_live_size_make_device (change->spec->domain->memory, size->guest_at_boot);
  return wanted > size->guest_requested ? bv_live_size_make_dimm (wanted - size->guest_requested)
                                        : NULL;
}

/* A DIMM that is there stays. */
static gboolean
plug (BvLiveChange *change, gconstpointer data, GError **error)
{
  const BvDomainSize *size = data;
  BvXml *device = find_device (change->domain);
  guint64 requested = bv_guest_memory_bytes (change->spec->domain) - size->guest_at_boot;
  g_autofree char *xml =
      device != NULL ? change_device (device, requested) : make_device (change, size);

  return xml == NULL || bv_live_change_call (change, device != NULL ? update : attach, xml, error);
}

/* What the next try may do better. */
static gboolean
is_passing (const GError *error)
{
  static const BvError passing[] = {
    BV_ERROR_UNSCHEDULABLE, BV_ERROR_HYPERVISOR_UNAVAILABLE,
    BV_ERROR_CANCELLED,     BV_ERROR_CONFLICT,
    BV_ERROR_NOT_RUNNING,   BV_ERROR_NOT_FOUND,
    BV_ERROR_BUSY,          BV_ERROR_TIMED_OUT,
  };

  for (guint i = 0; i < G_N_ELEMENTS (passing); i++)
    if (g_error_matches (error, BV_ERROR, passing[i]))
      return TRUE;
  return FALSE;
}

/* As in KubeVirt, what this guest's configuration stands against is not tried again. */
static gboolean
apply (BvLiveChange *change, GError **error)
{
  g_autoptr (GError) local = NULL;
  BvDomainSize size;

  bv_domain_size_read (&size, change->domain);
  if (!bv_live_size_wants_memory (change->spec, change->refused_memory, &size) ||
      bv_live_room_run (change, NULL, plug, &size, &local))
    return TRUE;
  if (!is_passing (local))
    change->refused_memory = bv_guest_memory_bytes (change->spec->domain);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

const BvLiveUpdater bv_live_memory = {
  .name = "memory",
  .carry = carry,
  .is_wanted = is_wanted,
  .apply = apply,
};
