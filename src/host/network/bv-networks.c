/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-networks-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "host/network/bv-bridge-settings.h"
#include "host/network/bv-firewall.h"
#include "host/network/bv-libvirt-network.h"
#include "host/network/bv-listeners.h"
#include "network/bv-publication.h"
#include "model/bv-error.h"

G_DEFINE_FINAL_TYPE (BvNetworks, bv_networks, G_TYPE_OBJECT)

static void
plug_free (Plug *self)
{
  bv_ruleset_guest_free (self->guest);
  g_free (self->owner);
  g_free (self->network);
  g_free (self);
}

static void
bv_networks_finalize (GObject *object)
{
  BvNetworks *self = BV_NETWORKS (object);

  g_hash_table_unref (self->networks);
  g_hash_table_unref (self->plugs);
  bv_address_book_free (self->book);
  g_hash_table_unref (self->addresses);
  g_hash_table_unref (self->expected);
  g_mutex_clear (&self->addresses_lock);
  g_cond_clear (&self->batch_ended);
  g_mutex_clear (&self->lock);
  g_free (self->runtime_directory);
  g_free (self->rules);
  G_OBJECT_CLASS (bv_networks_parent_class)->finalize (object);
}

static void
bv_networks_class_init (BvNetworksClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_networks_finalize;
}

static void
bv_networks_init (BvNetworks *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->batch_ended);
  g_mutex_init (&self->addresses_lock);
  self->expected =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
  self->addresses =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
  self->networks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify)bv_ruleset_network_free);
  self->plugs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)plug_free);
}

BvNetworks *
bv_networks_new (BvNetworkMode mode, const char *state_directory, const char *runtime_directory)
{
  BvNetworks *self = g_object_new (BV_TYPE_NETWORKS, NULL);
  g_autofree char *path = g_build_filename (state_directory, "addresses", NULL);

  self->mode = mode;
  self->book = bv_address_book_new (path);
  self->runtime_directory = g_build_filename (runtime_directory, "networks", NULL);
  return self;
}

BvNetworkMode
bv_network_mode_from_uri (const char *uri)
{
  if (!g_str_has_prefix (uri, "qemu"))
    return BV_NETWORK_MODE_OTHER;
  return strstr (uri, "/session") != NULL ? BV_NETWORK_MODE_SESSION : BV_NETWORK_MODE_SYSTEM;
}

BvNetworkMode
bv_networks_get_mode (BvNetworks *self)
{
  return self->mode;
}

/* Rules. */

static gboolean
make_rules (BvNetworks *self, GError **error)
{
  g_autoptr (GPtrArray) networks = g_ptr_array_new ();
  g_autoptr (GPtrArray) guests = g_ptr_array_new ();
  g_autofree char *commands = NULL;
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size (self->plugs) == 0 && !self->has_rules)
    return TRUE;
  g_hash_table_iter_init (&iter, self->networks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (networks, value);
  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (guests, ((Plug *)value)->guest);
  commands = bv_ruleset_to_json (networks, guests);
  if (!bv_firewall_apply (commands, error))
    return FALSE;
  self->has_rules = guests->len > 0;
  g_free (self->rules);
  self->rules = bv_firewall_list (NULL);
  return TRUE;
}

/* In a batch, its end makes them. */
static gboolean
apply_rules (BvNetworks *self, GError **error)
{
  return g_atomic_int_get (&self->batches) > 0 || make_rules (self, error);
}

/* A guest that is about to start must not run without them. Until the batch ends, those of others
 * are not known, and so it waits: the threads of the batch need no more than the lock. */
static gboolean
apply_rules_of (BvNetworks *self, const BvNetworkWish *wish, GError **error)
{
  while (!wish->running && g_atomic_int_get (&self->batches) > 0)
    g_cond_wait (&self->batch_ended, &self->lock);
  return wish->running ? apply_rules (self, error) : make_rules (self, error);
}

gboolean
bv_networks_check_rules (BvNetworks *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *now = NULL;

  if (!self->has_rules || g_atomic_int_get (&self->batches) > 0)
    return TRUE;
  now = bv_firewall_list (error);
  if (now == NULL)
    return FALSE;
  if (g_strcmp0 (now, self->rules) == 0)
    return TRUE;
  g_message (_ ("The packet filter's rules for guests were changed by another program; they are "
                "put back."));
  return apply_rules (self, error);
}

void
bv_networks_begin_batch (BvNetworks *self)
{
  g_atomic_int_inc (&self->batches);
}

gboolean
bv_networks_end_batch (BvNetworks *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!g_atomic_int_dec_and_test (&self->batches))
    return TRUE;
  g_cond_broadcast (&self->batch_ended);
  return make_rules (self, error);
}

