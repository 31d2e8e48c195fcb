/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-interface-status.h"

#include <gio/gio.h>

#define MOST_OF_GUEST 10
#define LOOPBACK "lo"

static void
status_free (BvInterfaceStatus *self)
{
  g_free (self->name);
  g_free (self->mac);
  g_free (self->interface_name);
  g_free (self->pod_interface_name);
  g_free (self->info_source);
  g_free (self->link_state);
  g_strfreev (self->addresses);
  g_free (self);
}

static const BvApiInterface *
find_interface (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (g_strcmp0 (devices->interfaces[i]->name, name) == 0)
      return devices->interfaces[i];
  return NULL;
}

static const BvApiNetwork *
find_network (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_networks; i++)
    if (g_strcmp0 (spec->networks[i]->name, name) == 0)
      return spec->networks[i];
  return NULL;
}

/* A multus network that takes the place of the pod network is told as that one is. */
static gboolean
is_secondary (const BvApiNetwork *network)
{
  return network != NULL && network->multus != NULL && !network->multus->default_;
}

static gboolean
is_of_family (const char *address, GSocketFamily family)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address);

  return parsed != NULL && g_inet_address_get_family (parsed) == family;
}

static gboolean
is_link_local (const char *address)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address);

  return parsed == NULL || g_inet_address_get_is_link_local (parsed);
}

/* Adds those of LIST that are of FAMILY, and returns whether there are any. */
static gboolean
add_family (GStrvBuilder *builder, const char *const *list, GSocketFamily family)
{
  gboolean any = FALSE;

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    if (is_of_family (list[i], family))
      {
        any = TRUE;
        if (builder != NULL)
          g_strv_builder_add (builder, list[i]);
      }
  return any;
}

static GStrv
merge_addresses (const char *const *known, const char *const *told)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      gboolean keep = add_family (NULL, known, families[i]) && add_family (NULL, told, families[i]);

      add_family (builder, keep ? known : told, families[i]);
    }
  return g_strv_builder_end (builder);
}

static GStrv
list_told (const BvGuestInterface *interface, gboolean with_link_local)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < interface->addresses->len; i++)
    {
      const BvGuestAddress *address = g_ptr_array_index (interface->addresses, i);

      if (with_link_local || !is_link_local (address->address))
        g_strv_builder_add (builder, address->address);
    }
  return g_strv_builder_end (builder);
}

static BvInterfaceStatus *
new_of_domain (const BvDomainInterface *interface, GHashTable *addresses)
{
  BvInterfaceStatus *self = g_new0 (BvInterfaceStatus, 1);
  char **known = interface->mac != NULL && addresses != NULL
                     ? g_hash_table_lookup (addresses, interface->mac)
                     : NULL;

  self->name = g_strdup (interface->name);
  self->mac = g_strdup (interface->mac);
  self->pod_interface_name = g_strdup (interface->target);
  self->info_source = g_strdup ("domain");
  self->link_state = g_strdup (interface->link_state != NULL ? interface->link_state : "up");
  self->queue_count = MAX (interface->queues, 1);
  self->addresses = known != NULL ? g_strdupv (known) : g_new0 (char *, 1);
  return self;
}

static BvInterfaceStatus *
find_mac (GPtrArray *statuses, const char *mac)
{
  for (guint i = 0; mac != NULL && i < statuses->len; i++)
    {
      BvInterfaceStatus *status = g_ptr_array_index (statuses, i);

      if (status->mac != NULL && g_ascii_strcasecmp (status->mac, mac) == 0)
        return status;
    }
  return NULL;
}

static void
take_told (BvInterfaceStatus *self, const BvGuestInterface *interface, const BvApiInterface *record)
{
  gboolean masquerade = record != NULL && record->masquerade != NULL;
  g_auto (GStrv) told = list_told (interface, !masquerade);
  GStrv merged = merge_addresses ((const char *const *)self->addresses, (const char *const *)told);

  g_strfreev (self->addresses);
  self->addresses = merged;
  g_free (self->interface_name);
  self->interface_name = g_strdup (interface->name);
  g_free (self->info_source);
  self->info_source = g_strdup ("domain, guest-agent");
}

static BvInterfaceStatus *
new_of_guest (const BvGuestInterface *interface)
{
  BvInterfaceStatus *self = g_new0 (BvInterfaceStatus, 1);

  self->mac = g_strdup (interface->mac);
  self->interface_name = g_strdup (interface->name);
  self->info_source = g_strdup ("guest-agent");
  self->addresses = list_told (interface, TRUE);
  return self;
}

