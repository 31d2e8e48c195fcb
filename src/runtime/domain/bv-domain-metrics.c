/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-metrics.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "host/metrics/bv-host-metrics.h"
#include "host/metrics/bv-metrics-disk.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

#define NANOSECONDS 1e9

typedef struct
{
  char *name;
  char *host_name;
  char *version;
  char *disk;
} Request;

typedef struct
{
  guint64 processor_time; /* nanoseconds */
  guint processors;
  guint64 memory; /* KiB */
} Guest;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->name);
  g_free (self->host_name);
  g_free (self->version);
  g_free (self->disk);
  g_free (self);
}

static guint64
get_number (const virTypedParameter *parameter)
{
  if (parameter->type == VIR_TYPED_PARAM_ULLONG)
    return parameter->value.ul;
  if (parameter->type == VIR_TYPED_PARAM_INT)
    return (guint64)parameter->value.i;
  return parameter->type == VIR_TYPED_PARAM_UINT ? parameter->value.ui : 0;
}

static void
read_parameter (Guest *self, const virTypedParameter *parameter)
{
  char field[16];
  guint number;

  if (g_str_equal (parameter->field, "balloon.current"))
    self->memory = get_number (parameter);
  else if (sscanf (parameter->field, "vcpu.%u.%15s", &number, field) != 2)
    return;
  else if (g_str_equal (field, "time"))
    self->processor_time += get_number (parameter);
  else if (g_str_equal (field, "state") && get_number (parameter) != VIR_VCPU_OFFLINE)
    self->processors++;
}

/* What is not known without waiting for the guest is left out. */
static gboolean
read_guest (Guest *self, virDomainPtr domain, GError **error)
{
  virDomainPtr domains[] = { domain, NULL };
  virDomainStatsRecordPtr *records = NULL;
  int n = virDomainListGetStats (domains, VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_BALLOON,
                                 &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);

  if (n < 0)
    return bv_set_error_from_libvirt (error, _ ("The guest's figures cannot be read"));
  for (int i = 0; n > 0 && i < records[0]->nparams; i++)
    read_parameter (self, &records[0]->params[i]);
  virDomainStatsRecordListFree (records);
  return TRUE;
}

static char *
make_text (const Request *request, const Guest *guest)
{
  BvMetrics *metrics = bv_metrics_new ();

  bv_metrics_add_string (metrics, "HostName", request->host_name);
  bv_metrics_add_string (metrics, "HostSystemInfo", "linux");
  bv_metrics_add_string (metrics, "VirtualizationVendor", "kubevirt.io");
  bv_metrics_add_string (metrics, "VirtProductInfo", request->version);
  bv_metrics_add_real64 (metrics, BV_METRICS_VM, "TotalCPUTime",
                         (double)guest->processor_time / NANOSECONDS, "s");
  bv_metrics_add_int64 (metrics, BV_METRICS_VM, "ResourceProcessorLimit", guest->processors, NULL);
  bv_metrics_add_uint64 (metrics, BV_METRICS_VM, "PhysicalMemoryAllocatedToVirtualSystem",
                         guest->memory, "KiB");
  bv_metrics_add_uint64 (metrics, BV_METRICS_VM, "ResourceMemoryLimit", guest->memory, "KiB");
  bv_host_metrics_add (metrics, "/proc", "/sys");
  return bv_metrics_to_xml (metrics);
}

static gpointer
get_metrics (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, request->name);
  g_autofree char *text = NULL;
  Guest guest = { 0 };

  if (domain == NULL)
    {
      bv_set_error_from_libvirt (error, _ ("The domain %s cannot be looked up"), request->name);
      return NULL;
    }
  if (!read_guest (&guest, domain, error))
    return NULL;
  text = make_text (request, &guest);
  if (request->disk != NULL && !bv_metrics_disk_write (request->disk, text, error))
    return NULL;
  return g_steal_pointer (&text);
}

void
bv_domain_get_metrics_async (BvConnection *connection, const char *name, const BvHostFacts *facts,
                             const char *disk, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *version = bv_host_version_to_string (facts->hypervisor_version);
  Request *request = g_new0 (Request, 1);

  request->name = g_strdup (name);
  request->host_name = g_strdup (facts->host_name);
  request->version = g_strconcat (facts->hypervisor, " ", version, NULL);
  request->disk = g_strdup (disk);
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, get_metrics, request, request_free,
                            g_free, cancellable, callback, user_data);
}

char *
bv_domain_get_metrics_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}
