/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-cpus.h"

#include <glib/gi18n-lib.h>

#include "admit/bv-policy-default.h"
#include "convert/bv-cpu-topology.h"
#include "host/bv-libvirt-error.h"
#include "runtime/live/bv-live-room.h"
#include "runtime/live/bv-live-size.h"

/* Sockets that are added to a guest while it runs, with all the CPUs in them. */

static gboolean
carry (const BvLiveCarry *carry)
{
  BvApiDomainSpec *domain = carry->spec->domain;
  gint64 before = bv_cpu_topology_of (domain).sockets;
  gint64 wanted = bv_cpu_topology_of (carry->wanted->domain).sockets;
  char *fault = NULL;

  if (carry->guest == NULL || wanted == before || !bv_policy_is_live_update (carry->policy))
    return FALSE;
  fault = bv_live_size_find_sockets_fault (carry->guest->spec, wanted);
  if (fault != NULL)
    return bv_live_carry_wait (carry, fault);
  if (domain->cpu == NULL)
    domain->cpu = bv_arena_alloc (carry->arena, sizeof *domain->cpu);
  bv_api_cpu_set_sockets (domain->cpu, wanted);
  return TRUE;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  return bv_live_size_wants_cpus (view->spec, &view->domain->size);
}

static gboolean
set_vcpus (virDomainPtr domain, gpointer data, GError **error)
{
  const char *name = virDomainGetName (domain);
  const guint *count = data;

  if (virDomainSetVcpusFlags (domain, *count, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG) ==
      0)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("No CPUs can be plugged into the guest of %s"), name);
}

static gboolean
plug (BvLiveChange *change, gconstpointer data, GError **error)
{
  guint count = bv_vcpu_count (change->spec->domain);

  return bv_live_change_call (change, set_vcpus, &count, error);
}

static gboolean
apply (BvLiveChange *change, GError **error)
{
  BvDomainSize size;

  bv_domain_size_read (&size, change->domain);
  return !bv_live_size_wants_cpus (change->spec, &size) ||
         bv_live_room_run (change, NULL, plug, NULL, error);
}

const BvLiveUpdater bv_live_cpus = {
  .name = "cpus",
  .carry = carry,
  .is_wanted = is_wanted,
  .apply = apply,
};
