/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* spec.domain.devices.interfaces, but for their ports. */

#define LARGEST_ACPI_INDEX 16383 /* of QEMU */

static const char *
at (BvAdmission *self, guint index, const char *below)
{
  return bv_admission_path (self, "domain.devices.interfaces[%u]%s", index, below);
}

static gboolean
is_name (const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '-' && *c != '_')
      return FALSE;
  return name[0] != '\0';
}

static void
admit_name (BvAdmission *self, const BvApiInterface *interface, guint index, BvNameSet *names,
            const BvApiNetwork *network)
{
  int earlier = bv_name_set_add (names, interface->name, index);

  if (interface->name == NULL)
    return;
  if (!is_name (interface->name))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".name"),
                         _ ("“%s” is no name for an interface; use letters, digits, dashes and "
                            "underscores."),
                         interface->name);
  if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_DUPLICATE, at (self, index, ".name"),
                         _ ("interfaces[%d] is plugged into the network “%s” already; a network "
                            "takes one interface."),
                         earlier, interface->name);
  else if (network == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".name"),
                         _ ("No network is called “%s”; add one to networks, or give the interface "
                            "the name of one."),
                         interface->name);
}

/* Bindings of former versions, which are told by themselves. */
static gboolean
admit_former_bindings (BvAdmission *self, const BvApiInterface *interface, guint index)
{
  const struct
  {
    gconstpointer record;
    const char *name;
    const char *instead;
  } former[] = {
    { interface->slirp, "slirp", "masquerade or passtBinding" },
    { interface->macvtap, "macvtap", "a multus network of the type macvtap with bridge" },
    { interface->passt, "passt", "passtBinding" },
  };
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (former); i++)
    {
      g_autofree char *below = g_strconcat (".", former[i].name, NULL);

      if (former[i].record == NULL)
        continue;
      any = TRUE;
      bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                           _ ("The binding %s is no longer supported; use %s."), former[i].name,
                           former[i].instead);
    }
  return any;
}

static void
admit_one_binding (BvAdmission *self, const BvApiInterface *interface, guint index)
{
  guint n = (interface->bridge != NULL) + (interface->masquerade != NULL) +
            (interface->sriov != NULL) + (interface->passt_binding != NULL) +
            (interface->binding != NULL);
  gboolean former = admit_former_bindings (self, interface, index);

  if (n == 0 && !former)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ""),
                         _ ("The interface has no binding; add one of masquerade, bridge, sriov, "
                            "passtBinding and binding."));
  else if (n > 1)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ""),
                         _ ("The interface has %u bindings; keep one of masquerade, bridge, sriov, "
                            "passtBinding and binding."),
                         n);
}

static void
admit_binding (BvAdmission *self, const BvApiInterface *interface, guint index,
               const BvApiNetwork *network)
{
  gboolean on_pod = network == NULL || network->pod != NULL;

  admit_one_binding (self, interface, index);
  if (interface->masquerade != NULL && !on_pod)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".masquerade"),
                         _ ("masquerade works on the pod network only, which “%s” is not; use "
                            "bridge."),
                         interface->name);
  if (interface->passt_binding != NULL && !on_pod)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".passtBinding"),
                         _ ("passtBinding works on the pod network only, which “%s” is not; use "
                            "bridge."),
                         interface->name);
  if (interface->passt_binding != NULL)
    bv_admission_require_gate (self, "PasstBinding", at (self, index, ".passtBinding"),
                               _ ("The binding by passt"));
  if (network != NULL && network->resource_claim != NULL && interface->sriov == NULL &&
      interface->binding == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ""),
                         _ ("The network “%s” comes from a resource claim and needs an interface "
                            "with sriov or binding."),
                         interface->name);
}

static gboolean
is_default (const BvApiNetwork *network)
{
  return network != NULL &&
         (network->pod != NULL || (network->multus != NULL && network->multus->default_));
}

static void
admit_state (BvAdmission *self, const BvApiInterface *interface, guint index,
             const BvApiNetwork *network)
{
  const char *state = interface->state;
  gboolean absent = g_strcmp0 (state, "absent") == 0;

  if (!bv_text_is_given (state))
    return;
  if (interface->sriov != NULL && (g_str_equal (state, "up") || g_str_equal (state, "down")))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".state"),
                         _ ("The link of an SR-IOV interface cannot be set; remove the state "
                            "“%s”."),
                         state);
  else if (absent && interface->bridge == NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".state"),
                         _ ("Only an interface with the binding bridge can be absent."));
  else if (absent && is_default (network))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".state"),
                         _ ("The interface on the default network cannot be absent."));
}

