/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-addresses.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

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

/* A source that knows nothing is no failure: a network of the host's own has no leases. */
static void
take_source (GHashTable *table, virDomainPtr domain, guint source)
{
  virDomainInterfacePtr *list = NULL;
  int n = virDomainInterfaceAddresses (domain, &list, source, 0);

  for (int i = 0; i < n; i++)
    {
      take_interface (table, list[i]);
      virDomainInterfaceFree (list[i]);
    }
  free (list);
}

/* A lease tells more than a neighbour. */
static gpointer
get_addresses (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const char *name = data;
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, name);
  GHashTable *table;

  if (domain == NULL)
    {
      bv_set_error_from_libvirt (error, _ ("The domain %s cannot be found"), name);
      return NULL;
    }
  table = bv_domain_addresses_new ();
  take_source (table, domain, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP);
  take_source (table, domain, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE);
  return table;
}

void
bv_domain_get_addresses_async (BvConnection *connection, const char *name,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, get_addresses, g_strdup (name),
                            g_free, (GDestroyNotify)g_hash_table_unref, NULL, callback, user_data);
}

GHashTable *
bv_domain_get_addresses_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}
