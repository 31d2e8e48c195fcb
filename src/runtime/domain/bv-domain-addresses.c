/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-addresses.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "host/network/bv-neighbour.h"

GHashTable *
bv_domain_addresses_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
}

static void
take_interface (GHashTable *table, const virDomainInterface *interface)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (interface->hwaddr == NULL || interface->naddrs == 0)
    return;
  for (guint i = 0; i < interface->naddrs; i++)
    g_strv_builder_add (builder, interface->addrs[i].addr);
  g_hash_table_replace (table, g_ascii_strdown (interface->hwaddr, -1),
                        g_strv_builder_end (builder));
}

/* A network of the host's own has no leases: that is no failure. */
static void
take_leases (GHashTable *table, virDomainPtr domain)
{
  virDomainInterfacePtr *list = NULL;
  int n = virDomainInterfaceAddresses (domain, &list, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, 0);

  for (int i = 0; i < n; i++)
    {
      take_interface (table, list[i]);
      virDomainInterfaceFree (list[i]);
    }
  free (list);
}

typedef struct
{
  char *name;
  GStrv macs;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->name);
  g_strfreev (self->macs);
  g_free (self);
}

static Request *
request_new (const BvDomainInfo *domain)
{
  g_autoptr (GStrvBuilder) macs = g_strv_builder_new ();
  Request *self = g_new0 (Request, 1);

  for (guint i = 0; i < domain->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (domain->interfaces, i);
      g_autofree char *mac = interface->mac != NULL ? g_ascii_strdown (interface->mac, -1) : NULL;

      if (mac != NULL)
        g_strv_builder_add (macs, mac);
    }
  self->name = g_strdup (domain->name);
  self->macs = g_strv_builder_end (macs);
  return self;
}

/* A lease tells more than a neighbour. */
static gpointer
get_addresses (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, request->name);
  GHashTable *table;

  if (domain == NULL)
    {
      bv_set_error_from_libvirt (error, _ ("The domain %s cannot be found"), request->name);
      return NULL;
    }
  table = bv_domain_addresses_new ();
  bv_neighbours_read ((const char *const *)request->macs, table);
  take_leases (table, domain);
  return table;
}

void
bv_domain_get_addresses_async (BvConnection *connection, const BvDomainInfo *domain,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, domain->name, get_addresses,
                            request_new (domain), request_free, (GDestroyNotify)g_hash_table_unref,
                            NULL, callback, user_data);
}

GHashTable *
bv_domain_get_addresses_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}
