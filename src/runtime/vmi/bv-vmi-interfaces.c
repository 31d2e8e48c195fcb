/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include "host/network/bv-neighbour.h"
#include "model/bv-vmi-private.h"
#include "runtime/domain/bv-domain-addresses.h"

/* What is told of the guest's interfaces. While no agent tells its addresses, the host is asked for
 * those that it does not know by itself, ever more rarely. */

#define FIRST_SECONDS 2
#define LAST_SECONDS 64
#define MOST_SOLICITED 8
#define SEEN_USEC (10 * G_USEC_PER_SEC)

static gboolean
is_active (BvVmiRuntime *self)
{
  return self->info != NULL && bv_domain_state_is_active (self->info->state);
}

static const BvGuestInfo *
get_told (BvVmiRuntime *self)
{
  const BvGuestInfo *info =
      self->agent != NULL && is_active (self) ? bv_guest_agent_get_info (self->agent) : NULL;

  return info != NULL && (info->parts & BV_GUEST_INTERFACES) != 0 ? info : NULL;
}

/* Those that we reserved; of other interfaces, those that the host has seen, if WITH_SEEN. */
static GHashTable *
collect_known (BvVmiRuntime *self, gboolean with_seen, gboolean *complete)
{
  GHashTable *known = bv_domain_addresses_new ();

  *complete = TRUE;
  for (guint i = 0; is_active (self) && i < self->info->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (self->info->interfaces, i);
      GStrv addresses = NULL;

      if (interface->mac == NULL)
        continue;
      addresses = bv_networks_dup_addresses (self->environment->networks, interface->mac);
      if (addresses == NULL && with_seen && self->seen_addresses != NULL)
        addresses = g_strdupv (g_hash_table_lookup (self->seen_addresses, interface->mac));
      if (addresses != NULL)
        g_hash_table_replace (known, g_strdup (interface->mac), addresses);
      else
        *complete = FALSE;
    }
  return known;
}

static GStrv
list_known (BvVmiRuntime *self, gboolean with_seen)
{
  const BvApiVirtualMachineInstance *record =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)));
  gboolean complete;
  g_autoptr (GHashTable) known = collect_known (self, with_seen, &complete);
  g_autoptr (GPtrArray) statuses =
      bv_interface_statuses_new (record->spec, is_active (self) ? self->info : NULL, known, NULL);

  return bv_interface_statuses_list_addresses (statuses);
}

/* IPv4 before IPv6. What the guest says of itself is not among them: it could be anybody's. */
GStrv
bv_vmi_runtime_list_host_known_addresses (BvVmiRuntime *self)
{
  return list_known (self, TRUE);
}

/* What the host has only seen may have changed since. */
gboolean
bv_vmi_runtime_has_reserved_address (BvVmiRuntime *self)
{
  g_auto (GStrv) reserved = list_known (self, FALSE);

  return reserved[0] != NULL;
}

static void
bv_vmi_interfaces_seen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BvVmiRuntime) self = user_data;
  g_autoptr (GError) error = NULL;
  GHashTable *seen = bv_domain_get_addresses_finish (BV_CONNECTION (source), result, &error);

  self->looking_for_addresses = FALSE;
  if (seen == NULL)
    g_debug ("%s: %s", self->domain_name, error->message);
  else
    {
      g_clear_pointer (&self->seen_addresses, g_hash_table_unref);
      self->seen_addresses = seen;
    }
  if (bv_vmi_runtime_update_interfaces (self))
    bv_vmi_runtime_notify (self);
}

static void
look (BvVmiRuntime *self)
{
  if (!is_active (self))
    return;
  self->looking_for_addresses = TRUE;
  self->addresses_looked_at = g_get_monotonic_time ();
  bv_domain_get_addresses_async (self->environment->connection, self->info,
                                 bv_vmi_interfaces_seen_cb, g_object_ref (self));
}

static void
bv_vmi_interfaces_look_cb (gpointer user_data)
{
  BvVmiRuntime *self = user_data;

  self->addresses_timer = NULL;
  look (self);
}