/* Published ports. */

static const Plug *
find_publisher (BvNetworks *self, const BvPublication *publication, const char *tap)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Plug *plug = value;
      GArray *list = plug->guest->publications;

      for (guint i = 0; list != NULL && i < list->len; i++)
        {
          const BvPublication *other = &g_array_index (list, BvPublication, i);

          if (other->host_port == publication->host_port &&
              other->protocol == publication->protocol && !g_str_equal (plug->guest->tap, tap))
            return plug;
        }
    }
  return NULL;
}

static gboolean
check_publications (BvNetworks *self, const BvRulesetGuest *guest, GError **error)
{
  for (guint i = 0; guest->publications != NULL && i < guest->publications->len; i++)
    {
      const BvPublication *wanted = &g_array_index (guest->publications, BvPublication, i);
      const Plug *plug = find_publisher (self, wanted, guest->tap);
      guint uid;

      if (plug != NULL)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("The host's port %u/%s is published by %s already; choose another one."),
                       wanted->host_port, wanted->protocol, plug->owner);
          return FALSE;
        }
      if (bv_listeners_find (wanted->protocol, wanted->host_port, &uid))
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("A program of the user with the id %u listens at the host's port %u/%s "
                          "already; choose another one."),
                       uid, wanted->host_port, wanted->protocol);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
has_publications (BvNetworks *self, const char *network)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Plug *plug = value;

      if (g_strcmp0 (plug->network, network) == 0 && plug->guest->publications != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Plugging in. */

static void
note_network (BvNetworks *self, const BvNetworkPlan *plan)
{
  BvRulesetNetwork *network = g_new0 (BvRulesetNetwork, 1);

  network->bridge = g_strdup (plan->bridge);
  network->ipv4 = plan->ipv4;
  network->ipv6 = plan->ipv6;
  g_hash_table_insert (self->networks, g_strdup (plan->name), network);
}

static Plug *
note_plug (BvNetworks *self, BvRulesetGuest *guest, const char *owner, const char *network)
{
  Plug *plug = g_new0 (Plug, 1);

  plug->guest = guest;
  plug->owner = g_strdup (owner);
  plug->network = g_strdup (network);
  /* The key is the new guest's; that of a guest plugged in again goes with the old one. */
  g_hash_table_replace (self->plugs, guest->tap, plug);
  return plug;
}

static gboolean
is_used (BvNetworks *self, const char *network)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->plugs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_strcmp0 (((Plug *)value)->network, network) == 0)
      return TRUE;
  return FALSE;
}

static void
forget (BvNetworks *self, const char *network, const char *tap)
{
  g_hash_table_remove (self->plugs, tap);
  if (network != NULL && !is_used (self, network))
    g_hash_table_remove (self->networks, network);
}

/* Where a router tells the host by IPv6, libvirt makes a network with IPv6 only if the host would
 * not forget that router; a guest without IPv6 is better than none. */
static gboolean
create_network (BvNetworks *self, const BvLibvirtCaller *libvirt, BvNetworkPlan *plan,
                const BvNetworkWish *wish, GArray *leases, GError **error)
{
  g_autofree char *xml = bv_network_plan_to_xml (plan, leases);
  g_autofree char *reduced = NULL;
  g_autoptr (GError) local = NULL;

  if (bv_libvirt_network_create (libvirt, plan->name, xml, &local))
    return TRUE;
  if (plan->ipv6.family == 0 || wish->must || strstr (local->message, "accept_ra") == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_warning (_ ("The guests' network %s gets no IPv6: %s"), plan->name, local->message);
  plan->ipv6.family = 0;
  reduced = bv_network_plan_to_xml (plan, leases);
  return bv_libvirt_network_create (libvirt, plan->name, reduced, error);
}

/* Guests on one bridge do not hear each other. */
static gboolean
answer_for (BvNetworks *self, const BvNetworkPlan *plan, const BvRulesetGuest *guest,
            GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!bv_bridge_settings_apply (plan->bridge, has_publications (self, plan->name), error))
    return FALSE;
  if (guest->ipv6 == NULL)
    return TRUE;
  if (!bv_bridge_settings_allow_answers (plan->bridge, &local))
    g_warning (_ ("Guests do not reach each other by IPv6: %s"), local->message);
  return bv_bridge_settings_answer_for (plan->bridge, guest->ipv6, TRUE, error);
}