static void
admit_mac (BvAdmission *self, const BvApiInterface *interface, guint index)
{
  static const guint8 reserved[BV_MAC_LENGTH] = { 0x02 };
  const char *text = interface->mac_address;
  guint8 mac[BV_MAC_LENGTH];

  if (!bv_text_is_given (text))
    return;
  switch (bv_text_parse_mac (text, mac))
    {
    case BV_MAC_MALFORMED:
      bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".macAddress"),
                           _ ("“%s” is no MAC address; write six bytes like 02:00:00:5e:10:01."),
                           text);
      return;
    case BV_MAC_TOO_LONG:
      bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".macAddress"),
                           _ ("“%s” is too long; a network card has a MAC address of six bytes."),
                           text);
      return;
    case BV_MAC_OK:
      break;
    }
  if ((mac[0] & 1) != 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".macAddress"),
                         _ ("“%s” is a multicast address, which no network card can have; make the "
                            "first byte even."),
                         text);
  else if (interface->masquerade != NULL && memcmp (mac, reserved, sizeof mac) == 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".macAddress"),
                         _ ("“%s” is the address of the gateway behind masquerade; choose another "
                            "one."),
                         text);
}

/* The guest makes names of these numbers, so that none may come twice. */
static void
admit_acpi_index (BvAdmission *self, const BvApiInterface *interface, guint index,
                  GHashTable *indexes)
{
  gint64 number = interface->acpi_index;
  gpointer earlier;

  if (!bv_api_interface_has_acpi_index (interface) || number == 0)
    return;
  if (number < 0 || number > LARGEST_ACPI_INDEX)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".acpiIndex"),
                         _ ("%" G_GINT64_FORMAT " is no ACPI index; use a number from 1 to %d."),
                         number, LARGEST_ACPI_INDEX);
  else if (g_hash_table_lookup_extended (indexes, GINT_TO_POINTER (number), NULL, &earlier))
    bv_admission_refuse (self, BV_REASON_DUPLICATE, at (self, index, ".acpiIndex"),
                         _ ("interfaces[%u] has the ACPI index %" G_GINT64_FORMAT
                            " already; give each interface its own."),
                         GPOINTER_TO_UINT (earlier), number);
  else
    g_hash_table_insert (indexes, GINT_TO_POINTER (number), GUINT_TO_POINTER (index));
}

static void
admit_private_options (BvAdmission *self, const BvApiDHCPOptions *dhcp, guint index)
{
  int earlier[256];

  memset (earlier, -1, sizeof earlier);
  for (guint i = 0; i < dhcp->n_private_options; i++)
    {
      gint64 option = dhcp->private_options[i]->option;
      const char *path;

      if (!bv_api_dhcp_private_options_has_option (dhcp->private_options[i]))
        continue;
      path = bv_admission_path (
          self, "domain.devices.interfaces[%u].dhcpOptions.privateOptions[%u].option", index, i);
      if (option < 224 || option > 254)
        bv_admission_refuse (self, BV_REASON_INVALID, path,
                             _ ("%" G_GINT64_FORMAT " is no DHCP option for private use; these are "
                                "224 to 254."),
                             option);
      else if (earlier[option] >= 0)
        bv_admission_refuse (
            self, BV_REASON_INVALID, path,
            _ ("privateOptions[%d] sets the option %" G_GINT64_FORMAT " already; set it once."),
            earlier[option], option);
      else
        earlier[option] = i;
    }
}

static void
admit_dhcp (BvAdmission *self, const BvApiDHCPOptions *dhcp, guint index)
{
  for (guint i = 0; i < dhcp->n_ntp_servers; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (dhcp->ntp_servers[i]);

      if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV4)
        bv_admission_refuse (
            self, BV_REASON_INVALID,
            bv_admission_path (self, "domain.devices.interfaces[%u].dhcpOptions.ntpServers[%u]",
                               index, i),
            _ ("“%s” is no IPv4 address; DHCP can tell time servers in no other way."),
            dhcp->ntp_servers[i]);
    }
  admit_private_options (self, dhcp, index);
}

void
bv_admit_interfaces (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_auto (BvNameSet) networks = { 0 };
  g_auto (BvNameSet) names = { 0 };
  g_autoptr (GHashTable) acpi_indexes = NULL;

  if (devices->n_interfaces == 0)
    return;
  acpi_indexes = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < self->spec->n_networks; i++)
    bv_name_set_add (&networks, self->spec->networks[i]->name, i);
  for (guint i = 0; i < devices->n_interfaces; i++)
    {
      const BvApiInterface *interface = devices->interfaces[i];
      int place = bv_name_set_find (&networks, interface->name);
      const BvApiNetwork *network = place < 0 ? NULL : self->spec->networks[place];

      admit_name (self, interface, i, &names, network);
      admit_binding (self, interface, i, network);
      admit_state (self, interface, i, network);
      admit_mac (self, interface, i);
      admit_acpi_index (self, interface, i, acpi_indexes);
      bv_admit_interface_ports (self, interface, i, network);
      if (interface->dhcp_options != NULL)
        admit_dhcp (self, interface->dhcp_options, i);
    }
}