/* Has the host ask its links who has the addresses that the guest says it has. */
static void
solicit (BvVmiRuntime *self)
{
  const BvGuestInfo *told = get_told (self);
  guint n = 0;

  for (guint i = 0; told != NULL && i < told->interfaces->len; i++)
    {
      const BvGuestInterface *interface = g_ptr_array_index (told->interfaces, i);

      for (guint j = 0; j < interface->addresses->len && n < MOST_SOLICITED; j++)
        {
          const BvGuestAddress *address = g_ptr_array_index (interface->addresses, j);

          if (bv_neighbour_solicit (address->address))
            n++;
        }
    }
}

/* The address that the host itself knows to be the guest's, or NULL. Where none is reserved, what
 * the guest says of itself is taken only once a neighbour with its MAC address has answered to it;
 * that is looked for meanwhile, and is known when this is asked next. */
char *
bv_vmi_runtime_dup_host_known_address (BvVmiRuntime *self)
{
  g_auto (GStrv) known = bv_vmi_runtime_list_host_known_addresses (self);
  gboolean stale = g_get_monotonic_time () - self->addresses_looked_at > SEEN_USEC;

  if ((stale || known[0] == NULL) && !self->looking_for_addresses &&
      !bv_vmi_runtime_has_reserved_address (self))
    {
      solicit (self);
      look (self);
    }
  return g_strdup (known[0]);
}

static void
schedule (BvVmiRuntime *self, gboolean wanted)
{
  if (!wanted)
    {
      g_clear_pointer (&self->addresses_timer, bv_timer_cancel);
      self->addresses_seconds = 0;
      return;
    }
  if (self->addresses_timer != NULL || self->looking_for_addresses)
    return;
  self->addresses_seconds = CLAMP (self->addresses_seconds * 2, FIRST_SECONDS, LAST_SECONDS);
  self->addresses_timer =
      bv_timer_new_seconds (self->addresses_seconds, bv_vmi_interfaces_look_cb, self);
}

/* Until an agent tells, what is on record is what is known of a guest that was there before. */
static gboolean
take_addresses (BvVmiRuntime *self)
{
  g_auto (GStrv) addresses = bv_interface_statuses_list_addresses (self->interfaces);

  if ((addresses[0] == NULL && get_told (self) == NULL) ||
      g_strv_equal ((const char *const *)addresses, (const char *const *)self->status->addresses))
    return FALSE;
  g_strfreev (self->status->addresses);
  self->status->addresses = g_steal_pointer (&addresses);
  bv_vmi_runtime_store_status (self);
  return TRUE;
}

/* Returns whether there is anything new to tell. */
gboolean
bv_vmi_runtime_update_interfaces (BvVmiRuntime *self)
{
  const BvApiVirtualMachineInstance *record =
      bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)));
  const BvGuestInfo *told = get_told (self);
  gboolean complete, changed;
  /* What an agent tells now is newer than what the host saw once. */
  g_autoptr (GHashTable) known = collect_known (self, told == NULL, &complete);
  GVariant *status;

  g_clear_pointer (&self->interfaces, g_ptr_array_unref);
  self->interfaces =
      bv_interface_statuses_new (record->spec, is_active (self) ? self->info : NULL, known, told);
  status = g_variant_ref_sink (bv_interface_statuses_to_variant (self->interfaces));
  changed = self->interface_status == NULL || !g_variant_equal (status, self->interface_status);
  g_clear_pointer (&self->interface_status, g_variant_unref);
  self->interface_status = status;
  schedule (self,
            is_active (self) && told == NULL && !complete &&
                bv_connection_get_state (self->environment->connection) == BV_CONNECTION_CONNECTED);
  return take_addresses (self) || changed;
}

GPtrArray *
bv_vmi_runtime_get_interfaces (BvVmiRuntime *self)
{
  return self->interfaces;
}

/* KubeVirt's status.interfaces. */
GVariant *
bv_vmi_runtime_get_interface_status (BvVmiRuntime *self)
{
  return self->interface_status;
}

GVariant *
bv_vmi_runtime_list_reserved_addresses (BvVmiRuntime *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sas}"));
  for (guint i = 0; self->info != NULL && i < self->info->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (self->info->interfaces, i);
      g_auto (GStrv) addresses =
          interface->mac != NULL
              ? bv_networks_dup_addresses (self->environment->networks, interface->mac)
              : NULL;

      if (addresses != NULL)
        g_variant_builder_add (&builder, "{s^as}", interface->mac, addresses);
    }
  return g_variant_builder_end (&builder);
}
