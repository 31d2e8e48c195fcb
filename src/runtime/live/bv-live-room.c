/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-room.h"

#include <glib/gi18n-lib.h>

#include "convert/bv-guest-memory.h"
#include "host/bv-domain-limits.h"
#include "host/bv-resolve.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

typedef struct
{
  guint64 shares;    /* 0: as it is */
  guint64 limit_kib; /* 0: as it is */
} Limits;

/* VALUE where the domain has a lower one; a guest that has less now may still use what it had. */
static guint64
find_raise (BvXml *domain, const char *path, guint64 value)
{
  BvXml *element = bv_xml_find_path (domain, path);

  return element != NULL && g_ascii_strtoull (bv_xml_get_text (element), NULL, 10) < value ? value
                                                                                           : 0;
}

typedef int (*SetParameters) (virDomainPtr domain, virTypedParameterPtr parameters, int count,
                              unsigned int flags);

static gboolean
set_parameter (virDomainPtr domain, SetParameters set, const char *name, guint64 value,
               GError **error)
{
  const char *domain_name = virDomainGetName (domain);

  virTypedParameterPtr parameters = NULL;
  int count = 0, capacity = 0;
  gboolean success;

  if (value == 0)
    return TRUE;
  success = virTypedParamsAddULLong (&parameters, &count, &capacity, name, value) == 0 &&
            set (domain, parameters, count, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG) == 0;
  virTypedParamsFree (parameters, count);
  return success || bv_set_error_from_libvirt (
                        error, _ ("The limit %s of the domain %s was not set"), name, domain_name);
}

static gboolean
set_limits (virDomainPtr domain, gpointer data, GError **error)
{
  const Limits *limits = data;

  return set_parameter (domain, virDomainSetSchedulerParametersFlags,
                        VIR_DOMAIN_SCHEDULER_CPU_SHARES, limits->shares, error) &&
         set_parameter (domain, virDomainSetMemoryParameters, VIR_DOMAIN_MEMORY_HARD_LIMIT,
                        limits->limit_kib, error);
}

static gboolean
raise_limits (BvLiveChange *change, const BvGuestNeeds *needs, GError **error)
{
  const BvHostFacts *facts = change->work->facts;
  Limits limits = {
    .shares =
        find_raise (change->domain, "cputune/shares", bv_domain_limits_get_shares (needs, facts)),
    .limit_kib =
        find_raise (change->domain, "memtune/hard_limit", bv_domain_limits_get_memory_kib (needs)),
  };

  return (limits.shares == 0 && limits.limit_kib == 0) ||
         bv_live_change_call (change, set_limits, &limits, error);
}

gboolean
bv_live_room_run (BvLiveChange *change, const BvApiDevices *devices, BvLiveGrow grow,
                  gconstpointer data, GError **error)
{
  const BvVolumeWork *work = change->work;
  guint64 guest = bv_guest_memory_bytes (change->spec->domain);
  g_autoptr (BvReservation) before = bv_reservations_get (work->reservations, work->uid);
  BvGuestNeeds needs;
  BvDomainSize size;

  bv_domain_size_read (&size, change->domain);
  needs = bv_guest_needs_of_grown (bv_vmi_get_record (work->vmi), work->facts->architecture,
                                   work->config,
                                   guest > size.guest_at_boot ? guest - size.guest_at_boot : 0);
  if (!bv_resolve_grow (work, &needs, devices, error))
    return FALSE;
  if (raise_limits (change, &needs, error) && grow (change, data, error))
    return TRUE;
  if (before != NULL)
    bv_reservations_restore (work->reservations, work->uid, before);
  return FALSE;
}