static void
merge_guest (GPtrArray *statuses, const BvApiVirtualMachineInstanceSpec *spec,
             const BvGuestInfo *info)
{
  guint n_of_guest = 0;

  for (guint i = 0; i < info->interfaces->len; i++)
    {
      const BvGuestInterface *interface = g_ptr_array_index (info->interfaces, i);
      BvInterfaceStatus *status = find_mac (statuses, interface->mac);

      if (g_strcmp0 (interface->name, LOOPBACK) == 0)
        continue;
      if (status != NULL)
        take_told (status, interface, find_interface (spec, status->name));
      else if (n_of_guest++ < MOST_OF_GUEST)
        g_ptr_array_add (statuses, new_of_guest (interface));
    }
}

static void
note_multus (GPtrArray *statuses, const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 0; i < statuses->len; i++)
    {
      BvInterfaceStatus *status = g_ptr_array_index (statuses, i);
      char *source = status->info_source;

      if (status->name == NULL || !is_secondary (find_network (spec, status->name)))
        continue;
      status->info_source = g_strconcat (source, ", multus-status", NULL);
      g_free (source);
    }
}

static void
move_pod_first (GPtrArray *statuses, const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 1; i < statuses->len; i++)
    {
      const BvInterfaceStatus *status = g_ptr_array_index (statuses, i);
      const BvApiNetwork *network = status->name != NULL ? find_network (spec, status->name) : NULL;

      if (network == NULL || network->pod == NULL)
        continue;
      g_ptr_array_insert (statuses, 0, g_ptr_array_steal_index (statuses, i));
      return;
    }
}

GPtrArray *
bv_interface_statuses_new (const BvApiVirtualMachineInstanceSpec *spec, const BvDomainInfo *domain,
                           GHashTable *addresses, const BvGuestInfo *info)
{
  GPtrArray *statuses = g_ptr_array_new_with_free_func ((GDestroyNotify)status_free);

  if (domain == NULL)
    return statuses;
  for (guint i = 0; i < domain->interfaces->len; i++)
    g_ptr_array_add (statuses,
                     new_of_domain (g_ptr_array_index (domain->interfaces, i), addresses));
  if (info != NULL && (info->parts & BV_GUEST_INTERFACES) != 0)
    merge_guest (statuses, spec, info);
  move_pod_first (statuses, spec);
  note_multus (statuses, spec);
  return statuses;
}

const BvInterfaceStatus *
bv_interface_statuses_find (GPtrArray *statuses, const char *name)
{
  for (guint i = 0; i < statuses->len; i++)
    {
      const BvInterfaceStatus *status = g_ptr_array_index (statuses, i);

      if (status->name != NULL && g_str_equal (status->name, name))
        return status;
    }
  return NULL;
}

GStrv
bv_interface_statuses_list_addresses (GPtrArray *statuses)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    for (guint j = 0; j < statuses->len; j++)
      {
        const BvInterfaceStatus *status = g_ptr_array_index (statuses, j);

        for (guint k = 0; status->addresses[k] != NULL; k++)
          if (is_of_family (status->addresses[k], families[i]) &&
              !is_link_local (status->addresses[k]))
            g_strv_builder_add (builder, status->addresses[k]);
      }
  return g_strv_builder_end (builder);
}

static void
insert_text (GVariantBuilder *dict, const char *name, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_variant_builder_add (dict, "{sv}", name, g_variant_new ("s", text));
}

/* IPv4 before others, where the guest alone tells them in an order of its own. */
static const char *
find_main_address (const BvInterfaceStatus *self)
{
  for (guint i = 0; self->addresses[i] != NULL; i++)
    if (is_of_family (self->addresses[i], G_SOCKET_FAMILY_IPV4))
      return self->addresses[i];
  return self->addresses[0];
}

static GVariant *
status_to_variant (const BvInterfaceStatus *self)
{
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  insert_text (&dict, "infoSource", self->info_source);
  insert_text (&dict, "interfaceName", self->interface_name);
  insert_text (&dict, "ipAddress", find_main_address (self));
  if (self->addresses[0] != NULL)
    g_variant_builder_add (&dict, "{sv}", "ipAddresses", g_variant_new ("^as", self->addresses));
  insert_text (&dict, "linkState", self->link_state);
  insert_text (&dict, "mac", self->mac);
  insert_text (&dict, "name", self->name);
  insert_text (&dict, "podInterfaceName", self->pod_interface_name);
  if (self->queue_count > 0)
    g_variant_builder_add (&dict, "{sv}", "queueCount",
                           g_variant_new ("x", (gint64)self->queue_count));
  return g_variant_builder_end (&dict);
}

GVariant *
bv_interface_statuses_to_variant (GPtrArray *statuses)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < statuses->len; i++)
    g_variant_builder_add_value (&builder, status_to_variant (g_ptr_array_index (statuses, i)));
  return g_variant_builder_end (&builder);
}