static gboolean
provide_network (BvNetworks *self, const BvLibvirtCaller *libvirt, BvNetworkPlan *plan,
                 const BvNetworkWish *wish, BvRulesetGuest *guest, const char *xml, GError **error)
{
  const BvNetworkLease lease = { guest->mac, guest->ipv4 };
  g_autoptr (GArray) leases = g_array_new (FALSE, FALSE, sizeof (BvNetworkLease));

  if (plan->addressed)
    {
      g_array_append_val (leases, lease);
      if (!bv_networks_write_hosts (self, plan->name, error))
        return FALSE;
    }
  if (xml[0] == '\0')
    {
      if (!create_network (self, libvirt, plan, wish, leases, error))
        return FALSE;
      if (plan->ipv6.family == 0)
        g_clear_pointer (&guest->ipv6, g_free);
    }
  else if (plan->addressed && !bv_libvirt_network_add_lease (libvirt, plan->name, &lease, error))
    return FALSE;
  return !plan->addressed || answer_for (self, plan, guest, error);
}

static gboolean
plug_in (BvNetworks *self, const BvLibvirtCaller *libvirt, BvNetworkPlan *plan,
         const BvNetworkWish *wish, Plug *plug, GError **error)
{
  g_autofree char *xml = bv_libvirt_network_describe (libvirt, plan->name, error);

  if (xml == NULL)
    return FALSE;
  if (plan->addressed)
    {
      g_free (plan->hosts_file);
      plan->hosts_file = bv_networks_build_hosts_path (self, plan->name);
      if (!bv_networks_choose_ranges (self, plan, wish, xml, error) ||
          !bv_networks_reserve_addresses (self, plan, plug->guest, error))
        return FALSE;
    }
  if ((!wish->running && !check_publications (self, plug->guest, error)) ||
      !provide_network (self, libvirt, plan, wish, plug->guest, xml, error))
    return FALSE;
  if (plan->addressed)
    note_network (self, plan);
  return apply_rules_of (self, wish, error);
}

gboolean
bv_networks_plug (BvNetworks *self, const BvLibvirtCaller *libvirt, BvNetworkPlan *plan,
                  const BvNetworkWish *wish, BvRulesetGuest *guest, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Plug *plug = note_plug (self, guest, wish->owner, plan->name);

  if (plug_in (self, libvirt, plan, wish, plug, error))
    {
      bv_networks_note_addresses (self, guest);
      return TRUE;
    }
  forget (self, plan->name, guest->tap);
  return FALSE;
}

gboolean
bv_networks_guard (BvNetworks *self, const BvNetworkWish *wish, BvRulesetGuest *guest,
                   GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  note_plug (self, guest, wish->owner, NULL);
  if (apply_rules_of (self, wish, error))
    return TRUE;
  forget (self, NULL, guest->tap);
  return FALSE;
}

/* Pulling out. */

static gboolean
leave_network (BvNetworks *self, const BvLibvirtCaller *libvirt, const char *network,
               const char *mac, GError **error)
{
  g_autofree char *path = bv_networks_build_hosts_path (self, network);
  g_autofree char *address = bv_address_book_find (self->book, network, mac, G_SOCKET_FAMILY_IPV4);
  const BvNetworkLease lease = { mac, address };

  if (is_used (self, network))
    return address == NULL || (bv_networks_write_hosts (self, network, error) &&
                               bv_libvirt_network_remove_lease (libvirt, network, &lease, error));
  if (!bv_libvirt_network_end (libvirt, network, error))
    return FALSE;
  g_unlink (path);
  /* It stays while another network has a file in it. */
  g_rmdir (self->runtime_directory);
  return TRUE;
}

/* Where the bridge goes with the guest, so do its answers. */
static void
stop_answering (BvNetworks *self, const Plug *plug)
{
  const BvRulesetNetwork *network = plug != NULL && plug->network != NULL
                                        ? g_hash_table_lookup (self->networks, plug->network)
                                        : NULL;
  g_autoptr (GError) error = NULL;

  if (network != NULL && plug->guest->ipv6 != NULL &&
      !bv_bridge_settings_answer_for (network->bridge, plug->guest->ipv6, FALSE, &error))
    g_warning ("%s", error->message);
}

gboolean
bv_networks_unplug (BvNetworks *self, const BvLibvirtCaller *libvirt, const char *network,
                    const char *tap, const char *mac, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const Plug *plug = g_hash_table_lookup (self->plugs, tap);
  g_autofree char *name = g_strdup (plug != NULL ? plug->network : network);
  gboolean left;

  /* A service that has just begun does not know what an earlier one left. */
  self->has_rules = TRUE;
  stop_answering (self, plug);
  forget (self, name, tap);
  bv_networks_forget_addresses (self, mac);
  left = name == NULL || leave_network (self, libvirt, name, mac, error);
  return apply_rules (self, left ? error : NULL) && left;
}
